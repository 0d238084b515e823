"""Training chips out of people's own labelled pictures, cut as the network will read them.

A picture is read once onto the release's pixel, through the same door as the daily watch, and cut into chips side by
side. A picture that shows no car gives all its chips: they teach what is not a car. One that shows cars gives at most
as many chips without cars as with them.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray

from yardwatch.imagery import open_picture
from yardwatch.simulate.chips import Chip, ChipOptions, chip_labels, yolo_lines
from yardwatch.simulate.kinds import CLASSES
from yardwatch.simulate.truth import TrueCar
from yardwatch.training.labelled import LabelledPicture
from yardwatch.training.naming import class_index

NEUTRAL = 114
"""Grey level where there are no pixels, or a vehicle that must teach nothing; the detector fills with the same."""
HELD_BACK = 10
"""Every tenth chip is kept for validation."""


@dataclass(frozen=True, eq=False)
class _Standing:
    """The cars of one picture on the grid: corners (car, 4, 2) in pixels, class names; what is to be greyed out."""

    corners: NDArray[np.float64]
    names: list[str]
    greyed: list[NDArray[np.float64]]


def cut_picture(picture: LabelledPicture, options: ChipOptions) -> list[Chip]:
    """The chips of one picture that are worth training on; the same every time.

    Raises:
        BadInput: for a class that nobody knows, or a picture that cannot be read.
    """
    opened = open_picture(picture.path, picture.gsd_m, None, options.pixel_m)
    pixels = np.ascontiguousarray(np.moveaxis(np.asarray(opened.chip.pixels, dtype=np.uint8), 0, 2))
    valid = opened.chip.valid & opened.outline_mask
    pixels[~valid] = NEUTRAL
    standing = _standing(picture, opened.grid.crs, Affine(*opened.grid.transform))
    for outline in standing.greyed:
        cv2.fillPoly(pixels, [np.round(outline).astype(np.int32)], (NEUTRAL, NEUTRAL, NEUTRAL))
    chips = [
        _chip(pixels, standing, (row, col), options, opened.chip.gsd_m)
        for row in _starts(pixels.shape[0], options.size_px)
        for col in _starts(pixels.shape[1], options.size_px)
        if valid[row : row + options.size_px, col : col + options.size_px].mean() > 0.25
    ]
    with_cars = [chip for chip in chips if chip.labels]
    without = [chip for chip in chips if not chip.labels]
    if with_cars:
        step = max(1, -(-len(without) // len(with_cars)))
        without = without[::step]
    return with_cars + without


def _standing(picture: LabelledPicture, crs: str | None, transform: Affine) -> _Standing:
    cars = picture.cars if crs is None or picture.cars.crs is None else picture.cars.to_crs(crs)
    a, b, c, d, e, f = tuple(~transform)[:6]
    corners, names, greyed = [], [], []
    for label, shape in zip(cars["class"], cars.geometry, strict=True):
        box = np.asarray(shapely.oriented_envelope(shape).exterior.coords)[:4]
        box = box @ np.array([[a, d], [b, e]]) + np.array([c, f])
        index = class_index(label, picture.path)
        if index is None:
            greyed.append(box)
        else:
            corners.append(box)
            names.append(CLASSES[index])
    return _Standing(np.reshape(corners, (-1, 4, 2)).astype(float), names, greyed)


def _starts(length: int, size: int) -> list[int]:
    """Where chips begin along one axis: evenly, as few as cover it."""
    count = max(1, -(-length // size))
    return [round(k) for k in np.linspace(0, max(0, length - size), count)]


def _chip(
    pixels: NDArray[np.uint8], standing: _Standing, corner: tuple[int, int], options: ChipOptions, gsd_m: float
) -> Chip:
    row, col = corner
    size, half_m = options.size_px, options.size_px * options.pixel_m / 2
    rgb = np.full((size, size, 3), NEUTRAL, np.uint8)
    part = pixels[row : row + size, col : col + size]
    rgb[: part.shape[0], : part.shape[1]] = part
    metres = (standing.corners - [col, row]) * options.pixel_m
    boxes = np.stack([metres[..., 0] - half_m, half_m - metres[..., 1]], axis=-1)
    near = np.abs(boxes.mean(axis=1)).max(axis=1, initial=0) < half_m + 20 if len(boxes) else []
    cars = [
        TrueCar(name, "", 0.0, box, 1.0)
        for name, box, inside in zip(standing.names, boxes, near, strict=True)
        if inside
    ]
    return Chip(rgb, chip_labels(cars, options), gsd_m)


@dataclass(frozen=True)
class Cut:
    """What was cut out of a folder: pictures, chips, cars on them."""

    pictures: int
    chips: int
    cars: int


def write_own_chips(out: Path, pictures: list[LabelledPicture], options: ChipOptions) -> Cut:
    """Writes the chips of pictures under ``out`` as a YOLO-OBB set; a picture that was cut already is kept.

    A picture is cut anew when it, its labels or the options have changed.
    """
    chips = cars = 0
    for picture in pictures:
        note = out / "cut" / f"{_digest(picture, options)}.json"
        if not note.exists():
            made = cut_picture(picture, options)
            for number, chip in enumerate(made):
                _write(
                    out, "val" if number % HELD_BACK == HELD_BACK - 1 else "train", f"{note.stem}-{number:05d}", chip
                )
            note.parent.mkdir(parents=True, exist_ok=True)
            facts = {"picture": picture.path.name, "chips": len(made), "cars": sum(len(c.labels) for c in made)}
            part = note.with_suffix(".part")
            part.write_text(json.dumps(facts), encoding="utf-8")
            os.replace(part, note)
        told = json.loads(note.read_text(encoding="utf-8"))
        chips, cars = chips + told["chips"], cars + told["cars"]
    return Cut(len(pictures), chips, cars)


def _digest(picture: LabelledPicture, options: ChipOptions) -> str:
    """A name for what the chips are made of: the file, its labels, the options."""
    stat = picture.path.stat()
    told = (picture.path.name, stat.st_size, stat.st_mtime_ns, picture.gsd_m, options.pixel_m, options.size_px)
    shapes = picture.cars.geometry.to_wkb().tolist()
    digest = hashlib.sha256(repr((told, shapes, picture.cars["class"].tolist())).encode())
    return digest.hexdigest()[:16]


def _write(out: Path, part: str, name: str, chip: Chip) -> None:
    picture, labels = out / "images" / part / f"{name}.png", out / "labels" / part / f"{name}.txt"
    for path in (picture, labels):
        path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(picture), chip.rgb[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    labels.write_text("\n".join(yolo_lines(chip)), encoding="utf-8")
