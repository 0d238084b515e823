"""The areas that are shipped lie where the world says they lie, and say how little is known of their tracks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from yardwatch.areas import area_grid, load_areas, observable_tracks, utm_crs
from yardwatch.areas.shapes import WGS84, reproject
from yardwatch.records import Area

AOI = Path(__file__).parents[2] / "aoi"
HAND_DRAWN = ["khasan", "rajin", "sinuiju", "tumangang"]


@pytest.fixture(scope="module")
def areas() -> dict[str, Area]:
    return load_areas(AOI)


def test_five_areas_are_shipped_and_only_stations_are_watched(areas: dict[str, Area]) -> None:
    assert sorted(areas) == sorted([*HAND_DRAWN, "muttenz"])
    assert sorted(name for name, area in areas.items() if area.watched) == HAND_DRAWN


@pytest.mark.parametrize(
    ("name", "place", "crs", "script"),
    [
        ("tumangang", (130.6081, 42.4214), "EPSG:32652", "두만강역"),
        ("khasan", (130.6449, 42.4301), "EPSG:32652", "Хасан"),
        ("rajin", (130.2892, 42.2497), "EPSG:32652", "라진역"),
        ("sinuiju", (124.4018, 40.1070), "EPSG:32651", "신의주청년역"),
        ("muttenz", (7.6536, 47.5348), "EPSG:32632", "Muttenz"),
    ],
)
def test_a_station_lies_at_its_published_place(
    areas: dict[str, Area], name: str, place: tuple[float, float], crs: str, script: str
) -> None:
    area = areas[name]
    assert (area.reference.x, area.reference.y) == place
    assert script in area.native_title
    for version in area.versions:
        assert utm_crs(version) == crs
        middle = reproject(version.outline, WGS84, crs).centroid
        assert middle.distance(reproject(area.reference, WGS84, crs)) < 150


@pytest.mark.parametrize("name", HAND_DRAWN)
def test_tracks_drawn_by_hand_say_so(areas: dict[str, Area], name: str) -> None:
    for version in areas[name].versions:
        assert version.tracks_kind == "approximate"
        assert "by hand" in version.provenance
        assert "not surveyed" in version.provenance


@pytest.mark.parametrize("name", HAND_DRAWN)
def test_tracks_stand_as_far_apart_as_tracks_do(areas: dict[str, Area], name: str) -> None:
    for version in areas[name].versions:
        tracks = [reproject(track, WGS84, utm_crs(version)) for track in version.tracks]
        middles = [track.interpolate(0.5, normalized=True) for track in tracks]
        for number, (track, middle) in enumerate(zip(tracks, middles, strict=True)):
            nearest = min(other.distance(middle) for k, other in enumerate(tracks) if k != number)
            assert 4.4 < nearest < 12.0
            assert 600 < track.length < 1300


def test_the_demo_station_is_small_enough_to_be_drawn_24_times(areas: dict[str, Area]) -> None:
    for version in areas["tumangang"].versions:
        grid = area_grid(version, 0.5)
        assert grid.width <= 2200
        assert grid.height <= 1400
        assert reproject(version.outline, WGS84, "EPSG:32652").area < 450_000


def test_tumangang_was_razed_rebuilt_and_roofed(areas: dict[str, Area]) -> None:
    area = areas["tumangang"]
    before = area.at(datetime(2023, 10, 5, 2, tzinfo=UTC))
    rebuilt = area.at(datetime(2024, 6, 17, 2, tzinfo=UTC))
    roofed = area.at(datetime(2025, 6, 1, 2, tzinfo=UTC))
    assert before is not None
    assert rebuilt is not None
    assert roofed is not None
    assert len({before.area_version, rebuilt.area_version, roofed.area_version}) == 3
    hidden = sum(track.length for track in observable_tracks(rebuilt)) - sum(
        t.length for t in observable_tracks(roofed)
    )
    assert 300 < hidden < 700
