"""Which detection is which car: rotated overlap, greedy matching by score, and the figures that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Matches:
    """Freight detections of one picture, best score first, after those on ignored cars were dropped.

    Attributes:
        score: float64 (detection,).
        hit: bool (detection,), whether it is a true freight car not matched before.
        cars: how many freight cars were to be found.
        detection: int (detection,), its place among the detections given.
        car: int (detection,), the place of the car it was matched with, -1 where it was not.
    """

    score: NDArray[np.float64]
    hit: NDArray[np.bool_]
    cars: int
    detection: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    car: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))

    def above(self, threshold: float) -> tuple[int, int]:
        """True and false positives at a score threshold."""
        kept = self.score >= threshold
        return int(self.hit[kept].sum()), int((~self.hit[kept]).sum())


def overlaps(one: Shapes, other: Shapes) -> dict[int, list[tuple[int, float]]]:
    """For each index of `one`, the indices of `other` it meets with their intersection over union (0-1)."""
    found: dict[int, list[tuple[int, float]]] = {}
    if not len(one) or not len(other):
        return found
    left, right = shapely.STRtree(other).query(one, predicate="intersects")
    shared = shapely.area(shapely.intersection(one[left], other[right]))
    share = shared / (shapely.area(one[left]) + shapely.area(other[right]) - shared)
    for a, b, value in zip(left.tolist(), right.tolist(), share.tolist(), strict=True):
        found.setdefault(a, []).append((b, value))
    return found


def match(detections: Shapes, scores: NDArray[np.float64], cars: Shapes, ignored: Shapes, iou: float) -> Matches:
    """Matches detections to cars, the best score first; one on an ignored car counts neither way."""
    order = np.argsort(-scores, kind="stable")
    detections, scores = detections[order], scores[order]
    near, blurred = overlaps(detections, cars), overlaps(detections, ignored)
    taken: set[int] = set()
    mate, kept = [], []
    for k in range(len(detections)):
        free = [(value, car) for car, value in near.get(k, []) if car not in taken and value >= iou]
        chosen = max(free)[1] if free else -1
        if free:
            taken.add(chosen)
        elif any(_mostly(detections[k], ignored[j]) or value >= iou for j, value in blurred.get(k, [])):
            continue
        mate.append(chosen)
        kept.append(k)
    car = np.array(mate, dtype=np.intp)
    return Matches(scores[kept], car >= 0, len(cars), order[kept], car)


def _mostly(detection: shapely.Geometry, ignored: shapely.Geometry) -> bool:
    """Whether half of a detection lies on an ignored car."""
    return bool(shapely.area(shapely.intersection(detection, ignored)) >= 0.5 * shapely.area(detection))


def average_precision(pictures: list[Matches]) -> float:
    """Area under the interpolated precision-recall curve (all points; Everingham et al. 2010), 0-1."""
    cars = sum(picture.cars for picture in pictures)
    if not cars:
        return float("nan")
    score = np.concatenate([picture.score for picture in pictures])
    hit = np.concatenate([picture.hit for picture in pictures])[np.argsort(-score, kind="stable")]
    true = np.cumsum(hit)
    precision = true / np.arange(1, len(hit) + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    recall_step = np.diff(np.concatenate([[0], true])) / cars
    return float((best_from_here * recall_step).sum())
