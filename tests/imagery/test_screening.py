"""Opaque cloud is found; snow, ballast, roofs and white cars are not cloud."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_rasters import chip_of, grey
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from yardwatch.imagery import open_picture, screen, visibility
from yardwatch.records import Hidden, Reason

ROWS, COLS = 300, 500  # 150 x 250 m


def yard(seed: int = 0, ground: float = 120.0, contrast: float = 1.0) -> NDArray[np.uint8]:
    """Sixty tracks: dark rails every 5 m on grey ballast, sleepers, grain."""
    rng = np.random.default_rng(seed)
    picture = np.full((ROWS, COLS), float(ground))
    for row in range(0, ROWS, 10):
        picture[row : row + 1] -= 45 * contrast
        picture[row + 3 : row + 4] -= 45 * contrast
    picture += rng.normal(0, 8 * contrast, picture.shape)
    return np.clip(np.stack([picture, picture, picture * 0.97]), 0, 255).astype(np.uint8)


def clouded(
    pixels: NDArray[np.uint8], share: float, top: float = 238.0, seed: int = 1
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The picture under opaque cloud with soft rims, and where it hides the ground."""
    rng = np.random.default_rng(seed)
    field = gaussian_filter(rng.normal(size=(ROWS, COLS)), 45)
    field /= field.std()
    opacity = 1 / (1 + np.exp(-15 * (field - np.quantile(field, 1 - share)))) if share < 1 else np.ones((ROWS, COLS))
    billow = gaussian_filter(rng.normal(size=(ROWS, COLS)), 20)
    white = top + 5 * billow / billow.std() + rng.normal(0, 2, (ROWS, COLS))
    mixed = pixels * (1 - opacity) + opacity * white
    return np.clip(mixed, 0, 255).astype(np.uint8), opacity > 0.85


@pytest.mark.parametrize("top", [210.0, 225.0, 238.0, 250.0])
@pytest.mark.parametrize("share", [0.35, 0.6])
def test_opaque_cloud_is_found_and_the_yard_beside_it_is_not(top: float, share: float) -> None:
    pixels, cloud = clouded(yard(), share, top)
    hidden = screen(chip_of(pixels)).hidden
    assert np.mean(hidden[cloud] == Hidden.CLOUD) > 0.9
    clear, _ = clouded(np.zeros_like(pixels), share, 100.0)
    assert np.mean(hidden[clear[0] < 10] != Hidden.SEEN) < 0.01


@pytest.mark.parametrize("top", [200.0, 225.0, 245.0])
def test_a_sky_all_cloud_shows_nothing(top: float) -> None:
    pixels, _ = clouded(yard(), 1.0, top)
    assert np.mean(screen(chip_of(pixels)).hidden == Hidden.CLOUD) > 0.98


@pytest.mark.parametrize("ground", [120, 160, 190, 215, 235])
def test_bright_ballast_and_snow_dusted_tracks_are_not_cloud(ground: float) -> None:
    assert not screen(chip_of(yard(ground=ground))).hidden.any()


def test_snow_on_a_yard_is_not_cloud_though_the_rails_are_faint() -> None:
    assert not screen(chip_of(yard(ground=225, contrast=0.6))).hidden.any()


def test_a_white_roof_is_not_cloud() -> None:
    pixels = yard()
    pixels[:, 40:120, 50:210] = 246  # 40 x 80 m, smooth
    assert not screen(chip_of(pixels)).hidden.any()


@pytest.mark.parametrize(("fade_px", "found"), [(10.0, True), (0.7, False)])
def test_a_small_cloud_alone_is_told_from_a_roof_by_how_it_fades_out(fade_px: float, found: bool) -> None:
    white = np.zeros((ROWS, COLS))
    white[110:180, 200:280] = 1  # 35 x 40 m
    opacity = gaussian_filter(white, fade_px)
    pixels = (yard() * (1 - opacity) + 230 * opacity).astype(np.uint8)
    hidden = screen(chip_of(pixels)).hidden
    assert (np.mean(hidden[opacity > 0.5] == Hidden.CLOUD) > 0.95) if found else not hidden.any()


def test_white_cars_are_not_holes_in_the_picture() -> None:
    pixels = yard()
    pixels[:, 100:106, 20:480] = 255
    assert not screen(chip_of(pixels)).hidden.any()


def test_bright_sand_has_a_colour_and_is_not_cloud() -> None:
    sand = np.stack([grey(235, 1)[0], grey(205, 1)[0], grey(165, 1)[0]])
    assert not screen(chip_of(sand)).hidden.any()


def test_overexposure_is_saturated_not_cloud() -> None:
    pixels = yard()
    pixels[:, 100:260, 100:320] = 255
    hidden = screen(chip_of(pixels)).hidden
    assert (hidden[110:250, 110:310] == Hidden.SATURATED).all()
    assert not hidden[:80].any()


@pytest.mark.parametrize("value", [0, 60, 128, 180])
def test_a_picture_of_one_colour_is_a_placeholder_and_shows_nothing(value: int) -> None:
    seen = visibility(screen(chip_of(np.full((3, 100, 100), value, np.uint8))), None)
    assert seen.share == 0.0
    assert seen.by_reason == {Reason.NO_DATA: 1.0}
    assert not screen(chip_of(np.full((3, 1, 1), value, np.uint8))).valid.any()


def test_a_placeholder_beside_ground_takes_none_of_it_away() -> None:
    pixels = yard()
    pixels[:, :, 300:] = 150
    valid = screen(chip_of(pixels)).valid
    assert not valid[:, 300:].any()
    assert valid[:, :300].all()


@pytest.mark.parametrize("ground", [8.0, 120.0])
def test_dark_or_dull_ground_has_grain_and_is_no_placeholder(ground: float) -> None:
    assert screen(chip_of(yard(ground=ground, contrast=0.1))).valid.all()


def test_the_scenes_own_mask_wins_over_the_eye() -> None:
    pixels, _ = clouded(yard(), 1.0)
    judged = np.zeros((ROWS, COLS), np.bool_)
    judged[:, : COLS // 2] = True
    chip = replace(chip_of(pixels), judged=judged)
    chip.hidden[:, :50] = Hidden.CLOUD_SHADOW
    hidden = screen(chip).hidden
    assert (hidden[:, :50] == Hidden.CLOUD_SHADOW).all()
    assert not hidden[:, 50 : COLS // 2].any()
    assert (hidden[:, COLS // 2 :] == Hidden.CLOUD).all()


def under_one_cloud(shade: float) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]:
    """A yard with a round cloud of 70 m and its shadow 55 m east of it; the picture, the cloud and the shadow."""
    rows, cols = np.mgrid[:ROWS, :COLS]
    cloud = np.hypot(rows - 150, cols - 150) < 70
    shadow = (np.hypot(rows - 150, cols - 260) < 70) & ~cloud
    pixels = yard().astype(np.float64)
    pixels[:, shadow] *= shade
    pixels[:, cloud] = 238 + np.random.default_rng(3).normal(0, 2, np.count_nonzero(cloud))
    return np.clip(pixels, 0, 255).astype(np.uint8), cloud, shadow


@pytest.mark.parametrize("shade", [0.35, 0.6])
def test_the_shadow_of_a_cloud_hides_the_ground(shade: float) -> None:
    pixels, cloud, shadow = under_one_cloud(shade)
    hidden = screen(chip_of(pixels)).hidden
    assert np.mean(hidden[shadow] == Hidden.CLOUD_SHADOW) > 0.9
    assert np.mean(hidden[~shadow & ~cloud] == Hidden.CLOUD_SHADOW) < 0.08


def test_dark_ground_without_a_cloud_is_no_shadow() -> None:
    pixels, _, shadow = under_one_cloud(0.4)
    clear = yard()
    clear[:, shadow] = pixels[:, shadow]
    assert not screen(chip_of(clear)).hidden.any()


def test_a_cloud_over_even_ground_is_given_no_shadow() -> None:
    pixels, cloud, _ = under_one_cloud(1.0)
    hidden = screen(chip_of(pixels)).hidden
    assert not (hidden == Hidden.CLOUD_SHADOW).any()
    assert (hidden[cloud] == Hidden.CLOUD).mean() > 0.95


def test_a_cloud_cut_by_the_frame_is_cloud() -> None:
    pixels = yard()
    pixels[:, :60] = 236  # 30 x 250 m of a cloud that goes on beyond the picture
    assert (screen(chip_of(pixels)).hidden[:54] == Hidden.CLOUD).mean() > 0.95


def test_no_data_beside_cloud_stays_no_data() -> None:
    pixels, _ = clouded(yard(), 1.0)
    valid = np.ones((ROWS, COLS), np.bool_)
    valid[:, :100] = False
    chip = screen(chip_of(pixels * valid, valid=valid))
    assert not chip.hidden[~valid].any()
    assert np.mean(chip.hidden[:, 110:] == Hidden.CLOUD) > 0.95


def test_screening_changes_nothing_but_what_is_hidden() -> None:
    chip = chip_of(clouded(yard(), 0.5)[0])
    before = chip.hidden.copy()
    after = screen(chip)
    assert after.pixels is chip.pixels
    assert after.valid is chip.valid
    assert (chip.hidden == before).all()
    assert (screen(after).hidden == after.hidden).all()


def test_the_pixel_size_does_not_change_what_is_cloud() -> None:
    pixels, cloud = clouded(yard(), 0.6)
    coarse = pixels[:, ::2, ::2]
    shares = [np.mean(screen(chip_of(p, m)).hidden > 0) for p, m in ((pixels, 0.5), (coarse, 1.0))]
    assert shares[0] == pytest.approx(shares[1], abs=0.05)
    assert shares[0] == pytest.approx(cloud.mean(), abs=0.1)


@pytest.mark.filterwarnings("ignore")
def test_every_real_picture_is_visible(real_images: Path) -> None:
    pictures = [path for path in sorted(real_images.rglob("*.tif")) if "naip" not in path.parts]
    assert pictures
    for path in pictures:
        picture = open_picture(path, 0.3 if "negatives" in path.parts else None, None, 0.5)
        seen = visibility(screen(picture.chip), None, picture.outline_mask)
        assert seen.share >= 0.95, f"{path.name}: {seen}"
