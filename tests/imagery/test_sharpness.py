"""A picture zoomed beyond its source, or out of focus, is not as sharp as it claims; an honest one is believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_rasters import chip_of
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from yardwatch.imagery import open_picture, screen
from yardwatch.imagery.scene_reading import ReadChip
from yardwatch.imagery.sharpness import measured_gsd_m, with_measured_gsd
from yardwatch.records import Hidden

PIXEL_M = 0.4
FINE_M = 0.1
SIDE_M = 96.0


def roofs(seed: int = 0) -> NDArray[np.float64]:
    """Boxes of all shades at 0.1 m a pixel."""
    rng = np.random.default_rng(seed)
    side = round(SIDE_M / FINE_M)
    ground = np.full((side, side), 110.0)
    for _ in range(160):
        row, col = rng.integers(0, side, 2)
        height, width = rng.integers(25, 160, 2)
        ground[row : row + height, col : col + width] = rng.uniform(30, 220)
    return ground


def seen_at(gsd_m: float, ground: NDArray[np.float64], claimed_m: float, noise: float = 1.5) -> ReadChip:
    """The ground as a sensor of ``gsd_m`` sees it, delivered on pixels of 0.4 m with another claim."""
    soft = gaussian_filter(ground, 0.45 * gsd_m / FINE_M)
    step = round(gsd_m / FINE_M)
    size = soft.shape[0] // step
    native = soft[: size * step, : size * step].reshape(size, step, size, step).mean(axis=(1, 3))
    native += np.random.default_rng(1).normal(0, noise, native.shape)
    grid = zoom(native, gsd_m / PIXEL_M, order=3, mode="nearest")
    pixels = np.clip(np.stack([grid] * 3), 0, 255).astype(np.uint8)
    return replace(chip_of(pixels, PIXEL_M), gsd_m=claimed_m, effective_gsd_m=claimed_m)


@pytest.mark.parametrize("gsd_m", [0.5, 0.8, 1.2])
@pytest.mark.parametrize("seed", [0, 1])
def test_sharpness_tells_the_ground_sample_distance(gsd_m: float, seed: int) -> None:
    measured = measured_gsd_m(seen_at(gsd_m, roofs(seed), gsd_m))
    assert measured == pytest.approx(gsd_m, rel=0.3)


@pytest.mark.parametrize("gsd_m", [0.4, 0.5, 0.8, 1.2])
def test_an_honest_claim_stands(gsd_m: float) -> None:
    assert screen(seen_at(gsd_m, roofs(), gsd_m)).effective_gsd_m == gsd_m


@pytest.mark.parametrize("claimed_m", [0.3, 0.4, 0.5])
def test_a_picture_zoomed_beyond_its_source_is_not_taken_at_its_word(claimed_m: float) -> None:
    screened = screen(seen_at(1.2, roofs(), claimed_m))
    assert screened.gsd_m == claimed_m
    assert screened.effective_gsd_m == pytest.approx(1.2, rel=0.3)


def test_a_picture_sharper_than_its_claim_keeps_the_claim() -> None:
    assert with_measured_gsd(seen_at(0.4, roofs(), 1.2)).effective_gsd_m == 1.2


def test_haze_makes_no_picture_less_sharp() -> None:
    clear = measured_gsd_m(seen_at(0.8, roofs(), 0.8, noise=0))
    hazy = measured_gsd_m(seen_at(0.8, roofs() * 0.45 + 110, 0.8, noise=0))
    assert clear is not None
    assert hazy == pytest.approx(clear, rel=0.05)


def test_ground_without_edges_tells_nothing() -> None:
    field = np.full((300, 300), 120.0) + np.random.default_rng(0).normal(0, 1.5, (300, 300))
    chip = chip_of(np.stack([field] * 3).astype(np.uint8), PIXEL_M)
    assert measured_gsd_m(chip) is None
    assert with_measured_gsd(chip) is chip


def test_what_is_hidden_has_no_say() -> None:
    sharp, soft = seen_at(0.4, roofs(), 0.4), seen_at(1.2, roofs(), 0.4)
    half = sharp.grid.width // 2
    pixels = np.concatenate([sharp.pixels[:, :, :half], soft.pixels[:, :, half:]], axis=2)
    hidden = np.zeros_like(sharp.hidden)
    hidden[:, half:] = Hidden.CLOUD
    seen = replace(sharp, pixels=pixels, hidden=hidden)
    assert measured_gsd_m(seen) == pytest.approx(measured_gsd_m(sharp), abs=0.1)
    assert with_measured_gsd(replace(seen, hidden=np.where(hidden == 0, Hidden.CLOUD, 0).astype(np.uint8))) is not seen


def test_real_pictures_are_as_sharp_as_they_claim(real_images: Path) -> None:
    for path in sorted((real_images / "muttenz").glob("*.tif")):
        chip = open_picture(path, None, None, PIXEL_M).chip
        assert with_measured_gsd(chip).effective_gsd_m == chip.effective_gsd_m, path
        thirds = chip.pixels[:, : chip.grid.height // 3 * 3, : chip.grid.width // 3 * 3].astype(float)
        rows, cols = thirds.shape[1] // 3, thirds.shape[2] // 3
        coarse = thirds.reshape(3, rows, 3, cols, 3).mean(axis=(2, 4)).repeat(3, axis=1).repeat(3, axis=2)
        soft = np.stack([gaussian_filter(band, 1.2) for band in coarse]).astype(np.uint8)
        blurred = replace(chip_of(soft, PIXEL_M), gsd_m=chip.gsd_m, effective_gsd_m=chip.gsd_m)
        assert with_measured_gsd(blurred).effective_gsd_m > 0.9, path
