"""A car being put together: blocks in its own frame, and paint as the sun shows it.

Lengths along the car are `u`, across it `v`, both in metres from its centre; heights are above the rail.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import numpy as np

from yardwatch.simulate.light import Light
from yardwatch.simulate.rolling_stock import Car
from yardwatch.simulate.solids import Rgb

Span = tuple[float, float]


@dataclass
class Bench:
    """A car being built: its light, its own random numbers and the blocks so far."""

    car: Car
    light: Light
    rng: np.random.Generator
    rows: list[tuple[float, ...]] = field(default_factory=list)

    def block(self, u: tuple[float, float], v: tuple[float, float], z: tuple[float, float], rgb: Rgb) -> None:
        """A block that casts a shadow, drawn over everything before it."""
        self.rows.append((*u, *v, *z, *rgb, 1.0))

    def face(self, u: tuple[float, float], v: tuple[float, float], z_m: float, rgb: Rgb) -> None:
        """A flat patch at one height, without a shadow of its own."""
        self.rows.append((*u, *v, z_m, z_m, *rgb, 0.0))

    def lit(self, rgb: Rgb, tilt_rad: float) -> Rgb:
        """Paint on a face tilted towards +v (or, if negative, -v)."""
        facing = self.car.heading_rad + math.copysign(math.pi / 2, tilt_rad)
        return scaled(rgb, self.light.brightness(abs(tilt_rad), facing))


def scaled(rgb: Rgb, factor: float) -> Rgb:
    """A colour made brighter or darker."""
    return (rgb[0] * factor, rgb[1] * factor, rgb[2] * factor)


def roof(bench: Bench, u: tuple[float, float], slope_rad: float, strips: int) -> None:
    """A roof arched across the car: strips from flat in the middle to `slope_rad` at the eaves."""
    half, top = bench.car.width_m / 2, bench.car.height_m
    edges = np.linspace(-half, half, strips + 1)
    for low, high in itertools.pairwise(edges):
        tilt = slope_rad * (low + high) / (2 * half)
        bench.face(u, (float(low), float(high)), top, bench.lit(bench.car.rgb, float(tilt)))


def slope(rng: np.random.Generator, low_rad: float, high_rad: float) -> float:
    """How far a roof falls towards its eaves: two in five are as good as flat."""
    return float(rng.uniform(0, 0.12) if rng.random() < 0.4 else rng.uniform(low_rad, high_rad))
