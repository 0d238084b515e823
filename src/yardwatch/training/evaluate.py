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
from yardwatch.records import FREIGHT_PREFIX, AreaVersion
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


def examine(picture: LabelledPicture, detector: Detector, area: AreaVersion | None = None) -> Examined:
    """Reads a picture as `yardwatch look` does, detects, and matches with its labels.

    Only the ground of `area` is searched where one is given; every labelled car must then stand in it.
    """
    release = detector.release
    opened = open_picture(picture.path, picture.gsd_m, area, release.pixel_m)
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
    pixels = int((opened.outline_mask & opened.chip.valid).sum())
    return Examined(
        picture.path.stem,
        loose,
        strict,
        scores,
        scores[_stray(boxes, np.asarray(cars.geometry.values, dtype=object), 3.0 / _unit_m(found, release))],
        int(cars["counts"].sum()),
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


def examine_all(
    pictures: Iterable[LabelledPicture], release: Release, area: AreaVersion | None = None
) -> list[Examined]:
    """Every picture, with one detector that keeps faint detections too."""
    detector = Detector(release, score_threshold=FAINTEST)
    return [examine(picture, detector, area) for picture in pictures]


def count_errors(seen: list[Examined], threshold: float) -> NDArray[np.float64]:
    """Counted less true, float64 (picture,)."""
    return np.array([picture.count(threshold) - picture.true_count for picture in seen], dtype=float)


def best_threshold(seen: list[Examined]) -> float:
    """The score at which counts are least wrong (mean absolute error), on a grid of 0.01: the count is the product."""
    grid = np.round(np.arange(0.10, 0.80, 0.01), 2)
    return float(min(grid, key=lambda threshold: np.abs(count_errors(seen, float(threshold))).mean()))


def totals(seen: list[Examined], threshold: float) -> tuple[int, int]:
    """True and false positives of all pictures."""
    pairs = [picture.loose.above(threshold) for picture in seen]
    return sum(true for true, _ in pairs), sum(false for _, false in pairs)


def recall_spread(seen: list[Examined], threshold: float) -> float:
    """Standard deviation of recall between pictures over its mean, the binomial noise of few cars removed."""
    rows = [picture for picture in seen if picture.loose.cars]
    cars = np.array([picture.loose.cars for picture in rows], dtype=float)
    found = np.array([picture.loose.above(threshold)[0] for picture in rows], dtype=float)
    if len(rows) < 2 or not found.sum():
        return 0.0
    mean = found.sum() / cars.sum()
    return float(min(1.0, _between(found / cars, max(mean * (1 - mean), 1e-6) / cars) / mean))


def per_car(seen: list[Examined], threshold: float) -> tuple[float, float] | None:
    """Detections on and beside cars for each car that stands there, and its coefficient of variation between pictures.

    The random-effects mean (DerSimonian and Laird 1986): where pictures truly differ, a crowded one does not speak for
    the others. Counts carry Poisson noise. None without two pictures that have cars.
    """
    rows = [picture for picture in seen if picture.true_count]
    cars = np.array([picture.true_count for picture in rows], dtype=float)
    found = np.array([picture.count(threshold) - picture.strays(threshold) for picture in rows], dtype=float)
    if len(rows) < 2 or not found.sum():
        return None
    noise = found.sum() / cars.sum() / cars
    spread = _between(found / cars, noise)
    weight = 1 / (noise + spread**2)
    mean = float((weight * found / cars).sum() / weight.sum())
    return mean, spread / mean


def _between(share: NDArray[np.float64], noise: NDArray[np.float64]) -> float:
    """Standard deviation of `share` between pictures, beyond its `noise` (a variance each), by the method of moments.

    DerSimonian and Laird 1986, Controlled Clinical Trials 7:177.
    """
    weight = 1 / noise
    mean = (weight * share).sum() / weight.sum()
    excess = (weight * (share - mean) ** 2).sum() - (len(share) - 1)
    return float(np.sqrt(max(0.0, excess / (weight.sum() - (weight**2).sum() / weight.sum()))))


def figures(seen: list[Examined], threshold: float) -> dict[str, Any]:
    """The figures of a set of pictures at one threshold."""
    true, false = totals(seen, threshold)
    cars = sum(picture.loose.cars for picture in seen)
    km2 = sum(picture.km2 for picture in seen)
    errors = count_errors(seen, threshold)
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
        "per_car": per_car(seen, threshold),
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
