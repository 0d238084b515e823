"""Visibility is the share of track that nothing hides; what hides the rest is named and adds up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from drawn_rasters import GROUND_BOX, HEIGHT_M, NORTH, TO_WGS84, WEST, chip_of, grey, wgs84
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import transform
from shapely.geometry import LineString, box

from yardwatch.imagery import visibility
from yardwatch.records import AreaVersion, Hidden, Reason


def line(x0: float, y: float, x1: float) -> LineString:
    """A west-east track, metres from the north-west corner."""
    return transform(LineString([(WEST + x0, NORTH - y), (WEST + x1, NORTH - y)]), TO_WGS84, interleaved=False)


def version(*tracks: LineString, kind: Any = "surveyed", canopies: tuple[Any, ...] = ()) -> AreaVersion:
    return AreaVersion(
        area_version="0" * 12,
        valid_from=date(2000, 1, 1),
        valid_to=None,
        outline=wgs84(GROUND_BOX),
        tracks=tracks,
        tracks_kind=kind if tracks else "none",
        canopies=canopies,
        provenance="Drawn by a test.",
    )


TWO = version(line(10, 20, 110), line(10, 60, 110))


def test_a_clear_picture_is_wholly_visible() -> None:
    seen = visibility(chip_of(grey(90)), TWO)
    assert (seen.share, seen.basis, seen.by_reason, seen.main_reason) == (1.0, "tracks", {}, None)


def test_a_black_tile_shows_nothing_for_want_of_data() -> None:
    seen = visibility(chip_of(grey(0), valid=np.zeros((160, 240), np.bool_)), TWO)
    assert (seen.share, seen.main_reason) == (0.0, Reason.NO_DATA)


def test_cloud_over_one_of_two_tracks_hides_half() -> None:
    chip = chip_of(grey(90))
    chip.hidden[:80] = Hidden.CLOUD
    seen = visibility(chip, TWO)
    assert seen.share == pytest.approx(0.5, abs=0.01)
    assert seen.main_reason is Reason.CLOUD


def test_cloud_beside_the_tracks_hides_nothing() -> None:
    chip = chip_of(grey(90))
    chip.hidden[:20] = Hidden.CLOUD
    assert visibility(chip, TWO).share == 1.0


def test_a_long_track_weighs_more_than_a_short_one() -> None:
    chip = chip_of(grey(90))
    chip.hidden[:80] = Hidden.CLOUD
    assert visibility(chip, version(line(10, 20, 40), line(10, 60, 100))).share == pytest.approx(0.75, abs=0.02)


def test_tracks_that_may_be_off_are_seen_through_their_surroundings() -> None:
    chip = chip_of(grey(90))
    chip.hidden[41:] = Hidden.CLOUD  # half a metre south of the northern track
    tracks = (line(10, 20, 110),)
    assert visibility(chip, version(*tracks, kind="surveyed")).share > 0.54
    assert visibility(chip, version(*tracks, kind="approximate")).share == pytest.approx(25 / 49, abs=0.01)


def test_what_lies_under_a_canopy_is_not_asked_for() -> None:
    roof = wgs84(box(WEST + 60, NORTH - HEIGHT_M, WEST + 120, NORTH))
    chip = chip_of(grey(90))
    chip.hidden[:, 120:] = Hidden.CLOUD
    assert visibility(chip, version(line(10, 20, 110), canopies=(roof,))).share > 0.95
    assert visibility(chip, version(line(10, 20, 110))).share == pytest.approx(0.5, abs=0.02)


def test_tracks_beyond_the_picture_are_outside_not_visible() -> None:
    chip = chip_of(grey(90)[:, :, :120])
    seen = visibility(chip, TWO)
    assert seen.share == pytest.approx(0.5, abs=0.02)
    assert seen.main_reason is Reason.OUTSIDE_SCENE


def test_without_tracks_it_is_the_share_of_the_outline() -> None:
    chip = chip_of(grey(90))
    chip.hidden[:, :60] = Hidden.CLOUD
    chip.valid[:, 180:] = False
    seen = visibility(chip, version())
    assert seen.basis == "pixels"
    assert seen.share == pytest.approx(0.5, abs=0.01)
    assert seen.by_reason == pytest.approx({Reason.CLOUD: 0.25, Reason.NO_DATA: 0.25}, abs=0.01)


def test_without_an_area_it_is_the_share_of_what_is_searched() -> None:
    chip = chip_of(grey(90))
    searched = np.zeros((160, 240), np.bool_)
    searched[:, :120] = True
    chip.valid[:, 120:] = False
    assert visibility(chip, None, searched).share == 1.0
    assert visibility(chip, None).share == pytest.approx(0.5)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 999), tracks=st.sampled_from([TWO, version(), version(line(5, 40, 115), kind="approximate")])
)
def test_what_is_seen_and_what_hides_the_rest_add_up_to_one(seed: int, tracks: AreaVersion) -> None:
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 8, (8, 12)).repeat(20, axis=0).repeat(20, axis=1)
    chip = replace(
        chip_of(grey(90)), hidden=np.where(blocks == 7, 0, blocks).astype(np.uint8), valid=np.asarray(blocks != 7)
    )
    seen = visibility(chip, tracks)
    assert 0 <= seen.share <= 1
    assert seen.share + sum(seen.by_reason.values()) == pytest.approx(1, abs=1e-3)
    if seen.by_reason:
        assert seen.main_reason == max(seen.by_reason, key=lambda reason: seen.by_reason[reason])
