"""A first screening: what a plain eye would not take for ground. Opaque cloud, and overexposure.

It is for scenes without a mask of their own. Cloud is bright, colourless and smooth over a distance at which nothing
built is: a white roof has edges, ballast and snow on a yard have rails, sleepers and shadows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_propagation, maximum_filter, uniform_filter

from yardwatch.imagery.visible import canopy_mask
from yardwatch.records import AreaVersion, Chip, Hidden

C = TypeVar("C", bound=Chip)


@dataclass(frozen=True)
class CloudLook:
    """What plain cloud looks like on a display, 0-255.

    Attributes:
        brightness: mean of the bands, at least.
        whiteness: largest band less smallest, at most, as a share of the brightness.
        texture: standard deviation of brightness within ``texture_m``, at most.
        extent_m: side of the smallest square that cloud fills; no roof in a yard is that large.
        reach_m: how far the thinner rim is followed from there, where it is nearly as bright.
        rim_brightness: of the rim, at least.
    """

    brightness: float = 185.0
    whiteness: float = 0.16
    texture: float = 7.0
    texture_m: float = 4.0
    extent_m: float = 45.0
    reach_m: float = 15.0
    rim_brightness: float = 165.0
    rim_texture: float = 12.0


PLAIN_CLOUD = CloudLook()
SATURATED_FROM = 254


def screen(chip: C, version: AreaVersion | None = None, look: CloudLook = PLAIN_CLOUD) -> C:
    """``chip`` with codes added to ``hidden`` for overexposure and plain cloud, and for canopies of ``version``.

    Codes that the chip carries already stay. Where the scene's own mask has judged the sky (``judged`` of a chip
    fresh from :func:`yardwatch.imagery.read_look`), no cloud is added.

    Args:
        chip: uint8 red, green and blue; others are returned as they are.
    """
    hidden = chip.hidden.copy()
    judged = getattr(chip, "judged", None)
    if chip.pixels.dtype == np.uint8 and chip.valid.any():
        open_sky = (hidden == Hidden.SEEN) & chip.valid
        burnt = _burnt(chip, look)
        cloud = _plain_cloud(chip, look)
        if judged is not None:
            cloud &= ~judged
        hidden[open_sky & cloud] = Hidden.CLOUD
        hidden[open_sky & burnt] = Hidden.SATURATED
    if version is not None and version.canopies and chip.grid.crs is not None:
        hidden[(hidden == Hidden.SEEN) & canopy_mask(version, chip.grid)] = Hidden.CANOPY
    return replace(chip, hidden=hidden)


def _burnt(chip: Chip, look: CloudLook) -> NDArray[np.bool_]:
    """Where every band is at its end over the extent of a cloud; a white roof is smaller."""
    full = np.all(chip.pixels >= SATURATED_FROM, axis=0) & chip.valid
    burnt: NDArray[np.bool_] = _filling(full, _odd(look.extent_m, chip.grid.pixel_m)) & full
    return burnt


def _plain_cloud(chip: Chip, look: CloudLook) -> NDArray[np.bool_]:
    bands = chip.pixels.astype(np.float32)
    bright = bands.mean(axis=0)
    white = (bands.max(axis=0) - bands.min(axis=0)) <= look.whiteness * np.maximum(bright, 1.0)
    rough = _roughness(bright, chip.valid, _odd(look.texture_m, chip.grid.pixel_m))
    core = chip.valid & white & (bright >= look.brightness) & (rough <= look.texture)
    seed: NDArray[np.bool_] = _filling(core, _odd(look.extent_m, chip.grid.pixel_m)) & core
    if not seed.any():
        return seed
    body = binary_propagation(seed, mask=core)
    rim = chip.valid & white & (bright >= look.rim_brightness) & (rough <= look.rim_texture)
    steps = max(1, round(look.reach_m / chip.grid.pixel_m))
    grown: NDArray[np.bool_] = binary_dilation(body, iterations=steps, mask=rim | body)
    return grown


def _roughness(bright: NDArray[np.float32], valid: NDArray[np.bool_], side: int) -> NDArray[np.float32]:
    """Standard deviation of brightness within a square, over its valid pixels."""
    weight = np.maximum(uniform_filter(valid.astype(np.float32), side), 1e-3)
    shown = np.where(valid, bright, 0.0)
    mean = uniform_filter(shown, side) / weight
    variance = uniform_filter(shown * shown, side) / weight - mean * mean
    rough: NDArray[np.float32] = np.sqrt(np.maximum(variance, 0.0))
    return rough


def _filling(core: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """Squares of ``side`` pixels that ``core`` fills, but for a twentieth: a cloud may have a hole, a roof no sky."""
    share = uniform_filter(core.astype(np.float32), side, mode="constant", cval=0.0)
    filled: NDArray[np.bool_] = maximum_filter((share >= 0.95).astype(np.uint8), side, mode="constant") > 0
    return filled


def _odd(distance_m: float, pixel_m: float) -> int:
    return max(1, round(distance_m / pixel_m)) | 1
