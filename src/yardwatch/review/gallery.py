"""Failures as pictures: each car that was missed and each thing that was taken for one, cut out and put side by side.

Numbers say how often a release fails, the sheet shows on what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from yardwatch.review.boxes import ReviewedBox
from yardwatch.review.labels import corners_px, display_pixels

if TYPE_CHECKING:
    from PIL import Image

    from yardwatch.records import Chip

AROUND_M = 12.0
"""Half the side of a cut-out: a car and its neighbours on both sides."""
CELL_PX = 150
CAPTION_PX = 30
COLOURS = {"missed": (255, 209, 102), "invented": (255, 77, 77), "retyped": (205, 180, 219)}
PAPER, INK = (250, 250, 250), (29, 31, 33)


@dataclass(frozen=True, eq=False)
class Failure:
    """One thing that a release got wrong.

    Attributes:
        kind: a car it missed, something it took for a car, or a car of another type.
        where: name of the look or picture.
        label: the true class of a car, the claimed one of an invention.
        score: the detector's, 0-1; None for a missed car.
        cutout: uint8 (row, col, 3), upright in the grid; ``corners`` float64 (4, 2), the box on it, pixels.
    """

    kind: Literal["missed", "invented", "retyped"]
    where: str
    label: str
    score: float | None
    cutout: NDArray[np.uint8]
    corners: NDArray[np.float64]


def failure(
    kind: Literal["missed", "invented", "retyped"], where: str, box: ReviewedBox, chip: Chip, score: float | None
) -> Failure:
    """Cut a box of a chip out with its surroundings; what lies beyond the chip is grey."""
    half = round(AROUND_M / chip.grid.pixel_m)
    pixels = np.pad(display_pixels(chip), ((half, half), (half, half), (0, 0)), constant_values=140)
    row, col = round(box.y_px), round(box.x_px)
    cutout = pixels[row : row + 2 * half, col : col + 2 * half]
    corners = corners_px(box) - [col - half, row - half]
    return Failure(kind, where, box.label, score, cutout, corners)


def failure_sheet(failures: Sequence[Failure], *, columns: int = 6, limit: int = 48) -> Image.Image:
    """The first ``limit`` failures on one sheet, captioned; a line of text where there are none."""
    from PIL import Image, ImageDraw

    shown = failures[:limit]
    columns = max(1, min(columns, len(shown)))
    rows = -(-len(shown) // columns) or 1
    sheet = Image.new("RGB", (max(columns * CELL_PX, 360), rows * (CELL_PX + CAPTION_PX)), PAPER)
    pen = ImageDraw.Draw(sheet)
    if not shown:
        pen.text((8, 8), "No failure to show.", fill=INK)
    for number, one in enumerate(shown):
        left, top = number % columns * CELL_PX, number // columns * (CELL_PX + CAPTION_PX)
        side = CELL_PX - 4
        picture = Image.fromarray(np.ascontiguousarray(one.cutout)).resize((side, side), Image.Resampling.NEAREST)
        sheet.paste(picture, (left + 2, top + 2))
        scale = np.array([side / one.cutout.shape[1], side / one.cutout.shape[0]])
        points = [(left + 2 + x, top + 2 + y) for x, y in (one.corners * scale).tolist()]
        pen.line([*points, points[0]], fill=COLOURS[one.kind], width=2)
        score = "" if one.score is None else f" {one.score:.2f}"
        pen.text((left + 4, top + CELL_PX), f"{one.kind}{score}\n{one.label}"[:60], fill=INK, font_size=11)
    return sheet
