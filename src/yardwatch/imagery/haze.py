"""How much veiling light lies over a picture: thin even haze, which no cloud's edge gives away.

In almost any piece of outdoor ground something is nearly black in one of the bands: a shadow, a roof, wet ballast.
Haze adds light of its own to it, so the darkest things tell its share (the dark channel; He, Sun and Tang, "Single
image haze removal using dark channel prior", CVPR 2009). What stays bright and what contrast remains bound it from
above: under a veil v nothing is brighter than (1 - v) white + v haze, and no two pixels differ by more than (1 - v) of
the range.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from yardwatch.records import Chip, Hidden

DARK_M = 1.5
"""Dark things are averaged over so much, or noise would make black of grey."""

DARKEST, BRIGHTEST = 0.5, 99.5
CLEAR_DARK = 16.0
"""Grey level of the darkest things of a clear picture."""

AIRLIGHT = (158.0, 184.0)
"""Grey levels of haze that lets nothing through, in its darkest band and in its brightest."""

LEAST_M2 = 40_000.0
"""On less ground there may be nothing dark: a field, a beach, a runway."""

COARSEST_M = 1.2
"""Larger pixels mix what is dark with what is not."""

DENSE = 0.7
"""Share of veiling light from which the ground counts as hidden: releases are trained up to 0.5, and thin haze over
snow is now and then measured as more than it is."""


def veil(chip: Chip) -> float | None:
    """Share 0-1 of the light of the seen ground that haze has put there.

    None where less than :data:`LEAST_M2` is seen, pixels are larger than :data:`COARSEST_M`, or are not uint8. Grey
    ground of low contrast without anything dark passes for haze.
    """
    if chip.pixels.dtype != np.uint8 or max(chip.gsd_m, chip.grid.pixel_m) > COARSEST_M:
        return None
    seen = chip.valid & (chip.hidden == Hidden.SEEN)
    if np.count_nonzero(seen) * chip.grid.pixel_m**2 < LEAST_M2:
        return None
    side = max(1, round(DARK_M / chip.grid.pixel_m)) | 1
    dark = _averaged(chip.pixels.min(axis=0), side)[seen]
    bright = _averaged(chip.pixels.max(axis=0), side)[seen]
    low, high = float(np.percentile(dark, DARKEST)), float(np.percentile(bright, BRIGHTEST))
    by_dark = (low - CLEAR_DARK) / (AIRLIGHT[0] - CLEAR_DARK)
    by_bright = (255 - high) / (255 - AIRLIGHT[1])
    by_contrast = 1 - (high - low) / 255
    return float(np.clip(min(by_dark, by_bright, by_contrast), 0.0, 1.0))


def _averaged(values: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    averaged: NDArray[np.float32] = uniform_filter(values.astype(np.float32), side, mode="nearest")
    return averaged
