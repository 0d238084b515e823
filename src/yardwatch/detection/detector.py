"""Railcars on a chip: tiles through the network, duplicates out, boxes onto the map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from yardwatch.detection.boxes import Boxes, decode, suppress
from yardwatch.detection.frame import to_frame
from yardwatch.detection.network import Network, open_network
from yardwatch.detection.release import Release
from yardwatch.detection.seams import owned, settle
from yardwatch.detection.tiles import Tile, Tiling, plan_tiles
from yardwatch.errors import BadInput
from yardwatch.records import Chip

NEUTRAL = 114 / 255
"""What the network sees where there are no pixels: the grey that Ultralytics pads training pictures with.
Black would look like deep shadow or a tank car."""

_PIXEL_TOLERANCE = 0.02
_BRIGHTEST_FLOAT = 2.0


class Detector:
    """Finds railcars with one release. The network is opened at the first use and shared within the process.

    Args:
        release: a verified release, see :func:`yardwatch.detection.release.load_release`.
        threads: of the inference runtime.
        score_threshold: instead of the release's own; for measuring precision against recall.
        network: instead of the release's own; for tests.
    """

    def __init__(
        self,
        release: Release,
        threads: int = 2,
        *,
        score_threshold: float | None = None,
        network: Network | None = None,
    ) -> None:
        self.release = release
        self.threads = threads
        self.score_threshold = release.score_threshold if score_threshold is None else score_threshold
        self._network = network

    def detect(self, chip: Chip, searched: NDArray[np.bool_], *, tiling: Tiling | None = None) -> gpd.GeoDataFrame:
        """The railcars whose centre lies on ground that is searched and has pixels; hidden ground is not left out.

        Args:
            chip: pixels uint8 0-255 or float32 0-1, (band, row, col), at the release's pixel size.
            searched: bool (row, col), what is searched.
            tiling: instead of the one that fits the release.

        Returns:
            A table with :data:`yardwatch.detection.frame.DETECTION_COLUMNS`; the same for the same input.

        Raises:
            BadInput: when the chip has not the bands, pixel size or type that the release reads.
            BadRelease: at first use, when the network does not fit the release's classes.
        """
        bands = self._check(chip, searched)
        tiling = Tiling.for_pixel(self.release.pixel_m) if tiling is None else tiling
        ground = searched & chip.valid
        parts: list[tuple[Tile, Boxes]] = []
        for batch in _batches(plan_tiles(ground, chip.grid, tiling), tiling.batch):
            parts += zip(batch, self._boxes(chip, bands, batch), strict=True)
        boxes = settle(parts, self.release.suppression_iou)
        return to_frame(boxes.take(_on_ground(boxes, ground)), self.release.classes, chip.grid)

    def _boxes(self, chip: Chip, bands: list[int], tiles: Sequence[Tile]) -> Iterator[Boxes]:
        """The boxes that each tile owns, pixels of the chip."""
        if self._network is None:
            self._network = open_network(self.release, self.threads)
        output = self._network.run(np.stack([_read(chip, bands, tile) for tile in tiles]))
        pixel_m = self.release.pixel_m
        for tile, candidates in zip(tiles, output, strict=True):
            found = decode(candidates, self.score_threshold, pixel_m, self.release.classes)
            boxes = suppress(found, self.release.suppression_iou)
            row, col = tile.origin
            yield owned(boxes.moved(col, row), tile, pixel_m)

    def _check(self, chip: Chip, searched: NDArray[np.bool_]) -> list[int]:
        """Positions in the chip of the bands that the release reads."""
        where = f"chip of {', '.join(chip.scenes) or 'no scene'}"
        missing = [band for band in self.release.bands if band not in chip.bands]
        if missing:
            raise BadInput(
                f"{where}: has no band {', '.join(missing)} (it has {', '.join(chip.bands)}), which release "
                f"{self.release.name} reads; name the bands of the source or choose another release"
            )
        if abs(chip.grid.pixel_m / self.release.pixel_m - 1) > _PIXEL_TOLERANCE:
            raise BadInput(
                f"{where}: pixels of {chip.grid.pixel_m} m, release {self.release.name} reads pixels of "
                f"{self.release.pixel_m} m; read the scene onto a grid of that size"
            )
        if chip.pixels.dtype not in (np.uint8, np.float32):
            raise BadInput(f"{where}: pixels are {chip.pixels.dtype}; give uint8 0-255 or float32 0-1")
        if searched.shape != chip.valid.shape:
            raise BadInput(f"{where}: is {chip.valid.shape}, what is searched is {searched.shape}; use one grid")
        if chip.pixels.dtype == np.float32 and np.any(chip.pixels[:, chip.valid] > _BRIGHTEST_FLOAT):
            raise BadInput(f"{where}: float pixels go beyond {_BRIGHTEST_FLOAT}; scale them to 0-1")
        return [chip.bands.index(band) for band in self.release.bands]


def _read(chip: Chip, bands: list[int], tile: Tile) -> NDArray[np.float32]:
    """float32 (band, row, col), 0-1: the tile's pixels, neutral where the chip has none."""
    tile_pixels = np.full((len(bands), *tile.shape), NEUTRAL, dtype=np.float32)
    (top, left), (rows, cols) = tile.origin, tile.shape
    inside = slice(max(top, 0), max(top + rows, 0)), slice(max(left, 0), max(left + cols, 0))
    valid = chip.valid[inside]
    pixels = chip.pixels[(bands, *inside)].astype(np.float32)
    if chip.pixels.dtype == np.uint8:
        pixels /= 255
    pixels = np.where(valid, np.nan_to_num(np.clip(pixels, 0, 1), nan=NEUTRAL), np.float32(NEUTRAL))
    row, col = inside[0].start - top, inside[1].start - left
    tile_pixels[:, row : row + valid.shape[0], col : col + valid.shape[1]] = pixels
    return tile_pixels


def _on_ground(boxes: Boxes, ground: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """bool (box,): whether the pixel under each centre is ground."""
    rows, cols = np.floor(boxes.y).astype(np.intp), np.floor(boxes.x).astype(np.intp)
    inside = (rows >= 0) & (rows < ground.shape[0]) & (cols >= 0) & (cols < ground.shape[1])
    found = np.zeros(len(boxes), dtype=np.bool_)
    found[inside] = ground[rows[inside], cols[inside]]
    return found


def _batches(tiles: Sequence[Tile], size: int) -> Iterator[Sequence[Tile]]:
    for start in range(0, len(tiles), size):
        yield tiles[start : start + size]
