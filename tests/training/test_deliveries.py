"""Chips are shown under ever other light and processing; what stands where does not change."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from yardwatch.simulate.chips import ChipOptions, training_chip
from yardwatch.training.deliveries import Redelivery, redelivered

CHIP = training_chip(5, ChipOptions(size_px=160)).rgb


def detail(rgb: np.ndarray) -> np.ndarray:
    """Brightness without its slow changes, float64 (rows, cols)."""
    grey = rgb.mean(axis=2)
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), 4))


@given(st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_cars_stay_where_they_are(seed: int) -> None:
    shown = redelivered(np.random.default_rng(seed), CHIP)
    assert shown.shape == CHIP.shape
    assert shown.dtype == np.uint8
    kept, moved = detail(CHIP)[4:-4, 4:-4], detail(shown)
    likeness = {
        (row, col): float((kept * np.roll(moved, (row, col), (0, 1))[4:-4, 4:-4]).sum())
        for row in range(-2, 3)
        for col in range(-2, 3)
    }
    assert max(likeness, key=lambda shift: likeness[shift]) == (0, 0)


def test_one_generator_shows_one_chip_one_way_and_leaves_the_chip_as_it_was() -> None:
    before = CHIP.copy()
    once, again = (redelivered(np.random.default_rng(3), CHIP) for _ in range(2))
    assert np.array_equal(once, again)
    assert np.array_equal(before, CHIP)


def test_showings_differ_in_brightness_contrast_and_colour_as_deliveries_do() -> None:
    shown = [redelivered(np.random.default_rng(seed), CHIP).astype(float) for seed in range(80)]
    assert sum(np.array_equal(picture, CHIP) for picture in shown) < 16
    assert np.std([picture.mean() for picture in shown]) > 12
    assert max(picture.std() for picture in shown) > 2 * min(picture.std() for picture in shown)
    grey = [np.ptp(picture, axis=2).mean() < 6 for picture in shown]
    assert 0 < sum(grey) < 40


def test_bands_keep_their_places_in_ultralytics_order() -> None:
    blue_first = np.zeros((32, 32, 3), np.uint8)
    blue_first[:, :, 0] = 200
    np.random.seed(0)
    strongest = [int(Redelivery()({"img": blue_first.copy()})["img"].mean(axis=(0, 1)).argmax()) for _ in range(30)]
    assert strongest.count(0) > 24
