"""Rasters and scenes drawn by parameters, on a patch of ground of 120 x 80 m."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import transform
from shapely.geometry import Polygon, box

from yardwatch.imagery.scene_reading import ReadChip
from yardwatch.records import Asset, Grid, Scene

UTM, WEST, NORTH, WIDTH_M, HEIGHT_M = "EPSG:32652", 632_000.0, 4_697_000.0, 120.0, 80.0
GROUND_BOX = box(WEST, NORTH - HEIGHT_M, WEST + WIDTH_M, NORTH)
TO_WGS84: Callable[..., Any] = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True).transform
NOW = datetime(2023, 10, 5, 2, 15, tzinfo=UTC)

Shade = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


def wgs84(ground: Polygon) -> Polygon:
    """A polygon of UTM metres in longitude and latitude."""
    moved: Polygon = transform(ground, TO_WGS84, interleaved=False)
    return moved


def grid_of(pixel_m: float = 0.5, crs: str = UTM) -> Grid:
    """The grid that covers the patch of ground."""
    return Grid(
        crs, (pixel_m, 0, WEST, 0, -pixel_m, NORTH), round(WIDTH_M / pixel_m), round(HEIGHT_M / pixel_m), pixel_m
    )


def ramp(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Brightness that grows from 40 in the west to 200 in the east, whatever it is sampled at."""
    return 40 + 160 * (x - WEST) / WIDTH_M + 0 * y


def painted(shade: Shade, where: Affine, size: tuple[int, int], crs: str = UTM) -> NDArray[np.float64]:
    """(row, col): ``shade`` of the UTM position of every pixel's centre."""
    cols, rows = np.meshgrid(np.arange(size[1]) + 0.5, np.arange(size[0]) + 0.5)
    x, y = where.a * cols + where.b * rows + where.c, where.d * cols + where.e * rows + where.f
    if crs != UTM:
        x, y = Transformer.from_crs(crs, UTM, always_xy=True).transform(x, y)
    return shade(x, y)


def north_up(pixel_m: float = 0.5) -> Affine:
    return Affine(pixel_m, 0, WEST, 0, -pixel_m, NORTH)


def write(path: Path, pixels: NDArray[Any], where: Affine | None = None, crs: str | None = UTM, **profile: Any) -> Path:
    """A GeoTIFF of (band, row, col); ``mask``, ``tags``, ``descriptions``, ``colours`` are set where given."""
    extras = {name: profile.pop(name, None) for name in ("mask", "tags", "descriptions", "colours")}
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "GTiff", "count": len(pixels), "dtype": pixels.dtype, **profile}
    if where is not None or crs is not None:
        profile |= {"transform": where or north_up(), "crs": crs}
    with rasterio.open(path, "w", height=pixels.shape[1], width=pixels.shape[2], **profile) as file:
        file.write(pixels)
        if extras["mask"] is not None:
            file.write_mask(extras["mask"])
        if extras["tags"]:
            file.update_tags(**extras["tags"])
        for number, name in enumerate(extras["descriptions"] or (), start=1):
            file.set_band_description(number, name)
        if extras["colours"]:
            file.colorinterp = extras["colours"]
    return path


def grey(value: float | NDArray[Any], bands: int = 3, pixel_m: float = 0.5, dtype: Any = np.uint8) -> NDArray[Any]:
    """(band, row, col) of one brightness, or of a (row, col) picture repeated."""
    size = (round(HEIGHT_M / pixel_m), round(WIDTH_M / pixel_m))
    return np.stack([np.broadcast_to(value, size)] * bands).astype(dtype)


def scene_of(*assets: Asset | Path, **changes: Any) -> Scene:
    """A scene of the patch of ground with these pictures."""
    scene = Scene(
        source="drawn",
        scene_id="scene-1",
        acquired_from=NOW,
        acquired_to=NOW,
        platform="drawn-1",
        gsd_m=0.5,
        licence="CC0-1.0",
        attribution="nobody",
        footprint=wgs84(GROUND_BOX),
        assets=tuple(asset if isinstance(asset, Asset) else Asset(str(asset), "visual") for asset in assets),
    )
    return replace(scene, **changes)


def chip_of(pixels: NDArray[np.uint8], pixel_m: float = 0.5, valid: NDArray[np.bool_] | None = None) -> ReadChip:
    """A chip fresh from a scene without a mask of its own."""
    size = pixels.shape[1:]
    return ReadChip(
        pixels=pixels,
        bands=("red", "green", "blue"),
        valid=np.ones(size, np.bool_) if valid is None else valid,
        hidden=np.zeros(size, np.uint8),
        grid=Grid(UTM, (pixel_m, 0, WEST, 0, -pixel_m, NORTH), size[1], size[0], pixel_m),
        gsd_m=pixel_m,
        effective_gsd_m=pixel_m,
        scenes=("drawn:scene-1",),
    )
