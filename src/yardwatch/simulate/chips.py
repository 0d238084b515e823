"""Training chips: small pictures of simulated yards or of real ground, with the labels a detector learns from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from yardwatch.simulate.ground import Image, mosaic
from yardwatch.simulate.kinds import CLASSES
from yardwatch.simulate.scene import Ground, Scene, Wish, draw, random_scene
from yardwatch.simulate.sensor import Sensor, expose, random_sensor
from yardwatch.simulate.truth import TrueCar, true_cars

FINE_M = 0.2  # pixel of the drawing before the sensor
SEEN_AT_LEAST = 0.4  # a car with less than this share in sight is no label
INSIDE_AT_LEAST = 0.25  # and neither is one with less than this share inside the chip


@dataclass(frozen=True)
class ChipOptions:
    """How chips are made. Pixels and lengths as the model sees them."""

    size_px: int = 320
    pixel_m: float = 0.4
    gsd_range_m: tuple[float, float] = (0.3, 1.2)
    backgrounds: Path | None = None
    negative_share: float = 0.17
    """Share of chips that are real ground only; without backgrounds there are none."""
    town_share: float = 0.05
    """Share of the drawn chips without any track: towns, ports and fields."""
    hard_share: float = 0.5
    """Share of the drawn chips whose trains have more of the cars that are hardest to find."""


@dataclass(frozen=True, eq=False)
class Label:
    """One car in a chip: class index, corners (4, 2) in pixels (x right, y down, 0 at the outer edge)."""

    class_index: int
    corners_px: np.ndarray


@dataclass(frozen=True, eq=False)
class Chip:
    """A picture (size, size, 3) uint8 RGB and its labels."""

    rgb: Image
    labels: tuple[Label, ...]
    gsd_m: float


def training_chip(seed: int, options: ChipOptions) -> Chip:
    """One chip; the same seed and options give the same bytes on one platform."""
    rng, sensor, scene = _begun(seed, options)
    if scene is None:
        assert options.backgrounds is not None, "only then is a chip nothing but ground"
        side_m = options.size_px * options.pixel_m
        drawing = mosaic(rng, options.backgrounds, round(side_m / 0.3), 0.3)
        picture = expose(rng, drawing, side_m / drawing.shape[0], sensor, options.pixel_m)
        return Chip(picture, (), sensor.gsd_m)
    drawing = draw(scene, FINE_M, Ground(options.backgrounds))
    picture = expose(rng, drawing, FINE_M, sensor, options.pixel_m)
    return Chip(picture, chip_labels(true_cars(scene), options), sensor.gsd_m)


def chip_scene(seed: int, options: ChipOptions) -> Scene | None:
    """What the chip of a seed shows; None where that is real ground only."""
    return _begun(seed, options)[2]


def _begun(seed: int, options: ChipOptions) -> tuple[np.random.Generator, Sensor, Scene | None]:
    """The generator of a chip, with which it is drawn on, its sensor and its scene."""
    rng = np.random.default_rng([seed, 2])
    sensor = random_sensor(rng, options.gsd_range_m)
    if options.backgrounds is not None and rng.random() < options.negative_share:
        return rng, sensor, None
    tracks, hard = rng.random() >= options.town_share, rng.random() < options.hard_share
    return rng, sensor, random_scene(seed, Wish(options.size_px * options.pixel_m, tracks=tracks, hard=hard))


def chip_labels(cars: list[TrueCar], options: ChipOptions) -> tuple[Label, ...]:
    """Labels of the cars that are in sight, boxes cut at the chip's edge."""
    size, half_m = options.size_px, options.size_px * options.pixel_m / 2
    frame = shapely.box(0, 0, size, size)
    labels = []
    for car in cars:
        corners = np.stack([car.box[:, 0] + half_m, half_m - car.box[:, 1]], axis=1) / options.pixel_m
        if np.all((corners >= 0) & (corners <= size)):
            cut = corners
        else:
            cut, share = _cut(corners, frame)
            if share < INSIDE_AT_LEAST:
                continue
        if car.visible >= SEEN_AT_LEAST:
            labels.append(Label(CLASSES.index(car.label), np.clip(cut, 0, size)))
    return tuple(labels)


def _cut(corners: np.ndarray, frame: shapely.Polygon) -> tuple[np.ndarray, float]:
    """The part of a box inside the frame, as a box of the same heading, and its share of the whole."""
    whole = shapely.Polygon(corners)
    part = shapely.intersection(whole, frame)
    if not isinstance(part, shapely.Polygon) or part.area <= 0:
        return corners, 0.0
    axis = corners[1] - corners[2]
    axis = axis / max(float(np.hypot(*axis)), 1e-9)
    turn = np.array([axis, [-axis[1], axis[0]]])
    local = np.asarray(part.exterior.coords) @ turn.T
    (u0, v0), (u1, v1) = local.min(axis=0), local.max(axis=0)
    box = np.array([[u1, v1], [u0, v1], [u0, v0], [u1, v0]])
    return box @ turn, float(part.area / whole.area)


def yolo_lines(chip: Chip) -> list[str]:
    """The labels as lines of a YOLO-OBB file: class and four corners, each coordinate as a share of the picture."""
    size = chip.rgb.shape[0]
    return [
        " ".join([str(label.class_index), *(f"{value:.6f}" for value in (label.corners_px / size).ravel())])
        for label in chip.labels
    ]
