"""What an evaluation tells: classes apart, honest scores, false cars where there are none, errors as pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from PIL import Image
from rasterio.transform import from_origin

from yardwatch.simulate.scene import Wish, random_scene
from yardwatch.simulate.yards import YardOptions
from yardwatch.training.appraisal import Appraisal, bands_of
from yardwatch.training.emptiness import (
    TRACKLESS_SEED,
    EmptyYard,
    _tracks,
    empty_figures,
    ground_figures,
    trackless_ground,
)
from yardwatch.training.evaluate import Examined, Sight
from yardwatch.training.figures import calibration, class_figures, figures
from yardwatch.training.label_files import Marks
from yardwatch.training.labelled import LabelledPicture, labelled, simulated_pictures
from yardwatch.training.marked_pictures import FALSE, FOUND, MISSED, draw_errors, verdicts_of
from yardwatch.training.matching import Matches, match

CRS = "EPSG:32652"
WEST, NORTH = 500_000.0, 4_700_000.0


def matches(scores: list[float], hits: list[bool], cars: int) -> Matches:
    return Matches(np.array(scores), np.array(hits, dtype=bool), cars)


def seen(one: Matches, **changes: object) -> Examined:
    examined = Examined("one", one, one, one.score, one.score[~one.hit], one.cars, 0.1, 0.5)
    return replace(examined, **changes)


def test_a_tank_car_found_as_a_box_car_counts_and_is_wrong_by_class() -> None:
    by_class = {
        "freight_tank": (matches([], [], 1), matches([], [], 1)),
        "freight_box": (matches([0.9], [False], 0), matches([0.9], [False], 0)),
    }
    one = seen(matches([0.9], [True], 1), by_class=by_class)
    assert figures([one], 0.3)["recall"] == 1
    table = class_figures([one], 0.3)
    assert table["freight_tank"]["recall"] == 0
    assert table["freight_box"]["precision"] == 0


def test_errors_in_percent_are_of_the_cars_that_stand_there() -> None:
    facts = figures(
        [seen(matches([0.9] * 8, [True] * 8, 10)), seen(matches([0.9] * 12, [True] * 10 + [False] * 2, 10))], 0.3
    )
    assert facts["count_error_percent"] == pytest.approx(0)
    assert facts["absolute_count_error_percent"] == pytest.approx(20)


def test_scores_that_say_the_share_of_true_cars_are_calibrated() -> None:
    told = calibration([seen(matches([0.75] * 4, [True] * 3 + [False], 4))])
    assert told["expected_error"] == pytest.approx(0)
    assert told["scores"] == [
        {"score": 0.7, "detections": 4, "mean_score": pytest.approx(0.75), "share_true": pytest.approx(0.75)}
    ]
    assert calibration([seen(matches([0.95] * 4, [False] * 4, 4))])["expected_error"] == pytest.approx(0.95)


def test_a_picture_finer_or_coarser_than_every_band_is_told_in_the_nearest() -> None:
    pictures = [replace(seen(matches([], [], 0)), gsd_m=gsd_m) for gsd_m in (0.25, 0.5, 0.6, 1.5)]
    assert [(band, len(inside)) for band, inside in bands_of(pictures)] == [
        ((0.3, 0.6), 2),
        ((0.6, 0.9), 1),
        ((0.9, 1.2), 1),
    ]


def cars(shapes: list[shapely.Polygon]) -> gpd.GeoDataFrame:
    columns = {"class": ["freight"] * len(shapes), "kind": ["freight"] * len(shapes), "counts": [True] * len(shapes)}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def box(east_m: float, south_m: float) -> shapely.Polygon:
    return shapely.box(WEST + east_m - 7, NORTH - south_m - 1.5, WEST + east_m + 7, NORTH - south_m + 1.5)


def sighted(found: list[shapely.Polygon], true: list[shapely.Polygon], path: Path = Path("none.tif")) -> Examined:
    boxes, wanted = np.array(found, dtype=object), np.array(true, dtype=object)
    scores = np.linspace(0.9, 0.5, len(found))
    one = match(boxes, scores, wanted, np.empty(0, dtype=object), 0.3)
    table = cars(true)
    return seen(one, score=scores, sight=Sight(LabelledPicture(path, None, table), boxes, table))


def test_false_cars_on_empty_track_are_told_apart_from_those_beside_it() -> None:
    track = gpd.GeoSeries([shapely.LineString([(WEST, NORTH - 50), (WEST + 500, NORTH - 50)])], crs=CRS)
    found = sighted([box(100, 50), box(200, 51), box(100, 90)], [])
    told = empty_figures([EmptyYard(found.sight.picture, track)], [found], 0.3)
    assert told["false_per_track_km"] == pytest.approx(4.0)
    assert told["false_beside"] == 1
    assert told["beside_km2"] == pytest.approx(0.1 - 500 * 6 / 1e6, abs=1e-4)
    assert ground_figures([found], 0.65)["false"] == 2


def test_tracks_of_an_empty_yard_lie_in_its_picture() -> None:
    frame = shapely.box(WEST, NORTH - 200, WEST + 200, NORTH)
    lines = _tracks(960_000, 200.0)
    assert lines
    assert all(frame.buffer(0.01).contains(line) for line in lines)
    assert sum(line.length for line in lines) > 100


def test_towns_and_ports_have_neither_tracks_nor_cars_but_much_that_looks_like_them(tmp_path: Path) -> None:
    folder = tmp_path / "towns.2026"  # a dot in a folder's name is no file's ending
    ground = trackless_ground(folder, 2, YardOptions(120.0, 0.6, workers=1))
    assert [picture.cars.empty for picture in ground] == [True, True]
    assert {picture.path.is_relative_to(folder) for picture in ground} == {True}
    town = random_scene(TRACKLESS_SEED, Wish(300.0, 0.0, tracks=False))
    assert not town.groups
    assert not town.cars
    assert len(town.things) > 100


def test_a_scene_without_cars_is_a_picture_with_an_empty_truth(tmp_path: Path) -> None:
    blank(tmp_path / "yards" / "SIMULATED-a.tif")
    (tmp_path / "truth").mkdir()
    none = gpd.GeoDataFrame({"class": [], "track": [], "length_m": [], "visible": []}, geometry=[], crs=CRS)
    none.to_parquet(tmp_path / "truth" / "SIMULATED-a.parquet")
    [found] = simulated_pictures(tmp_path)
    assert found.cars.empty


def test_a_simulated_car_under_a_roof_is_neither_demanded_nor_part_of_the_true_count(tmp_path: Path) -> None:
    blank(tmp_path / "yards" / "SIMULATED-a.tif")
    (tmp_path / "truth").mkdir()
    table = gpd.GeoDataFrame(
        {"class": ["freight_box"] * 2, "track": ["A1"] * 2, "length_m": [14.0] * 2, "visible": [1.0, 0.2]},
        geometry=[box(30, 20), box(60, 20)],
        crs=CRS,
    )
    table.to_parquet(tmp_path / "truth" / "SIMULATED-a.parquet")
    [found] = simulated_pictures(tmp_path)
    assert found.cars["kind"].tolist() == ["freight", "ignored"]
    assert found.cars["counts"].tolist() == [True, False]


def blank(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=240,
        height=200,
        count=3,
        dtype="uint8",
        crs=CRS,
        transform=from_origin(WEST, NORTH, 0.5, 0.5),
    ) as file:
        file.write(np.full((3, 200, 240), 90, np.uint8))
    return path


def test_misses_and_false_alarms_are_drawn_where_they_are(tmp_path: Path) -> None:
    path = blank(tmp_path / "yard.tif")
    examined = sighted([box(30, 20), box(90, 20)], [box(30, 20), box(60, 60)], path)
    verdicts = verdicts_of(examined, 0.3, 0.5)
    assert (len(verdicts.found), len(verdicts.missed), len(verdicts.false)) == (1, 1, 1)
    assert verdicts.missed[0].centroid.x - verdicts.found[0].centroid.x == pytest.approx(60, abs=2)
    made = draw_errors(Appraisal("yard", 0.3, seen=[examined]), 0.5, tmp_path / "errors")
    assert sorted(file.name for file in made) == ["false-alarms-yard.png", "misses-yard.png", "one.png"]
    colours = {colour for _, colour in Image.open(tmp_path / "errors" / "one.png").getcolors(1_000_000)}
    assert {FOUND, MISSED, FALSE} <= colours


def test_a_picture_without_errors_is_not_drawn(tmp_path: Path) -> None:
    path = blank(tmp_path / "yard.tif")
    examined = sighted([box(30, 20)], [box(30, 20)], path)
    assert draw_errors(Appraisal("yard", 0.3, seen=[examined]), 0.5, tmp_path / "errors") == []


def test_labels_of_one_picture_are_those_of_its_marks(tmp_path: Path) -> None:
    path = blank(tmp_path / "yard.tif")
    found = labelled(Marks(path, (shapely.box(20, 20, 48, 26),), ("freight_tank",)))
    assert found.cars.geometry[0].bounds == pytest.approx((WEST + 10, NORTH - 13, WEST + 24, NORTH - 10))
