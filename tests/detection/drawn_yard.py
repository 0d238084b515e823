"""A release on disk, yards drawn as bright rectangles, and a network that finds those.

The fake network has the failings of a real one that matter to tiling: it sees only its tile, reads a car that the edge
of the tile cuts as a shorter one, and gives duplicates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray
from scipy import ndimage
from tiny_onnx import write_network

from yardwatch.records import Chip, Grid, Hidden

CLASSES = ("freight_box", "freight_open", "freight_tank", "freight_flat", "locomotive", "coach")
PIXEL_M = 0.5
GROUND, CAR = 90, 250

MANIFEST = """\
name = "{name}"
created = "2026-11-30"
licence = "AGPL-3.0-or-later"
architecture = "yolo11n-obb"
weights = "model.onnx"
sha256 = "{sha256}"
classes = ["freight_box", "freight_open", "freight_tank", "freight_flat", "locomotive", "coach"]
bands = ["red", "green", "blue"]
pixel_m = 0.5
tile_px = 320
gsd_range_m = [0.3, 1.2]
score_threshold = 0.3
suppression_iou = 0.3
training_data = "drawn by a test"

[[quality]]
gsd_m = [0.6, 1.2]
recall = 0.80
recall_cv = 0.12
precision = 0.90
false_positives_per_km2 = 9.0
cars = 1100
scenes = 60
measured_on = "drawn by a test"

[[quality]]
gsd_m = [0.3, 0.6]
recall = 0.93
recall_cv = 0.08
precision = 0.95
false_positives_per_km2 = 3.0
cars = 2400
scenes = 120
measured_on = "drawn by a test"

[export]
max_box_difference_px = 0.01
max_score_difference = 0.0001
"""


def write_release(folder: Path, name: str = "test-1", change: Callable[[str], str] = str, rows: int = 11) -> Path:
    """A release below ``folder``, its manifest changed by ``change``; ``current.toml`` names it."""
    home = folder / name
    home.mkdir(parents=True)
    write_network(home / "model.onnx", rows)
    digest = hashlib.sha256((home / "model.onnx").read_bytes()).hexdigest()
    (home / "manifest.toml").write_text(change(MANIFEST.format(name=name, sha256=digest)))
    (folder / "current.toml").write_text(f'release = "{name}"\n')
    return home


class BrightPatchNetwork:
    """Finds bright rectangles on grey ground; the green band tells the class, 10 grey values each."""

    def __init__(self, doubles: int = 1) -> None:
        self.doubles = doubles
        self.tiles_seen = 0
        self.largest_batch = 0
        self.shapes: set[tuple[int, ...]] = set()
        self.darkest = 1.0

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.tiles_seen += len(batch)
        self.largest_batch = max(self.largest_batch, len(batch))
        self.shapes.add(batch.shape[1:])
        self.darkest = min(self.darkest, float(batch.min()))
        found = [[box for label in self._patches(tile) for box in label] for tile in batch]
        out = np.zeros((len(batch), 5 + len(CLASSES), max([1, *map(len, found)])), dtype=np.float32)
        for tile, boxes in enumerate(found):
            for at, box in enumerate(boxes):
                out[tile, :, at] = box
        return out

    def _patches(self, tile: NDArray[np.float32]) -> list[list[NDArray[np.float64]]]:
        labels, _ = ndimage.label(tile[0] > (GROUND + CAR) / 2 / 255)
        patches = []
        for index, (rows, cols) in enumerate(ndimage.find_objects(labels), start=1):
            y, x = np.nonzero(labels[rows, cols] == index)
            patches.append(self._boxes(tile, y + rows.start, x + cols.start))
        return patches

    def _boxes(self, tile: NDArray[np.float32], y: NDArray[np.intp], x: NDArray[np.intp]) -> list[NDArray[np.float64]]:
        if len(x) < 12:
            return []
        spread, axes = np.linalg.eigh(np.cov(np.stack([x, y])))
        width, length = np.sqrt(12 * np.maximum(spread, 0.1))
        angle = np.arctan2(axes[1, 1], axes[0, 1])
        scores = np.zeros(len(CLASSES))
        scores[min(round(float(np.median(tile[1, y, x])) * 255) // 10, len(CLASSES) - 1)] = 0.9
        box = np.array([x.mean() + 0.5, y.mean() + 0.5, length, width, *scores, angle])
        jitter = np.zeros_like(box)
        jitter[0] = 1.5
        return [box + copy * jitter - copy * 0.05 * (box == 0.9) for copy in range(self.doubles)]


def grid_of(rows: int, cols: int, crs: str | None = "EPSG:32652") -> Grid:
    """A grid at Tumangang, or of a picture without georeference drawn at twice the pixel."""
    if crs is None:
        return Grid(None, (2.0, 0.0, 10.0, 0.0, 2.0, 20.0), cols, rows, PIXEL_M)
    return Grid(crs, (PIXEL_M, 0.0, 467_700.0, 0.0, -PIXEL_M, 4_696_700.0), cols, rows, PIXEL_M)


def yard(
    cars: list[tuple[float, float, float]],
    shape: tuple[int, int] = (300, 400),
    *,
    labels: list[int] | None = None,
    length_px: float = 28.0,
    crs: str | None = "EPSG:32652",
) -> Chip:
    """Cars at (x, y, angle in degrees, downwards from the x axis) on grey ground; 28 x 6 pixels, 14 x 3 m."""
    pixels = np.full((3, *shape), GROUND, dtype=np.uint8)
    for number, (x, y, degrees) in enumerate(cars):
        box = shapely.affinity.rotate(shapely.box(x - length_px / 2, y - 3, x + length_px / 2, y + 3), degrees)
        left, top, right, bottom = (round(side) for side in box.buffer(1).bounds)
        rows, cols = np.mgrid[max(top, 0) : bottom, max(left, 0) : right]
        inside = np.zeros(shape, dtype=bool)
        inside[max(top, 0) : bottom, max(left, 0) : right] = shapely.contains_xy(box, cols + 0.5, rows + 0.5)
        pixels[:, inside] = CAR
        pixels[1, inside] = (labels[number] if labels else 0) * 10 + 5
    return Chip(
        pixels=pixels,
        bands=("red", "green", "blue"),
        valid=np.ones(shape, dtype=np.bool_),
        hidden=np.full(shape, Hidden.SEEN, dtype=np.uint8),
        grid=grid_of(*shape, crs),
        gsd_m=0.5,
        effective_gsd_m=0.5,
        scenes=("test:scene",),
    )


def everywhere(chip: Chip) -> NDArray[np.bool_]:
    """Search all of ``chip``."""
    return np.ones(chip.valid.shape, dtype=np.bool_)
