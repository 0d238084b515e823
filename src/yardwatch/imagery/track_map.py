"""Tracks as a picture: how sure a pixel is on a centre line, and on the bed that tracks lie on.

The network that looks for tracks is taught on these two maps, and a picture is registered by laying them over what it
sees (:mod:`yardwatch.imagery.registration`). Both are smooth, so a shift of the tracks is a shift of the maps, to a
fraction of a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

TRACK_PIXEL_M = 0.8
"""Pixel that tracks are looked for at: two of the release's, six between neighbouring tracks."""

LINE_M = 0.9
"""Standard deviation of a centre line's map: narrow beside the 4.5 m between two tracks, a pixel wide."""

BED_M = 1.8
"""The same of the bed's map, in which tracks 4.5-6 m apart run together: what shows where a yard ends."""

BED_FILLING = 3.0
STEP_PX = 0.4


def halved(bands: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means of two by two pixels, uint8 (band, row, col); an odd last row or column is left out."""
    rows, cols = bands.shape[1] // 2, bands.shape[2] // 2
    even = bands[:, : 2 * rows, : 2 * cols]
    total = even[:, ::2, ::2].astype(np.uint16) + even[:, 1::2, ::2] + even[:, ::2, 1::2] + even[:, 1::2, 1::2]
    return ((total + 2) // 4).astype(np.uint8)


def track_maps(lines_px: Sequence[NDArray[np.float64]], shape: tuple[int, int], pixel_m: float) -> NDArray[np.float32]:
    """float32 (2, row, col), 0-1: centre lines, and beds, of tracks.

    Args:
        lines_px: a track each, float64 (vertex, 2), columns and rows of the grid with 0, 0 at the outer corner of its
            first pixel; may leave the grid.
        shape: rows and columns of the grid.
        pixel_m: its pixel, metres.
    """
    reach = int(np.ceil(4 * BED_M / pixel_m))  # what lies just outside the grid reaches into it
    ink = _ink(lines_px, shape, reach)
    inner = slice(reach, reach + shape[0]), slice(reach, reach + shape[1])
    line = _ridge(ink, LINE_M / pixel_m)[inner]
    bed = 1 - np.exp(-BED_FILLING * _ridge(ink, BED_M / pixel_m)[inner])
    return np.stack([np.minimum(line, 1), bed]).astype(np.float32)


def _ridge(ink: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Blurred ink, in units of the height that one straight line has."""
    blurred: NDArray[np.float32] = gaussian_filter(ink, sigma, mode="constant") * (sigma * np.sqrt(2 * np.pi))
    return blurred


def _ink(lines_px: Sequence[NDArray[np.float64]], shape: tuple[int, int], margin: int) -> NDArray[np.float32]:
    """Length of track in each pixel, in pixels, spread over the four nearest pixel centres (bilinear)."""
    rows, cols = shape[0] + 2 * margin, shape[1] + 2 * margin
    ink = np.zeros(rows * cols)
    pieces = [_even_points(line) for line in lines_px]
    if not pieces:
        return ink.reshape(rows, cols).astype(np.float32)
    points = np.concatenate([middle for middle, _ in pieces]) + (margin - 0.5)
    weight = np.concatenate([np.full(len(middle), length) for middle, length in pieces])
    inside = np.all((points >= 0) & (points < (cols - 1, rows - 1)), axis=1)
    points, weight = points[inside], weight[inside]
    first = np.floor(points).astype(np.int64)
    across, down = (points - first).T
    place = first[:, 1] * cols + first[:, 0]
    for step, share in (
        (0, (1 - down) * (1 - across)),
        (1, (1 - down) * across),
        (cols, down * (1 - across)),
        (cols + 1, down * across),
    ):
        ink += np.bincount(place + step, weight * share, minlength=len(ink))
    return ink.reshape(rows, cols).astype(np.float32)


def _even_points(line: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Points (n, 2) in the middle of equal pieces of a line, and the length of a piece, pixels."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    pieces = max(1, int(np.ceil(along[-1] / STEP_PX)))
    middle = (np.arange(pieces) + 0.5) * (along[-1] / pieces)
    points = np.stack([np.interp(middle, along, line[:, 0]), np.interp(middle, along, line[:, 1])], axis=1)
    return points, float(along[-1] / pieces)
