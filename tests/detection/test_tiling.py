"""Tiles: every car of the searched ground is seen whole by one of them, and the grid of tiles leaves no mark."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_yard import PIXEL_M, BrightPatchNetwork, everywhere, grid_of, yard
from hypothesis import given, settings
from hypothesis import strategies as st

from yardwatch.detection.boxes import Boxes
from yardwatch.detection.detector import Detector
from yardwatch.detection.release import Release
from yardwatch.detection.seams import owned, settle
from yardwatch.detection.tiles import LONGEST_CAR_M, STRIDE_PX, Tile, Tiling, plan_tiles
from yardwatch.records import Chip, Grid

SMALL = Tiling(core_px=64, halo_px=96)


def busy_yard() -> Chip:
    """110 coupled cars on five oblique tracks 5 m apart."""
    angle = np.radians(-17.0)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    start = np.array([40.0, 260.0])
    cars = [start + 30.0 * car * along + 10.0 * track * across for track in range(5) for car in range(22)]
    return yard([(float(x), float(y), -17.0) for x, y in cars], (360, 760))


@pytest.fixture(scope="module")
def busy() -> Chip:
    return busy_yard()


def one_tile(rows: int, cols: int) -> Tiling:
    """A tiling of a single tile."""
    return Tiling(core_px=-(-(max(rows, cols) + STRIDE_PX) // STRIDE_PX) * STRIDE_PX, halo_px=96)


@pytest.mark.parametrize("offset", [(0, 0), (1, 1), (13, 50), (32, 0), (63, 63), (7, 31)])
def test_shifting_the_grid_of_tiles_changes_no_count(busy: Chip, release: Release, offset: tuple[int, int]) -> None:
    detector = Detector(release, network=BrightPatchNetwork())
    found = detector.detect(busy, everywhere(busy), tiling=SMALL.shifted(*offset))
    whole = detector.detect(busy, everywhere(busy), tiling=one_tile(*busy.valid.shape))
    assert len(whole) == 110
    assert len(found) == 110
    assert np.abs(found["length_m"] - 14).max() < 1.0


@settings(max_examples=10, deadline=None)
@given(rows=st.integers(0, 63), cols=st.integers(0, 63), doubles=st.integers(1, 3))
def test_every_offset_finds_the_same_cars(release: Release, rows: int, cols: int, doubles: int) -> None:
    chip = yard([(x, y, 37.0) for x in range(40, 260, 37) for y in range(40, 150, 29)], (200, 300))
    detector = Detector(release, network=BrightPatchNetwork(doubles))
    assert len(detector.detect(chip, everywhere(chip), tiling=SMALL.shifted(rows, cols))) == 24


@settings(deadline=None)
@given(
    st.integers(20, 300),
    st.integers(20, 300),
    st.tuples(st.integers(0, 500), st.integers(0, 500)),
    st.sampled_from([64, 128]),
)
def test_cores_share_out_the_searched_ground(rows: int, cols: int, offset: tuple[int, int], core_px: int) -> None:
    ground = np.random.default_rng(rows * cols).random((rows, cols)) > 0.98
    tiles = plan_tiles(ground, grid_of(rows, cols), Tiling(core_px=core_px, halo_px=96, offset_px=offset))
    owners = np.zeros((rows, cols), dtype=int)
    for tile in tiles:
        owners[max(tile.row, 0) : tile.row + tile.rows, max(tile.col, 0) : tile.col + tile.cols] += 1
        assert tile.rows <= core_px
        assert tile.rows % STRIDE_PX == tile.cols % STRIDE_PX == 0
    assert (owners[ground] == 1).all()
    assert owners.max(initial=0) <= 1


def test_ground_that_is_not_searched_costs_no_tile(release: Release) -> None:
    chip = yard([(700.0, 40.0, 0.0)], (80, 800))
    searched = everywhere(chip)
    searched[:, 100:] = False
    network = BrightPatchNetwork()
    assert Detector(release, network=network).detect(chip, searched, tiling=SMALL).empty
    assert network.tiles_seen <= 6


def test_nothing_searched_runs_no_network(release: Release) -> None:
    chip = yard([(50.0, 50.0, 0.0)])
    network = BrightPatchNetwork()
    assert Detector(release, network=network).detect(chip, ~everywhere(chip)).empty
    assert network.tiles_seen == 0


def test_batches_bound_the_memory(release: Release, busy: Chip) -> None:
    network = BrightPatchNetwork()
    Detector(release, network=network).detect(busy, everywhere(busy), tiling=Tiling(core_px=64, halo_px=96, batch=3))
    assert network.largest_batch == 3
    assert len(network.shapes) == 1


def test_the_halo_holds_the_longest_car_and_what_stands_around_it() -> None:
    for pixel_m in (0.25, 0.3, 0.5, 1.0):
        tiling = Tiling.for_pixel(pixel_m)
        assert tiling.halo_px * pixel_m >= LONGEST_CAR_M + 32 * pixel_m
        assert tiling.halo_px % STRIDE_PX == 0


@pytest.mark.parametrize("crop", [(0, 0), (1, 5), (31, 33), (64, 17)])
def test_one_piece_of_ground_meets_the_network_in_one_phase_however_it_was_cut(crop: tuple[int, int]) -> None:
    whole = grid_of(400, 400)
    a, b, c, d, e, f = whole.transform
    cut = Grid(whole.crs, (a, b, c + crop[1] * a, d, e, f + crop[0] * e), 300, 300, PIXEL_M)
    (first, *_), (second, *_) = (plan_tiles(np.ones((300, 300), dtype=bool), grid, SMALL) for grid in (whole, cut))
    for first_px, second_px, cut_px in zip(first.origin, second.origin, crop, strict=True):
        assert (second_px + cut_px - first_px) % STRIDE_PX == 0
    assert (467_700 / PIXEL_M + first.origin[1]) % STRIDE_PX == 0


def _at(x: float, y: float, score: float = 0.9, length: float = 28.0) -> Boxes:
    return Boxes(np.array([[x, y, length, 6.0, 0.0]]), np.array([score]), np.zeros(1, dtype=np.int64))


LEFT, RIGHT = Tile(0, 0, 64, 64, 96), Tile(0, 64, 64, 64, 96)


def test_a_tile_keeps_centres_up_to_two_metres_beyond_its_core() -> None:
    assert len(owned(_at(64 + 3.9, 30), LEFT, PIXEL_M)) == 1
    assert len(owned(_at(64 + 4.1, 30), LEFT, PIXEL_M)) == 0


def test_a_centre_read_beyond_the_seam_from_both_sides_is_not_lost() -> None:
    parts = [(LEFT, owned(_at(65.5, 30), LEFT, PIXEL_M)), (RIGHT, owned(_at(62.5, 30), RIGHT, PIXEL_M))]
    assert len(settle(parts, 0.3)) == 1


def test_at_a_seam_the_box_farther_from_the_edge_of_its_tile_stays_though_it_scores_less() -> None:
    left, right = _at(61.0, 30, score=0.5), _at(60.5, 30, score=0.99)
    assert settle([(LEFT, left), (RIGHT, right)], 0.3).score.tolist() == [0.5]
    assert settle([(RIGHT, right), (LEFT, left)], 0.3).score.tolist() == [0.5]


def test_two_cars_side_by_side_at_a_seam_both_stay() -> None:
    assert len(settle([(LEFT, _at(63, 30)), (RIGHT, _at(65, 39))], 0.3)) == 2


def test_boxes_of_one_tile_are_not_judged_again_at_the_seam() -> None:
    both = Boxes.joined([_at(63, 30), _at(66, 30)])
    assert len(settle([(LEFT, both)], 0.3)) == 2


@pytest.mark.parametrize("wrong", [{"core_px": 100}, {"halo_px": 0}, {"batch": 0}])
def test_a_tiling_off_the_stride_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Tiling(**wrong)
