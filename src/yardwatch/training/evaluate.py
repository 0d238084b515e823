"""Measures a release on labelled pictures, through the same reading and detecting that the daily path uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from yardwatch.detection import Detector, Release
from yardwatch.imagery import open_picture
from yardwatch.records import FREIGHT_PREFIX, AreaVersion
from yardwatch.training.labelled import LabelledPicture
from yardwatch.training.matching import Matches, match

IOU = 0.3  # what counts as found: boxes at half a metre a pixel are a pixel or two off
STRICT_IOU = 0.5
FAINTEST = 0.05  # detections below this score are not kept


@dataclass(frozen=True, eq=False)
class Sight:
    """Freight boxes found (object array of polygons, in the order of ``score``) and labelled cars, in one CRS."""

    picture: LabelledPicture
    boxes: NDArray[np.object_]
    cars: gpd.GeoDataFrame


@dataclass(frozen=True, eq=False)
class Examined:
    """One picture as a detector saw it.

    Attributes:
        loose, strict: matches at rotated IoU 0.3 and 0.5.
        score: of every freight detection whose centre lies in the picture, float64.
        stray_score: of those that touch no car within 3 m: inventions of the ground, not doubles of a car.
        true_count: freight cars in sight whose centre lies in the picture, those cut by its edge included.
        km2: ground searched.
        gsd_m: claimed ground sample distance.
        by_class: matches at 0.3 and 0.5 within one class alone, for each class that labels and release share.
        sight: what was found and what stood there, to be drawn.
    """

    name: str
    loose: Matches
    strict: Matches
    score: NDArray[np.float64]
    stray_score: NDArray[np.float64]
    true_count: int
    km2: float
    gsd_m: float
    by_class: Mapping[str, tuple[Matches, Matches]] = field(default_factory=dict)
    sight: Sight | None = None

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
    every = detector.detect(opened.chip, opened.outline_mask)
    cars = picture.cars
    if cars.crs is not None and every.crs is not None:
        cars = cars.to_crs(every.crs)
    freight = every[every["class"].str.startswith(FREIGHT_PREFIX)]
    found = _shapes(freight)
    loose, strict = _matched(freight, cars, cars["kind"] == "freight")
    pixels = int((opened.outline_mask & opened.chip.valid).sum())
    return Examined(
        picture.path.stem,
        loose,
        strict,
        freight["score"].to_numpy(dtype=float),
        freight["score"].to_numpy(dtype=float)[_stray(found, _shapes(cars), 3.0 / _unit_m(every, release))],
        int(cars["counts"].sum()),
        pixels * release.pixel_m**2 / 1e6,
        opened.chip.gsd_m,
        {
            name: _matched(every[every["class"] == name], cars, (cars["class"] == name) & (cars["kind"] != "ignored"))
            for name in release.classes
            if (cars["class"] == name).any()
        },
        Sight(picture, found, cars),
    )


def _matched(found: gpd.GeoDataFrame, cars: gpd.GeoDataFrame, wanted: NDArray[np.bool_]) -> tuple[Matches, Matches]:
    """Matches of detections with the wanted cars at rotated IoU 0.3 and 0.5; ignored cars count neither way."""
    boxes, scores = _shapes(found), found["score"].to_numpy(dtype=float)
    demanded, ignored = _shapes(cars[wanted]), _shapes(cars[cars["kind"] == "ignored"])
    return match(boxes, scores, demanded, ignored, IOU), match(boxes, scores, demanded, ignored, STRICT_IOU)


def _shapes(table: gpd.GeoDataFrame) -> NDArray[np.object_]:
    return np.asarray(table.geometry.values, dtype=object)


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
