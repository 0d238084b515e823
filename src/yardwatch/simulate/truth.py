"""What really stands in a scene: the oriented box of every car as it appears in the picture, and what is seen of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import shapely

from yardwatch.simulate.car_shapes import seen_height_m
from yardwatch.simulate.kinds import CLASSES, FREIGHT
from yardwatch.simulate.light import Light
from yardwatch.simulate.paths import Points
from yardwatch.simulate.rolling_stock import Car
from yardwatch.simulate.scene import Scene


@dataclass(frozen=True, eq=False)
class TrueCar:
    """One car: class, track, length of its body in metres, seen box (4, 2) in scene metres, visible share 0-1."""

    label: str
    track: str
    length_m: float
    box: Points
    visible: float

    @property
    def centre(self) -> Points:
        """Middle of the seen box, (2,)."""
        middle: Points = self.box.mean(axis=0)
        return middle


def seen_box(car: Car, light: Light) -> Points:
    """The car's body outline where the picture shows it: at roof height, displaced by the sensor's lean."""
    return car.footprint + light.lean_per_m * seen_height_m(car)


def true_cars(scene: Scene) -> list[TrueCar]:
    """Every vehicle of the scene, with the share of its box that no roof hides."""
    pieces = [shapely.Polygon(outline + scene.light.lean_per_m * height) for outline, height in scene.canopies]
    roofs = shapely.union_all(shapely.convex_hull(pieces))  # on the inside of a sharp curve a piece crosses itself
    shapely.prepare(roofs)
    cars = []
    for car in scene.cars:
        box = seen_box(car, scene.light)
        visible = 1.0
        if scene.canopies:
            shape = shapely.Polygon(box)
            visible = 1 - shapely.intersection(shape, roofs).area / shape.area
        cars.append(TrueCar(car.label, car.track, car.length_m, box, float(np.clip(visible, 0, 1))))
    return cars


def counts(cars: list[TrueCar]) -> dict[str, int]:
    """Cars per class, every class named."""
    seen = Counter(car.label for car in cars)
    return {label: seen[label] for label in CLASSES}


def freight_count(cars: list[TrueCar]) -> int:
    """How many of them are freight cars."""
    return sum(car.label in FREIGHT for car in cars)
