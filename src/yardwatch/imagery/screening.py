"""A first screening: what a plain eye would not take for ground. Opaque cloud, its shadow, and overexposure.

It is for scenes without a mask of their own. Cloud is bright, colourless and smooth over a distance at which nothing
built is: a white roof has edges, ballast and snow on a yard have rails, sleepers and shadows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_propagation, maximum_filter, minimum_filter, uniform_filter

from yardwatch.imagery.cloud_shadow import cloud_shadow
from yardwatch.imagery.sharpness import with_measured_gsd
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
        scrap_m: side of the smallest square that a scrap of cloud fills, where there is cloud beyond doubt; wider than
            a car.
        reach_m: how far the thinner rim is followed from there.
        rim_opacity: of the rim, at least: its brightness between that of open ground and that of the cloud.
        rim_whiteness, rim_texture: of the rim, at most.
    """

    brightness: float = 185.0
    whiteness: float = 0.16
    texture: float = 7.0
    texture_m: float = 4.0
    extent_m: float = 45.0
    scrap_m: float = 15.0
    reach_m: float = 25.0
    rim_opacity: float = 0.3
    rim_whiteness: float = 0.25
    rim_texture: float = 30.0


PLAIN_CLOUD = CloudLook()
SATURATED_FROM = 254
BLANK_PIXELS = 15
"""Side of the smallest square of one single value that no sensor delivers, where pixels are coarse."""


def screen(chip: C, version: AreaVersion | None = None, look: CloudLook = PLAIN_CLOUD) -> C:
    """``chip`` with codes added to ``hidden`` for overexposure, plain cloud, its shadow, and canopies of ``version``.

    What has one single value over the extent of a cloud is a placeholder where its source has nothing: it is taken out
    of ``valid``. ``effective_gsd_m`` is raised where the picture is clearly less sharp than it claims
    (:mod:`yardwatch.imagery.sharpness`).

    Codes that the chip carries already stay. Where the scene's own mask has judged the sky (``judged`` of a chip
    fresh from :func:`yardwatch.imagery.read_look`), no cloud is added.

    Args:
        chip: uint8 red, green and blue; others are returned as they are.
    """
    hidden, valid = chip.hidden.copy(), chip.valid
    judged = getattr(chip, "judged", None)
    if chip.pixels.dtype == np.uint8 and chip.valid.any():
        open_sky = (hidden == Hidden.SEEN) & chip.valid
        burnt = _burnt(chip, look)
        cloud = _plain_cloud(chip, look)
        if judged is not None:
            cloud &= ~judged
        hidden[open_sky & cloud] = Hidden.CLOUD
        hidden[open_sky & burnt] = Hidden.SATURATED
        bright = chip.pixels.mean(axis=0, dtype=np.float32)
        clear = (hidden == Hidden.SEEN) & chip.valid
        shadow = cloud_shadow(bright, open_sky & cloud & ~burnt, clear, chip.grid.pixel_m)
        hidden[shadow & clear if judged is None else shadow & clear & ~judged] = Hidden.CLOUD_SHADOW
        blank = _blank(chip, look) & (hidden == Hidden.SEEN) & chip.valid
        valid = chip.valid & ~blank if blank.any() else chip.valid
    if version is not None and version.canopies and chip.grid.crs is not None:
        hidden[(hidden == Hidden.SEEN) & canopy_mask(version, chip.grid)] = Hidden.CANOPY
    return with_measured_gsd(replace(chip, hidden=hidden, valid=valid))


def _burnt(chip: Chip, look: CloudLook) -> NDArray[np.bool_]:
    """Where every band is at its end over the extent of a cloud; a white roof is smaller."""
    full = np.all(chip.pixels >= SATURATED_FROM, axis=0) & chip.valid
    burnt: NDArray[np.bool_] = _filling(full, _odd(look.extent_m, chip.grid.pixel_m)) & full
    return burnt


def _blank(chip: Chip, look: CloudLook) -> NDArray[np.bool_]:
    """Where no band changes at all over the extent of a cloud: every sensor has noise, and all ground has grain."""
    side = max(_odd(look.extent_m, chip.grid.pixel_m), BLANK_PIXELS)
    same = np.ones(chip.valid.shape, np.bool_)
    for band in chip.pixels:
        same &= maximum_filter(band, side, mode="nearest") == minimum_filter(band, side, mode="nearest")
    blank: NDArray[np.bool_] = maximum_filter(same.astype(np.uint8), side, mode="nearest") > 0
    return blank


def _plain_cloud(chip: Chip, look: CloudLook) -> NDArray[np.bool_]:
    bands = chip.pixels.astype(np.float32)
    bright = bands.mean(axis=0)
    white = (bands.max(axis=0) - bands.min(axis=0)) <= look.whiteness * np.maximum(bright, 1.0)
    rough = _roughness(bright, chip.valid, _odd(look.texture_m, chip.grid.pixel_m))
    core = chip.valid & white & (bright >= look.brightness) & (rough <= look.texture)
    seed: NDArray[np.bool_] = _filling(core, _odd(look.extent_m, chip.grid.pixel_m)) & core
    if not seed.any():
        return seed
    seed |= _filling(core, _odd(look.scrap_m, chip.grid.pixel_m)) & core
    body = binary_propagation(seed, mask=core)
    smooth = (rough <= look.rim_texture) | (bright >= look.brightness)  # a sharp rim is rough, and white
    rim = chip.valid & _rim(bands, bright, body, chip.valid, look) & smooth
    steps = max(1, round(look.reach_m / chip.grid.pixel_m))
    grown: NDArray[np.bool_] = binary_dilation(body, iterations=steps, mask=rim | body)
    return grown


def _rim(
    bands: NDArray[np.float32],
    bright: NDArray[np.float32],
    body: NDArray[np.bool_],
    valid: NDArray[np.bool_],
    look: CloudLook,
) -> NDArray[np.bool_]:
    """Where so much light comes from cloud that the ground is no longer told: mixed between open ground and cloud."""
    outside = bright[valid & ~body]
    top = float(np.median(bright[body]))
    ground = min(float(np.median(outside)), look.brightness) if outside.size else look.brightness
    least = ground + look.rim_opacity * (top - ground)
    spread = bands.max(axis=0) - bands.min(axis=0)
    pale: NDArray[np.bool_] = (bright >= least) & (spread <= look.rim_whiteness * np.maximum(bright, 1.0))
    return pale


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
    share = uniform_filter(core.astype(np.float32), side, mode="nearest")
    filled: NDArray[np.bool_] = maximum_filter((share >= 0.95).astype(np.uint8), side, mode="nearest") > 0
    return filled


def _odd(distance_m: float, pixel_m: float) -> int:
    return max(1, round(distance_m / pixel_m)) | 1
