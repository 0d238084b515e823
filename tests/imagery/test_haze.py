"""Thin even haze is told by what is no longer dark; dense haze hides the yard, and clear ground is not haze."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_rasters import chip_of
from numpy.typing import NDArray

from yardwatch.imagery import screen, visibility
from yardwatch.imagery.haze import veil
from yardwatch.records import Hidden, Reason

SIDE = 500  # 250 m
AIR = np.array([158.0, 168.0, 184.0])[:, None, None]


def yard(haze: float = 0.0, ground: float = 120.0) -> NDArray[np.uint8]:
    """Ballast with grain, strings of cars, and their shadows, under a share of veiling light."""
    rng = np.random.default_rng(4)
    picture = np.full((3, SIDE, SIDE), ground) + rng.normal(0, 10, (3, SIDE, SIDE))
    for row in range(40, 460, 40):
        picture[:, row : row + 6, 60:440] = np.array([150.0, 90.0, 70.0])[:, None, None]
        picture[:, row + 6 : row + 10, 60:440] = 12.0
    picture[:, 10:30, 10:60] = 240.0
    return np.clip(picture * (1 - haze) + AIR * haze, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("haze", [0.0, 0.2, 0.4, 0.6, 0.8])
def test_the_share_of_veiling_light_is_measured(haze: float) -> None:
    assert veil(chip_of(yard(haze))) == pytest.approx(haze, abs=0.06)


def test_dense_haze_hides_the_yard_and_is_the_reason() -> None:
    seen = visibility(screen(chip_of(yard(0.85))), None)
    assert seen.share < 0.01
    assert seen.main_reason == Reason.HAZE


@pytest.mark.parametrize("ground", [60.0, 120.0, 180.0])
@pytest.mark.parametrize("haze", [0.0, 0.3])
def test_thin_haze_and_bright_ground_hide_nothing(haze: float, ground: float) -> None:
    assert not screen(chip_of(yard(haze, ground))).hidden.any()


def test_snow_without_anything_dark_is_brighter_than_haze() -> None:
    rng = np.random.default_rng(5)
    snow = np.clip(rng.normal(232, 9, (3, SIDE, SIDE)), 0, 255).astype(np.uint8)
    assert (veil(chip_of(snow)) or 0.0) < 0.5


def test_too_little_ground_or_too_coarse_pixels_tell_nothing() -> None:
    hazy = yard(0.7)
    assert veil(chip_of(hazy[:, :300, :300])) is None
    assert veil(replace(chip_of(hazy), gsd_m=10.0)) is None


def test_where_the_scenes_own_mask_has_judged_no_haze_is_added() -> None:
    judged = np.zeros((SIDE, SIDE), np.bool_)
    judged[:, :250] = True
    hidden = screen(replace(chip_of(yard(0.85)), judged=judged)).hidden
    assert not hidden[:, :250].any()
    assert (hidden[:, 250:] == Hidden.HAZE).all()
