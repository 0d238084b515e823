"""What stands beside the series in its chart: counts that people published, and events that are known."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from yardwatch.records import KnownEvent, Observation, PublishedCount
from yardwatch.report.palette import ChartColours
from yardwatch.report.story import SeriesStory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PUBLISHED = "published:"
"""Beginning of the provenance of a look that is somebody else's count."""


def is_published(look: Observation) -> bool:
    """Whether a look is a count that people published, replayed as if it were ours."""
    return look.provenance.startswith(PUBLISHED)


def letter(index: int) -> str:
    """A, B, ... Z, AA, ...: how chart and list name the same known event."""
    prefix = letter(index // 26 - 1) if index >= 26 else ""
    return prefix + ascii_uppercase[index % 26]


def shown_published(story: SeriesStory) -> tuple[PublishedCount, ...]:
    """What people published of the real station has no place among simulated counts."""
    return () if story.simulated else tuple(k for k in story.published if k.measure == story.measure)


def shown_events(story: SeriesStory) -> tuple[KnownEvent, ...]:
    """The same for what is known to have happened."""
    return () if story.simulated else story.known_events


def day_span(story: SeriesStory, known: KnownEvent) -> tuple[datetime, datetime]:
    """Begin and end (exclusive) of a known event, aware UTC."""
    begin = datetime.combine(known.since, time.min, story.zone)
    return begin.astimezone(UTC), (datetime.combine(known.until, time.min, story.zone) + timedelta(days=1))


def draw_published(axes: Axes, story: SeriesStory, colours: ChartColours) -> None:
    """A square at each published count, an arrow down where it is a bound, a line along its days."""
    labelled: set[str] = set()
    for known in shown_published(story):
        said = f"published by people{', at most' if known.exactness == 'at_most' else ''}"
        begin, end = _number(known.acquired_from), _number(known.acquired_to)
        axes.hlines(known.value, begin, end, color=colours.published, linewidth=1.5, zorder=2)
        axes.plot(
            (begin + end) / 2,
            known.value,
            marker="v" if known.exactness == "at_most" else "s",
            markersize=11,
            markerfacecolor="none",
            markeredgecolor=colours.published,
            markeredgewidth=1.4,
            linestyle="none",
            clip_on=False,
            label="_" if said in labelled else said,
            zorder=5.5,
        )
        labelled.add(said)


def draw_events(axes: Axes, story: SeriesStory, colours: ChartColours) -> None:
    """A dotted line with a letter where something is known to have happened within the time shown."""
    left, right = axes.get_xlim()
    labelled = False
    for index, known in enumerate(shown_events(story)):
        begin, end = (_number(moment) for moment in day_span(story, known))
        if end < left or begin > right:
            continue
        if end - begin > 1.5:
            axes.axvspan(max(begin, left), min(end, right), color=colours.grid, alpha=0.35, zorder=0.4)
        at = min(max(begin, left), right)
        label = "_" if labelled else "known event (listed by letter)"
        axes.axvline(at, color=colours.quiet, linewidth=0.8, linestyle=":", zorder=0.6, label=label)
        labelled = True
        axes.text(
            at, 0.985, f" {letter(index)}", transform=axes.get_xaxis_transform(), va="top", ha="left", fontsize=7.5,
            color=colours.quiet, zorder=6,
        )  # fmt: skip


def _number(moment: Any) -> float:
    from matplotlib.dates import date2num

    return float(date2num(moment))  # type: ignore[no-untyped-call]
