"""Which tiles to look at: cores that share out the searched ground, each read with a halo around it.

A tile answers for the boxes whose centre lies in its core; the halo gives the network the whole car and what stands
around it. Cores start on multiples of the network's stride counted from the origin of the CRS, so that one piece of
ground meets the network in one phase however the picture around it was cut.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from yardwatch.records import Grid

STRIDE_PX = 32
"""The coarsest stride of the network: features at a place change when it moves within this."""

LONGEST_CAR_M = 26.4
"""A passenger coach over its couplers, the longest vehicle of a yard (UIC-Z coaches)."""

CONTEXT_PX = 40
"""What the halo shows beyond the longest car, so that the edge of a tile does not change the boxes of its core."""


@dataclass(frozen=True)
class Tiling:
    """How ground is shared out among tiles.

    Attributes:
        core_px: largest side of a core, a multiple of 32.
        halo_px: margin read on every side of a core, a multiple of 32.
        offset_px: (row, col) by which the grid of tiles is shifted up and left; the count must not depend on it.
        batch: tiles that go through the network at once; bounds the memory. Large tiles one by one read less halo
            than small ones together.
    """

    core_px: int = 896
    halo_px: int = 96
    offset_px: tuple[int, int] = (0, 0)
    batch: int = 1

    def __post_init__(self) -> None:
        for name in ("core_px", "halo_px"):
            value = getattr(self, name)
            if value <= 0 or value % STRIDE_PX:
                raise ValueError(f"{name} = {value}: must be a positive multiple of {STRIDE_PX}")
        if self.batch < 1:
            raise ValueError(f"batch = {self.batch}: must be at least 1")

    @classmethod
    def for_pixel(cls, pixel_m: float) -> Tiling:
        """A tiling whose halo holds the longest car at ``pixel_m`` metres a pixel."""
        halo_px = _round_up(math.ceil(LONGEST_CAR_M / pixel_m) + CONTEXT_PX)
        return cls(halo_px=halo_px)

    def shifted(self, rows_px: int, cols_px: int) -> Tiling:
        """The same tiling with its grid shifted by (rows_px, cols_px)."""
        return replace(self, offset_px=(rows_px, cols_px))


@dataclass(frozen=True)
class Tile:
    """A core in pixels of the chip, and the halo around it; both may reach beyond the chip.

    Attributes:
        row, col: of the core's first pixel.
        rows, cols: size of the core.
    """

    row: int
    col: int
    rows: int
    cols: int
    halo_px: int

    @property
    def origin(self) -> tuple[int, int]:
        """(row, col) of the first pixel that is read."""
        return self.row - self.halo_px, self.col - self.halo_px

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols) that are read."""
        return self.rows + 2 * self.halo_px, self.cols + 2 * self.halo_px

    def core_depth_px(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """How deep points (x right, y down, pixels of the chip) lie in the core; negative outside it."""
        across = np.minimum(x - self.col, self.col + self.cols - x)
        down = np.minimum(y - self.row, self.row + self.rows - y)
        return np.minimum(across, down)


def plan_tiles(ground: NDArray[np.bool_], grid: Grid, tiling: Tiling) -> list[Tile]:
    """The tiles whose core meets ``ground``, row by row; all of one size.

    Args:
        ground: bool (row, col), what is searched and has pixels.
        grid: where it lies; gives the phase of the cores.
    """
    rows, cols = np.flatnonzero(ground.any(axis=1)), np.flatnonzero(ground.any(axis=0))
    if not rows.size:
        return []
    phase = _phase(grid)
    row_starts, height = _starts((int(rows[0]), int(rows[-1]) + 1), phase[0], tiling.offset_px[0], tiling.core_px)
    col_starts, width = _starts((int(cols[0]), int(cols[-1]) + 1), phase[1], tiling.offset_px[1], tiling.core_px)
    tiles = [Tile(row, col, height, width, tiling.halo_px) for row in row_starts for col in col_starts]
    return [tile for tile in tiles if _meets(tile, ground)]


def _starts(extent: tuple[int, int], phase: int, offset: int, core_px: int) -> tuple[list[int], int]:
    """First pixels of evenly sized cores along one axis, and their size."""
    first = extent[0] - (extent[0] - phase) % STRIDE_PX - offset % core_px
    count = math.ceil((extent[1] - first) / core_px)
    size = _round_up(math.ceil((extent[1] - first) / count))
    return list(range(first, extent[1], size)), size


def _phase(grid: Grid) -> tuple[int, int]:
    """(row, col) of a chip pixel that lies on a multiple of the stride from the origin of the CRS."""
    a, b, c, d, e, f = grid.transform
    if grid.crs is None or b or d:
        return 0, 0
    return -round(f / e) % STRIDE_PX, -round(c / a) % STRIDE_PX


def _meets(tile: Tile, ground: NDArray[np.bool_]) -> bool:
    rows = slice(max(tile.row, 0), max(tile.row + tile.rows, 0))
    cols = slice(max(tile.col, 0), max(tile.col + tile.cols, 0))
    return bool(ground[rows, cols].any())


def _round_up(pixels: int) -> int:
    return -(-pixels // STRIDE_PX) * STRIDE_PX
