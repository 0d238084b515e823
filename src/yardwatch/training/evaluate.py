"""Measures a release on labelled pictures, through the same reading and detecting that the daily path uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from yardwatch.detection import Detector, Release
from yardwatch.imagery import open_picture
from yardwatch.records import FREIGHT_PREFIX
from yardwatch.training.labelled import LabelledPicture
from yardwatch.training.matching import Matches, average_precision, match

IOU = 0.3  # what counts as found: boxes at half a metre a pixel are a pixel or two off
FAINTEST = 0.05  # detections below this score are not kept


@dataclass(frozen=True, eq=False)
class Examined:
    """One picture as a detector saw it.

    Attributes:
        loose, strict: matches at rotated IoU 0.3 and 0.5.
        score: of every freight detection whose centre lies in the picture, float64.
        stray_score: of those that touch no car within 3 m: inventions of the ground, not doubles of a car.
        true_count: freight cars whose centre lies in the picture, those cut by its edge included.
        km2: ground searched.
        gsd_m: claimed ground sample distance.
    """

    name: str
    loose: Matches
    strict: Matches
    score: NDArray[np.float64]
    stray_score: NDArray[np.float64]
    true_count: int
    km2: float
    gsd_m: float

    def count(self, threshold: float) -> int:
        """Freight cars counted at a score threshold."""
        return int((self.score >= threshold).sum())

    def strays(self, threshold: float) -> int:
        """Inventions of the ground at a score threshold."""
        return int((self.stray_score >= threshold).sum())


def examine(picture: LabelledPicture, detector: Detector) -> Examined:
    """Reads a picture as `yardwatch look` does, detects, and matches with its labels."""
    release = detector.release
    opened = open_picture(picture.path, picture.gsd_m, None, release.pixel_m)
    found = detector.detect(opened.chip, opened.outline_mask)
    found = found[found["class"].str.startswith(FREIGHT_PREFIX)]
    cars = picture.cars
    if cars.crs is not None and found.crs is not None:
        cars = cars.to_crs(found.crs)
    boxes, scores = np.asarray(found.geometry.values, dtype=object), found["score"].to_numpy(dtype=float)
    shapes = {
        kind: np.asarray(cars.geometry[cars["kind"] == kind].values, dtype=object) for kind in ("freight", "ignored")
    }
    loose, strict = (match(boxes, scores, shapes["freight"], shapes["ignored"], iou) for iou in (IOU, 0.5))
    demanded = cars["inside"] & (cars["kind"] != "other")
    pixels = int((opened.outline_mask & opened.chip.valid).sum())
    return Examined(
        picture.path.stem,
        loose,
        strict,
        scores,
        scores[_stray(boxes, np.asarray(cars.geometry.values, dtype=object), 3.0 / _unit_m(found, release))],
        int(demanded.sum()),
        pixels * release.pixel_m**2 / 1e6,
        opened.chip.gsd_m,
    )


def _stray(boxes: NDArray[np.object_], cars: NDArray[np.object_], reach: float) -> NDArray[np.bool_]:
    """bool (box,): boxes farther than ``reach`` from every car."""
    stray = np.ones(len(boxes), dtype=np.bool_)
    if len(boxes) and len(cars):
        stray[shapely.STRtree(cars).query(boxes, predicate="dwithin", distance=reach)[0]] = False
    return stray


def _unit_m(found: gpd.GeoDataFrame, release: Release) -> float:
    """Metres in a unit of the detections: 1 on a map, about a pixel in a picture without georeference."""
    return release.pixel_m if found.crs is None else 1.0


def examine_all(pictures: Iterable[LabelledPicture], release: Release, threads: int = 2) -> list[Examined]:
    """Every picture, with one detector that keeps faint detections too."""
    detector = Detector(release, threads, score_threshold=FAINTEST)
    return [examine(picture, detector) for picture in pictures]


def best_threshold(seen: list[Examined]) -> float:
    """The score at which freight precision and recall have the largest F1, on a grid of 0.01."""
    grid = np.round(np.arange(0.10, 0.80, 0.01), 2)
    return float(max(grid, key=lambda threshold: _f1(seen, float(threshold))))


def _f1(seen: list[Examined], threshold: float) -> float:
    true, false = totals(seen, threshold)
    cars = sum(picture.loose.cars for picture in seen)
    return 2 * true / max(1, true + false + cars)


def totals(seen: list[Examined], threshold: float) -> tuple[int, int]:
    """True and false positives of all pictures."""
    pairs = [picture.loose.above(threshold) for picture in seen]
    return sum(true for true, _ in pairs), sum(false for _, false in pairs)


def recall_spread(seen: list[Examined], threshold: float) -> float:
    """Standard deviation of recall between pictures over its mean, the binomial noise of few cars removed.

    The variance between groups by the method of moments (DerSimonian and Laird 1986), weighted by cars.
    """
    cars = np.array([picture.loose.cars for picture in seen if picture.loose.cars], dtype=float)
    found = np.array([picture.loose.above(threshold)[0] for picture in seen if picture.loose.cars], dtype=float)
    if len(cars) < 2 or not found.sum():
        return 0.0
    mean = found.sum() / cars.sum()
    noise = max(mean * (1 - mean), 1e-6)
    weight = cars / noise
    excess = (weight * (found / cars - mean) ** 2).sum() - (len(cars) - 1)
    between = max(0.0, excess / (weight.sum() - (weight**2).sum() / weight.sum()))
    return float(min(1.0, np.sqrt(between) / mean))


def figures(seen: list[Examined], threshold: float) -> dict[str, Any]:
    """The figures of a set of pictures at one threshold."""
    true, false = totals(seen, threshold)
    cars = sum(picture.loose.cars for picture in seen)
    km2 = sum(picture.km2 for picture in seen)
    errors = np.array([picture.count(threshold) - picture.true_count for picture in seen], dtype=float)
    full = np.array([picture.true_count for picture in seen], dtype=float)
    large = full >= 20
    return {
        "pictures": len(seen),
        "cars": cars,
        "threshold": threshold,
        "precision": true / max(1, true + false),
        "recall": true / max(1, cars),
        "recall_cv": recall_spread(seen, threshold),
        "false_positives_per_km2": sum(picture.strays(threshold) for picture in seen) / km2,
        "detections_per_car": sum(picture.count(threshold) - picture.strays(threshold) for picture in seen)
        / max(1, sum(picture.true_count for picture in seen)),
        "ap30": average_precision([picture.loose for picture in seen]),
        "ap50": average_precision([picture.strict for picture in seen]),
        "mean_count_error": float(errors.mean()),
        "mean_absolute_count_error": float(np.abs(errors).mean()),
        "mean_absolute_percent_20_or_more": float((np.abs(errors[large]) / full[large]).mean() * 100)
        if large.any()
        else None,
        "counted": sum(picture.count(threshold) for picture in seen),
        "true_count": int(full.sum()),
    }
