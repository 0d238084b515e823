"""Scale and north of a grid."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from yardwatch.records import Grid

_STEP_DEG = 1e-4


def to_pixels(grid: Grid, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 (point, 2) of (col, row), fractional, from coordinates in the CRS of the grid."""
    a, b, c, d, e, f = grid.transform
    return np.linalg.solve(np.array([[a, b], [d, e]]), np.stack([x - c, y - f])).T


def north_on_screen(grid: Grid) -> tuple[float, float] | None:
    """Unit vector (right, up) on the screen that points to true north at the grid's centre.

    Found by walking 0.0001 degree (11 m) north and looking where that leads: grid north and true north differ by up
    to 3 degrees in UTM, and by anything in a rotated picture. None without a CRS.

    Raises:
        pyproj.exceptions.CRSError: for a CRS that PROJ does not read.
    """
    if grid.crs is None:
        return None
    from pyproj import Transformer

    a, b, c, d, e, f = grid.transform
    middle_col, middle_row = grid.width / 2, grid.height / 2
    there = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    lon, lat = there.transform(a * middle_col + b * middle_row + c, d * middle_col + e * middle_row + f)
    back = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    col, row = to_pixels(grid, *(np.array([value]) for value in back.transform(lon, lat + _STEP_DEG)))[0]
    right, up = float(col - middle_col), float(middle_row - row)
    length = math.hypot(right, up)
    return (right / length, up / length) if length > 0 else None


def round_length_m(longest_m: float) -> float:
    """The longest of 1, 2, 5, 10, 20, 50 ... metres that is at most ``longest_m``."""
    power = 10.0 ** math.floor(math.log10(longest_m))
    return next(step * power for step in (5.0, 2.0, 1.0, 0.5) if step * power <= longest_m)
