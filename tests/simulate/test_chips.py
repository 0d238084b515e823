"""Training chips: repeatable, labelled where cars are, and without labels where nothing is to be seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from yardwatch.simulate.chips import ChipOptions, chip_labels, training_chip, yolo_lines
from yardwatch.simulate.sensor import Sensor, expose
from yardwatch.simulate.truth import TrueCar

SMALL = ChipOptions(size_px=160)
HALF_METRE = ChipOptions(size_px=320, pixel_m=0.5)


def car_at(east_m: float, north_m: float, visible: float = 1.0) -> TrueCar:
    half = np.array([[7.0, 1.5], [7.0, -1.5], [-7.0, -1.5], [-7.0, 1.5]])
    return TrueCar("freight_box", "1", 14.0, half + np.array([east_m, north_m]), visible)


def test_a_seed_makes_its_chip_again_bit_for_bit() -> None:
    one, again = training_chip(5, SMALL), training_chip(5, SMALL)
    assert np.array_equal(one.rgb, again.rgb)
    assert yolo_lines(one) == yolo_lines(again)


def test_another_seed_makes_another_chip() -> None:
    assert not np.array_equal(training_chip(5, SMALL).rgb, training_chip(6, SMALL).rgb)


def test_labels_stay_inside_the_picture() -> None:
    for seed in range(8):
        for line in yolo_lines(training_chip(seed, SMALL)):
            numbers = [float(part) for part in line.split()[1:]]
            assert len(numbers) == 8
            assert min(numbers) >= 0
            assert max(numbers) <= 1


def test_a_car_in_the_middle_is_labelled_at_its_pixels() -> None:
    (label,) = chip_labels([car_at(10.0, 20.0)], HALF_METRE)
    assert label.corners_px.mean(axis=0) == pytest.approx([160 + 20, 160 - 40])


def test_a_hidden_car_is_no_label() -> None:
    assert chip_labels([car_at(0, 0, visible=0.2)], ChipOptions()) == ()


def test_a_car_cut_by_the_edge_is_labelled_only_while_enough_of_it_shows() -> None:
    mostly_in, mostly_out = car_at(80 - 2, 0), car_at(80 + 6, 0)
    (label,) = chip_labels([mostly_in, mostly_out], HALF_METRE)
    assert label.corners_px[:, 0].max() == 320


def test_real_ground_alone_has_no_labels(tmp_path: Path) -> None:
    tile = np.random.default_rng(0).integers(0, 255, (256, 256, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "tile.png"), tile)
    chip = training_chip(1, ChipOptions(size_px=160, backgrounds=tmp_path, negative_share=1.0))
    assert chip.labels == ()
    assert chip.rgb.shape == (160, 160, 3)


def test_a_coarser_sensor_loses_the_gap_between_two_cars() -> None:
    drawing = np.full((400, 400, 3), 200, np.uint8)
    drawing[:, 198:203] = 30  # a gap of one metre at 0.2 m a pixel
    depth = {}
    for gsd_m in (0.3, 1.2):
        seen = expose(np.random.default_rng(0), drawing, 0.2, Sensor(gsd_m, noise=0.0), 0.5)
        depth[gsd_m] = 200 - float(seen[40:120, 60:100].min())
    assert depth[0.3] > 1.5 * depth[1.2]


def test_haze_lowers_contrast() -> None:
    drawing = np.zeros((200, 200, 3), np.uint8)
    drawing[:, 100:] = 200
    clear, hazy = (
        expose(np.random.default_rng(0), drawing, 0.2, Sensor(0.5, noise=0.0, haze=haze), 0.5).astype(float)
        for haze in (0.0, 0.5)
    )
    assert np.ptp(hazy) < 0.6 * np.ptp(clear)


def test_the_simulator_imports_neither_torch_nor_ultralytics() -> None:
    code = (
        "import sys, yardwatch.simulate.yards, yardwatch.simulate.archive, yardwatch.simulate.chips;"
        "print([m for m in ('torch', 'ultralytics') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
