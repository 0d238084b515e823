"""One picture given by hand lands on the ground it shows, or on its own pixels where it does not say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from drawn_rasters import GROUND_BOX, NORTH, WEST, grey, north_up, painted, ramp, wgs84, write

from yardwatch.errors import BadInput
from yardwatch.imagery import open_picture
from yardwatch.records import AreaVersion

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")

AREA = AreaVersion("0" * 12, date(2000, 1, 1), None, wgs84(GROUND_BOX), (), "none", (), "Drawn by a test.")


def test_a_georeferenced_picture_lands_on_utm(tmp_path: Path) -> None:
    picture = open_picture(write(tmp_path / "a.tif", grey(90, pixel_m=0.4), north_up(0.4)), None, None, 0.5)
    assert picture.grid.crs == "EPSG:32652"
    assert picture.grid.pixel_m == 0.5
    assert (picture.grid.transform[2], picture.grid.transform[5]) == (WEST, NORTH)
    assert (picture.grid.width, picture.grid.height) == (240, 160)
    assert picture.scene.gsd_m == pytest.approx(0.4, rel=1e-3)
    assert picture.outline_mask.mean() > 0.98
    assert picture.chip.valid[picture.outline_mask].mean() > 0.99
    assert picture.acquired is None


def test_a_picture_in_degrees_says_its_pixels_in_metres(tmp_path: Path) -> None:
    left, bottom, right, top = wgs84(GROUND_BOX).bounds
    where = Affine((right - left) / 240, 0, left, 0, (bottom - top) / 160, top)
    picture = open_picture(write(tmp_path / "a.tif", grey(90), where, "EPSG:4326"), None, None, 0.5)
    assert picture.scene.gsd_m == pytest.approx(0.51, rel=0.01)


def test_the_corners_that_a_turned_picture_leaves_empty_are_not_searched(tmp_path: Path) -> None:
    turn = np.radians(30)
    east, north = 0.5 * np.cos(turn), 0.5 * np.sin(turn)
    where = Affine(east, north, WEST, north, -east, NORTH)
    picture = open_picture(write(tmp_path / "a.tif", grey(90), where), None, None, 0.5)
    assert 0.4 < picture.outline_mask.mean() < 0.75
    assert picture.chip.valid[picture.outline_mask].mean() > 0.98


def test_an_area_gives_the_grid_and_what_is_searched(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.stack([painted(ramp, north_up(), (160, 240))] * 3).astype(np.uint8))
    picture = open_picture(path, None, AREA, 1.0)
    assert picture.grid.width == pytest.approx(120, abs=2)
    assert picture.outline_mask.any()


def test_a_picture_of_another_place_is_not_counted_for_the_area(tmp_path: Path) -> None:
    elsewhere = Affine(0.5, 0, WEST + 5000, 0, -0.5, NORTH)
    with pytest.raises(BadInput, match=r"a\.tif: shows nothing of the area"):
        open_picture(write(tmp_path / "a.tif", grey(90), elsewhere), None, AREA, 0.5)


def test_a_black_picture_of_the_area_is_no_image_and_no_error(tmp_path: Path) -> None:
    assert not open_picture(write(tmp_path / "a.tif", grey(0)), None, AREA, 0.5).chip.valid.any()


@pytest.mark.parametrize("suffix", ["tif", "png", "jpg"])
def test_a_picture_without_georeference_is_taken_by_its_pixels(tmp_path: Path, suffix: str) -> None:
    pixels = grey(60)
    pixels[:, 40:80, 100:140] = 220
    driver = {"tif": "GTiff", "png": "PNG", "jpg": "JPEG"}[suffix]
    path = write(tmp_path / f"a.{suffix}", pixels, crs=None, driver=driver)
    picture = open_picture(path, 0.3, None, 0.5)
    assert picture.grid.crs is None
    assert (picture.grid.width, picture.grid.height) == (144, 96)
    assert picture.scene.gsd_m == 0.3
    bright = np.argwhere(picture.chip.pixels[0] > 150).mean(axis=0) + 0.5
    col, row = Affine(*picture.grid.transform).a * bright[1], Affine(*picture.grid.transform).e * bright[0]
    assert (row, col) == (pytest.approx(60, abs=0.5), pytest.approx(120, abs=0.5))
    assert picture.chip.valid.all()


def test_without_georeference_and_gsd_the_mend_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", grey(60), crs=None)
    with pytest.raises(BadInput, match=r"a\.tif: has no georeference; give its ground sample distance with --gsd"):
        open_picture(path, None, None, 0.5)


def test_an_area_cannot_be_laid_over_a_picture_without_georeference(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no georeference"):
        open_picture(write(tmp_path / "a.tif", grey(60), crs=None), 0.5, AREA, 0.5)


@pytest.mark.parametrize("gsd_m", [0.0, -0.5, float("nan")])
def test_a_gsd_is_a_length(tmp_path: Path, gsd_m: float) -> None:
    with pytest.raises(BadInput, match="--gsd"):
        open_picture(write(tmp_path / "a.tif", grey(60)), gsd_m, None, 0.5)


def test_an_enlarged_picture_can_be_called_what_it_is(tmp_path: Path) -> None:
    picture = open_picture(write(tmp_path / "a.tif", grey(60)), 1.5, None, 0.5)
    assert picture.chip.gsd_m == 1.5


def test_a_time_in_the_name_is_the_pictures_and_an_editors_tag_is_not(tmp_path: Path) -> None:
    tags = {"TIFFTAG_DATETIME": "2009:01:26 21:55:57"}
    assert open_picture(write(tmp_path / "a.tif", grey(60), tags=tags), None, None, 0.5).acquired is None
    named = open_picture(write(tmp_path / "a_20231005.tif", grey(60), tags=tags), None, None, 0.5)
    assert named.acquired is not None
    assert named.acquired.date() == date(2023, 10, 5)


def test_a_continent_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    where = Affine(0.01, 0, 125.0, 0, -0.01, 43.0)
    with pytest.raises(BadInput, match="name an area or crop it"):
        open_picture(write(tmp_path / "a.tif", grey(60), where, "EPSG:4326"), None, None, 0.5)


@pytest.mark.parametrize("name", ["nowhere.tif", "folder"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadInput, match=f"{name}: there is no such file"):
        open_picture(tmp_path / name, None, None, 0.5)


def test_a_four_band_naip_file_is_read_in_its_colours(real_images: Path) -> None:
    (path,) = (real_images / "naip").glob("*.tif")
    picture = open_picture(path, None, None, 5.0)
    assert picture.grid.crs == "EPSG:32614"
    assert picture.chip.gsd_m == pytest.approx(5.0, rel=0.01)
    red, green, blue = (float(band[picture.chip.valid].mean()) for band in picture.chip.pixels)
    assert green > red > blue  # fields in August


def test_the_same_yard_at_two_resolutions_is_the_same_yard(real_images: Path) -> None:
    fine, coarse = (
        open_picture(real_images / "muttenz" / f"muttenz_{gsd}m.tif", None, None, 0.5).chip for gsd in ("0.255", "0.5")
    )
    both = fine.valid & coarse.valid
    difference = fine.pixels.astype(float) - coarse.pixels.astype(float)
    assert both.mean() > 0.9
    assert np.abs(difference[:, both]).mean() < 8
    shifted = np.abs(fine.pixels.astype(float)[:, :, 2:] - coarse.pixels.astype(float)[:, :, :-2])
    assert np.abs(difference[:, both]).mean() < shifted[:, both[:, 2:]].mean() / 2
