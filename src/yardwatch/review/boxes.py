"""Boxes as a person moves them: pixels of the chip on one side, the ledger's table of detections on the other.

The table that a review leaves holds the boxes that stand, with two columns more than the detector's: ``review`` says
what became of the box, ``was`` is the row of the automatic table it came from, -1 for one that a person added. Rows of
the automatic table that no box came from were rejected, so nothing has to be stored twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from yardwatch.detection.boxes import Boxes
from yardwatch.detection.frame import to_frame

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from yardwatch.records import Grid

Fate = Literal["kept", "moved", "retyped", "added"]
ADDED = -1

MOVED_M = 0.5
"""A shift of the centre, or a change of length or width, that counts as moving the box; below it lies the hand."""
TURNED_DEG = 2.0
SAME_CAR_IOU = 0.3
"""Rotated intersection over union from which a box drawn elsewhere is the same car. Two coupled cars never share as
much; a box that a person drew anew over the same car nearly always does."""


@dataclass(frozen=True)
class ReviewedBox:
    """One box, pixels of the chip's grid; pixel (0, 0) covers x and y from 0 to 1.

    Attributes:
        x_px, y_px: centre, to the right and downwards.
        length_px, width_px: length at least the width.
        angle_deg: of the length, from the x axis towards the y axis, 0 <= angle < 180.
        label: class.
        score: the detector's, 0-1; 1 for a box that a person added.
        was: row of the automatic table of detections, :data:`ADDED` for one that a person added.
    """

    x_px: float
    y_px: float
    length_px: float
    width_px: float
    angle_deg: float
    label: str
    score: float = 1.0
    was: int = ADDED

    def upright(self) -> ReviewedBox:
        """The same box with its longer side as the length and its angle in range."""
        length, width, angle = self.length_px, self.width_px, self.angle_deg
        if width > length:
            length, width, angle = width, length, angle + 90
        angle %= 180
        return replace(self, length_px=length, width_px=width, angle_deg=0.0 if angle >= 180 else angle)


def polygons_px(boxes: Sequence[ReviewedBox]) -> NDArray[np.object_]:
    """object (box,): shapely polygons, pixels of the chip."""
    return _stacked(boxes, ("",)).polygons() if boxes else np.empty(0, dtype=object)


def boxes_of_table(table: GeoDataFrame, grid: Grid) -> tuple[ReviewedBox, ...]:
    """The boxes of a table of detections, in its order, on the pixels of ``grid``.

    A table of the detector gives ``was`` by the order of its rows, one that a review left keeps its own.
    """
    if table.empty:
        return ()
    a, b, c, d, e, f = grid.transform
    inverse = np.linalg.inv(np.array([[a, b], [d, e]]))
    came_from = table["was"].to_numpy() if "was" in table else np.arange(len(table))
    found = []
    for shape, label, score, was in zip(table.geometry, table["class"], table["score"], came_from, strict=True):
        ring = shapely.get_coordinates(shape if len(shape.exterior.coords) == 5 else shape.minimum_rotated_rectangle)
        corners = (ring[:4] - [c, f]) @ inverse.T
        along, across = corners[1] - corners[0], corners[2] - corners[1]
        x, y = corners.mean(axis=0)
        box = ReviewedBox(
            x_px=float(x),
            y_px=float(y),
            length_px=float(np.hypot(*along)),
            width_px=float(np.hypot(*across)),
            angle_deg=float(np.degrees(np.arctan2(along[1], along[0]))),
            label=str(label),
            score=float(score),
            was=int(was),
        )
        found.append(box.upright())
    return tuple(found)


def reviewed_table(boxes: Sequence[ReviewedBox], automatic: Sequence[ReviewedBox], grid: Grid) -> GeoDataFrame:
    """The table that a review leaves, see above; in the CRS of ``grid``.

    Args:
        boxes: those that stand.
        automatic: the boxes of the automatic table, in its order.
    """
    classes = tuple(dict.fromkeys(box.label for box in boxes)) or ("",)
    ordered = sorted(boxes, key=lambda box: (box.y_px, box.x_px, -box.score))
    table = to_frame(_stacked(ordered, classes), classes, grid)
    table["review"] = np.array([_fate(box, automatic, grid.pixel_m) for box in ordered], dtype=object)
    table["was"] = np.array([box.was for box in ordered], dtype=np.int64)
    return table


def paired_with(boxes: Sequence[ReviewedBox], automatic: Sequence[ReviewedBox]) -> tuple[ReviewedBox, ...]:
    """Boxes that were drawn elsewhere, each with the automatic box of the same car where there is one.

    The pairs that overlap most come first, and each box has one partner at most.
    """
    if not boxes or not automatic:
        return tuple(boxes)
    ours, theirs = polygons_px(boxes), polygons_px(automatic)
    left, right = shapely.STRtree(theirs.tolist()).query(ours)
    shared = shapely.area(shapely.intersection(ours[left], theirs[right]))
    iou = shared / (shapely.area(ours[left]) + shapely.area(theirs[right]) - shared)
    mate: dict[int, int] = {}
    for k in np.argsort(-iou, kind="stable"):
        one, other = int(left[k]), int(right[k])
        if iou[k] >= SAME_CAR_IOU and one not in mate and other not in mate.values():
            mate[one] = other
    return tuple(
        replace(box, was=automatic[mate[k]].was, score=automatic[mate[k]].score) if k in mate else box
        for k, box in enumerate(boxes)
    )


def _fate(box: ReviewedBox, automatic: Sequence[ReviewedBox], pixel_m: float) -> Fate:
    if box.was == ADDED:
        return "added"
    before = automatic[box.was]
    if box.label != before.label:
        return "retyped"
    shift = np.hypot(box.x_px - before.x_px, box.y_px - before.y_px)
    grown = max(abs(box.length_px - before.length_px), abs(box.width_px - before.width_px))
    turned = abs((box.angle_deg - before.angle_deg + 90) % 180 - 90)
    return "moved" if max(shift, grown) * pixel_m > MOVED_M or turned > TURNED_DEG else "kept"


def _stacked(boxes: Sequence[ReviewedBox], classes: Sequence[str]) -> Boxes:
    if not boxes:
        return Boxes.none()
    numbers = [(box.x_px, box.y_px, box.length_px, box.width_px, np.radians(box.angle_deg)) for box in boxes]
    labels = [classes.index(box.label) if box.label in classes else 0 for box in boxes]
    return Boxes(np.array(numbers, dtype=np.float64), np.array([box.score for box in boxes]), np.array(labels))
