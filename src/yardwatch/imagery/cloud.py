"""Where plain cloud lies: bright, colourless, and smooth over a distance at which nothing built is.

A white roof has edges, ballast and snow on a yard have rails, sleepers and shadows. What is too small to be told from
a roof by its extent is told by its outline: cloud fades out over several metres, a roof ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import (
    binary_dilation,
    binary_propagation,
    distance_transform_edt,
    find_objects,
    gaussian_gradient_magnitude,
    label,
    maximum_filter,
    uniform_filter,
)

from yardwatch.records import Chip


@dataclass(frozen=True)
class SoftEdge:
    """How a cloud fades out, where a roof, a tank or a slab of concrete ends.

    Attributes:
        slope: grey levels a metre along the outline, median, at most; a roof of that contrast ends within two pixels.
        brightness: of the scrap, median, at least.
        contrast: grey levels that the scrap is brighter than what lies ``around_m`` beyond its outline, at least.
        area_m2: of the scrap, at least.
        coarsest_m: GSD and pixel size beyond which every edge is soft and nothing is told by it.
    """

    slope: float = 15.0
    brightness: float = 205.0
    contrast: float = 30.0
    around_m: tuple[float, float] = (12.0, 18.0)
    area_m2: float = 400.0
    coarsest_m: float = 1.2


@dataclass(frozen=True)
class CloudLook:
    """What plain cloud looks like on a display, 0-255.

    Attributes:
        brightness: mean of the bands, at least.
        whiteness: largest band less smallest, at most, as a share of the brightness.
        texture: standard deviation of brightness within ``texture_m``, at most.
        extent_m: side of the smallest square that cloud fills; no roof in a yard is that large.
        scrap_m: side of the smallest square that a scrap of cloud fills, where there is cloud beyond doubt or where the
            scrap itself fades out as nothing built does; wider than a car.
        reach_m: how far the thinner rim is followed from there.
        rim_brightness: of the rim, at least, averaged over ``texture_m``; 0 is open ground, 1 the cloud.
            It is less than the share of light that the rim takes: the ground below often lies in the cloud's shadow.
        rim_whiteness: of the rim, at most.
        soft: how a scrap without larger cloud beside it has to fade out.
    """

    brightness: float = 185.0
    whiteness: float = 0.16
    texture: float = 7.0
    texture_m: float = 4.0
    extent_m: float = 45.0
    scrap_m: float = 15.0
    reach_m: float = 20.0
    rim_brightness: float = 0.15
    rim_whiteness: float = 0.25
    soft: SoftEdge = SoftEdge()


PLAIN_CLOUD = CloudLook()


def plain_cloud(chip: Chip, look: CloudLook = PLAIN_CLOUD) -> NDArray[np.bool_]:
    """bool (row, col): cloud that hides the ground, its rim among it.

    Args:
        chip: uint8 red, green and blue.
    """
    bands = chip.pixels.astype(np.float32)
    bright = bands.mean(axis=0)
    white = (bands.max(axis=0) - bands.min(axis=0)) <= look.whiteness * np.maximum(bright, 1.0)
    rough = _roughness(bright, chip.valid, odd_pixels(look.texture_m, chip.grid.pixel_m))
    core = chip.valid & white & (bright >= look.brightness) & (rough <= look.texture)
    seed: NDArray[np.bool_] = filling(core, odd_pixels(look.extent_m, chip.grid.pixel_m)) & core
    scraps = filling(core, odd_pixels(look.scrap_m, chip.grid.pixel_m)) & core
    seed = seed | scraps if seed.any() else _fading(chip, bright, binary_propagation(scraps, mask=core), look.soft)
    if not seed.any():
        return seed
    body = binary_propagation(seed, mask=core)
    rim = chip.valid & _rim(bands, bright, body, chip, look)
    steps = max(1, round(look.reach_m / chip.grid.pixel_m))
    grown: NDArray[np.bool_] = binary_dilation(body, iterations=steps, mask=rim | body)
    return grown


def _rim(
    bands: NDArray[np.float32],
    bright: NDArray[np.float32],
    body: NDArray[np.bool_],
    chip: Chip,
    look: CloudLook,
) -> NDArray[np.bool_]:
    """Where so much light comes from cloud that the ground is no longer told: mixed between open ground and cloud."""
    outside = bright[chip.valid & ~body]
    top = float(np.median(bright[body]))
    ground = min(float(np.median(outside)), look.brightness) if outside.size else look.brightness
    side = odd_pixels(look.texture_m, chip.grid.pixel_m)
    shown = [_mean(band, chip.valid, side) for band in bands]
    mean = np.mean(shown, axis=0)
    spread = np.max(shown, axis=0) - np.min(shown, axis=0)
    pale = mean >= ground + look.rim_brightness * (top - ground)
    rim: NDArray[np.bool_] = pale & (spread <= look.rim_whiteness * np.maximum(mean, 1.0))
    return rim


def _mean(values: NDArray[np.float32], valid: NDArray[np.bool_], side: int) -> NDArray[np.float32]:
    """Mean within a square, over its valid pixels."""
    weight = np.maximum(uniform_filter(valid.astype(np.float32), side), 1e-3)
    mean: NDArray[np.float32] = uniform_filter(np.where(valid, values, 0.0), side) / weight
    return mean


def _roughness(bright: NDArray[np.float32], valid: NDArray[np.bool_], side: int) -> NDArray[np.float32]:
    """Standard deviation of brightness within a square, over its valid pixels."""
    mean = _mean(bright, valid, side)
    variance = _mean(bright * bright, valid, side) - mean * mean
    rough: NDArray[np.float32] = np.sqrt(np.maximum(variance, 0.0))
    return rough


def _fading(chip: Chip, bright: NDArray[np.float32], scraps: NDArray[np.bool_], soft: SoftEdge) -> NDArray[np.bool_]:
    """Those of the scraps, bool (row, col), that fade out into the ground around them."""
    fading = np.zeros_like(scraps)
    pixel_m = chip.grid.pixel_m
    if max(pixel_m, chip.gsd_m) > soft.coarsest_m or not scraps.any():
        return fading
    slope = maximum_filter(gaussian_gradient_magnitude(bright, 1.0), odd_pixels(3.0, pixel_m)) / pixel_m
    margin = round(soft.around_m[1] / pixel_m) + 1
    numbered, _ = label(scraps)
    for number, place in enumerate(find_objects(numbered), 1):
        around = tuple(slice(max(side.start - margin, 0), side.stop + margin) for side in place)
        scrap = numbered[around] == number
        if np.count_nonzero(scrap) * pixel_m**2 < soft.area_m2:
            continue
        apart = np.where(chip.valid[around], distance_transform_edt(~scrap) * pixel_m, np.inf)
        outline = (apart > 0) & (apart <= 2 * pixel_m)
        beyond = (apart >= soft.around_m[0]) & (apart <= soft.around_m[1])
        if not outline.any() or not beyond.any():
            continue
        top = float(np.median(bright[around][scrap]))
        stands_out = top >= soft.brightness and top - float(np.median(bright[around][beyond])) >= soft.contrast
        if stands_out and float(np.median(slope[around][outline])) <= soft.slope:
            fading[around] |= scrap
    return fading


def filling(core: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """Squares of ``side`` pixels that ``core`` fills, but for a twentieth: a cloud may have a hole, a roof no sky."""
    share = uniform_filter(core.astype(np.float32), side, mode="nearest")
    filled: NDArray[np.bool_] = maximum_filter((share >= 0.95).astype(np.uint8), side, mode="nearest") > 0
    return filled


def odd_pixels(distance_m: float, pixel_m: float) -> int:
    """The odd number of pixels nearest to a distance; at least one."""
    return max(1, round(distance_m / pixel_m)) | 1
