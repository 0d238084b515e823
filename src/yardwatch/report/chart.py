"""The series chart: what was counted, what was expected, and when nothing could be seen.

A look without a value is a mark below the axis with its reason. It is never a point at zero, and no line is drawn
through it: points are not joined at all, as nobody knows what stood there between two pictures.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yardwatch.records import Observation
from yardwatch.report import canvas
from yardwatch.report.beside import draw_events, draw_published, is_published, shown_published
from yardwatch.report.labels import WELL_VISIBLE, draw_labels
from yardwatch.report.palette import ChartColours, Theme, as_variables, colours_of
from yardwatch.report.story import SeriesStory
from yardwatch.report.wording import AXIS_LABELS, KINDS, SIMULATED, why_no_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE_INCHES = (9.6, 5.2)
_REASON_MARKERS = ("x", "|", "v", "+", "2", "1", "*")


def series_chart(story: SeriesStory, *, theme: Theme = "auto") -> str:
    """The chart as one ``<svg>`` element that needs nothing from outside.

    Args:
        theme: "light", "dark", or "auto": colours as CSS variables ``--chart-*`` that the page sets, light otherwise.
    """
    with canvas.DRAWING, canvas.style():
        svg = canvas.to_svg(draw_chart(story, colours_of(theme)))
    return as_variables(svg) if theme == "auto" else svg


def series_chart_png(story: SeriesStory, path: Path, *, theme: Theme = "light", dpi: float = 150) -> Path:
    """The chart as a PNG or JPEG file, by suffix."""
    with canvas.DRAWING, canvas.style():
        return canvas.to_file(draw_chart(story, colours_of(theme)), path, dpi)


def draw_chart(story: SeriesStory, colours: ChartColours) -> Figure:
    """The figure behind both; hold the drawing lock and style around it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCHES, facecolor=colours.paper)
    axes, strip = figure.subplots(2, 1, sharex=True, height_ratios=(12, 1), gridspec_kw={"hspace": 0.0})
    figure.subplots_adjust(left=0.075, right=0.975, top=0.87, bottom=0.235)
    _dress(axes, strip, story, colours)
    _expected(axes, story, colours)
    _points(axes, story, colours)
    draw_published(axes, story, colours)
    _unusable(strip, story, colours)
    _time_axis(axes, strip, story)
    draw_events(axes, story, colours)
    draw_labels(axes, story, colours)
    _words(figure, story, colours)
    _legend(figure, axes, strip, colours)
    if story.simulated:
        _watermark(axes, colours)
    return figure


def _dress(axes: Axes, strip: Axes, story: SeriesStory, colours: ChartColours) -> None:
    for part in (axes, strip):
        part.set_facecolor("none")
        part.tick_params(colors=colours.quiet, labelsize=8.5, length=3)
        for side, spine in part.spines.items():
            spine.set_visible(side == "bottom" or (side == "left" and part is axes))
            spine.set_color(colours.quiet if side == "bottom" else colours.grid)
    axes.grid(axis="y", color=colours.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(bottom=False, labelbottom=False)
    axes.set_ylabel(AXIS_LABELS[story.measure], color=colours.quiet)
    strip.set(yticks=[], ylim=(-1, 1))
    axes.set_ylim(0, _top(story))


def _top(story: SeriesStory) -> float:
    tops = [value for o in story.valued for value in (o.value, o.high) if value is not None]
    tops += [v.expected_high for v in story.verdicts.values() if v.expected_high is not None]
    tops += [known.value for known in shown_published(story)]
    return 1.15 * max([*tops, 8.0])


def _expected(axes: Axes, story: SeriesStory, colours: ChartColours) -> None:
    """The 95 % range of each judged look, over the time that is nearer to it than to any other look."""
    times = [_day(o) for o in story.observations]
    left, right = _span(story)
    edges = [left, *((a + b) / 2 for a, b in pairwise(times)), right]
    label = "expected, 95 % range"
    for index, look in enumerate(story.observations):
        verdict = story.verdicts.get(look.look_id)
        if look.value is None or verdict is None or verdict.expected_low is None or verdict.expected_high is None:
            continue
        begin, end = edges[index], edges[index + 1]
        axes.fill_between(
            [begin, end],
            verdict.expected_low,
            verdict.expected_high,
            facecolor=colours.band,
            edgecolor=colours.band,
            linewidth=0.5,
            label=label,
            zorder=1,
        )
        if verdict.expected is not None:
            axes.hlines(verdict.expected, begin, end, color=colours.band_mean, linewidth=1.0, zorder=1.5)
        label = "_"


def _points(axes: Axes, story: SeriesStory, colours: ChartColours) -> None:
    labelled: set[str] = set()
    for look in story.valued:
        assert look.value is not None
        news = look in story.news
        if is_published(look) and not news:
            continue  # drawn as what people published
        partly, unsure = look.visible < WELL_VISIBLE, look.confidence == "low"
        colour = colours.news if news else colours.point
        said = "counted" if look.measure == "count" else "read"
        label = KINDS[story.verdicts[look.look_id].kind] if news else _kind_of_point(said, partly, unsure)
        if look.low is not None and look.high is not None:
            axes.vlines(_day(look), look.low, look.high, color=colour, linewidth=1.3, alpha=0.75, zorder=3)
        axes.plot(
            _day(look),
            look.value,
            marker="D" if unsure else "o",
            markersize=7.5 if news else 5.0,
            markerfacecolor=colours.paper if partly else colour,
            markeredgecolor=colour,
            markeredgewidth=1.3,
            linestyle="none",
            clip_on=False,
            label="_" if label in labelled else label,
            zorder=5 if news else 4,
        )
        labelled.add(label)


def _kind_of_point(said: str, partly: bool, unsure: bool) -> str:
    extra = [*(["partly visible"] if partly else []), *(["low confidence"] if unsure else [])]
    return f"{said}, 90 % interval" if not extra else f"{said}, {' and '.join(extra)}"


def _unusable(strip: Axes, story: SeriesStory, colours: ChartColours) -> None:
    """A mark for each look without a value, its shape the reason."""
    reasons = Counter(why_no_value(o) for o in story.unusable)
    for index, (reason, looks) in enumerate(reasons.most_common()):
        strip.plot(
            [_day(o) for o in story.unusable if why_no_value(o) == reason],
            [0.0] * looks,
            marker=_REASON_MARKERS[index % len(_REASON_MARKERS)],
            markersize=6,
            color=colours.unusable,
            linestyle="none",
            label=f"{'no index' if story.measure == 'activity' else 'not counted'}: {reason} ({looks})",
        )


def _time_axis(axes: Axes, strip: Axes, story: SeriesStory) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(tz=story.zone, minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    strip.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, tz=story.zone)  # type: ignore[no-untyped-call]
    strip.xaxis.set_major_formatter(formatter)
    axes.set_xlim(*_span(story))


def _span(story: SeriesStory) -> tuple[float, float]:
    """First and last moment shown, in matplotlib's days."""
    moments = [o.acquired_from for o in story.observations]
    moments += [moment for k in shown_published(story) for moment in (k.acquired_from, k.acquired_to)]
    moments = moments or [story.generated_at]
    first, last = _number(min(moments)), _number(max(moments))
    margin = max(0.03 * (last - first), 3.0)
    return first - margin, last + margin


def _words(figure: Figure, story: SeriesStory, colours: ChartColours) -> None:
    native = canvas.drawable(story.area.native_title)
    name = story.area.title if native in {"", story.area.title} else f"{story.area.title} ({native})"
    title = f"{name}: {AXIS_LABELS[story.measure]}"
    figure.text(0.013, 0.955, canvas.plain(title), color=colours.ink, fontsize=12.5, fontweight="bold", va="center")
    if story.simulated:
        warning = f"{SIMULATED}: made by a computer, no satellite saw this"
        figure.text(0.013, 0.905, warning, color=colours.news, fontsize=9.5, fontweight="bold", va="center")
    if not story.valued:
        empty = "no look permitted a value" if story.observations else "no looks recorded yet"
        figure.text(0.52, 0.55, empty, color=colours.quiet, fontsize=11, ha="center")
    zone = f"{story.generated_at.astimezone(story.zone):%Z}"
    figure.text(0.975, 0.905, f"times: {zone}, the station's", color=colours.quiet, fontsize=8, ha="right", va="center")
    figure.text(0.013, 0.018, canvas.plain(credit_line(story)), color=colours.quiet, fontsize=7, va="bottom")


def credit_line(story: SeriesStory, longest: int = 150) -> str:
    """Whose pictures these are, who read them, and when the chart was made."""
    owners = list(dict.fromkeys(o.attribution for o in story.observations if o.attribution))
    releases = list(dict.fromkeys(o.release for o in story.valued if not is_published(o)))
    credit = "; ".join(owners) or "no imagery"
    if len(credit) > longest:
        credit = f"{credit[: longest - 1]}…"
    made = f"Chart of {story.generated_at:%Y-%m-%d %H:%M} UTC."
    if story.valued and not releases:
        return f"Counts published by people: {credit}.\n{made}"
    read_by = f" Read by {', '.join(releases[-3:])}." if releases else ""
    return f"Imagery: {credit}.\n{'Counts by yardwatch.' + read_by} {made}"


_LEGEND_SIZES = ((4, 8), (4, 7), (3, 7), (2, 6))
"""Columns and points of the legend, tried in turn until no word leaves the chart."""


def _legend(figure: Figure, axes: Axes, strip: Axes, colours: ChartColours) -> None:
    handles, labels = axes.get_legend_handles_labels()
    more, names = strip.get_legend_handles_labels()
    if not (handles or more):
        return
    for columns, size in _LEGEND_SIZES:
        legend = figure.legend(
            [*handles, *more],
            [*labels, *names],
            loc="upper left",
            bbox_to_anchor=(0.06, 0.165),
            ncols=columns,
            frameon=False,
            fontsize=size,
            labelcolor=colours.quiet,
            handletextpad=0.5,
            columnspacing=1.6,
        )
        if legend.get_window_extent().x1 <= figure.bbox.x1 or (columns, size) == _LEGEND_SIZES[-1]:
            return
        legend.remove()


def _watermark(axes: Axes, colours: ChartColours) -> None:
    axes.text(
        0.5,
        0.52,
        SIMULATED,
        transform=axes.transAxes,
        rotation=18,
        ha="center",
        va="center",
        fontsize=58,
        fontweight="bold",
        color=colours.simulated,
        zorder=0.5,
    )


def _day(look: Observation) -> float:
    return _number(look.acquired_from)


def _number(moment: Any) -> float:
    from matplotlib.dates import date2num

    return float(date2num(moment))  # type: ignore[no-untyped-call]
