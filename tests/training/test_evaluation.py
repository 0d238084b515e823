"""Figures of a release: spread between scenes without the noise of few cars, counts, edges left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from yardwatch.errors import BadInput
from yardwatch.training.evaluate import Examined
from yardwatch.training.figures import best_threshold, figures, per_car, recall_spread
from yardwatch.training.labelled import labelled_pictures
from yardwatch.training.matching import Matches
from yardwatch.training.naming import kind_of


def scene(cars: int, found: int, invented: int = 0, km2: float = 0.1) -> Examined:
    hit = np.array([True] * found + [False] * invented, dtype=bool)
    score = np.array([0.8] * found + [0.4] * invented)
    matches = Matches(score, hit, cars)
    return Examined("one", matches, matches, score, score[~hit], cars, km2, 0.5)


def test_recall_that_differs_only_by_chance_has_no_spread() -> None:
    rng = np.random.default_rng(0)
    seen = [scene(30, int(rng.binomial(30, 0.9))) for _ in range(60)]
    assert recall_spread(seen, 0.3) < 0.03


def test_recall_that_differs_from_scene_to_scene_has_its_spread() -> None:
    rng = np.random.default_rng(0)
    shares = rng.uniform(0.6, 1.0, 200)
    seen = [scene(100, int(rng.binomial(100, share))) for share in shares]
    assert recall_spread(seen, 0.3) == pytest.approx(shares.std() / shares.mean(), rel=0.15)


def test_false_cars_are_told_per_square_kilometre_searched_empty_yards_included() -> None:
    facts = figures([scene(10, 9, invented=3, km2=0.2), scene(0, 0, km2=0.8)], 0.3)
    assert facts["false_positives_per_km2"] == pytest.approx(3.0)
    assert facts["precision"] == pytest.approx(9 / 12)
    assert facts["recall"] == pytest.approx(0.9)


def test_count_errors_are_signed_and_absolute() -> None:
    facts = figures([scene(10, 8), scene(10, 10, invented=2)], 0.3)
    assert facts["mean_count_error"] == 0
    assert facts["mean_absolute_count_error"] == 2


def test_the_best_threshold_leaves_faint_inventions_out() -> None:
    assert best_threshold([scene(10, 9, invented=9)]) > 0.4


def test_a_crowded_yard_does_not_speak_for_the_sparse_stations() -> None:
    """Pooled, 1,000 cars at one detection in two would drown ten stations that are read right."""
    seen = [scene(1000, 500), *[scene(20, 20) for _ in range(10)]]
    measured = per_car(seen, 0.3)
    assert measured is not None
    assert measured[0] > 0.8
    assert measured[1] > 0.1


def test_doubled_cars_are_detections_of_the_car_and_not_strays() -> None:
    doubled = replace(scene(10, 10, invented=5), stray_score=np.zeros(0))
    measured = per_car([doubled, doubled], 0.3)
    assert measured is not None
    assert measured[0] == pytest.approx(1.5)


def test_detections_per_car_are_unknown_without_cars() -> None:
    assert per_car([scene(0, 0), scene(0, 0)], 0.3) is None


def test_a_class_is_freight_by_its_name() -> None:
    assert kind_of("freight_tank") == "freight"
    assert kind_of("coach") == "other"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with rasterio.open(
        tmp_path / "yard.tif",
        "w",
        driver="GTiff",
        width=200,
        height=100,
        count=3,
        dtype="uint8",
        crs="EPSG:32652",
        transform=from_origin(500_000, 4_700_000, 0.5, 0.5),
    ) as picture:
        picture.write(np.full((3, 100, 200), 120, np.uint8))
    return tmp_path


def test_boxes_that_the_edge_cuts_are_ignored(folder: Path) -> None:
    inside = "0 0.1 0.4 0.2 0.4 0.2 0.5 0.1 0.5"
    cut = "0 0.9 0.4 1.0 0.4 1.0 0.5 0.9 0.5"
    (folder / "yard.txt").write_text(f"{inside}\n{cut}\n")
    (picture,) = labelled_pictures(folder)
    assert picture.cars["kind"].tolist() == ["freight", "ignored"]
    assert picture.cars.geometry[0].bounds == pytest.approx((500_010, 4_699_975, 500_020, 4_699_980))


def test_geojson_in_another_crs_lands_on_the_picture(folder: Path) -> None:
    box = shapely.box(500_010, 4_699_975, 500_020, 4_699_980)
    table = gpd.GeoDataFrame({"class": ["freight"]}, geometry=[box], crs=32652).to_crs(4326)
    table.to_file(folder / "yard.geojson", driver="GeoJSON")
    (picture,) = labelled_pictures(folder)
    assert picture.cars["kind"].tolist() == ["freight"]
    assert picture.cars.geometry[0].centroid.x == pytest.approx(500_015, abs=0.1)


def test_a_car_cut_by_the_edge_is_counted_where_its_centre_lies_inside(folder: Path) -> None:
    half_in = [shapely.box(499_998, 4_699_975, 500_012, 4_699_978), shapely.box(499_988, 4_699_965, 500_002, 4_699_968)]
    table = gpd.GeoDataFrame({"class": ["freight", "freight"]}, geometry=half_in, crs=32652)
    table.to_file(folder / "yard_labels.geojson", driver="GeoJSON")
    (picture,) = labelled_pictures(folder)
    assert picture.cars["kind"].tolist() == ["ignored", "ignored"]
    assert picture.cars["counts"].tolist() == [True, False]


def test_a_folder_without_labels_says_what_is_wanted(folder: Path) -> None:
    with pytest.raises(BadInput, match="YOLO-OBB"):
        labelled_pictures(folder)


def test_a_broken_label_line_is_named(folder: Path) -> None:
    (folder / "yard.txt").write_text("0 0.1 0.4 0.2\n")
    with pytest.raises(BadInput, match="line 1"):
        labelled_pictures(folder)
