"""Where the shadows of clouds lie: the clouds themselves, moved to where the ground below their shape is darkest.

A shadow has the shape of its cloud and lies on one side of it at one distance, whatever the ground is; dark roofs,
woods and water do not. The move is found by correlation over all within reach (object matching as in Fmask; Zhu and
Woodcock 2012, Remote Sensing of Environment 118:83), without sun angles, which a picture given by hand does not tell.
Shadows of clouds outside the picture are not found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter, shift, uniform_filter
from scipy.signal import fftconvolve

CELL_M = 4.0
REACH_M = 400.0
"""Farthest that a shadow is looked for: low cloud under a middling sun; more of the picture would match by chance."""
LEAST_SHARE = 0.03
"""Share of the picture that a moved cloud must still cover for its darkness to mean anything."""
LARGE_M = 32.0
"""Standard deviation of the surroundings that a place is compared with."""
DARKER = 0.12
"""Natural logarithm by which ground inside a shadow's soft outline is darker than outside, at least."""
FADED = 0.2
"""The same by which ground may be lighter than halfway to the open ground, and still lie in the fading rim."""
RIM_M = 8.0
RIM_CELLS = 3

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def cloud_shadow(bright: NDArray[np.float32], cloud: Mask, clear: Mask, pixel_m: float) -> Mask:
    """bool (row, col): ground in the shadow of ``cloud``.

    Args:
        bright: float32 (row, col), mean of the bands.
        cloud: bool (row, col).
        clear: bool (row, col), ground that could be seen: valid and not hidden.
        pixel_m: metres.
    """
    none = np.zeros_like(cloud)
    side = max(1, round(CELL_M / pixel_m))
    if not cloud.any() or not clear.any() or min(cloud.shape) < 8 * side:
        return none
    ground, weight, shape = _cells(bright, cloud, clear, side)
    move = _best_move(ground, weight, shape, REACH_M / (side * pixel_m))
    if move is None:
        return none
    moved = shift(cloud.astype(np.float32), np.array(move) * side, order=0, mode="constant", cval=0.0) > 0.5
    about: Mask = binary_dilation(moved, iterations=max(1, round(RIM_M / pixel_m)))
    shadow: Mask = clear & (moved | (about & _dark(bright, moved, clear, pixel_m)))
    return shadow


def _cells(bright: NDArray[np.float32], cloud: Mask, clear: Mask, side: int) -> tuple[Floats, Floats, Floats]:
    """Log brightness of clear ground less its mean, share clear, share cloud, by cell."""
    rows, cols = (size // side * side for size in cloud.shape)

    def shrunk(values: NDArray[np.generic]) -> Floats:
        parts = values[:rows, :cols].reshape(rows // side, side, cols // side, side).astype(np.float64)
        mean: Floats = parts.mean(axis=(1, 3))
        return mean

    weight = shrunk(clear)
    log = np.log(np.maximum(bright, 4.0))
    ground = shrunk(np.where(clear, log, 0.0)) / np.maximum(weight, 1e-6)
    middle = float(np.average(ground, weights=weight))
    return np.where(weight > 0, ground - middle, 0.0), weight, shrunk(cloud)


def _best_move(ground: Floats, weight: Floats, cloud: Floats, reach: float) -> tuple[int, int] | None:
    """(rows, cols) of cells by which the cloud is moved onto the darkest ground, or None where none is dark enough.

    Dark below the whole shape, and darker on the inner side of its outline than on the outer: woods and water are
    dark too, but not along the outline of a cloud.
    """
    shape = cloud > 0.5
    inner = shape & ~binary_erosion(shape, iterations=RIM_CELLS, border_value=1)
    outer = binary_dilation(shape, iterations=RIM_CELLS) & ~shape
    fine = _without_large_differences(ground, weight)
    below, covered = _mean_below(fine, weight, shape)
    inside, within = _mean_below(fine, weight, inner)
    outside, beside = _mean_below(fine, weight, outer)
    total = float(weight.sum())
    # The mean of all clear ground is zero, so what the shape leaves out is lighter by as much as the shape is darker.
    overall = -below * total / np.maximum(total - covered, 1e-3 * total)
    outlined = (within > 1.0) & (beside > 1.0)
    edge = np.where(outlined, outside - inside, 0.0)
    down, right = np.indices(covered.shape)
    down, right = down - (cloud.shape[0] - 1), right - (cloud.shape[1] - 1)
    apart = np.hypot(down, right)
    possible = (apart <= reach) & (apart >= 2) & (covered >= LEAST_SHARE * weight.size)
    evidence = np.maximum(overall, 0.0) * np.sqrt(np.clip(covered * (1 - covered / total), 0, None))
    evidence += edge * np.sqrt(np.clip(within * beside / np.maximum(within + beside, 1e-3), 0, None))
    best = np.unravel_index(int(np.argmax(np.where(possible, evidence, -np.inf))), evidence.shape)
    contrast = edge[best] if outlined[best] else overall[best]
    found = bool(possible[best]) and contrast >= DARKER
    return (int(down[best]), int(right[best])) if found else None


def _without_large_differences(ground: Floats, weight: Floats) -> Floats:
    """The ground less its mean within some :data:`LARGE_M`: a meadow beside a yard is no shadow."""
    cells = LARGE_M / CELL_M
    mean = gaussian_filter(ground * weight, cells) / np.maximum(gaussian_filter(weight, cells), 1e-3)
    fine = np.where(weight > 0, ground - mean, 0.0)
    return np.where(weight > 0, fine - float(np.average(fine, weights=weight)), 0.0)


def _mean_below(ground: Floats, weight: Floats, shape: Mask) -> tuple[Floats, Floats]:
    """Mean of the ground below the shape at every move of it, and how much ground that is, in cells."""
    turned = shape[::-1, ::-1].astype(np.float64)
    covered: Floats = np.maximum(fftconvolve(weight, turned, mode="full"), 0.0)
    return fftconvolve(ground * weight, turned, mode="full") / np.maximum(covered, 1e-3), covered


def _dark(bright: NDArray[np.float32], moved: Mask, clear: Mask, pixel_m: float) -> Mask:
    """Pixels nearer to the darkness below the moved cloud than to the brightness around, over a few metres."""
    side = max(1, round(6.0 / pixel_m)) | 1
    log = np.log(np.maximum(uniform_filter(bright, side), 4.0))
    within, around = clear & moved, clear & ~moved
    if not within.any() or not around.any():
        return moved
    limit = (np.median(log[within]) + np.median(log[around])) / 2
    dark: Mask = log <= limit + FADED
    return dark
