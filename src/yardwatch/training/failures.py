"""Where a release fails on labelled pictures: the cars it missed and what it took for cars, to be looked at."""

from __future__ import annotations

import numpy as np
import shapely

from yardwatch.imagery import open_picture
from yardwatch.records import Grid
from yardwatch.review.boxes import ReviewedBox
from yardwatch.review.gallery import Failure, failure
from yardwatch.training.evaluate import Examined


def failures_of(seen: Examined, pixel_m: float, threshold: float) -> list[Failure]:
    """Missed cars and inventions of one picture at a score threshold; the surest inventions first.

    Args:
        pixel_m: of the release that examined it.
    """
    if seen.sight is None:
        return []
    chip = open_picture(seen.sight.picture.path, seen.sight.picture.gsd_m, None, pixel_m).chip
    kept = seen.loose.score >= threshold
    wrong = seen.loose.detection[kept & ~seen.loose.hit]
    wrong_scores = seen.loose.score[kept & ~seen.loose.hit]
    hit = set(seen.loose.car[kept & seen.loose.hit].tolist())
    cars = seen.sight.cars[seen.sight.cars["kind"] == "freight"]
    found = [
        failure("invented", seen.name, _box(seen.sight.boxes[index], "freight", chip.grid), chip, float(score))
        for index, score in zip(wrong, wrong_scores, strict=True)
    ]
    found += [
        failure("missed", seen.name, _box(shape, str(label), chip.grid), chip, None)
        for index, (shape, label) in enumerate(zip(cars.geometry, cars["class"], strict=True))
        if index not in hit
    ]
    return found


def _box(shape: shapely.Geometry, label: str, grid: Grid) -> ReviewedBox:
    a, b, c, d, e, f = grid.transform
    ring = shapely.get_coordinates(shapely.oriented_envelope(shape))[:4]
    corners = (ring - [c, f]) @ np.linalg.inv(np.array([[a, b], [d, e]])).T
    along, across = corners[1] - corners[0], corners[2] - corners[1]
    x, y = corners.mean(axis=0)
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    return ReviewedBox(
        float(x), float(y), float(np.hypot(*along)), float(np.hypot(*across)), angle, label or "freight"
    ).upright()
