"""From the numbers of a sensor to the 0-255 of a display, which is what the detector was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REFLECTANCE_WHITE = 0.35
"""Reflectance shown as white: near the 0.3558 at which ESA's true-colour product of Sentinel-2 saturates."""

PERCENTILES = (2.0, 98.0)

MINIMUM_CONTRAST = 0.5
"""A span is never stretched that is less than this share of its bright end: an even cloud must not look like ground."""

PLAIN_GREY = 180.0
"""What one single value is shown as, 0-255: light, and darker than any cloud."""

SAMPLE = 1_000_000


@dataclass(frozen=True)
class Scaling:
    """From stored numbers to reflectance: ``value * scale + offset``, as a catalog's ``raster:bands`` states it."""

    scale: float
    offset: float


def display_range(
    values: NDArray[np.generic], valid: NDArray[np.bool_], scaling: Scaling | None
) -> tuple[float, float]:
    """(black, white): the stored numbers that a display shows as 0 and 255.

    8-bit numbers are shown as they are. Where the catalog says how numbers become reflectance the range is the
    sensor's and the same for every scene; else it lies between the 2nd and 98th percentile of the valid pixels. One
    single value says nothing of how bright it is: a placeholder, it is shown neither as overexposed nor as cloud.

    Args:
        values: (row, col) of one band, as stored.
        valid: bool, (row, col).
    """
    if values.dtype == np.uint8:
        return 0.0, 255.0
    if scaling is not None and scaling.scale > 0:
        return -scaling.offset / scaling.scale, (REFLECTANCE_WHITE - scaling.offset) / scaling.scale
    shown = values[valid]
    if not shown.size:
        return 0.0, 1.0
    if shown.min() == shown.max():
        return _range_of_one(float(shown[0]))
    low, high = np.percentile(shown[:: max(1, shown.size // SAMPLE)].astype(np.float64), PERCENTILES)
    return min(float(low), float(high) - MINIMUM_CONTRAST * abs(float(high))), float(high)


def _range_of_one(value: float) -> tuple[float, float]:
    """The range in which ``value`` is black where it is no light at all, else :data:`PLAIN_GREY`."""
    if value <= 0:
        return value, value + 1.0
    return value - value * PLAIN_GREY / 255, value + value * (255 - PLAIN_GREY) / 255


def to_display(values: NDArray[np.float32], ranges: Sequence[tuple[float, float]]) -> NDArray[np.uint8]:
    """uint8 (band, row, col) of ``values`` (band, row, col), each band between its own black and white."""
    shown = np.empty(values.shape, np.uint8)
    for band, (black, white) in enumerate(ranges):
        scaled = (values[band] - black) * (255.0 / max(white - black, 1e-12))
        shown[band] = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return shown
