"""An index of activity rises with what changes in a yard, and not with what changes in the sky above it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_sighting import RELEASE, Visible, sighting_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter, shift

from yardwatch.counting import Sighting, measure_at
from yardwatch.counting.activity import Activity, family_of, interval_of
from yardwatch.detection import empty_detections
from yardwatch.records import Chip, Grid, Hidden, Reason

ROWS, COLS = 18, 60
GRID = Grid("EPSG:32652", (10.0, 0.0, 467_700.0, 0.0, -10.0, 4_696_700.0), COLS, ROWS, 10.0)
GROUND = 110 + 14 * np.stack(
    [gaussian_filter(np.random.default_rng(band).normal(size=(ROWS, COLS)), 1.5) * 4 for band in range(3)]
)


def look(seed: int, *, changed: int = 0, gain: float = 1.0, haze: float = 0.0, off_px: float = 0.0) -> Chip:
    rng = np.random.default_rng([seed, 5])
    picture = shift(GROUND, (0, off_px, 0.5 * off_px), order=3, mode="nearest") if off_px else GROUND.copy()
    where = rng.permutation(6 * COLS)[:changed]
    picture[:, 6 + where // COLS, where % COLS] -= 30
    picture = (picture * gain) * (1 - haze) + 150 * haze + rng.normal(0, 1.0, picture.shape)
    return Chip(
        pixels=np.clip(np.rint(picture), 1, 255).astype(np.uint8),
        bands=("red", "green", "blue"),
        valid=np.ones((ROWS, COLS), np.bool_),
        hidden=np.zeros((ROWS, COLS), np.uint8),
        grid=GRID,
        gsd_m=10.0,
        effective_gsd_m=10.0,
        scenes=("drawn:1",),
    )


PAST = tuple(look(seed, changed=seed % 6, gain=1 + 0.02 * (seed % 5 - 2)) for seed in range(24))


def read(chip: Chip, past: tuple[Chip, ...] = PAST):
    everywhere = np.ones((ROWS, COLS), np.bool_)
    nothing = empty_detections(GRID.crs)
    return Activity().estimate(Sighting(chip, everywhere, nothing, Visible(), RELEASE, past))


@pytest.mark.parametrize("changed", [0, 10, 60, 120])
def test_the_index_is_how_many_pixels_changed(changed: int) -> None:
    assert read(look(100, changed=changed)).value == pytest.approx(changed, abs=3 + 0.1 * changed)


@settings(max_examples=15, deadline=None)
@given(gain=st.floats(0.8, 1.25), haze=st.floats(0.0, 0.3), off_px=st.floats(-0.4, 0.4))
def test_light_haze_and_a_shift_of_the_picture_are_no_activity(gain: float, haze: float, off_px: float) -> None:
    assert read(look(101, gain=gain, haze=haze, off_px=off_px)).value <= 12


@settings(max_examples=15, deadline=None)
@given(changed=st.integers(0, 80), more=st.integers(10, 80))
def test_more_change_never_reads_as_less(changed: int, more: int) -> None:
    few, many = read(look(102, changed=changed)), read(look(102, changed=changed + more))
    assert few.value < many.value
    assert few.low <= many.low
    assert few.high <= many.high


def test_nine_clear_looks_are_too_few_and_ten_are_enough() -> None:
    assert read(look(103), PAST[:9]).reason is Reason.TOO_FEW_CLEAR_LOOKS
    assert read(look(103), PAST[:10]).value is not None


def test_looks_on_another_grid_teach_nothing() -> None:
    elsewhere = replace(GRID, transform=(10.0, 0.0, 467_710.0, 0.0, -10.0, 4_696_700.0))
    moved = tuple(replace(chip, grid=elsewhere) for chip in PAST)
    assert read(look(104), moved).reason is Reason.TOO_FEW_CLEAR_LOOKS


def test_trains_in_a_third_of_the_past_do_not_become_usual() -> None:
    past = tuple(look(seed, changed=90 if seed % 3 == 0 else 2) for seed in range(24))
    assert read(look(105, changed=60), past).value == pytest.approx(60, abs=12)


def test_hidden_change_is_not_counted_and_hidden_past_is_left_out() -> None:
    chip = look(106, changed=100)
    hidden = chip.hidden.copy()
    hidden[:, : COLS // 2] = Hidden.CLOUD
    past = tuple(
        replace(
            old, hidden=np.where(np.arange(COLS) < 8, Hidden.CLOUD, 0).astype(np.uint8) * np.ones((ROWS, 1), np.uint8)
        )
        if number % 4 == 0
        else old
        for number, old in enumerate(PAST)
    )
    assert read(replace(chip, hidden=hidden), past).value == pytest.approx(50, abs=15)


def test_the_interval_widens_with_restless_quiet_looks() -> None:
    calm, restless = interval_of(40, [4, 5, 6, 5, 4, 6]), interval_of(40, [0, 30, 5, 60, 20, 45])
    assert restless[1] - restless[0] > calm[1] - calm[0]
    assert interval_of(0, [0, 0, 0])[0] == 0


def test_thirty_metres_are_too_coarse_even_for_an_index() -> None:
    coarse = replace(look(107), gsd_m=30.0, effective_gsd_m=30.0)
    assert read(coarse).reason is Reason.TOO_COARSE


@pytest.mark.parametrize(
    ("gsd_m", "measure"), [(0.3, "count"), (1.0, "count"), (3.0, "count"), (10.0, "activity"), (30.0, "count")]
)
def test_the_sharpness_decides_the_series(gsd_m: float, measure: str) -> None:
    assert measure_at(gsd_m, RELEASE) == measure


@pytest.mark.parametrize(
    ("platform", "family"),
    [
        ("sentinel-2a", "sentinel-2"),
        ("Sentinel-2B", "sentinel-2"),
        ("SENTINEL_2C", "sentinel-2"),
        ("landsat-9", "landsat-9"),
    ],
)
def test_like_satellites_teach_each_other(platform: str, family: str) -> None:
    assert family_of(platform) == family


def test_a_sighting_without_a_past_still_counts_cars() -> None:
    assert sighting_of(empty_detections(GRID.crs)).past == ()
