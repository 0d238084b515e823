"""Locomotives from above: switchers with a hood, diesel and electric engines with gear on their roofs."""

from __future__ import annotations

import numpy as np

from yardwatch.simulate.bench import Bench, roof, scaled, slope
from yardwatch.simulate.paint import BLACK, DARK, FADED, GREY, PALE, RED


def engine(bench: Bench) -> None:
    """A road switcher with a long hood, or a body from end to end with cabs in bright paint and gear on its roof."""
    car, rng = bench.car, bench.rng
    half, reach, top = car.width_m / 2, car.length_m / 2, car.height_m
    if rng.random() < 0.4:
        bench.block((-reach, reach), (-half, half), (0.3, 1.6), scaled(car.rgb, 0.7))
        bench.block((-reach + 0.8, reach - 0.8), (-half * 0.62, half * 0.62), (1.6, top - 0.4), car.rgb)
        cab = float(rng.uniform(-reach * 0.4, reach - 3))
        bench.block((cab, cab + 2.5), (-half, half), (1.6, top), scaled(car.rgb, 1.1))
        _fans(bench, 0.5)
        return
    bench.block((-reach, reach), (-half, half), (0.3, top), car.rgb)
    roof(bench, (-reach, reach), slope(rng, 0.1, 0.5), 3)
    deck = scaled((GREY, DARK, PALE, FADED)[rng.integers(4)], float(rng.uniform(0.5, 1.1)))
    bench.face((-reach + 2.5, reach - 2.5), (-half * 0.75, half * 0.75), top, deck)
    if rng.random() < 0.55:
        _pantographs(bench)
    _fans(bench, 0.9)


def _fans(bench: Bench, half_m: float) -> None:
    """Fans, exhausts and grilles along the roof of an engine, dark and square, none nearer than 2 m to its ends."""
    car, rng = bench.car, bench.rng
    reach = car.length_m / 2
    for u in rng.uniform(-reach + 2, reach - 2, int(rng.integers(2, 7))):
        size = float(rng.uniform(0.4, 0.9))
        across = min(size * 0.8, half_m)
        bench.face((u - size, u + size), (-across, across), car.height_m, scaled(DARK, float(rng.uniform(0.3, 1.2))))


def _pantographs(bench: Bench) -> None:
    """Two folded current collectors over the bogies, the bus bar between them and its insulators."""
    car, rng = bench.car, bench.rng
    top = car.height_m
    at = car.length_m / 2 * float(rng.uniform(0.45, 0.7))
    metal = scaled((PALE, GREY, RED, BLACK)[rng.integers(4)], float(rng.uniform(0.8, 1.2)))
    bench.face((-at, at), (-0.08, 0.08), top, metal)
    for u in np.arange(-at, at, 1.6):
        bench.face((float(u), float(u) + 0.3), (-0.2, 0.2), top, scaled(FADED, float(rng.uniform(0.6, 1.2))))
    for middle in (-at, at):
        for u in (-1.0, 0.0, 1.0):
            bench.block((middle + u - 0.1, middle + u + 0.1), (-0.85, 0.85), (top, top + 0.4), metal)
        for side in (-0.6, 0.5):
            bench.face((middle - 1.0, middle + 1.0), (side, side + 0.12), top, metal)
