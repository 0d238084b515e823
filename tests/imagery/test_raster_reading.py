"""Pixels arrive on the grid where they lie on the ground, and what is no data never becomes ground."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from drawn_rasters import (
    GROUND_BOX,
    HEIGHT_M,
    NORTH,
    UTM,
    WEST,
    WIDTH_M,
    grey,
    grid_of,
    north_up,
    painted,
    ramp,
    scene_of,
    write,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from rasterio.enums import ColorInterp
from shapely import transform
from shapely.geometry import box

from yardwatch.errors import BadInput
from yardwatch.imagery import screen
from yardwatch.imagery.addresses import allowed
from yardwatch.imagery.scene_reading import ReadChip, read_scene
from yardwatch.records import Asset, Grid, Hidden, Scene

TRUTH = painted(ramp, north_up(0.5), (160, 240))


def read(scene: Scene, grid: Grid | None = None) -> ReadChip:
    return read_scene(scene, grid or grid_of(), lambda asset: allowed(asset.href, Path(asset.href).parent))


def off_by(chip: ReadChip) -> float:
    """Largest difference to the truth inside what is valid, borders left out."""
    inside = chip.valid.copy()
    inside[:4], inside[-4:], inside[:, :4], inside[:, -4:] = False, False, False, False
    return float(np.abs(chip.pixels[0] - TRUTH)[inside].max())


def covering(crs: str, pixel: float) -> tuple[Affine, tuple[int, int]]:
    """A north-up raster in ``crs`` around the ground."""
    left, bottom, right, top = transform(
        GROUND_BOX, Transformer.from_crs(UTM, crs, always_xy=True).transform, interleaved=False
    ).bounds
    size = (int((top - bottom) / pixel) + 12, int((right - left) / pixel) + 12)
    return Affine(pixel, 0, left - 5 * pixel, 0, -pixel, top + 5 * pixel), size


@pytest.mark.parametrize(
    ("crs", "pixel"),
    [(UTM, 0.5), (UTM, 0.3), (UTM, 0.13), (UTM, 1.0), ("EPSG:4326", 4e-6), ("EPSG:3857", 0.6), ("EPSG:32651", 0.4)],
)
def test_pixels_lie_where_the_ground_lies_in_any_crs_and_at_any_scale(tmp_path: Path, crs: str, pixel: float) -> None:
    where, size = covering(crs, pixel)
    path = write(tmp_path / "a.tif", grey_of(painted(ramp, where, size, crs)), where, crs)
    chip = read(scene_of(path))
    assert chip.valid.all()
    assert off_by(chip) < 2.0
    assert chip.pixels.dtype == np.uint8
    assert chip.bands == ("red", "green", "blue")


def grey_of(picture: np.ndarray, bands: int = 3, dtype: Any = np.uint8) -> np.ndarray:
    return np.stack([np.clip(picture, 0, 255)] * bands).astype(dtype)


def test_a_turned_raster_is_read_straight(tmp_path: Path) -> None:
    turn = np.radians(-27)
    east, north = 0.4 * np.cos(turn), 0.4 * np.sin(turn)
    where = Affine(east, north, WEST - 20, north, -east, NORTH + 30)
    path = write(tmp_path / "a.tif", grey_of(painted(ramp, where, (500, 500))), where)
    chip = read(scene_of(path))
    assert 0.5 < chip.valid.mean() < 1
    assert off_by(chip) < 2.0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(east_m=st.floats(-60, 60), north_m=st.floats(-40, 40), pixel_m=st.sampled_from([0.25, 0.37, 0.5, 0.9]))
def test_valid_pixels_are_those_the_raster_covers(
    tmp_path: Path, east_m: float, north_m: float, pixel_m: float
) -> None:
    where = Affine(pixel_m, 0, WEST + east_m, 0, -pixel_m, NORTH + north_m)
    size = (round(HEIGHT_M / pixel_m), round(WIDTH_M / pixel_m))
    chip = read(scene_of(write(tmp_path / "a.tif", np.full((3, *size), 120, np.uint8), where)))
    covered = GROUND_BOX.intersection(
        box(WEST + east_m, NORTH + north_m - size[0] * pixel_m, WEST + east_m + size[1] * pixel_m, NORTH + north_m)
    )
    rim_m2 = covered.length * 0.5
    assert abs(np.count_nonzero(chip.valid) * 0.25 - covered.area) <= rim_m2 + 1
    assert set(np.unique(chip.pixels[:, chip.valid])) <= {120}
    assert not chip.pixels[:, ~chip.valid].any()


NO_DATA: dict[str, dict[str, Any]] = {
    "nodata": {"nodata": 0},
    "alpha": {"colours": [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]},
    "mask": {"mask": True},
    "float": {"dtype": np.float32},
}


@pytest.mark.parametrize("kind", NO_DATA)
@pytest.mark.parametrize("pixel_m", [0.5, 0.2, 0.8])
def test_no_data_does_not_bleed_into_the_ground(tmp_path: Path, kind: str, pixel_m: float) -> None:
    size = (round(HEIGHT_M / pixel_m), round(WIDTH_M / pixel_m))
    empty = np.zeros(size, np.bool_)
    empty[:, size[1] // 2 :] = True
    extra = dict(NO_DATA[kind])
    pixels = np.where(empty, 0, 180).astype(np.uint8)[np.newaxis].repeat(3, axis=0)
    if kind == "alpha":
        pixels = np.concatenate([pixels, np.where(empty, 0, 255).astype(np.uint8)[np.newaxis]])
    if kind == "mask":
        extra["mask"] = np.where(empty, 0, 255).astype(np.uint8)
    if kind == "float":
        extra = {}
        pixels = np.where(empty, np.nan, 180.0).astype(np.float32)[np.newaxis].repeat(3, axis=0)
    chip = read(scene_of(write(tmp_path / "a.tif", pixels, north_up(pixel_m), **extra)))
    half = chip.valid.shape[1] // 2
    assert chip.valid[:, : half - 1].all()
    assert not chip.valid[:, half + 1 :].any()
    shown = chip.pixels[:, chip.valid]
    assert shown.min() == shown.max()
    assert shown.min() >= 180


def test_dark_ground_beside_nodata_is_ground_where_only_one_band_is_zero(tmp_path: Path) -> None:
    pixels = grey(60)
    pixels[2] = 0
    assert read(scene_of(write(tmp_path / "a.tif", pixels, nodata=0))).valid.all()


@pytest.mark.parametrize("nodata", [0, None])
def test_black_tile_is_no_image_whatever_the_file_says(tmp_path: Path, nodata: int | None) -> None:
    chip = read(scene_of(write(tmp_path / "a.tif", grey(0), nodata=nodata)))
    assert not chip.valid.any()


def test_a_black_shadow_is_ground(tmp_path: Path) -> None:
    pixels = grey(90)
    pixels[:, 40:70, 50:80] = 0  # 15 m
    assert read(scene_of(write(tmp_path / "a.tif", pixels))).valid.all()


def test_a_grid_beside_the_raster_is_invalid_and_nothing_fails(tmp_path: Path) -> None:
    far = Grid(UTM, (0.5, 0, WEST + 5000, 0, -0.5, NORTH), 40, 30, 0.5)
    chip = read(scene_of(write(tmp_path / "a.tif", grey(90))), far)
    assert not chip.valid.any()
    assert chip.pixels.shape == (3, 30, 40)


def test_gaps_between_cars_survive_the_one_resampling(tmp_path: Path) -> None:
    pixels = grey(40)
    for left in range(10, 220, 30):
        pixels[:, 60:66, left : left + 28] = 200  # 14 m cars, gaps of 1 m
    shifted = Affine(0.5, 0, WEST + 0.25, 0, -0.5, NORTH - 0.25)
    chip = read(scene_of(write(tmp_path / "a.tif", pixels, shifted)))
    row = chip.pixels[0, 63, 12:218].astype(int)
    assert np.count_nonzero((row[1:-1] < row[:-2]) & (row[1:-1] <= row[2:]) & (row[1:-1] < 120)) >= 6


def test_a_fine_raster_is_averaged_not_sampled(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    size = (round(HEIGHT_M / 0.1), round(WIDTH_M / 0.1))
    noise = rng.choice([60, 180], size=size).astype(np.uint8)
    chip = read(scene_of(write(tmp_path / "a.tif", np.stack([noise] * 3), north_up(0.1))))
    assert chip.pixels[0].astype(float).std() < 15
    assert chip.pixels[0].mean() == pytest.approx(120, abs=1)


def test_an_average_invents_no_brightness_beside_an_edge(tmp_path: Path) -> None:
    pixels = grey(60, pixel_m=0.1)
    pixels[:, :, 601:] = 180
    chip = read(scene_of(write(tmp_path / "a.tif", pixels, north_up(0.1))))
    assert (chip.pixels.min(), chip.pixels.max()) == (60, 180)
    assert 60 < chip.pixels[0, 80, 120] < 180


def test_an_overview_is_read_where_the_grid_needs_no_more(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.tif", grey(100, pixel_m=0.25), north_up(0.25), tiled=True, blockxsize=128, blockysize=128
    )
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4])
    with rasterio.open(path, "r+", OVERVIEW_LEVEL=0) as file:
        assert file.shape == (160, 240)
    for pixel_m, native_m in ((0.25, 0.25), (0.5, 0.25), (1.0, 0.25)):
        chip = read(scene_of(path, gsd_m=native_m), grid_of(pixel_m))
        assert chip.valid.all()
        assert chip.effective_gsd_m == native_m
        assert set(np.unique(chip.pixels)) == {100}


def test_a_file_coarser_than_its_claim_says_what_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", grey(100, pixel_m=2.0), north_up(2.0))
    chip = read(scene_of(path, gsd_m=0.5))
    assert chip.gsd_m == 0.5
    assert chip.effective_gsd_m == pytest.approx(2.0, rel=0.01)


def test_sixteen_bits_are_stretched_without_the_empty_part(tmp_path: Path) -> None:
    picture = 20 * (TRUTH - 110)
    picture[:, :120] = 0
    chip = read(scene_of(write(tmp_path / "a.tif", grey(picture, dtype=np.uint16), nodata=0)))
    shown = chip.pixels[0, :, 125:]
    assert shown.min() < 40
    assert shown.max() > 240


def test_an_even_cloud_in_sixteen_bits_stays_bright_and_smooth(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    picture = rng.normal(9000, 60, TRUTH.shape)
    chip = read(scene_of(write(tmp_path / "a.tif", grey(picture, dtype=np.uint16))))
    assert chip.pixels.min() > 200
    assert chip.pixels.astype(float).std() < 8


@pytest.mark.parametrize("value", [-5, 0, 5, 9000])
def test_one_single_value_in_sixteen_bits_is_no_picture_and_not_overexposed(tmp_path: Path, value: int) -> None:
    chip = screen(read(scene_of(write(tmp_path / "a.tif", grey(value, dtype=np.int16)))))
    assert not chip.valid.any()
    assert not (chip.hidden == Hidden.SATURATED).any()


def test_a_catalogs_scaling_gives_the_same_shade_in_every_scene(tmp_path: Path) -> None:
    extra = {"raster:bands": [{"scale": 0.0001, "offset": -0.1}] * 3}
    for number, brighter in enumerate((0, 3000)):
        picture = np.full(TRUTH.shape, 2750.0)  # reflectance 0.175: half of white
        picture[:20] += brighter
        path = write(tmp_path / f"{number}.tif", grey(picture, dtype=np.uint16))
        chip = read(scene_of(Asset(str(path), "data", ("red", "green", "blue"), extra=extra)))
        assert set(np.unique(chip.pixels[:, 30:])) <= {127, 128}


def test_bands_are_found_by_name_before_position(tmp_path: Path) -> None:
    pixels = np.concatenate([grey(value, 1) for value in (30, 60, 90, 200)])
    named = write(tmp_path / "a.tif", pixels, descriptions=["blue", "green", "red", "nir"])
    assert read(scene_of(named)).pixels[:, 50, 50].tolist() == [90, 60, 30]
    plain = write(tmp_path / "b.tif", pixels, photometric="MINISBLACK")
    assert read(scene_of(plain)).pixels[:, 50, 50].tolist() == [30, 60, 90]
    catalog = Asset(str(plain), "data", ("B02", "B03", "B04", "B08"))
    assert read(scene_of(catalog)).pixels[:, 50, 50].tolist() == [90, 60, 30]


def test_grey_is_shown_as_grey(tmp_path: Path) -> None:
    assert read(scene_of(write(tmp_path / "a.tif", grey(77, 1)))).pixels[:, 9, 9].tolist() == [77, 77, 77]


def test_one_file_a_band_makes_one_picture(tmp_path: Path) -> None:
    assets = []
    for name, value in (("red", 10), ("nir", 99), ("green", 20), ("blue", 30)):
        assets.append(Asset(str(write(tmp_path / f"{name}.tif", grey(value, 1))), "data", (name,)))
    assert read(scene_of(*assets)).pixels[:, 9, 9].tolist() == [10, 20, 30]


def test_the_scenes_own_mask_hides_and_its_clear_sky_is_believed(tmp_path: Path) -> None:
    classes = np.full((1, 8, 12), 4, np.uint8)
    classes[0, :, :3], classes[0, :, 3:6], classes[0, :, 6:8] = 9, 3, 0
    mask = Asset(
        str(write(tmp_path / "scl.tif", classes, north_up(10.0), nodata=0)),
        "cloud",
        (),
        (3, 8, 9),
        {"hidden": {"3": 2}},
    )
    chip = read(scene_of(write(tmp_path / "a.tif", grey(120)), mask))
    assert set(np.unique(chip.hidden[:, :60])) == {Hidden.CLOUD}
    assert set(np.unique(chip.hidden[:, 60:120])) == {Hidden.CLOUD_SHADOW}
    assert not chip.hidden[:, 120:].any()
    assert chip.judged is not None
    assert chip.judged[:, :118].all()
    assert not chip.judged[:, 122:158].any()
    assert chip.judged[:, 162:].all()


UNPLACED = {
    "no CRS": ({"crs": None, "where": north_up()}, "no CRS; name it with `gdal_edit"),
    "nothing": ({"crs": None}, "no georeference; georeference it with `gdal_translate"),
}


@pytest.mark.parametrize("kind", UNPLACED)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_file_without_a_place_is_refused_with_the_mend(tmp_path: Path, kind: str) -> None:
    options, message = UNPLACED[kind]
    with pytest.raises(BadInput, match=message):
        read(scene_of(write(tmp_path / "a.tif", grey(90), **options)))


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_control_points_alone_are_refused_with_the_mend(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", grey(90), crs=None)
    points = [
        rasterio.control.GroundControlPoint(r, c, WEST + c, NORTH - r) for r, c in ((0, 0), (0, 9), (9, 0), (9, 9))
    ]
    with rasterio.open(path, "r+") as file:
        file.gcps = (points, rasterio.crs.CRS.from_epsg(32652))
    with pytest.raises(BadInput, match="control points only; rectify it with `gdalwarp -tps`"):
        read(scene_of(path))


@pytest.mark.parametrize("content", [b"", b"hello", b"II*\x00\x08\x00\x00\x00\xff\xff"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.tif"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"broken\.tif: cannot be read"):
        read(scene_of(path))


def test_a_file_cut_short_is_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    path = write(tmp_path / "cut.tif", rng.integers(0, 255, (3, 160, 240), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(BadInput, match=r"cut\.tif: cannot be read"):
        read(scene_of(path))


def test_a_palette_is_refused_with_the_mend(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", grey(3, 1), photometric="palette")
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, {3: (10, 200, 30, 255)})
    with pytest.raises(BadInput, match="-expand rgb"):
        read(scene_of(path))
