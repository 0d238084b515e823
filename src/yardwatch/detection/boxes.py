"""Oriented boxes in pixels: read from the network's output, drawn as polygons, freed of duplicates.

Overlap is measured on the rotated rectangles themselves: on oblique parallel tracks the upright rectangles around
coupled cars overlap by half, and suppression by those eats neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from yardwatch.records import FREIGHT_PREFIX

BOX_ROWS = 4
"""Rows of the network's output before the scores: centre x and y, width, height. The angle is the one after them."""

LENGTH_RANGE_M = (4.0, 40.0)
"""What a railcar can be long. The shortest freight car is about 7 m, and the edge of a picture may halve it; the
longest coach is 26.4 m, a permanently coupled pair of flats under 40 m."""

WIDTH_RANGE_M = (1.5, 6.0)
"""What a railcar can be wide. Loading gauges allow 2.6-3.8 m; blur and a shadowed side change a box by up to half."""


@dataclass(frozen=True, eq=False)
class Boxes:
    """Oriented boxes.

    Attributes:
        xylwr: float64 (box, 5): centre x (right) and y (down), length, width in pixels (length >= width), and the
            angle of the length in radians from the x axis towards the y axis, 0 <= angle < pi. Pixel (0, 0) covers
            x and y from 0 to 1.
        score: float64 (box,), 0-1.
        label: int64 (box,), index of the class.
    """

    xylwr: NDArray[np.float64]
    score: NDArray[np.float64]
    label: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.score)

    @property
    def x(self) -> NDArray[np.float64]:
        """Centres, to the right."""
        return self.xylwr[:, 0]

    @property
    def y(self) -> NDArray[np.float64]:
        """Centres, downwards."""
        return self.xylwr[:, 1]

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Boxes:
        """The chosen boxes, by mask or in the order of indices."""
        return Boxes(self.xylwr[chosen], self.score[chosen], self.label[chosen])

    def moved(self, x_px: float, y_px: float) -> Boxes:
        """The same boxes with their centres moved."""
        return Boxes(self.xylwr + np.array([x_px, y_px, 0, 0, 0]), self.score, self.label)

    def corners(self) -> NDArray[np.float64]:
        """float64 (box, 4, 2): x and y of the corners, around the box, pixels."""
        x, y, length, width, angle = self.xylwr.T
        along = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * (length / 2)[:, None]
        across = np.stack([-np.sin(angle), np.cos(angle)], axis=-1) * (width / 2)[:, None]
        centre = np.stack([x, y], axis=-1)
        return np.stack(
            [centre + along + across, centre + along - across, centre - along - across, centre - along + across],
            axis=1,
        )

    def polygons(self) -> NDArray[np.object_]:
        """object (box,): the boxes as shapely polygons, pixels."""
        return np.asarray(shapely.polygons(self.corners()), dtype=object)

    @staticmethod
    def none() -> Boxes:
        """No box."""
        return Boxes(np.empty((0, 5)), np.empty(0), np.empty(0, dtype=np.int64))

    @staticmethod
    def joined(parts: Sequence[Boxes]) -> Boxes:
        """All boxes of ``parts`` in their order."""
        if not parts:
            return Boxes.none()
        return Boxes(
            np.concatenate([part.xylwr for part in parts]),
            np.concatenate([part.score for part in parts]),
            np.concatenate([part.label for part in parts]),
        )


def decode(output: NDArray[np.float32], score_threshold: float, pixel_m: float, classes: Sequence[str] = ()) -> Boxes:
    """The candidates of one tile that score enough and have the size of a railcar.

    Types of freight car exclude each other, so the score of a freight car is the sum over its types (at most 1): a
    car that may be a box or a tank is no less a car for that. It has the type that scores best. Other classes stand
    for themselves.

    Args:
        output: float32 (4 + classes + 1, candidate), as :meth:`yardwatch.detection.network.Network.run` gives it.
        score_threshold: scores below it are dropped.
        pixel_m: metres a pixel.
        classes: names in the order of the scores; without them each class stands for itself.
    """
    scores = output[BOX_ROWS:-1]
    label = scores.argmax(axis=0)
    best = scores.max(axis=0)
    freight = np.flatnonzero([name.startswith(FREIGHT_PREFIX) for name in classes])
    if len(freight) > 1:
        together = np.minimum(scores[freight].sum(axis=0), 1.0)
        others = np.delete(scores, freight, axis=0).max(axis=0, initial=0.0)
        is_freight = together >= others
        label = np.where(is_freight, freight[scores[freight].argmax(axis=0)], label)
        best = np.where(is_freight, together, others)
    kept = np.flatnonzero(best >= score_threshold)
    x, y, w, h, angle = output[[0, 1, 2, 3, -1]][:, kept].astype(np.float64)
    angle = np.mod(np.where(h > w, angle + math.pi / 2, angle), math.pi)
    angle[angle >= math.pi] = 0.0  # np.mod of a tiny negative number rounds up to pi itself
    boxes = Boxes(
        np.stack([x, y, np.maximum(w, h), np.minimum(w, h), angle], axis=-1),
        best[kept].astype(np.float64),
        label[kept].astype(np.int64),
    )
    return boxes.take(_plausible(boxes, pixel_m))


def overlapping_pairs(boxes: Boxes, iou: float) -> NDArray[np.intp]:
    """Pairs of boxes whose rotated intersection over union is above ``iou``.

    Returns:
        intp (pair, 2), each pair once, the smaller index first.
    """
    polygons = boxes.polygons()
    first, second = shapely.STRtree(polygons.tolist()).query(polygons)
    first, second = first[first < second], second[first < second]
    shared = shapely.area(shapely.intersection(polygons[first], polygons[second]))
    area = boxes.xylwr[:, 2] * boxes.xylwr[:, 3]
    above = shared > iou * (area[first] + area[second] - shared)
    return np.stack([first[above], second[above]], axis=-1)


def survivors(order: NDArray[np.intp], pairs: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which boxes stay when each, in ``order``, removes the later ones it is paired with.

    Args:
        order: every index once, the strongest first.
        pairs: intp (pair, 2), indices that exclude each other.

    Returns:
        bool (box,).
    """
    rivals: dict[int, list[int]] = {}
    for one, other in pairs.tolist():
        rivals.setdefault(one, []).append(other)
        rivals.setdefault(other, []).append(one)
    alive = np.ones(len(order), dtype=np.bool_)
    settled = np.zeros(len(order), dtype=np.bool_)
    for index in order.tolist():
        settled[index] = True
        if alive[index]:
            for rival in rivals.get(index, ()):
                if not settled[rival]:
                    alive[rival] = False
    return alive


def suppress(boxes: Boxes, iou: float) -> Boxes:
    """The boxes of one tile without duplicates: the better score stays, whatever the class; ties by place."""
    if len(boxes) < 2:
        return boxes
    order = np.lexsort((boxes.x, boxes.y, -boxes.score))
    return boxes.take(survivors(order, overlapping_pairs(boxes, iou)))


def _plausible(boxes: Boxes, pixel_m: float) -> NDArray[np.bool_]:
    length_m, width_m = boxes.xylwr[:, 2] * pixel_m, boxes.xylwr[:, 3] * pixel_m
    return (
        np.isfinite(boxes.xylwr).all(axis=1)
        & (length_m >= LENGTH_RANGE_M[0])
        & (length_m <= LENGTH_RANGE_M[1])
        & (width_m >= WIDTH_RANGE_M[0])
        & (width_m <= WIDTH_RANGE_M[1])
    )
