"""Where a grid falls on the pixels of a raster: the window to read, and how many native pixels a grid pixel spans."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio.windows import Window

from yardwatch.errors import BadInput
from yardwatch.records import Grid

KERNEL_PIXELS = 3  # a cubic kernel reaches two pixels, widened when it shrinks
EDGE_SAMPLES = 33

N = TypeVar("N", float, NDArray[np.float64])


@dataclass(frozen=True)
class Placement:
    """A grid on a raster.

    Attributes:
        window: whole native pixels that the grid needs, kernel margin included, clipped to the raster.
        ratio: native pixels along one grid pixel; above 1 the raster is finer than the grid.
        native_pixel_m: size of a native pixel on the ground at the grid's centre, metres.
    """

    window: Window
    ratio: float
    native_pixel_m: float


def check_georeference(dataset: Any, label: str, *, by_hand: bool = False) -> None:
    """Nothing, where the raster has a CRS and a geotransform.

    Args:
        by_hand: the raster was named by hand, to `yardwatch look`, which takes a GSD in place of a georeference.

    Raises:
        BadInput: naming the mend that fits: control points, coefficients, or no georeference at all.
    """
    if dataset.crs is not None and not dataset.transform.is_identity:
        return
    if dataset.gcps[0]:
        raise BadInput(f"{label}: is placed by ground control points only; rectify it with `gdalwarp -tps` first")
    if dataset.rpcs is not None:
        raise BadInput(f"{label}: is placed by rational polynomials only; rectify it with `gdalwarp -rpc` first")
    if dataset.crs is None and not dataset.transform.is_identity:
        raise BadInput(f"{label}: has coordinates but no CRS; name it with `gdal_edit.py -a_srs EPSG:...`")
    gsd = "give its ground sample distance with --gsd, or " if by_hand else ""
    mend = "georeference it with `gdal_translate -a_srs EPSG:... -a_ullr ...`"
    raise BadInput(f"{label}: has no georeference; {gsd}{mend}")


def place(dataset: Any, grid: Grid) -> Placement | None:
    """Where ``grid`` falls on ``dataset``; None where they do not meet.

    The outline of the grid is followed point by point, so rotated rasters and curved projections are met whole. The
    window is rounded outward to whole pixels: fractional ones make GDAL fetch more blocks, not fewer.
    """
    cols, rows = _to_native(dataset, grid, *_border(grid))
    if not len(cols):
        return None
    ratio = _native_pixels_per_grid_pixel(dataset, grid)
    margin = math.ceil(KERNEL_PIXELS * max(1.0, ratio)) + 1
    left, right = _clipped(math.floor(cols.min()) - margin, math.ceil(cols.max()) + margin, dataset.width)
    top, bottom = _clipped(math.floor(rows.min()) - margin, math.ceil(rows.max()) + margin, dataset.height)
    if left >= right or top >= bottom:
        return None
    return Placement(Window(left, top, right - left, bottom - top), ratio, grid.pixel_m / ratio)


def _clipped(low: int, high: int, size: int) -> tuple[int, int]:
    return max(low, 0), min(high, size)


def _border(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(col, row) of points along the grid's border and across its inside."""
    cols, rows = np.meshgrid(np.linspace(0, grid.width, EDGE_SAMPLES), np.linspace(0, grid.height, EDGE_SAMPLES))
    return cols.ravel(), rows.ravel()


def _to_native(
    dataset: Any, grid: Grid, cols: NDArray[np.float64], rows: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Native (col, row) of grid (col, row), those that the projection cannot reach left out."""
    x, y = applied(Affine(*grid.transform), cols, rows)
    if grid.crs is not None:
        between = Transformer.from_crs(
            CRS.from_user_input(grid.crs), CRS.from_wkt(dataset.crs.to_wkt()), always_xy=True
        )
        x, y = between.transform(x, y)
    native_cols, native_rows = applied(~dataset.transform, np.asarray(x), np.asarray(y))
    reached = np.isfinite(native_cols) & np.isfinite(native_rows)
    return native_cols[reached], native_rows[reached]


def applied(affine: Affine, x: N, y: N) -> tuple[N, N]:
    """(x, y) carried through ``affine``; written out, since the operator for it differs between versions of affine."""
    return affine.a * x + affine.b * y + affine.c, affine.d * x + affine.e * y + affine.f


def _native_pixels_per_grid_pixel(dataset: Any, grid: Grid) -> float:
    """Square root of the area of a grid pixel in native pixels, at the grid's centre."""
    col, row = grid.width / 2, grid.height / 2
    cols, rows = _to_native(dataset, grid, np.array([col, col + 1, col]), np.array([row, row, row + 1]))
    if len(cols) < 3:
        return 1.0
    area = (cols[1] - cols[0]) * (rows[2] - rows[0]) - (cols[2] - cols[0]) * (rows[1] - rows[0])
    return max(math.sqrt(abs(area)), 1e-6)
