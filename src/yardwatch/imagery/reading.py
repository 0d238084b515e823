"""Read the pixels of one raster onto a grid: one window, one resampling, no data kept apart from black ground.

Values and validity are resampled with the same kernel and divided, so an invalid pixel weighs nothing: neither its
black nor its edge enters a neighbour (normalised convolution; Knutsson and Westin, CVPR 1993).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.warp import reproject
from scipy.ndimage import maximum_filter, minimum_filter

from yardwatch.errors import BadInput
from yardwatch.imagery.addresses import Address
from yardwatch.imagery.bands import rgb_indexes
from yardwatch.imagery.placing import Placement, applied, check_georeference, place
from yardwatch.imagery.rasters import opened
from yardwatch.imagery.stretch import Scaling, display_range, to_display
from yardwatch.records import Grid

AVERAGE_FROM_RATIO = 1.5
"""From here on a grid pixel averages the native pixels it spans; below, cubic keeps the gaps between cars sharper."""

OVERVIEW_FROM_RATIO = 2.0
MINIMUM_WEIGHT = 0.5
LARGEST_WINDOW_PIXELS = 150_000_000
FILL_M = 20.0
FILL_PIXELS = 5
"""Exact zeros in every band, solid over 20 m and 5 pixels, are a missing tile, whatever the file says of no data."""

NO_CRS = "EPSG:3857"  # stands for the plane of a picture without georeference, on both sides


@dataclass(frozen=True)
class BandHints:
    """What a catalog says of a raster where the file may not.

    Attributes:
        names: of the bands, in order; empty where unknown.
        nodata: stored number that means no data.
        scalings: one a band, in order; None where unknown.
    """

    names: tuple[str, ...] = ()
    nodata: float | None = None
    scalings: tuple[Scaling | None, ...] = ()


@dataclass(frozen=True, eq=False)
class Patch:
    """What one raster shows of a grid.

    Attributes:
        pixels: uint8 (band, row, col), red, green, blue; 0 where not valid.
        valid: bool (row, col).
        native_pixel_m: size of a pixel of the file on the ground; None where the grid lies outside.
    """

    pixels: NDArray[np.uint8]
    valid: NDArray[np.bool_]
    native_pixel_m: float | None


def read_rgb(address: Address, grid: Grid, hints: BandHints) -> Patch:
    """Red, green and blue of a raster on ``grid``; grey is repeated three times.

    Overviews are read where the grid is coarser than two native pixels, else the native pixels themselves.

    Raises:
        TryAgain, NotConfigured, BadInput: see :func:`yardwatch.imagery.rasters.opened`; BadInput also for a file
            without georeference or of a kind that holds no picture.
    """
    with opened(address) as dataset:
        if grid.crs is not None:
            check_georeference(dataset, address.label)
        where = place(dataset, grid)
        if where is None:
            shape = (grid.height, grid.width)
            return Patch(np.zeros((3, *shape), np.uint8), np.zeros(shape, np.bool_), None)
        level = overview_level(dataset.overviews(1), where.ratio)
        if level is None:
            return _read_patch(dataset, grid, where, address.label, hints)
    with opened(address, overview_level=level) as dataset:
        coarse = place(dataset, grid)
        patch = _read_patch(dataset, grid, coarse or where, address.label, hints)
        return Patch(patch.pixels, patch.valid, where.native_pixel_m)


def read_open(dataset: Any, grid: Grid, label: str) -> Patch:
    """Red, green and blue of an open, georeferenced dataset on ``grid``; see :func:`read_rgb`."""
    where = place(dataset, grid)
    if where is None:
        shape = (grid.height, grid.width)
        return Patch(np.zeros((3, *shape), np.uint8), np.zeros(shape, np.bool_), None)
    return _read_patch(dataset, grid, where, label, BandHints())


def read_classes(address: Address, grid: Grid) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Class numbers int32 (row, col) of the first band of a mask, by nearest neighbour, and where they are valid."""
    shape = (grid.height, grid.width)
    with opened(address) as dataset:
        check_georeference(dataset, address.label)
        where = place(dataset, grid)
        if where is None:
            return np.zeros(shape, np.int32), np.zeros(shape, np.bool_)
        stored = dataset.read(1, window=where.window).astype(np.int32)
        known = dataset.read_masks(1, window=where.window) > 0
        onto = _Warp(dataset, where, grid, Resampling.nearest, pad=0)
        classes, valid = onto(stored), onto(known.astype(np.uint8)) > 0
    return classes, valid


def overview_level(factors: Sequence[int], ratio: float) -> int | None:
    """Index of the coarsest overview that is not coarser than the grid."""
    if ratio < OVERVIEW_FROM_RATIO:
        return None
    fitting = [level for level, factor in enumerate(factors) if factor <= ratio * 1.01]
    return fitting[-1] if fitting else None


def _read_patch(dataset: Any, grid: Grid, where: Placement, label: str, hints: BandHints) -> Patch:
    if where.window.width * where.window.height > LARGEST_WINDOW_PIXELS:
        raise BadInput(
            f"{label}: {where.window.width} x {where.window.height} pixels would be read; add overviews with gdaladdo"
        )
    interpreted = [colour.name for colour in dataset.colorinterp]
    bands = rgb_indexes(dataset.count, hints.names, dataset.descriptions, interpreted, label)
    if any(dataset.dtypes[band - 1].startswith("complex") for band in bands):
        raise BadInput(f"{label}: its pixels are complex numbers; convert them to amplitudes first")
    distinct = sorted(set(bands))
    stored = dict(zip(distinct, dataset.read(distinct, window=where.window), strict=True))  # each block is fetched once
    valid = _valid(dataset, where, stored, hints.nodata) & ~_fill(stored, where.native_pixel_m)
    onto = _Warp(dataset, where, grid, Resampling.average if where.ratio >= AVERAGE_FROM_RATIO else Resampling.cubic)
    if onto.shift is not None and all(values.dtype == np.uint8 for values in stored.values()):
        shown = onto(valid)
        copied = {band: np.multiply(onto(values), shown) for band, values in stored.items()}
        return Patch(np.stack([copied[band] for band in bands]), shown, where.native_pixel_m)
    weight = onto(valid.astype(np.float32))
    shown = weight >= MINIMUM_WEIGHT
    pixels = {}
    for band in distinct:
        scaling = hints.scalings[band - 1] if band <= len(hints.scalings) else None
        limits = display_range(stored[band], valid, scaling)
        summed = onto(np.where(valid, stored[band], 0).astype(np.float32))
        values = np.divide(summed, weight, out=np.zeros_like(summed), where=shown)
        pixels[band] = to_display(values[np.newaxis], [limits])[0] * shown
    return Patch(np.stack([pixels[band] for band in bands]), shown, where.native_pixel_m)


def _valid(dataset: Any, where: Placement, stored: dict[int, NDArray[Any]], nodata: float | None) -> NDArray[np.bool_]:
    """bool (row, col) at native resolution: alpha, no data, masks and NaN, of the file first, else of the catalog."""
    shape = (int(where.window.height), int(where.window.width))
    valid = np.zeros(shape, np.bool_)
    for band, values in stored.items():
        flags = dataset.mask_flag_enums[band - 1]
        if MaskFlags.all_valid in flags:
            valid |= True if nodata is None else values != nodata
        elif MaskFlags.alpha in flags:
            alpha = dataset.colorinterp.index(ColorInterp.alpha) + 1
            opaque = np.iinfo(dataset.dtypes[alpha - 1]).max if "int" in dataset.dtypes[alpha - 1] else 1.0
            valid |= dataset.read(alpha, window=where.window) >= opaque / 2
        else:
            valid |= dataset.read_masks(band, window=where.window) > 0
    for values in stored.values():
        if values.dtype.kind == "f":
            valid &= np.isfinite(values)
    return valid


def _fill(stored: dict[int, NDArray[Any]], native_pixel_m: float) -> NDArray[np.bool_]:
    """bool (row, col): solid blocks of exact zeros in every band."""
    side = max(FILL_PIXELS, math.ceil(FILL_M / native_pixel_m)) | 1
    zero = np.ones(next(iter(stored.values())).shape, np.bool_)
    for values in stored.values():
        zero &= values == 0
        if np.count_nonzero(zero) < side * side:
            return np.zeros_like(zero)
    # Outside the window counts as zero, or the border of a black tile would remain as black ground.
    solid = minimum_filter(zero.astype(np.uint8), side, mode="constant", cval=1)
    block: NDArray[np.bool_] = (maximum_filter(solid, side, mode="constant", cval=0) > 0) & zero
    return block


class _Warp:
    """Resamples a window of one dataset onto one grid, again and again."""

    def __init__(self, dataset: Any, where: Placement, grid: Grid, kernel: Resampling, pad: int | None = None) -> None:
        # Beyond the window stands a rim of weight zero: a grid pixel half outside the picture weighs a half.
        self.pad = math.ceil(2 * max(1.0, where.ratio)) + 1 if pad is None else pad
        native = dataset.transform
        x, y = applied(native, where.window.col_off - self.pad, where.window.row_off - self.pad)
        self.source = Affine(native.a, native.b, x, native.d, native.e, y)
        self.source_crs = NO_CRS if grid.crs is None else dataset.crs
        self.grid, self.kernel = grid, kernel
        self.shift = _shift(Affine(*grid.transform), grid, dataset, where)

    def __call__(self, values: NDArray[Any]) -> NDArray[Any]:
        """``values`` (row, col) of the window, on the grid; 0 beyond it."""
        target = np.zeros((self.grid.height, self.grid.width), values.dtype)
        if self.shift is not None:
            down, right = self.shift
            rows = slice(max(down, 0), min(down + values.shape[0], self.grid.height))
            cols = slice(max(right, 0), min(right + values.shape[1], self.grid.width))
            target[rows, cols] = values[rows.start - down : rows.stop - down, cols.start - right : cols.stop - right]
            return target
        reproject(
            np.pad(values, self.pad),
            target,
            src_transform=self.source,
            src_crs=self.source_crs,
            dst_transform=Affine(*self.grid.transform),
            dst_crs=self.grid.crs or NO_CRS,
            resampling=self.kernel,
            init_dest_nodata=False,
            tolerance=0.01,
        )
        return target


def _shift(onto: Affine, grid: Grid, dataset: Any, where: Placement) -> tuple[int, int] | None:
    """(row, col) of the window on a grid whose pixels are the raster's own, which are then copied; None elsewhere."""
    native = dataset.transform
    if grid.crs is None or dataset.crs != CRS.from_user_input(grid.crs):
        return None
    if not np.allclose(native[:2] + native[3:5], onto[:2] + onto[3:5], rtol=0, atol=1e-9 * abs(onto.a)):
        return None
    x, y = applied(native, where.window.col_off, where.window.row_off)
    col, row = applied(~onto, x, y)
    aligned = abs(col - round(col)) < 1e-3 and abs(row - round(row)) < 1e-3
    return (round(row), round(col)) if aligned else None
