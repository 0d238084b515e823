"""What reading a scene would cost and what sky its own mask shows, from file headers and one small mask."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from yardwatch.areas import area_grid, searched_mask
from yardwatch.imagery.addresses import Address
from yardwatch.imagery.placing import Placement, check_georeference, place
from yardwatch.imagery.rasters import opened
from yardwatch.imagery.reading import overview_level
from yardwatch.imagery.scene_reading import read_sky
from yardwatch.imagery.source import ImagerySource
from yardwatch.records import AreaVersion, Asset, Grid, Hidden, Scene

CHEAP_MASK_BYTES = 1_000_000
MASK_PIXEL_M = 20.0
MOST_BLOCKS = 4_000
"""A window of more blocks than this is estimated from so many of them."""


@runtime_checkable
class _HasFiles(Protocol):
    def address(self, asset: Asset) -> Address: ...


@dataclass(frozen=True)
class Estimate:
    """What is known of a scene before it is read.

    Attributes:
        read_bytes: compressed bytes of the blocks that a read of the area would fetch; None where the format does
            not say.
        cloud_over_area: share 0-1 of the searched ground that the scene's own mask calls cloud, shadow or snow; None
            without a mask, or where reading it would cost more than a megabyte.
    """

    read_bytes: int | None
    cloud_over_area: float | None


def estimate(source: ImagerySource, scene: Scene, version: AreaVersion, pixel_m: float) -> Estimate:
    """What reading ``scene`` over ``version`` onto pixels of ``pixel_m`` would cost; only headers and a mask are read.

    Raises:
        TryAgain, NotConfigured, BadInput, Refused: see :class:`yardwatch.imagery.source.ImagerySource`.
    """
    if not isinstance(source, _HasFiles):
        return Estimate(None, None)
    grid = area_grid(version, pixel_m)
    costs = [_block_bytes(source.address(one), grid) for one in scene.assets if one.role in ("visual", "data")]
    known = [cost for cost in costs if cost is not None]
    return Estimate(sum(known) if known else None, _cloud(source, scene, version))


def _cloud(source: _HasFiles, scene: Scene, version: AreaVersion) -> float | None:
    masks = [asset for asset in scene.assets if asset.role == "cloud"]
    grid = area_grid(version, MASK_PIXEL_M)
    if not masks or any((_block_bytes(source.address(mask), grid) or 0) > CHEAP_MASK_BYTES for mask in masks):
        return None
    hidden, judged = read_sky(scene, grid, source.address)
    here = judged & searched_mask(version, grid)
    if not here.any():
        return None
    return float(np.count_nonzero(hidden[here] != Hidden.SEEN) / np.count_nonzero(here))


def _block_bytes(address: Address, grid: Grid) -> int | None:
    """Stored bytes of the blocks of a TIFF that ``grid`` meets, at the resolution that would be read."""
    with opened(address) as dataset:
        check_georeference(dataset, address.label)
        where = place(dataset, grid)
        if where is None:
            return 0
        if dataset.driver != "GTiff":
            return None
        level = overview_level(dataset.overviews(1), where.ratio)
        return _sum_blocks(dataset, where, level)


def _sum_blocks(dataset: Any, where: Placement, level: int | None) -> int:
    factor = 1 if level is None else dataset.overviews(1)[level]
    rows, cols = dataset.block_shapes[0]  # overviews of a COG have blocks of the same size
    window = where.window
    first_col, last_col = (
        int(window.col_off / factor // cols),
        math.ceil((window.col_off + window.width) / factor / cols),
    )
    first_row, last_row = (
        int(window.row_off / factor // rows),
        math.ceil((window.row_off + window.height) / factor / rows),
    )
    blocks = [(x, y) for y in range(first_row, last_row) for x in range(first_col, last_col)]
    bands = range(1, dataset.count + 1) if dataset.interleaving.name == "band" else (1,)
    asked = blocks[:: math.ceil(len(blocks) / MOST_BLOCKS)]
    options = {} if level is None else {"ovr": level}
    total = 0
    for band in bands:
        for x, y in asked:
            size = dataset.get_tag_item(f"BLOCK_SIZE_{x}_{y}", "TIFF", bidx=band, **options)
            total += int(size) if size else 0  # a block without a size is not stored: a sparse file
    return round(total * len(blocks) / max(len(asked), 1))
