"""The demo's archive: what stands where and when, and what hides it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pystac
import pytest
import rasterio
import shapely

from yardwatch.errors import BadInput
from yardwatch.simulate.archive import RECORD_CARS, SURGE_AT, SURGE_CARS, plan_shots, write_archive
from yardwatch.simulate.light import Light
from yardwatch.simulate.sky import cloud_cover
from yardwatch.simulate.station import Traffic, occupied, station
from yardwatch.simulate.truth import freight_count, true_cars

EAST, NORTH = 500_000.0, 4_700_000.0
TRACKS = [shapely.LineString([(EAST + 20, NORTH + 60 + 5 * k), (EAST + 480, NORTH + 60 + 5 * k)]) for k in range(4)]
OUTLINE = shapely.box(EAST, NORTH, EAST + 500, NORTH + 140)
LIGHT = Light(180.0, 40.0)
SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_archive_has_24_deliveries_with_twenty_once_and_seventy_three_at_the_end(seed: int) -> None:
    shots = plan_shots(seed)
    assert len(shots) == 24
    originals = [shot for shot in shots if not shot.item_id.endswith("-r2")]
    counts = [shot.traffic.freight for shot in originals]
    assert counts[-1] == SURGE_CARS
    assert originals[-1].taken_at == SURGE_AT
    (record,) = [shot for shot in originals if shot.traffic.freight == RECORD_CARS]
    assert record.taken_at.year < 2023
    assert max(count for count in counts if count not in (SURGE_CARS, RECORD_CARS)) < RECORD_CARS


@pytest.mark.parametrize("seed", SEEDS)
def test_an_archive_has_three_useless_looks_two_partial_ones_and_one_picture_twice(seed: int) -> None:
    shots = plan_shots(seed)
    trouble = Counter(shot.trouble for shot in shots)
    assert trouble["overcast"] + trouble["overcast with mask"] + trouble["black"] == 3
    assert trouble["broken cloud"] + trouble["swath edge"] == 2
    (second,) = [shot for shot in shots if shot.item_id.endswith("-r2")]
    (first,) = [shot for shot in shots if shot.item_id == second.item_id.removesuffix("-r2")]
    assert first.taken_at == second.taken_at
    assert first.trouble == "none"


@pytest.mark.parametrize("seed", SEEDS)
def test_looks_are_irregular_and_about_two_o_clock(seed: int) -> None:
    times = [shot.taken_at for shot in plan_shots(seed) if not shot.item_id.endswith("-r2")]
    assert times == sorted(times)
    assert len(set(times)) == len(times)
    assert all(105 <= at.hour * 60 + at.minute <= 135 for at in times)
    gaps = np.diff([at.timestamp() for at in times])
    assert gaps.std() > 0.3 * gaps.mean()


def test_simulated_tracks_lie_six_metres_beside_the_given_ones() -> None:
    place = station(TRACKS, OUTLINE, 1)
    drawn = shapely.union_all(
        [shapely.LineString(track.path.points + place.origin_utm) for track in place.group.tracks]
    )
    assert TRACKS[-1].distance(drawn) == pytest.approx(1.0, abs=0.01)  # 5 m apart: the next one lies 6 - 5 away
    assert drawn.bounds[3] - TRACKS[-1].bounds[3] == pytest.approx(6.0, abs=0.01)


@pytest.mark.parametrize("count", [0, 1, 20, 73])
def test_a_station_holds_exactly_the_cars_it_was_told_to(count: int) -> None:
    place = station(TRACKS, OUTLINE, 1)
    cars = true_cars(occupied(place, Traffic(count, 2, 3), LIGHT, 9))
    assert freight_count(cars) == count
    assert Counter(car.label for car in cars)["locomotive"] == 2
    boxes = [shapely.Polygon(car.box) for car in cars]
    assert all(place.outline.contains(box) for box in boxes)


def test_cars_do_not_stand_where_tracks_come_together() -> None:
    meeting = [*TRACKS, shapely.LineString([(EAST + 20, NORTH + 75), (EAST + 480, NORTH + 60)])]
    place = station(meeting, OUTLINE, 1)
    boxes = [shapely.Polygon(car.box) for car in true_cars(occupied(place, Traffic(40), LIGHT, 3))]
    one, other = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    assert (one == other).all()


def test_more_cars_than_fit_is_an_error_that_says_so() -> None:
    with pytest.raises(BadInput, match="no room for 500 cars"):
        occupied(station(TRACKS, OUTLINE, 1), Traffic(500), LIGHT, 9)


def test_broken_cloud_covers_about_the_share_it_should() -> None:
    for share in (0.2, 0.5):
        opacity = cloud_cover(np.random.default_rng(1), (300, 500), share)
        assert (opacity > 0.5).mean() == pytest.approx(share, abs=0.05)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("archive")
    write_archive(out, TRACKS, OUTLINE, 3)
    return out


def test_the_catalog_is_self_contained_and_says_it_is_simulated(archive: Path) -> None:
    catalog = pystac.Catalog.from_file(str(archive / "catalog.json"))
    items = list(catalog.get_items(recursive=True))
    assert len(items) == 24
    for item in items:
        assert item.id.startswith("SIMULATED-")
        assert item.properties["yardwatch:simulated"] is True
        assert not item.assets["visual"].href.startswith("/")
        assert Path(item.assets["visual"].get_absolute_href() or "").name.startswith("SIMULATED-")
    assert "SIMULATED" in catalog.description
    assert str(archive) not in (archive / "catalog.json").read_text()


def test_pictures_are_small_cloud_optimized_files_on_the_half_metre(archive: Path) -> None:
    (path,) = archive.glob("yardsim/*20231005*/*.tif")
    with rasterio.open(path) as picture:
        assert picture.crs.to_epsg() == 32652
        assert picture.res == (0.5, 0.5)
        assert picture.dtypes == ("uint8",) * 3
        assert picture.is_tiled
        assert picture.overviews(1)
        assert picture.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_the_truth_tells_what_stands_and_what_can_be_seen(archive: Path) -> None:
    items = {item["id"]: item for item in json.loads((archive / "truth.json").read_text())["items"]}
    assert len(items) == 24
    (last,) = [item for item in items.values() if item["taken_at"].startswith("2023-10-05")]
    assert last["freight"] == last["freight_visible"] == 73
    table = gpd.read_parquet(archive / "truth" / f"{last['id']}.parquet")
    assert int(table["class"].str.startswith("freight_").sum()) == 73
    assert table.crs.to_epsg() == 32652
    for item in items.values():
        assert item["freight_visible"] <= item["freight"]
        if not item["usable"]:
            assert item["freight_visible"] == 0


def test_a_black_tile_is_nodata_throughout(archive: Path) -> None:
    items = json.loads((archive / "truth.json").read_text())["items"]
    (black,) = [item["id"] for item in items if item["trouble"] == "black"]
    with rasterio.open(archive / "yardsim" / black / f"{black}.tif") as picture:
        assert picture.nodata == 0
        assert not picture.read().any()


def test_a_second_delivery_shows_the_same_ground(archive: Path) -> None:
    items = json.loads((archive / "truth.json").read_text())["items"]
    (twin,) = [item for item in items if item["duplicate_of"]]
    pictures = []
    for name in (twin["id"], twin["duplicate_of"]):
        with rasterio.open(archive / "yardsim" / name / f"{name}.tif") as picture:
            pictures.append(picture.read())
    assert np.array_equal(*pictures)
