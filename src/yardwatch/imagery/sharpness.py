"""How sharp a picture is, whatever it claims: tiles zoomed beyond their source and pictures out of focus.

The width of the sharpest edges is told by how much one more blur of known width flattens them (Zhuo and Sim, "Defocus
map estimation from a single image", Pattern Recognition 44, 2011): an edge that was blurred by s loses, under another
blur r, the share sqrt(s^2 / (s^2 + r^2)) of its steepest slope. Neither contrast nor haze changes that ratio.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter

from yardwatch.records import Chip, Hidden

C = TypeVar("C", bound=Chip)

WINDOW_PX = 256
MOST_WINDOWS = 48
FEWEST_EDGES = 60
STRONGEST = 97.0
LEAST_SLOPE = 6.0
"""Grey levels a pixel; below it noise and compression are mistaken for edges."""
BORDER_PX = 5
SMOOTHED_PX, REBLURRED_PX = 0.6, 1.0
OWN_WIDTH_PX2, WIDTH_OF_GSD = 0.57, 0.242
"""The median width s of edges, in pixels, of a picture of GSD g pixels: s^2 = 0.57 + 0.242 g^2.

Fitted to 500 training chips of GSD 0.3-1.2 m drawn at 0.4 m; `benchmarks/sharpness.py` tries it on others. The first
is what resampling, smoothing and differences add, the second what a point spread function of 0.25-0.65 GSD and the
pixel itself do.
"""
SUSPECT_RATIO, SUSPECT_PX = 1.5, 0.25
"""A picture counts as less sharp than it claims from this many times its claim, and so many pixels more."""


def measured_gsd_m(chip: Chip) -> float | None:
    """The ground sample distance in metres that a picture as sharp as ``chip`` usually has.

    It tells no GSD finer than about a pixel of the grid from one of that. None where too few edges are seen, or the
    pixels are not uint8.
    """
    if chip.pixels.dtype != np.uint8:
        return None
    seen = chip.valid & (chip.hidden == Hidden.SEEN)
    widths = [_ratios(chip.pixels[:, rows, cols], seen[rows, cols]) for rows, cols in _windows(seen)]
    found = np.concatenate(widths) if widths else np.empty(0, np.float32)
    if found.size < FEWEST_EDGES:
        return None
    flattened = max(float(np.median(found)) ** 2 - 1.0, 1e-3)
    width_px2 = REBLURRED_PX**2 / flattened
    return chip.grid.pixel_m * float(np.sqrt(max(width_px2 - OWN_WIDTH_PX2, 0.0) / WIDTH_OF_GSD))


def with_measured_gsd(chip: C) -> C:
    """``chip`` with ``effective_gsd_m`` raised where it is clearly less sharp than it claims; never lowered."""
    measured = measured_gsd_m(chip)
    claimed = max(chip.gsd_m, chip.effective_gsd_m)
    if measured is None or measured <= SUSPECT_RATIO * claimed + SUSPECT_PX * chip.grid.pixel_m:
        return chip
    return replace(chip, effective_gsd_m=measured)


def _windows(seen: NDArray[np.bool_]) -> Iterator[tuple[slice, slice]]:
    """Squares with something in sight, evenly over the picture and not more than :data:`MOST_WINDOWS`."""
    corners = [(row, col) for row in range(0, seen.shape[0], WINDOW_PX) for col in range(0, seen.shape[1], WINDOW_PX)]
    windows = [(slice(row, row + WINDOW_PX), slice(col, col + WINDOW_PX)) for row, col in corners]
    shown = [window for window in windows if seen[window].any()]
    step = max(1, -(-len(shown) // MOST_WINDOWS))
    yield from shown[::step]


def _ratios(pixels: NDArray[np.uint8], seen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Slope over slope after one more blur, at the crests of the strongest edges of one window; float32 (edge,)."""
    inside = minimum_filter(seen, 2 * BORDER_PX + 1, mode="constant", cval=False)
    if not inside.any():
        return np.empty(0, np.float32)
    bright = gaussian_filter(pixels.mean(axis=0, dtype=np.float32), SMOOTHED_PX)
    slope, flatter = _slope(bright), _slope(gaussian_filter(bright, REBLURRED_PX))
    strong = max(float(np.percentile(slope[inside], STRONGEST)), LEAST_SLOPE)
    crest = inside & (slope >= strong) & (slope >= maximum_filter(slope, 3))
    ratios: NDArray[np.float32] = slope[crest] / np.maximum(flatter[crest], 1e-6)
    return ratios


def _slope(bright: NDArray[np.float32]) -> NDArray[np.float32]:
    down, right = np.gradient(bright)
    slope: NDArray[np.float32] = np.hypot(down, right)
    return slope
