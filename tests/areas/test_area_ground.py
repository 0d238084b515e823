"""The ground of an area: its zone, its grid, what is searched, what can be observed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from drawn_area import EAST, NORTH, area_file, feature, rectangle, written
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from yardwatch.areas import (
    area_grid,
    load_area,
    observable_tracks,
    searched_ground,
    searched_mask,
    searched_mode,
    utm_crs,
)
from yardwatch.areas.shapes import WGS84, reproject, utm_of
from yardwatch.errors import BadInput
from yardwatch.records import AreaVersion, Grid


def version_of(folder: Path, tracks: str = "approximate", canopy: tuple[float, ...] | None = None) -> AreaVersion:
    data = area_file()
    data["yardwatch"]["versions"][0]["tracks"] = tracks
    if canopy:
        data["features"].append(feature("canopy", "Polygon", rectangle(*canopy)))
    return load_area(written(folder, data)).versions[0]


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> AreaVersion:
    return version_of(tmp_path_factory.mktemp("area"))


@pytest.mark.parametrize(
    ("lon", "lat", "crs"),
    [
        (130.6081, 42.4214, "EPSG:32652"),
        (124.4018, 40.1070, "EPSG:32651"),
        (7.6536, 47.5348, "EPSG:32632"),
        (-63.0, -35.0, "EPSG:32720"),
        (180.0, 10.0, "EPSG:32660"),
        (-180.0, 10.0, "EPSG:32601"),
    ],
)
def test_every_place_lies_in_its_utm_zone(lon: float, lat: float, crs: str) -> None:
    assert utm_of(Point(lon, lat)) == crs


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(pixel_m=st.floats(0.1, 30.0))
@example(pixel_m=0.5)
def test_the_grid_covers_the_outline_and_starts_on_a_multiple_of_its_pixel(
    version: AreaVersion, pixel_m: float
) -> None:
    grid = area_grid(version, pixel_m)
    left, _, _, top = grid.bounds
    outline = reproject(version.outline, WGS84, utm_crs(version))
    assert box(*grid.bounds).buffer(pixel_m / 100).covers(outline)
    for origin in (left, top):
        assert math.isclose(origin / pixel_m, round(origin / pixel_m), abs_tol=1e-6)
    assert grid.width * pixel_m < 600 + 3 * pixel_m
    assert grid.height * pixel_m < 200 + 3 * pixel_m
    assert grid.crs == "EPSG:32652"


def test_two_readings_of_one_area_share_their_pixels(version: AreaVersion) -> None:
    fine, coarse = area_grid(version, 0.5), area_grid(version, 1.0)
    assert (fine.transform[2] - coarse.transform[2]) % 0.5 == 0
    assert (fine.transform[5] - coarse.transform[5]) % 0.5 == 0


@pytest.mark.parametrize("pixel_m", [0.0, -1.0, math.nan, math.inf])
def test_a_pixel_has_a_size(version: AreaVersion, pixel_m: float) -> None:
    with pytest.raises(BadInput, match="pixel_m"):
        area_grid(version, pixel_m)


def test_approximate_tracks_never_narrow_what_is_searched(version: AreaVersion) -> None:
    assert searched_mode(version) == "outline"
    outline = reproject(version.outline, WGS84, utm_crs(version))
    assert searched_ground(version).equals(outline)


@pytest.mark.parametrize("kind", ["surveyed", "openstreetmap"])
def test_surveyed_tracks_give_a_corridor_within_the_outline(tmp_path: Path, kind: str) -> None:
    version = version_of(tmp_path, kind)
    assert searched_mode(version) == "corridor"
    ground = searched_ground(version)
    assert ground.contains(Point(EAST + 300, NORTH + 79))
    assert not ground.contains(Point(EAST + 300, NORTH + 77))
    assert ground.area == pytest.approx(500 * 44 + 20 * 24 + math.pi * 12**2 + 500, rel=0.01)
    assert reproject(version.outline, WGS84, utm_crs(version)).covers(ground)


def test_searched_pixels_are_those_whose_centre_is_on_searched_ground(version: AreaVersion) -> None:
    grid = area_grid(version, 2.0)
    mask = searched_mask(version, grid)
    assert mask.shape == (grid.height, grid.width)
    assert mask.dtype == np.bool_
    assert np.count_nonzero(mask) * 4 == pytest.approx(600 * 200, rel=0.01)


def test_no_area_can_be_laid_over_a_picture_without_georeference(version: AreaVersion) -> None:
    with pytest.raises(BadInput, match="no CRS"):
        searched_mask(version, Grid(None, (1, 0, 0, 0, 1, 0), 10, 10, 0.5))


def test_a_canopy_takes_its_length_of_track_out_of_what_can_be_observed(tmp_path: Path) -> None:
    version = version_of(tmp_path, canopy=(200, 80, 300, 100))
    lengths = sorted(round(track.length) for track in observable_tracks(version))
    assert lengths == [150, 250, 500]
    assert sum(track.length for track in observable_tracks(version, WGS84)) < 0.02  # degrees


def test_a_station_wholly_under_roofs_has_nothing_to_observe(tmp_path: Path) -> None:
    assert observable_tracks(version_of(tmp_path, canopy=(0, 0, 600, 200))) == []
