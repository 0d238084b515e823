"""A picture is laid onto the tracks where they are told apart, and left where they are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry import LineString, box

from yardwatch.areas.shapes import WGS84, reproject
from yardwatch.imagery.laying import continued, moved, registered
from yardwatch.imagery.registration import Registration, register
from yardwatch.imagery.track_map import halved, track_maps
from yardwatch.records import AreaVersion, Chip, Grid, Hidden

CRS, WEST, NORTH, SIDE, PIXEL_M = "EPSG:32652", 467_700.0, 4_696_800.0, 640, 0.4
MIDDLE = np.array([WEST + SIDE * PIXEL_M / 2, NORTH - SIDE * PIXEL_M / 2])


class SeesBright:
    """Stands in for the network: what is bright in the first band is a line, in the second a bed."""

    def logits(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        return (pictures[:, :2].astype(np.float32) / 255 - 0.4) * 6 - 2.1


def line(*points: tuple[float, float]) -> LineString:
    """Metres east and north of the middle of the picture."""
    return LineString(np.array(points) + MIDDLE)


def yard(tracks: int = 4, reach: float = 400.0, spacing: float = 5.0) -> list[LineString]:
    """Straight parallel tracks, west to east, 30 degrees to the north."""
    rows = (np.arange(tracks) - (tracks - 1) / 2) * spacing
    turn = np.array([[np.cos(0.5), np.sin(0.5)], [-np.sin(0.5), np.cos(0.5)]])
    return [line(*(np.array([(-reach, row), (reach, row)]) @ turn)) for row in rows]


FAN = [
    line((-160, -8), (-40, -8), (160, -8)),
    line((-160, -3), (-40, -3), (60, 22), (160, 60)),
    line((-160, 2), (-60, 2), (-20, 30), (20, 160)),
]


def picture_of(tracks: list[LineString], seed: int = 0) -> Chip:
    grid = Grid(CRS, (PIXEL_M, 0.0, WEST, 0.0, -PIXEL_M, NORTH), SIDE, SIDE, PIXEL_M)
    lines = [(np.asarray(track.coords) - (WEST, NORTH)) * (1, -1) / PIXEL_M for track in tracks]
    maps = track_maps(lines, (SIDE, SIDE), PIXEL_M)
    noise = np.random.default_rng(seed).normal(0, 12, (3, SIDE, SIDE))
    pixels = np.clip(30 + 200 * maps[[0, 1, 1]] + noise, 0, 255).astype(np.uint8)
    blank = np.zeros((SIDE, SIDE), np.uint8)
    return Chip(pixels, ("red", "green", "blue"), blank == 0, blank, grid, 0.5, 0.5, ())


def placed(chip: Chip, east: float, north: float) -> Chip:
    """The picture with its georeference off by a shift."""
    a, b, c, d, e, f = chip.grid.transform
    return replace(chip, grid=replace(chip.grid, transform=(a, b, c + east, d, e, f + north)))


def found(chip: Chip, tracks: list[LineString]) -> Registration:
    result = register(chip, tracks, SeesBright())
    assert result is not None
    return result


FAN_PICTURE, YARD_PICTURE = picture_of(FAN), picture_of(yard())


@settings(max_examples=6, deadline=None)
@given(east=st.floats(-9, 9), north=st.floats(-9, 9))
def test_a_shift_of_the_georeference_shifts_the_offset_by_as_much(east: float, north: float) -> None:
    here, there = found(FAN_PICTURE, FAN), found(placed(FAN_PICTURE, east, north), FAN)
    assert there.clear
    assert np.subtract(there.offset_m, here.offset_m) == pytest.approx((east, north), abs=0.12)
    assert there.measured_m == pytest.approx(np.hypot(east, north), abs=0.2)


@settings(max_examples=4, deadline=None)
@given(along=st.floats(-14, 14), across=st.floats(-14, 14))
def test_along_straight_tracks_no_shift_is_seen_and_none_is_made(along: float, across: float) -> None:
    ahead, left = np.array([np.cos(0.5), np.sin(0.5)]), np.array([-np.sin(0.5), np.cos(0.5)])
    result = found(placed(YARD_PICTURE, *(along * ahead + across * left)), yard())
    assert result.clear
    assert np.array(result.offset_m) @ left == pytest.approx(across, abs=0.15)
    assert abs(np.array(result.offset_m) @ ahead) < 3
    assert result.spread_m[0] > 3 > result.spread_m[1]


def test_tracks_that_fill_the_picture_may_lie_one_track_farther() -> None:
    assert not found(picture_of(yard(90)), yard(90)).clear


def test_the_edge_of_a_yard_tells_its_tracks_apart() -> None:
    tracks = yard(24)
    chip = placed(picture_of(tracks), -5.0 * np.sin(0.5), 5.0 * np.cos(0.5))  # just one track spacing across
    assert found(chip, tracks).measured_m == pytest.approx(5.0, abs=0.15)


@pytest.mark.parametrize("beyond", [16.5, 20.0, 28.0])
def test_a_picture_beyond_15_m_is_measured_and_left(beyond: float) -> None:
    chip = placed(FAN_PICTURE, 0.6 * beyond, -0.8 * beyond)
    result = found(chip, FAN)
    assert result.measured_m == pytest.approx(beyond, abs=0.2)
    assert not result.corrected
    assert moved(chip, result) is chip


def test_tracks_of_another_place_are_not_found() -> None:
    assert not found(FAN_PICTURE, yard()).clear
    assert not found(picture_of([]), FAN).clear


def test_a_short_stretch_of_track_says_nothing() -> None:
    stub = [line((-40, 0), (0, 12), (20, 40))]
    assert not found(picture_of(stub), stub).clear


def test_what_is_hidden_has_no_say() -> None:
    chip = placed(FAN_PICTURE, 4.0, 3.0)
    cloudy = replace(chip, pixels=chip.pixels.copy(), hidden=chip.hidden.copy())
    cloudy.pixels[:, :, 420:] = 250
    cloudy.hidden[:, 420:] = Hidden.CLOUD
    assert found(cloudy, FAN).offset_m == pytest.approx((4.0, 3.0), abs=0.2)
    everywhere = replace(chip, hidden=np.full_like(chip.hidden, Hidden.CLOUD))
    assert register(everywhere, FAN, SeesBright()) is None


def test_where_nothing_can_be_asked_nothing_is_said() -> None:
    assert register(FAN_PICTURE, [], SeesBright()) is None
    coarse = replace(FAN_PICTURE, grid=replace(FAN_PICTURE.grid, pixel_m=1.0))
    assert register(coarse, FAN, SeesBright()) is None
    nowhere = replace(FAN_PICTURE, grid=replace(FAN_PICTURE.grid, crs=None))
    assert register(nowhere, FAN, SeesBright()) is None
    assert register(FAN_PICTURE, [line((900, 0), (1200, 0))], SeesBright()) is None


def version(tracks: list[LineString], outline: shapely.Polygon, *canopies: shapely.Polygon) -> AreaVersion:
    return AreaVersion(
        area_version="0" * 12,
        valid_from=date(2000, 1, 1),
        valid_to=None,
        outline=reproject(outline, CRS, WGS84),
        tracks=tuple(reproject(track, CRS, WGS84) for track in tracks),
        tracks_kind="surveyed",
        canopies=tuple(reproject(canopy, CRS, WGS84) for canopy in canopies),
        provenance="Drawn by a test.",
    )


GROUND = box(*(MIDDLE - 120), *(MIDDLE + 120))


def test_the_picture_is_moved_by_whole_pixels_and_not_resampled() -> None:
    chip = placed(FAN_PICTURE, 4.0, -6.0)
    laid, result = registered(chip, version(FAN, GROUND), SeesBright())
    assert result is not None
    assert laid.pixels is chip.pixels
    assert (laid.grid.transform[2], laid.grid.transform[5]) == pytest.approx((WEST, NORTH), abs=1e-6)
    again = register(laid, FAN, SeesBright())
    assert again is not None
    assert again.measured_m == pytest.approx(0, abs=0.2)


def test_canopies_stay_where_they_stand() -> None:
    roof = box(MIDDLE[0] - 60, MIDDLE[1] - 20, MIDDLE[0] - 20, MIDDLE[1] + 20)
    chip = placed(FAN_PICTURE, 4.0, -6.0)
    hidden = chip.hidden.copy()
    hidden[:8] = Hidden.CLOUD
    laid, _ = registered(replace(chip, hidden=hidden), version(FAN, GROUND, roof), SeesBright())
    row, col = np.argwhere(laid.hidden == Hidden.CANOPY).mean(axis=0)
    centre = WEST + (col + 0.5) * PIXEL_M, NORTH - (row + 0.5) * PIXEL_M
    assert centre == pytest.approx((MIDDLE[0] - 40, MIDDLE[1]), abs=0.5)
    assert (laid.hidden[:8] == Hidden.CLOUD).all()


def test_a_track_that_the_outline_cuts_goes_on_beyond_it() -> None:
    cut, ends_inside = line((-120, 0), (119, 0)), line((-60, 5), (60, 5))
    assert continued(cut, GROUND).length == pytest.approx(239 + 80)
    assert continued(ends_inside, GROUND).equals(ends_inside)


def test_where_a_map_is_cut_the_picture_is_not_pushed_along_its_tracks() -> None:
    cut = [shapely.intersection(track, GROUND) for track in yard()]
    ahead = np.array([np.cos(0.5), np.sin(0.5)])
    _, result = registered(placed(YARD_PICTURE, *(10 * ahead)), version(cut, GROUND), SeesBright())
    assert result is not None
    assert result.clear
    assert abs(np.array(result.offset_m) @ ahead) < 3


def test_maps_move_with_the_tracks_by_fractions_of_a_pixel() -> None:
    one = [np.array([[3.0, 20.2], [60.0, 31.7]])]
    whole = track_maps(one, (48, 64), 0.8)
    assert track_maps([one[0] + (4, 3)], (48, 64), 0.8)[:, 3:, 4:] == pytest.approx(whole[:, :-3, :-4], abs=1e-5)
    rows = np.arange(48)[:, None] + 0.5
    shifted = track_maps([one[0] + (0, 0.3)], (48, 64), 0.8)
    drop = [(m[0][:, 32:33] * rows).sum() / m[0][:, 32].sum() for m in (whole, shifted)]
    assert drop[1] - drop[0] == pytest.approx(0.3, abs=0.02)


def test_a_halved_picture_keeps_its_mean() -> None:
    bands = np.random.default_rng(1).integers(0, 256, (3, 40, 61), dtype=np.uint8)
    assert halved(bands).shape == (3, 20, 30)
    assert halved(bands).mean() == pytest.approx(bands[:, :, :60].mean(), abs=0.2)
