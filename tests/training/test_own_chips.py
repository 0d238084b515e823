"""People's own pictures become chips as the network will read them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from yardwatch.errors import BadInput
from yardwatch.simulate.chips import Chip, ChipOptions
from yardwatch.training.labelled import labelled_pictures
from yardwatch.training.material import Material, prepare
from yardwatch.training.own_chips import NEUTRAL, cut_picture, write_own_chips

OPTIONS = ChipOptions(size_px=128, pixel_m=0.5)
BRIGHT = 250


def draw(path: Path, cars: list[tuple[int, int, str]], classes: tuple[str, ...] = ("freight_box",)) -> Path:
    """A dark picture of 0.25 m a pixel with bright cars of 56 x 12 px, named, corner at (col, row)."""
    pixels = np.full((3, 1024, 1024), 60, np.uint8)
    lines = []
    for col, row, name in cars:
        pixels[:, row : row + 12, col : col + 56] = BRIGHT
        x, y = np.array([col, col + 56]) / 1024, np.array([row, row + 12]) / 1024
        lines.append(f"{classes.index(name)} {x[0]} {y[0]} {x[1]} {y[0]} {x[1]} {y[1]} {x[0]} {y[1]}")
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=1024,
        height=1024,
        count=3,
        dtype="uint8",
        crs="EPSG:32652",
        transform=from_origin(500_000, 4_700_000, 0.25, 0.25),
    ) as file:
        file.write(pixels)
    path.with_suffix(".txt").write_text("\n".join(lines))
    (path.parent / "classes.txt").write_text("\n".join(classes))
    return path


def under(chip: Chip) -> list[float]:
    """Mean grey inside each label."""
    means = []
    for label in chip.labels:
        (x0, y0), (x1, y1) = label.corners_px.min(axis=0), label.corners_px.max(axis=0)
        means.append(float(chip.rgb[round(y0) + 1 : round(y1) - 1, round(x0) + 1 : round(x1) - 1].mean()))
    return means


def test_labels_lie_on_their_cars_at_the_pixel_of_the_release(tmp_path: Path) -> None:
    draw(tmp_path / "a.tif", [(100, 100, "freight_box"), (700, 640, "freight_box")])
    chips = cut_picture(labelled_pictures(tmp_path)[0], OPTIONS)
    with_cars = [chip for chip in chips if chip.labels]
    assert with_cars
    assert min(grey for chip in with_cars for grey in under(chip)) > 200
    assert all(chip.rgb.shape == (128, 128, 3) for chip in chips)
    sizes = [np.ptp(label.corners_px, axis=0).max() for chip in with_cars for label in chip.labels]
    assert max(sizes) == pytest.approx(28, abs=1)


def test_chips_without_cars_do_not_outnumber_those_with(tmp_path: Path) -> None:
    draw(tmp_path / "a.tif", [(100, 100, "freight_box")])
    chips = cut_picture(labelled_pictures(tmp_path)[0], OPTIONS)
    assert len([chip for chip in chips if not chip.labels]) <= len([chip for chip in chips if chip.labels])


def test_a_picture_without_cars_gives_all_its_ground(tmp_path: Path) -> None:
    draw(tmp_path / "a.tif", [])
    assert len(cut_picture(labelled_pictures(tmp_path)[0], OPTIONS)) == 16


def test_a_vehicle_of_unknown_kind_is_greyed_out_and_teaches_nothing(tmp_path: Path) -> None:
    draw(tmp_path / "a.tif", [(100, 100, "unknown"), (200, 140, "freight_box")], ("freight_box", "unknown"))
    chips = cut_picture(labelled_pictures(tmp_path)[0], OPTIONS)
    first = chips[0]
    assert len(first.labels) == 1
    assert first.rgb[53, 64].tolist() == [NEUTRAL] * 3


def test_a_picture_is_cut_once_and_anew_when_its_labels_change(tmp_path: Path) -> None:
    path = draw(
        tmp_path / "in" / "a.tif" if (tmp_path / "in").mkdir() is None else tmp_path, [(100, 100, "freight_box")]
    )
    out = tmp_path / "out"
    first = write_own_chips(out, labelled_pictures(path.parent), OPTIONS)
    files = {file: file.stat().st_mtime_ns for file in out.rglob("*.png")}
    assert write_own_chips(out, labelled_pictures(path.parent), OPTIONS) == first
    assert {file: file.stat().st_mtime_ns for file in out.rglob("*.png")} == files
    draw(path, [(100, 100, "freight_box"), (300, 100, "freight_box")])
    assert write_own_chips(out, labelled_pictures(path.parent), OPTIONS).cars > first.cars


def test_own_pictures_alone_make_a_data_set_for_ultralytics(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    draw(tmp_path / "mine" / "a.tif", [(100, 100, "freight_box"), (700, 640, "freight_box")])
    material = Material(chips=0, data=(tmp_path / "mine",), repeat=3, pixel_m=0.5, size_px=128)
    data_yaml, told = prepare(tmp_path / "set", material, lambda done, total, at: None)
    text = data_yaml.read_text()
    assert text.count("images/train") >= 3
    assert told["own"][0]["cars"] >= 2
    json.dumps(told)


def test_training_seeds_never_reach_those_that_measure() -> None:
    with pytest.raises(BadInput, match="held out"):
        Material(chips=8000, seed=799_000)


def test_nothing_to_train_on_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--chips"):
        prepare(tmp_path, Material(chips=0), lambda done, total, at: None)
