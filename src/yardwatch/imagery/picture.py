"""One picture file, given by hand: placed on a grid by its georeference, or by its pixels where it has none."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import geometry_mask
from shapely.geometry import Polygon, box

from yardwatch.areas import area_grid, searched_mask
from yardwatch.areas.ground import grid_around
from yardwatch.areas.shapes import WGS84, reproject, utm_of
from yardwatch.errors import BadInput
from yardwatch.imagery.acquired import Acquired, from_name, from_sidecar, from_tags
from yardwatch.imagery.addresses import Address, allowed
from yardwatch.imagery.folder import ground_outline, ground_pixel_m, read_sidecar
from yardwatch.imagery.placing import check_georeference
from yardwatch.imagery.rasters import opened
from yardwatch.imagery.scene_reading import ReadChip, read_scene
from yardwatch.records import AreaVersion, Asset, Grid, Scene

LARGEST_GRID_PIXELS = 100_000_000
NO_PLACE = box(0.0, 0.0, 1e-9, 1e-9)


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture on a grid.

    Attributes:
        grid: local UTM; of a picture without georeference the plane of its own pixels (``grid.crs`` is None, and
            ``grid.transform`` leads from grid pixels to (col, row) of the picture).
        scene: where it came from; its times are those of the file where ``acquired`` is None.
        chip: uint8 red, green and blue; not screened yet.
        outline_mask: bool (row, col), what is searched: the area's ground, else the picture's extent.
        acquired: aware UTC, or None where the file does not say.
    """

    grid: Grid
    scene: Scene
    chip: ReadChip
    outline_mask: NDArray[np.bool_]
    acquired: datetime | None


@dataclass(frozen=True)
class _Facts:
    """What the file says of itself."""

    width: int
    height: int
    outline: Polygon | None
    pixel_m: float | None
    acquired: Acquired | None


def open_picture(
    path: Path, gsd_m: float | None, area: AreaVersion | None, pixel_m: float | Callable[[float], float]
) -> Picture:
    """Read a picture file onto pixels of ``pixel_m``, or of the size that ``pixel_m`` gives for its claimed GSD.

    A georeferenced picture (any CRS, rotated or not) lands on a UTM grid: that of ``area`` where one is given, else
    one around the picture. A picture without georeference is taken by its own pixels, each ``gsd_m`` on the ground.

    Args:
        gsd_m: ground sample distance; needed without a georeference, else it replaces the size of the file's pixels
            where that says less than it seems (an enlarged picture).

    Raises:
        BadInput: when the file cannot be read or placed, does not show ``area``, or is too large for one look.
    """
    if gsd_m is not None and not (gsd_m > 0 and math.isfinite(gsd_m)):
        raise BadInput(f"--gsd {gsd_m}: give the ground sample distance in metres, above zero")
    address = _address(path)
    facts = _facts(address, path, gsd_m, area)
    claimed_m = gsd_m or facts.pixel_m
    assert claimed_m is not None
    size_m = pixel_m(claimed_m) if callable(pixel_m) else pixel_m
    grid = _grid(facts, path, gsd_m, area, size_m)
    if grid.width * grid.height > LARGEST_GRID_PIXELS:
        raise BadInput(
            f"{path}: would make {grid.width} x {grid.height} pixels; name an area or crop it with gdal_translate"
        )
    scene = _scene(path, facts, gsd_m)
    if area is not None and not scene.footprint.intersects(area.outline):
        raise BadInput(f"{path}: shows nothing of the area; check that they belong together")
    chip = read_scene(scene, grid, lambda asset: address)
    mask = _extent_mask(facts, grid) if area is None else searched_mask(area, grid)
    return Picture(grid, scene, chip, mask, None if facts.acquired is None else facts.acquired.begin)


def picture_time(path: Path) -> datetime | None:
    """When a picture file was taken, aware UTC, as its sidecar, its tags or its name say; None where none does.

    Raises:
        BadInput: when the file cannot be read.
    """
    said = read_sidecar(path)
    with opened(_address(path)) as dataset:
        acquired = _acquired(path, said, dataset)
    return None if acquired is None else acquired.begin


def _acquired(path: Path, said: dict[str, Any], dataset: Any) -> Acquired | None:
    tags = {**dataset.tags(), **dataset.tags(ns="IMAGERY")}
    return from_sidecar(said, str(path)) or from_tags(tags) or from_name(path.name)


def _address(path: Path) -> Address:
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file; correct the path")
    return allowed(str(path.resolve()), path.resolve().parent)


def _facts(address: Address, path: Path, gsd_m: float | None, area: AreaVersion | None) -> _Facts:
    said = read_sidecar(path)
    with opened(address) as dataset:
        placed = dataset.crs is not None and not dataset.transform.is_identity
        if not placed and (gsd_m is None or area is not None or _is_placed_otherwise(dataset)):
            check_georeference(dataset, str(path), by_hand=True)
        return _Facts(
            dataset.width,
            dataset.height,
            ground_outline(dataset) if placed else None,
            ground_pixel_m(dataset) if placed else None,
            _acquired(path, said, dataset),
        )


def _is_placed_otherwise(dataset: Any) -> bool:
    """By control points, coefficients or coordinates without CRS: then the mend is better than to ignore them."""
    return bool(dataset.gcps[0]) or dataset.rpcs is not None


def _grid(facts: _Facts, path: Path, gsd_m: float | None, area: AreaVersion | None, pixel_m: float) -> Grid:
    if facts.outline is None:
        assert gsd_m is not None
        step = pixel_m / gsd_m
        width, height = round(facts.width / step), round(facts.height / step)
        return Grid(None, (step, 0.0, 0.0, 0.0, step, 0.0), max(width, 1), max(height, 1), pixel_m)
    if area is not None:
        return area_grid(area, pixel_m)
    crs = utm_of(facts.outline.centroid)
    return grid_around(reproject(facts.outline, WGS84, crs).bounds, crs, pixel_m)


def _scene(path: Path, facts: _Facts, gsd_m: float | None) -> Scene:
    file_time = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    when = facts.acquired or Acquired(file_time, file_time)
    claimed = gsd_m or facts.pixel_m
    assert claimed is not None
    return Scene(
        source="picture",
        scene_id=path.name,
        acquired_from=when.begin,
        acquired_to=when.end,
        platform="unknown",
        gsd_m=claimed,
        licence="unknown",
        attribution="",
        footprint=facts.outline or NO_PLACE,
        assets=(Asset(str(path.resolve()), "visual"),),
    )


def _extent_mask(facts: _Facts, grid: Grid) -> NDArray[np.bool_]:
    """bool (row, col): where the picture lies on the grid; corners left empty by a turned picture are not missing."""
    if facts.outline is None or grid.crs is None:
        return np.ones((grid.height, grid.width), np.bool_)
    extent = reproject(facts.outline, WGS84, grid.crs)
    mask: NDArray[np.bool_] = geometry_mask(
        [extent], out_shape=(grid.height, grid.width), transform=Affine(*grid.transform), invert=True
    )
    return mask
