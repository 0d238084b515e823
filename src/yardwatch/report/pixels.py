"""From a chip to what a screen shows: three bytes a pixel, with the hidden and missing parts marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yardwatch.records import Chip, Hidden
from yardwatch.report.palette import HIDDEN_COLOURS, INVALID_COLOUR

_STRIPE_PX = 10
HIDDEN_NAMES = {
    Hidden.CLOUD: "cloud",
    Hidden.CLOUD_SHADOW: "cloud shadow",
    Hidden.CANOPY: "canopy",
    Hidden.SATURATED: "overexposed",
    Hidden.HAZE: "haze",
    Hidden.SNOW: "snow",
}


@dataclass(frozen=True)
class Window:
    """A part of the chip and how large it is shown: ``scale`` screen pixels a pixel.

    Rows and columns from ``row``, ``col`` on, ``height`` and ``width`` many.
    """

    row: int
    col: int
    height: int
    width: int
    scale: float

    @property
    def shown_px(self) -> tuple[int, int]:
        """(height, width) on the screen."""
        return max(1, round(self.height * self.scale)), max(1, round(self.width * self.scale))

    @property
    def slices(self) -> tuple[slice, slice]:
        """Of rows and columns."""
        return slice(self.row, self.row + self.height), slice(self.col, self.col + self.width)


def as_rgb(chip: Chip) -> NDArray[np.uint8]:
    """uint8 (row, col, 3): red, green and blue by name, else the first band as grey.

    uint8 pixels are shown as they are; others are stretched between the 1st and 99th percentile of the valid ones,
    all bands alike, so that colours stay true.
    """
    names = [band.lower() for band in chip.bands]
    wanted = (
        [names.index(name) for name in ("red", "green", "blue")] if {"red", "green", "blue"} <= {*names} else [0] * 3
    )
    shown = np.moveaxis(chip.pixels[wanted], 0, -1)
    if shown.dtype == np.uint8:
        return np.ascontiguousarray(shown)
    finite = np.where(np.isfinite(shown), shown, 0.0).astype(np.float32)
    usable = finite[chip.valid]
    low, high = np.percentile(usable, (1, 99)) if usable.size else (0.0, 1.0)
    stretched = (finite - low) / max(float(high - low), 1e-9)
    return np.asarray(np.clip(255 * stretched, 0, 255), dtype=np.uint8)


def resized(image: NDArray[np.uint8], window: Window) -> NDArray[np.uint8]:
    """The window of an image (row, col, 3) at its scale: pixels repeated when enlarged, averaged when reduced."""
    from PIL import Image

    part = Image.fromarray(image[window.slices])
    height, width = window.shown_px
    method = Image.Resampling.NEAREST if window.scale >= 1 else Image.Resampling.BOX
    return np.asarray(part.resize((width, height), method), dtype=np.uint8)


def with_marks(image: NDArray[np.uint8], chip: Chip, window: Window) -> NDArray[np.uint8]:
    """``image`` of the window with stripes over what is hidden and a striped grey where no pixel was."""
    marked = image.astype(np.float32)
    rows, cols = np.indices(marked.shape[:2])
    stripe = ((rows + cols) // (_STRIPE_PX // 2)) % 2 == 0
    back = (rows - cols) // (_STRIPE_PX // 2) % 2 == 0
    hidden = _nearest(chip.hidden, window)
    for kind, colour in HIDDEN_COLOURS.items():
        _tint(marked, (hidden == kind) & stripe, colour, 0.38)
    invalid = ~_nearest(chip.valid, window)
    _tint(marked, invalid, INVALID_COLOUR, 1.0)
    _tint(marked, invalid & back, "#6d7279", 1.0)
    return np.asarray(np.clip(marked, 0, 255), dtype=np.uint8)


def unseen_shares(chip: Chip) -> dict[str, tuple[str, float]]:
    """What is not seen: name to (colour, share 0-1 of the chip), the largest first; nothing below one in a thousand."""
    shares = {
        HIDDEN_NAMES[kind]: (colour, float(np.mean((chip.hidden == kind) & chip.valid)))
        for kind, colour in HIDDEN_COLOURS.items()
    }
    shares["no image data"] = (INVALID_COLOUR, float(np.mean(~chip.valid)))
    kept = {name: found for name, found in shares.items() if found[1] >= 0.001}
    return dict(sorted(kept.items(), key=lambda item: -item[1][1]))


def _nearest(mask: NDArray[Any], window: Window) -> NDArray[Any]:
    height, width = window.shown_px
    rows = window.row + (np.arange(height) * window.height) // height
    cols = window.col + (np.arange(width) * window.width) // width
    return mask[np.ix_(rows, cols)]


def _tint(image: NDArray[np.float32], where: NDArray[np.bool_], colour: str, strength: float) -> None:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float32)
    image[where] += strength * (rgb - image[where])
