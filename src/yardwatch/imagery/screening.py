"""A first screening: what a plain eye would not take for ground. Opaque cloud, its shadow, dense haze, overexposure.

It is for scenes without a mask of their own; how cloud looks is told in :mod:`yardwatch.imagery.cloud`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from yardwatch.imagery.cloud import PLAIN_CLOUD, CloudLook, filling, odd_pixels, plain_cloud
from yardwatch.imagery.cloud_shadow import cloud_shadow
from yardwatch.imagery.haze import DENSE, veil
from yardwatch.imagery.sharpness import with_measured_gsd
from yardwatch.imagery.visible import canopy_mask
from yardwatch.records import AreaVersion, Chip, Hidden

C = TypeVar("C", bound=Chip)


SATURATED_FROM = 254
BLANK_PIXELS = 15
"""Side of the smallest square of one single value that no sensor delivers, where pixels are coarse."""


def screen(chip: C, version: AreaVersion | None = None, look: CloudLook = PLAIN_CLOUD) -> C:
    """``chip`` with codes added to ``hidden`` for overexposure, plain cloud, its shadow, dense haze, and canopies.

    What has one single value over the extent of a cloud is a placeholder where its source has nothing: it is taken out
    of ``valid``. ``effective_gsd_m`` is raised where the picture is clearly less sharp than it claims
    (:mod:`yardwatch.imagery.sharpness`).

    Codes that the chip carries already stay. Where the scene's own mask has judged the sky (``judged`` of a chip
    fresh from :func:`yardwatch.imagery.read_look`), no cloud is added.

    Args:
        chip: uint8 red, green and blue; others are returned as they are.
    """
    hidden, valid = chip.hidden.copy(), chip.valid
    judged = getattr(chip, "judged", None)
    if chip.pixels.dtype == np.uint8 and chip.valid.any():
        open_sky = (hidden == Hidden.SEEN) & chip.valid
        burnt = _burnt(chip, look)
        cloud = plain_cloud(chip, look)
        if judged is not None:
            cloud &= ~judged
        hidden[open_sky & cloud] = Hidden.CLOUD
        hidden[open_sky & burnt] = Hidden.SATURATED
        bright = chip.pixels.mean(axis=0, dtype=np.float32)
        clear = (hidden == Hidden.SEEN) & chip.valid
        shadow = cloud_shadow(bright, open_sky & cloud & ~burnt, clear, chip.grid.pixel_m)
        hidden[shadow & clear if judged is None else shadow & clear & ~judged] = Hidden.CLOUD_SHADOW
        blank = _blank(chip, look) & (hidden == Hidden.SEEN) & chip.valid
        valid = chip.valid & ~blank if blank.any() else chip.valid
        if (veil(replace(chip, hidden=hidden, valid=valid)) or 0.0) >= DENSE:
            veiled = (hidden == Hidden.SEEN) & valid
            hidden[veiled if judged is None else veiled & ~judged] = Hidden.HAZE
    if version is not None and version.canopies and chip.grid.crs is not None:
        hidden[(hidden == Hidden.SEEN) & canopy_mask(version, chip.grid)] = Hidden.CANOPY
    return with_measured_gsd(replace(chip, hidden=hidden, valid=valid))


def _burnt(chip: Chip, look: CloudLook) -> NDArray[np.bool_]:
    """Where every band is at its end over the extent of a cloud; a white roof is smaller."""
    full = np.all(chip.pixels >= SATURATED_FROM, axis=0) & chip.valid
    burnt: NDArray[np.bool_] = filling(full, odd_pixels(look.extent_m, chip.grid.pixel_m)) & full
    return burnt


def _blank(chip: Chip, look: CloudLook) -> NDArray[np.bool_]:
    """Where no band changes at all over the extent of a cloud: every sensor has noise, and all ground has grain."""
    side = max(odd_pixels(look.extent_m, chip.grid.pixel_m), BLANK_PIXELS)
    same = np.ones(chip.valid.shape, np.bool_)
    for band in chip.pixels:
        same &= maximum_filter(band, side, mode="nearest") == minimum_filter(band, side, mode="nearest")
    blank: NDArray[np.bool_] = maximum_filter(same.astype(np.uint8), side, mode="nearest") > 0
    return blank
