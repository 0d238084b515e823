"""From pixels to railcars on the map."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from drawn_yard import GROUND, BrightPatchNetwork, everywhere, yard
from numpy.typing import NDArray
from pyproj import Proj, Transformer

from yardwatch.detection import DETECTION_COLUMNS, Detector, Release, Tiling, empty_detections
from yardwatch.errors import BadInput
from yardwatch.records import Chip, Hidden


@pytest.fixture
def detector(release: Release) -> Detector:
    return Detector(release, network=BrightPatchNetwork())


def with_pixels(chip: Chip, **changes: object) -> Chip:
    return dataclasses.replace(chip, **changes)  # type: ignore[arg-type]


def test_a_car_is_where_it_stands_with_its_size_and_class(detector: Detector) -> None:
    chip = yard([(200.0, 150.0, 0.0)], labels=[2])
    found = detector.detect(chip, everywhere(chip))
    assert tuple(found.columns) == DETECTION_COLUMNS
    assert found.crs == "EPSG:32652"
    car = found.iloc[0]
    assert car["class"] == "freight_tank"
    assert car["length_m"] == pytest.approx(14.0, abs=0.3)
    assert car["width_m"] == pytest.approx(3.0, abs=0.3)
    centre = car["geometry"].centroid
    assert (centre.x, centre.y) == pytest.approx((467_700 + 200 * 0.5, 4_696_700 - 150 * 0.5), abs=0.2)
    assert car["geometry"].area == pytest.approx(14 * 3, rel=0.1)


@pytest.mark.parametrize("degrees", [0, 25, 45, 90, 117, 160])
def test_heading_counts_clockwise_from_true_north(detector: Detector, degrees: int) -> None:
    chip = yard([(200.0, 150.0, float(degrees))])
    heading = detector.detect(chip, everywhere(chip))["heading_deg"].iloc[0]
    lon, lat = Transformer.from_crs("EPSG:32652", "EPSG:4326", always_xy=True).transform(467_800, 4_696_625)
    convergence = Proj("EPSG:32652").get_factors(lon, lat).meridian_convergence
    assert abs(convergence) > 0.25
    grid_north = (90 + degrees) % 180  # an angle from the x axis towards y downwards turns clockwise
    difference = (heading - (grid_north + convergence) + 90) % 180 - 90
    assert 0 <= heading < 180
    assert abs(difference) < 0.15


def test_a_picture_without_georeference_gives_its_own_pixels(detector: Detector) -> None:
    chip = yard([(200.0, 150.0, 120.0)], crs=None)
    found = detector.detect(chip, everywhere(chip))
    assert found.crs is None
    car = found.iloc[0]
    assert (car["geometry"].centroid.x, car["geometry"].centroid.y) == pytest.approx((10 + 400, 20 + 300), abs=0.5)
    assert car["length_m"] == pytest.approx(14.0, abs=0.3)
    assert car["heading_deg"] == pytest.approx(30.0, abs=0.5)  # from the top of the picture, clockwise


def test_a_centre_outside_what_is_searched_is_not_returned(detector: Detector) -> None:
    chip = yard([(100.0, 150.0, 0.0), (300.0, 150.0, 0.0)])
    searched = everywhere(chip)
    searched[:, 299:] = False
    assert len(detector.detect(chip, searched)) == 1
    searched[:, 299:302] = True
    assert len(detector.detect(chip, searched)) == 2


class DreamingNetwork:
    """Sees a car in the middle of every tile."""

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        rows, cols = batch.shape[2:]
        box = [cols / 2, rows / 2, 28, 6, 0.9, 0, 0, 0, 0, 0, 0.1]
        return np.array([box] * len(batch), dtype=np.float32)[:, :, None]


def test_a_car_dreamt_up_where_there_are_no_pixels_is_not_returned(release: Release) -> None:
    chip = yard([], (320, 320))
    detector = Detector(release, network=DreamingNetwork())
    assert len(detector.detect(chip, everywhere(chip))) == 1
    chip.valid[100:220] = False
    assert detector.detect(chip, everywhere(chip)).empty


def test_ground_without_pixels_costs_no_tile(release: Release) -> None:
    chip = yard([])
    chip.valid[:] = False
    network = BrightPatchNetwork()
    assert Detector(release, network=network).detect(chip, everywhere(chip)).empty
    assert network.tiles_seen == 0


def test_missing_pixels_look_neutral_and_never_black(release: Release) -> None:
    chip = yard([])
    chip.pixels[:, 100:200] = 0
    chip.valid[100:200] = False
    network = BrightPatchNetwork()
    Detector(release, network=network).detect(chip, everywhere(chip))
    assert network.darkest == pytest.approx(GROUND / 255)


def test_hidden_ground_is_left_to_the_counting(detector: Detector) -> None:
    chip = yard([(200.0, 150.0, 0.0)])
    chip.hidden[:] = Hidden.CLOUD
    assert len(detector.detect(chip, everywhere(chip))) == 1


def test_an_empty_yard_gives_a_table_of_the_same_columns_and_types(detector: Detector, tmp_path: Path) -> None:
    chip = yard([])
    empty = detector.detect(chip, everywhere(chip))
    busy = yard([(200.0, 150.0, 0.0)])
    full = detector.detect(busy, everywhere(busy))
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict() == empty_detections("EPSG:32652").dtypes.to_dict()
    empty.to_parquet(tmp_path / "empty.parquet")
    again = gpd.read_parquet(tmp_path / "empty.parquet")
    assert tuple(again.columns) == DETECTION_COLUMNS
    assert again.crs == "EPSG:32652"


def test_the_same_pixels_give_the_same_table(detector: Detector) -> None:
    chip = yard([(x, y, 30.0) for x in (60.0, 200.0, 330.0) for y in (60.0, 200.0)])
    first, second = (detector.detect(chip, everywhere(chip)) for _ in range(2))
    assert len(first) == 6
    assert first.equals(second)


def test_the_table_runs_from_top_to_bottom_whatever_the_tiles(detector: Detector) -> None:
    chip = yard([(60.0, 50.0, 0.0), (330.0, 30.0, 0.0), (200.0, 250.0, 0.0)])
    found = detector.detect(chip, everywhere(chip), tiling=Tiling(core_px=64, halo_px=96))
    assert ((4_696_700 - found.geometry.centroid.y) / 0.5).round().tolist() == [30, 50, 250]


def test_float_pixels_between_0_and_1_read_as_8_bit_ones(detector: Detector) -> None:
    chip = yard([(200.0, 150.0, 20.0)], labels=[4])
    scaled = with_pixels(chip, pixels=(chip.pixels / 255).astype(np.float32))
    scaled.pixels[:, 0, 0] = np.nan
    eight_bit, floating = detector.detect(chip, everywhere(chip)), detector.detect(scaled, everywhere(chip))
    assert eight_bit["class"].tolist() == floating["class"].tolist() == ["locomotive"]


def test_bands_are_read_by_name(detector: Detector) -> None:
    chip = yard([(200.0, 150.0, 20.0)], labels=[5])
    infrared = np.zeros_like(chip.pixels[:1])
    shuffled = with_pixels(
        chip, pixels=np.concatenate([infrared, chip.pixels[[2, 1, 0]]]), bands=("nir", "blue", "green", "red")
    )
    assert detector.detect(shuffled, everywhere(chip))["class"].tolist() == ["coach"]


def test_a_lower_threshold_of_ones_own_is_for_measuring(release: Release) -> None:
    chip = yard([(200.0, 150.0, 0.0)])
    assert Detector(release, score_threshold=0.95, network=BrightPatchNetwork()).detect(chip, everywhere(chip)).empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bands": ("red", "green", "nir")}, "test:scene: has no band blue"),
        ({"pixels": np.zeros((3, 300, 400), dtype=np.uint16)}, "pixels are uint16; give uint8"),
        ({"pixels": np.full((3, 300, 400), 180, dtype=np.float32)}, "scale them to 0-1"),
    ],
)
def test_a_chip_that_the_release_cannot_read_is_named(
    detector: Detector, change: dict[str, object], message: str
) -> None:
    chip = with_pixels(yard([]), **change)
    with pytest.raises(BadInput, match=message):
        detector.detect(chip, everywhere(chip))


def test_a_chip_of_another_pixel_size_is_refused(detector: Detector) -> None:
    chip = yard([])
    coarse = with_pixels(chip, grid=dataclasses.replace(chip.grid, pixel_m=1.0))
    with pytest.raises(BadInput, match=r"pixels of 1\.0 m, release test-1 reads pixels of 0\.5 m"):
        detector.detect(coarse, everywhere(chip))


def test_a_mask_of_another_grid_is_refused(detector: Detector) -> None:
    with pytest.raises(BadInput, match="use one grid"):
        detector.detect(yard([]), np.ones((10, 10), dtype=np.bool_))


def test_a_release_runs_in_the_runtime(release: Release) -> None:
    chip = yard([], (100, 120))
    assert tuple(Detector(release, threads=1).detect(chip, everywhere(chip)).columns) == DETECTION_COLUMNS
