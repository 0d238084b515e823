"""Labels of the looks that are news: value and day beside the mark, covering nothing where there is such a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from yardwatch.records import Observation
from yardwatch.report.palette import ChartColours
from yardwatch.report.story import SeriesStory
from yardwatch.report.wording import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

WELL_VISIBLE = 0.9
"""Share of the track from which a look is drawn filled; below it hollow, as its count is of a part."""
_NEAR = (
    (9, 0, "left", "center"),
    (-9, 0, "right", "center"),
    (8, 8, "left", "bottom"),
    (-8, 8, "right", "bottom"),
    (8, -8, "left", "top"),
    (-8, -8, "right", "top"),
)
_FAR = tuple(
    (side * out, up, "left" if side > 0 else "right", "center")
    for out in (18, 32, 60)
    for up in (0, 20, -20, 36, -36)
    for side in (-1, 1)
)
"""Offset in points and alignment of a label, in the order of preference; a far one is led to its mark by a line."""
_BEYOND_PT = 5
"""Above and below its interval a label keeps so far away."""
_OUTSIDE, _WORDS, _MARK, _LINE, _GRID = 1000.0, 50.0, 20.0, 10.0, 1.0
"""What it costs to leave the axes, and to cover other words, a mark, a line, a line of the grid."""


def draw_labels(axes: Axes, story: SeriesStory, colours: ChartColours) -> None:
    """Value and day of each look that is news; call it when all else stands in the axes."""
    looks = [look for look in story.news if look.value is not None]
    if not looks:
        return
    boxes, costs = _obstacles(axes)
    for look in looks:
        label = _label(axes, story, look, colours)
        taken = _place(axes, label, _places(axes, look), (boxes, costs))
        boxes, costs = np.vstack([boxes, taken]), np.append(costs, _WORDS)


def _label(axes: Axes, story: SeriesStory, look: Observation, colours: ChartColours) -> Annotation:
    from matplotlib.dates import date2num

    day = look.acquired_from.astimezone(story.zone).date()
    part = "" if look.visible >= WELL_VISIBLE else f", {percent(look.visible)} visible"
    at = float(date2num(look.acquired_from))  # type: ignore[no-untyped-call]
    assert look.value is not None
    return axes.annotate(
        f"{number(look.value, story.measure)}\n{day}{part}",
        (at, look.value),
        xytext=(0, 0),
        textcoords="offset points",
        color=colours.news,
        fontweight="bold",
        arrowprops={"arrowstyle": "-", "color": colours.news, "linewidth": 0.7, "shrinkA": 1, "shrinkB": 5},
        zorder=6,
    )


def _places(axes: Axes, look: Observation) -> tuple[tuple[float, float, str, str], ...]:
    """Where the label of a look may stand: beside its mark, above and below its interval, farther away."""
    value = look.value or 0.0
    heights = axes.transData.transform([(0.0, value), (0.0, look.high or value), (0.0, look.low or value)])[:, 1]
    up, down = (heights[1:] - heights[0]) * 72 / axes.figure.dpi
    beyond = (
        (0.0, max(up, 5.0) + _BEYOND_PT, "center", "bottom"),
        (0.0, min(down, -5.0) - _BEYOND_PT, "center", "top"),
    )
    return (*_NEAR, *beyond, *_FAR)


def _place(
    axes: Axes,
    label: Annotation,
    places: Sequence[tuple[float, float, str, str]],
    obstacles: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Move ``label`` to the first of the places that cost least; its box (left, bottom, right, top) in pixels."""
    left, bottom, right, top = axes.bbox.extents
    boxes, costs = obstacles
    tried = []
    for place in places:
        box = _move(label, place)
        meets = (boxes[:, 0] < box[2]) & (boxes[:, 2] > box[0]) & (boxes[:, 1] < box[3]) & (boxes[:, 3] > box[1])
        inside = left <= box[0] and bottom <= box[1] and box[2] <= right and box[3] <= top
        tried.append(float(costs[meets].sum()) + (0.0 if inside else _OUTSIDE))
        if tried[-1] == 0:
            break
    return _move(label, places[tried.index(min(tried))])


def _move(label: Annotation, place: tuple[float, float, str, str]) -> NDArray[np.float64]:
    """The box of the words at ``place``."""
    from matplotlib.text import Text

    label.xyann = place[:2]
    label.set_horizontalalignment(place[2])  # type: ignore[arg-type]
    label.set_verticalalignment(place[3])  # type: ignore[arg-type]
    if label.arrow_patch is not None:
        label.arrow_patch.set_visible(place in _FAR)
    label.get_window_extent()  # puts it there; its box would take in the line that leads to the mark
    return np.asarray(Text.get_window_extent(label).extents)


def _obstacles(axes: Axes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Boxes (left, bottom, right, top) in pixels of what stands in the axes, and what it costs to cover each."""
    from matplotlib.collections import LineCollection

    pixels = axes.figure.dpi / 72
    found: list[tuple[NDArray[np.float64], float]] = []
    for line in axes.lines:
        points = line.get_transform().transform(line.get_xydata())
        if line.get_marker() in ("None", "", None):
            found.append((_around(points, 1.0), _LINE))
        else:
            found += [(_around(point[np.newaxis], 0.5 * line.get_markersize() * pixels), _MARK) for point in points]
    for drawn in axes.collections:
        if isinstance(drawn, LineCollection):
            found += [(_around(axes.transData.transform(path.vertices), 1.0), _LINE) for path in drawn.get_paths()]
    found += [(np.asarray(text.get_window_extent().extents), _WORDS) for text in axes.texts]
    for tick in axes.yaxis.get_gridlines():
        points = tick.get_transform().transform(tick.get_xydata())
        found.append((_around(points, 0.5), _GRID))
    boxes = np.array([box for box, _ in found]).reshape(-1, 4)
    return boxes, np.array([cost for _, cost in found])


def _around(points: NDArray[np.float64], margin: float) -> NDArray[np.float64]:
    return np.concatenate([points.min(axis=0) - margin, points.max(axis=0) + margin])
