"""Labels: reviewed looks as pictures and boxes that training and labelling tools read."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from yardwatch.detection.boxes import Boxes
from yardwatch.errors import NotConfigured
from yardwatch.review.boxes import ReviewedBox

if TYPE_CHECKING:
    from yardwatch.records import Chip, Observation

RGB = ("red", "green", "blue")


@dataclass(frozen=True)
class Said:
    """What a file of labels says of one look, before it is a correction.

    Attributes:
        observation_id: as exported; the correction is refused when the look has been read anew since.
        boxes: pixels of the chip.
        reviewer: as the file names the person, "" where it does not.
    """

    look_id: str
    observation_id: str
    boxes: tuple[ReviewedBox, ...]
    reviewer: str = ""


@dataclass(frozen=True, eq=False)
class LabelledLook:
    """One look with the boxes that stand on it.

    Attributes:
        boxes: pixels of ``chip``.
        reviewed: whether a person left them, or they are as detected.
    """

    observation: Observation
    chip: Chip
    boxes: tuple[ReviewedBox, ...]
    reviewed: bool

    @property
    def name(self) -> str:
        """A file name without suffix; it says when the look is simulated."""
        said = "SIMULATED-" if self.observation.simulated else ""
        return said + re.sub(r"[^A-Za-z0-9._-]+", "-", self.observation.look_id).strip(".-")


def corners_px(box: ReviewedBox) -> NDArray[np.float64]:
    """float64 (4, 2): x and y of the corners, around the box, pixels."""
    row = np.array([[box.x_px, box.y_px, box.length_px, box.width_px, np.radians(box.angle_deg)]])
    corners: NDArray[np.float64] = Boxes(row, np.ones(1), np.zeros(1, dtype=np.int64)).corners()[0]
    return corners


def display_pixels(chip: Chip) -> NDArray[np.uint8]:
    """uint8 (row, col, 3) as a person sees the chip: red, green, blue where it has them, else its first band in grey.

    Pixels that no source gave are a checkerboard of two greys, so that they pass neither for ground nor for shadow.
    """
    bands = [chip.bands.index(name) for name in RGB] if set(RGB) <= set(chip.bands) else [0, 0, 0]
    pixels = chip.pixels[bands]
    if pixels.dtype != np.uint8:
        pixels = np.clip(np.nan_to_num(pixels) * 255, 0, 255).astype(np.uint8)
    shown = np.ascontiguousarray(np.moveaxis(pixels, 0, -1))
    rows, cols = np.nonzero(~chip.valid)
    shown[rows, cols] = np.where(((rows // 8 + cols // 8) % 2)[:, None] == 0, 140, 165).astype(np.uint8)
    return shown


def encoded(pixels: NDArray[np.uint8], kind: str = "PNG", quality: int = 92) -> bytes:
    """The picture as PNG or JPEG."""
    from PIL import Image

    written = io.BytesIO()
    options = {"quality": quality, "subsampling": 0} if kind == "JPEG" else {"compress_level": 6}
    Image.fromarray(pixels).save(written, kind, **options)
    return written.getvalue()


def write_pictures(looks: Sequence[LabelledLook], folder: Path) -> list[Path]:
    """One PNG a look below ``folder/images``, with a world file and its credit beside it.

    Raises:
        NotConfigured: when the folder cannot be written.
    """
    images = folder / "images"
    paths = []
    try:
        images.mkdir(parents=True, exist_ok=True)
        for look in looks:
            path = images / f"{look.name}.png"
            path.write_bytes(encoded(display_pixels(look.chip)))
            a, b, c, d, e, f = look.chip.grid.transform
            centre = (c + (a + b) / 2, f + (d + e) / 2)  # a world file tells the centre of the first pixel
            path.with_suffix(".pgw").write_text("\n".join(map(repr, (a, d, b, e, *centre))) + "\n")
            paths.append(path)
        credit = [f"{look.name}: {look.observation.attribution}; {look.observation.licence}" for look in looks]
        (folder / "CREDITS.txt").write_text("\n".join(credit) + "\n", encoding="utf-8")
    except OSError as error:
        raise NotConfigured(f"{folder}: {error.strerror}; choose a folder that can be written") from error
    return paths
