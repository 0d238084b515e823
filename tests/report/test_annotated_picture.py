"""The annotated picture shows the pixels as they are, and says what cannot be seen."""

from __future__ import annotations

import math
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from drawn_story import SURGE_DAY, drawn_area, drawn_observation
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from shapely import box

from yardwatch.errors import BadInput
from yardwatch.records import Chip, Grid, Hidden, Reason
from yardwatch.report import PictureCaption, annotated_picture
from yardwatch.report.bearings import north_on_screen, round_length_m
from yardwatch.report.panels import NOT_COUNTED, Boxes, windows_of
from yardwatch.report.pixels import as_rgb, unseen_shares

LEFT, TOP = 467_000.0, 4_696_500.0
CAPTION = PictureCaption.of(drawn_observation(SURGE_DAY, 73.0), drawn_area())


def drawn_chip(height=60, width=90, **changes):
    rng = np.random.default_rng(5)
    chip = Chip(
        pixels=rng.integers(40, 200, (3, height, width), dtype=np.uint8),
        bands=("red", "green", "blue"),
        valid=np.ones((height, width), dtype=bool),
        hidden=np.zeros((height, width), dtype=np.uint8),
        grid=Grid("EPSG:32652", (0.5, 0, LEFT, 0, -0.5, TOP), width, height, 0.5),
        gsd_m=0.5,
        effective_gsd_m=0.5,
        scenes=("archive:1",),
    )
    return replace(chip, **changes)


def cars(*centres, names=None, **columns):
    """Cars of 14 by 3 m with their centres at (col, row)."""
    shapes = [
        box(LEFT + col / 2 - 7, TOP - row / 2 - 1.5, LEFT + col / 2 + 7, TOP - row / 2 + 1.5) for col, row in centres
    ]
    names = names or ["freight_box"] * len(shapes)
    return gpd.GeoDataFrame({"class": names, **columns}, geometry=shapes, crs="EPSG:32652")


def shown(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def find(image, part):
    """Where ``part`` lies in ``image``, (row, col), or None."""
    height, width = part.shape[:2]
    for row, col in np.argwhere((image == part[0, 0]).all(axis=2)):
        if (image[row : row + height, col : col + width].shape == part.shape) and (
            image[row : row + height, col : col + width] == part
        ).all():
            return int(row), int(col)
    return None


def test_small_picture_is_shown_two_to_one_with_every_pixel_as_it_was(tmp_path):
    chip = drawn_chip()
    image = shown(annotated_picture(chip, None, CAPTION, tmp_path / "a.png"))
    assert find(image, np.repeat(np.repeat(as_rgb(chip), 2, axis=0), 2, axis=1)) is not None


def test_box_lies_on_its_car_and_hides_none_of_its_inside(tmp_path):
    chip = drawn_chip()
    bare = shown(annotated_picture(chip, cars(), CAPTION, tmp_path / "bare.png"))
    drawn = shown(annotated_picture(chip, cars((45, 30)), CAPTION, tmp_path / "drawn.png"))
    row, col = find(bare, np.repeat(np.repeat(as_rgb(chip), 2, axis=0), 2, axis=1))
    changed = (bare[row : row + 120, col : col + 180] != drawn[row : row + 120, col : col + 180]).any(axis=2)
    rows, cols = np.nonzero(changed)
    assert abs(cols.min() - 2 * (45 - 14)) <= 2
    assert abs(cols.max() - 2 * (45 + 14)) <= 2
    assert abs(rows.min() - 2 * (30 - 3)) <= 2
    assert abs(rows.max() - 2 * (30 + 3)) <= 2
    assert not changed[rows.min() + 3 : rows.max() - 2, cols.min() + 3 : cols.max() - 2].any()


def test_missing_tile_is_striped_grey_and_never_black_ground(tmp_path):
    chip = drawn_chip(valid=np.zeros((60, 90), dtype=bool), pixels=np.zeros((3, 60, 90), dtype=np.uint8))
    image = shown(annotated_picture(chip, None, CAPTION, tmp_path / "a.png"))
    middle = image[100:200, image.shape[1] // 2 - 60 : image.shape[1] // 2 + 60]
    assert middle.min() > 90
    assert len(np.unique(middle.reshape(-1, 3), axis=0)) == 2
    assert unseen_shares(chip) == {"no image data": ("#8a8f96", 1.0)}


def test_what_is_hidden_is_named_with_its_share():
    hidden = np.zeros((60, 90), dtype=np.uint8)
    hidden[:30] = Hidden.CLOUD
    hidden[30:, :45] = Hidden.CANOPY
    shares = {name: share for name, (_, share) in unseen_shares(drawn_chip(hidden=hidden)).items()}
    assert shares == {"cloud": 0.5, "canopy": 0.25}


def test_car_whose_centre_is_hidden_is_drawn_as_not_counted():
    hidden = np.zeros((60, 90), dtype=np.uint8)
    hidden[:, :45] = Hidden.CLOUD
    chip = drawn_chip(hidden=hidden)
    assert Boxes.of(chip, cars((44, 30), (46, 30))).names == (NOT_COUNTED, "freight_box")
    assert Boxes.of(chip, cars((44, 30), (46, 30), counted=[True, False])).names == ("freight_box", NOT_COUNTED)
    assert Boxes.of(chip, cars((-3, 30))).names == (NOT_COUNTED,)


def test_key_counts_by_class_freight_first_and_gives_each_class_its_own_colour():
    names = ["locomotive", "freight_tank", "freight_box", "freight_tank", "coach"]
    key = Boxes.of(drawn_chip(), cars(*[(20 + i, 30) for i in range(5)], names=names)).key()
    assert [(name, number) for name, _, number in key] == [
        ("freight_tank", 2),
        ("freight_box", 1),
        ("coach", 1),
        ("locomotive", 1),
    ]
    assert len({colour for _, colour, _ in key}) == 4


def test_wide_yard_is_shown_whole_with_the_densest_part_at_full_size():
    chip = drawn_chip(120, 1000)
    crowd = [(700 + 5 * i, 60) for i in range(20)]
    whole, detail = windows_of(chip, Boxes.of(chip, cars((50, 60), *crowd)), max_px=400)
    assert (whole.height, whole.width) == (120, 1000)
    assert max(whole.shown_px) == 400
    assert detail.scale == 1
    assert all(detail.col <= col < detail.col + detail.width for col, _ in crowd)
    assert detail.col + detail.width <= 1000


@pytest.mark.parametrize(("width", "scale"), [(90, 2.0), (799, 2.0), (900, 1.0), (1600, 1.0)])
def test_picture_that_fits_keeps_whole_screen_pixels(width, scale):
    assert [w.scale for w in windows_of(drawn_chip(30, width), Boxes(), 1600)] == [scale]


def test_picture_is_never_wider_than_asked(tmp_path):
    chip = drawn_chip(40, 2400)
    assert shown(annotated_picture(chip, cars((45, 30)), CAPTION, tmp_path / "a.png", max_px=1200)).shape[1] == 1200


def test_simulated_picture_carries_a_banner_and_a_real_one_does_not(tmp_path):
    simulated = shown(annotated_picture(drawn_chip(), None, CAPTION, tmp_path / "a.png"))
    real = shown(annotated_picture(drawn_chip(), None, replace(CAPTION, simulated=False), tmp_path / "b.png"))
    assert tuple(simulated[1, 5]) == (0xFF, 0x90, 0x60)
    assert tuple(real[1, 5]) != (0xFF, 0x90, 0x60)
    assert simulated.shape[0] > real.shape[0]


def test_caption_tells_count_interval_time_sensor_credit_and_release():
    assert CAPTION.count == "73 freight cars (90 % interval 67–81)"
    assert CAPTION.acquired == "2023-10-05 11:12 KST = 2023-10-05 02:12 UTC"
    assert CAPTION.sensor == "simsat-1, 0.5 m pixel, 100 % visible"
    assert CAPTION.credit == "yardwatch simulator; CC0-1.0"
    assert CAPTION.title == "Tumangang"


def test_caption_of_a_look_without_a_value_says_why():
    seen = drawn_observation(SURGE_DAY, None, reason=Reason.TOO_COARSE)
    assert PictureCaption.of(seen, drawn_area()).count == "not counted: too coarse to count cars"


@pytest.mark.parametrize("bands", [("red", "green", "blue", "nir"), ("pan",), ("blue", "green", "red"), ("vv", "vh")])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_any_bands_can_be_shown(tmp_path, bands, dtype):
    pixels = np.random.default_rng(1).integers(0, 255, (len(bands), 30, 40)).astype(dtype)
    if dtype is np.float32:
        pixels[:, 0, 0] = np.nan
    chip = drawn_chip(30, 40, pixels=pixels, bands=bands)
    assert annotated_picture(chip, cars((20, 15)), CAPTION, tmp_path / "a.jpg").stat().st_size > 1000


def test_colours_follow_band_names_and_not_band_order():
    pixels = np.stack([np.full((4, 4), value, dtype=np.uint8) for value in (30, 20, 10)])
    assert as_rgb(drawn_chip(4, 4, pixels=pixels, bands=("blue", "green", "red")))[0, 0].tolist() == [10, 20, 30]


def test_picture_without_georeference_has_no_north_and_can_be_drawn(tmp_path):
    grid = Grid(None, (1, 0, 0, 0, 1, 0), 90, 60, 0.5)
    boxes = gpd.GeoDataFrame({"class": ["freight"]}, geometry=[box(10, 10, 38, 16)])
    chip = drawn_chip(grid=grid)
    assert north_on_screen(grid) is None
    assert Boxes.of(chip, boxes).centres()[0].tolist() == [24.0, 13.0]
    assert annotated_picture(chip, boxes, CAPTION, tmp_path / "a.png").exists()


def test_true_north_differs_from_grid_north_by_the_convergence_of_the_meridians():
    """Snyder 1987, p. 61: convergence = (lon - lon0) sin(lat), near the centre of the zone; true north lies west."""
    right, up = north_on_screen(Grid("EPSG:32652", (0.5, 0, 632_000, 0, -0.5, 4_697_700), 400, 400, 0.5))
    convergence = math.radians(130.6062 - 129) * math.sin(math.radians(42.4188))
    assert math.atan2(-right, up) == pytest.approx(convergence, abs=2e-4)


@settings(max_examples=20, deadline=None)
@given(st.floats(-180, 180))
def test_north_turns_with_a_rotated_picture(turn_deg):
    turn = math.radians(turn_deg)
    a, b = 0.5 * math.cos(turn), 0.5 * math.sin(turn)
    grid = Grid("EPSG:32632", (a, b, 500_000, b, -a, 5_264_000), 100, 100, 0.5)
    right, up = north_on_screen(grid)
    assert (right, up) == pytest.approx((math.sin(turn), math.cos(turn)), abs=1e-3)


@given(st.floats(0.1, 1e6))
def test_scale_bar_is_round_and_fills_its_room(longest_m):
    length_m = round_length_m(longest_m)
    assert longest_m / 2.51 <= length_m <= longest_m
    assert round(length_m / 10 ** math.floor(math.log10(length_m) + 1e-9), 6) in {1, 2, 5}


def test_detections_without_a_class_are_refused_by_name(tmp_path):
    with pytest.raises(BadInput, match="'class'"):
        annotated_picture(drawn_chip(), cars((45, 30)).drop(columns="class"), CAPTION, tmp_path / "a.png")


def test_no_half_written_picture_is_left_behind(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    def cut_short(self, target, **_):
        target.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Figure, "savefig", cut_short)
    with pytest.raises(OSError, match="disk full"):
        annotated_picture(drawn_chip(), None, CAPTION, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
