"""Who owns a car that two tiles see.

A tile keeps the boxes whose centre lies in its core plus 2 m, so that a centre read a little to either side of a seam
is never lost. Of two boxes of different tiles that cover the same car, the one farther from the edge of its tile
stays: there the network saw more of what surrounds it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from yardwatch.detection.boxes import Boxes, overlapping_pairs, survivors
from yardwatch.detection.tiles import Tile

SEAM_MARGIN_M = 2.0
"""How far beyond its core a tile keeps centres; above the error of a centre, below half a track spacing."""


def owned(boxes: Boxes, tile: Tile, pixel_m: float) -> Boxes:
    """Those of ``boxes`` (pixels of the chip) that ``tile`` answers for."""
    return boxes.take(tile.core_depth_px(boxes.x, boxes.y) >= -SEAM_MARGIN_M / pixel_m)


def settle(parts: Sequence[tuple[Tile, Boxes]], iou: float) -> Boxes:
    """The boxes of all tiles, each car once.

    Args:
        parts: each tile with the boxes it owns, pixels of the chip, duplicates within a tile already gone.
        iou: rotated IoU above which boxes of different tiles are the same car.
    """
    boxes = Boxes.joined([part for _, part in parts])
    if len(boxes) < 2:
        return boxes
    owner = np.repeat(np.arange(len(parts)), [len(part) for _, part in parts])
    edge_px = np.concatenate([tile.core_depth_px(part.x, part.y) for tile, part in parts])
    pairs = overlapping_pairs(boxes, iou)
    pairs = pairs[owner[pairs[:, 0]] != owner[pairs[:, 1]]]
    order = np.lexsort((boxes.x, boxes.y, -boxes.score, -edge_px))
    return boxes.take(survivors(order, pairs))
