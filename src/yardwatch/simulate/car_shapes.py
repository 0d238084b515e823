"""What a vehicle looks like from above: its body, roof, load and fittings as blocks in the car's own frame.

Lengths along the car are `u`, across it `v`, both in metres from its centre; heights are above the rail.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from yardwatch.simulate.bench import Bench, Span, roof, scaled, slope
from yardwatch.simulate.cargo import LOAD_RGB, board_packs, heaps, load_deck, shade_floor, stack
from yardwatch.simulate.engines import engine
from yardwatch.simulate.light import Light
from yardwatch.simulate.paint import BLACK, DARK, FADED, GREY, PALE, WHITE
from yardwatch.simulate.rolling_stock import Car
from yardwatch.simulate.solids import Solids


def _ribs(bench: Bench, spacing_m: float, factor: float) -> None:
    half, reach, top = bench.car.width_m / 2, bench.car.length_m / 2, bench.car.height_m
    for u in np.arange(-reach + spacing_m / 2, reach, spacing_m):
        bench.face((float(u) - 0.1, float(u) + 0.1), (-half, half), top, scaled(bench.car.rgb, factor))


def _box(bench: Bench) -> None:
    car, rng = bench.car, bench.rng
    half, reach, top = car.width_m / 2, car.length_m / 2, car.height_m
    bench.block((-reach, reach), (-half, half), (0.3, top), car.rgb)
    roof(bench, (-reach, reach), slope(rng, 0.15, 0.75), int(rng.integers(2, 6)))
    style = rng.random()
    if style < 0.35:
        _ribs(bench, float(rng.uniform(0.8, 2.2)), float(rng.uniform(0.75, 1.12)))
    elif style < 0.55:
        bench.face((-reach, reach), (-0.3, 0.3), top, scaled(car.rgb, float(rng.choice([0.7, 1.25]))))
    elif style < 0.7:
        third = float(rng.uniform(-reach, reach))
        bench.face((third - 1.6, third + 1.6), (-half, half), top, scaled(car.rgb, float(rng.uniform(0.75, 1.3))))


def _hopper(bench: Bench) -> None:
    car, rng = bench.car, bench.rng
    reach, top = car.length_m / 2, car.height_m
    half = car.width_m / 2
    ends = float(rng.uniform(0, 0.9)) if car.length_m > 9 else 0.0
    bench.block((-reach, reach), (-half, half), (0.3, 1.4), scaled(car.rgb, 0.55))
    bench.block((-reach + ends, reach - ends), (-half, half), (1.4, top), car.rgb)
    roof(bench, (-reach + ends, reach - ends), slope(rng, 0.2, 0.8), 4)
    if rng.random() < 0.7:
        count = int(rng.integers(3, 7))
        for u in np.linspace(-reach + 1.5, reach - 1.5, count):
            size = float(rng.uniform(0.35, 0.6))
            bench.face((u - size, u + size), (-size, size), top + 0.1, scaled(car.rgb, float(rng.uniform(0.6, 0.85))))
    if rng.random() < 0.4:
        bench.face((-reach + ends, reach - ends), (0.5, 0.75), top, scaled(car.rgb, 1.2))


def _gondola(bench: Bench) -> None:
    car, rng = bench.car, bench.rng
    half, reach, top = car.width_m / 2, car.length_m / 2, car.height_m
    bench.block((-reach, reach), (-half, half), (0.3, top), scaled(car.rgb, float(rng.uniform(0.95, 1.55))))
    rim = float(rng.uniform(0.12, 0.3))
    inside = ((-reach + rim, reach - rim), (-half + rim, half - rim))
    rgb = scaled(LOAD_RGB[car.load], float(rng.uniform(0.75, 1.3)))
    depth_m = 0.15
    if car.load == "empty":
        depth_m = top - 1.3
        rgb = tuple((0.55 * np.array(rgb) + 0.45 * np.array(car.rgb)).tolist())
    bench.face(*inside, top, rgb)
    shade_floor(bench, inside, depth_m, rgb)
    if car.load == "empty" and rng.random() < 0.5:
        for u in np.linspace(-reach, reach, int(rng.integers(3, 8)))[1:-1]:
            bench.face((u - 0.1, u + 0.1), inside[1], top, scaled(car.rgb, 0.9))
    if car.load != "empty":
        heaps(bench, inside, rgb)


def _tank(bench: Bench) -> None:
    car, rng = bench.car, bench.rng
    half, reach, top = car.width_m / 2, car.length_m / 2, car.height_m
    ends = float(rng.uniform(0.2, 0.9))
    bench.block((-reach, reach), (-half * 0.85, half * 0.85), (0.6, 1.2), scaled(DARK, float(rng.uniform(0.6, 1.1))))
    bench.block((-reach + ends, reach - ends), (-half, half), (1.2, top - 0.25), car.rgb)
    angles = np.linspace(-1.25, 1.25, 7)
    edges = half * np.sin(angles) / math.sin(1.25)
    for k in range(6):
        tilt = float(angles[k] + angles[k + 1]) / 2
        bench.face(
            (-reach + ends, reach - ends),
            (float(edges[k]), float(edges[k + 1])),
            top - 0.25,
            bench.lit(car.rgb, tilt * 0.95),
        )
    if rng.random() < 0.6:
        _glint(bench, (-reach + ends, reach - ends))
    if rng.random() < 0.75:
        rgb = scaled(car.rgb, float(rng.choice([0.55, 0.7, 1.35])))
        bench.block((-0.5, 0.5), (-0.5, 0.5), (top - 0.25, top), rgb)
        bench.face((-float(rng.uniform(0.8, 3)), 2.0), (-0.4, 0.4), top - 0.2, rgb)
    if rng.random() < 0.3:
        band = float(rng.uniform(-reach * 0.5, reach * 0.5))
        bench.face((band - 0.5, band + 0.5), (-half, half), top - 0.25, scaled(car.rgb, float(rng.uniform(0.6, 1.4))))


def _glint(bench: Bench, u: Span) -> None:
    """The line along a glossy barrel where the sun is mirrored: half way between the zenith and the sun."""
    car, rng, light = bench.car, bench.rng, bench.light
    across = -float(light.shadow_per_m @ np.array([-math.sin(car.heading_rad), math.cos(car.heading_rad)]))
    tilt = math.atan(across) / 2  # of the surface that mirrors the sun to an overhead sensor
    middle = car.width_m / 2 * math.sin(tilt) / math.sin(1.25)
    half = float(rng.uniform(0.08, 0.3))
    white = float(rng.uniform(0.15, 0.6))
    rgb = tuple(value + (255 - value) * white for value in car.rgb)
    bench.face(u, (middle - half, middle + half), car.height_m - 0.25, (rgb[0], rgb[1], rgb[2]))


def _flat(bench: Bench) -> None:
    car, rng = bench.car, bench.rng
    half, reach, top = car.width_m / 2, car.length_m / 2, car.height_m
    skeleton = rng.random() < 0.5
    rgb = scaled(car.rgb, float(rng.uniform(0.6, 1.0)))
    if skeleton:
        bench.block((-reach, reach), (-0.45, 0.45), (0.5, top), rgb)
        for side in (-half + 0.15, half - 0.15):
            bench.block((-reach, reach), (side - 0.15, side + 0.15), (0.5, top), rgb)
        for u in np.linspace(-reach + 0.2, reach - 0.2, int(rng.integers(5, 10))):
            bench.block((float(u) - 0.25, float(u) + 0.25), (-half, half), (0.5, top), rgb)
    else:
        bench.block((-reach, reach), (-half, half), (0.5, top), rgb)
        if rng.random() < 0.7:
            wood = ((140, 118, 94), (128, 120, 112), (112, 104, 98), (150, 138, 122))[rng.integers(4)]
            floor = (-reach + 0.4, reach - 0.4), (-half + 0.2, half - 0.2)
            bench.face(*floor, top, scaled(wood, float(rng.uniform(0.55, 1.1))))
        if rng.random() < 0.4:
            _low_sides(bench)
    if rng.random() < 0.6:
        _fittings(bench)
    if car.load != "empty":
        load_deck(bench)


def _low_sides(bench: Bench) -> None:
    """Boards of half a metre along both sides, dropped here and there, and higher walls at the ends."""
    car, rng = bench.car, bench.rng
    half, reach, top = car.width_m / 2, car.length_m / 2, car.height_m
    rgb = scaled(car.rgb, float(rng.uniform(0.7, 1.3)))
    edges = np.linspace(-reach, reach, int(rng.integers(4, 9)))
    for side in (-half, half - 0.1):
        for low, high in itertools.pairwise(edges):
            if rng.random() < 0.85:
                bench.block((float(low) + 0.05, float(high) - 0.05), (side, side + 0.1), (top, top + 0.5), rgb)
    for end in (-reach, reach - 0.12):
        bench.block((end, end + 0.12), (-half, half), (top, top + float(rng.uniform(0.5, 1.2))), rgb)


def _fittings(bench: Bench) -> None:
    """What stands about on a deck: brackets, container locks, chains, stakes, bits of pale timber, open holes."""
    car, rng = bench.car, bench.rng
    half, reach, top = car.width_m / 2, car.length_m / 2, car.height_m
    for _ in range(int(rng.integers(4, 16))):
        u, v = float(rng.uniform(-reach, reach - 1)), float(rng.uniform(-half, half - 0.5))
        size = float(rng.uniform(0.3, 1.8)), float(rng.uniform(0.2, 0.9))
        rgb = scaled((BLACK, DARK, GREY, PALE, WHITE, FADED, car.rgb)[rng.integers(7)], float(rng.uniform(0.6, 1.1)))
        bench.face((u, min(u + size[0], reach)), (v, min(v + size[1], half)), top, rgb)
    if rng.random() < 0.4:
        for u in np.linspace(-reach + 0.5, reach - 0.5, int(rng.integers(4, 10))):
            for side in (-half, half - 0.12):
                bench.block((float(u) - 0.06, float(u) + 0.06), (side, side + 0.12), (top, top + 1.2), car.rgb)


def _well(bench: Bench) -> None:
    """A low frame between two bogies with one container in it, or two on top of each other."""
    car = bench.car
    half, reach = car.width_m / 2, car.length_m / 2
    for end in (-reach, reach - 2.2):
        bench.block((end, end + 2.2), (-half * 0.8, half * 0.8), (0.5, car.height_m), scaled(car.rgb, 0.8))
    for side in (-half, half - 0.18):
        bench.block((-reach + 1.8, reach - 1.8), (side, side + 0.18), (0.4, car.height_m), car.rgb)
    if car.load == "stacks":
        stack(bench)


def _centre_beam(bench: Bench) -> None:
    """A wall along the middle of a deck, with packs of wrapped boards on both sides or none."""
    car, rng = bench.car, bench.rng
    half, reach, deck = car.width_m / 2, car.length_m / 2, car.height_m
    bench.block((-reach, reach), (-half, half), (0.5, deck), scaled(car.rgb, 0.75))
    if car.load == "lumber":
        board_packs(bench)
    bench.block((-reach + 0.3, reach - 0.3), (-0.15, 0.15), (deck, 4.6), scaled(car.rgb, float(rng.uniform(0.9, 1.3))))
    for end in (-reach, reach - 0.3):
        bench.block((end, end + 0.3), (-half, half), (deck, 4.4), car.rgb)


def _coach(bench: Bench) -> None:
    car, rng = bench.car, bench.rng
    half, reach, top = car.width_m / 2, car.length_m / 2, car.height_m
    bench.block((-reach, reach), (-half, half), (0.3, top), car.rgb)
    roof(bench, (-reach, reach), slope(rng, 0.3, 0.8), 5)
    if rng.random() < 0.75:
        for u in np.linspace(-reach + 2, reach - 2, int(rng.integers(4, 12))):
            bench.face((u - 0.4, u + 0.4), (-0.4, 0.4), top, scaled(car.rgb, float(rng.uniform(0.6, 1.3))))


BUILDERS: dict[str, Callable[[Bench], None]] = {
    "box": _box,
    "sliding": _box,
    "hopper": _hopper,
    "gondola": _gondola,
    "tank": _tank,
    "flat": _flat,
    "autorack": _box,
    "well": _well,
    "centre-beam": _centre_beam,
    "locomotive": engine,
    "coach": _coach,
}


def _weather(bench: Bench) -> None:
    """Rust, soot and snow patches that hide the tidy edges of paint."""
    car, rng = bench.car, bench.rng
    if car.kind in ("flat", "gondola", "well", "centre-beam"):
        return
    top = max(row[5] for row in bench.rows)
    for _ in range(int(rng.integers(0, 4))):
        u = float(rng.uniform(-car.length_m / 2, car.length_m / 2 - 1.5))
        v = float(rng.uniform(-car.width_m / 2, car.width_m / 2 - 0.6))
        bench.face(
            (u, min(u + float(rng.uniform(0.8, 4)), car.length_m / 2)),
            (v, min(v + float(rng.uniform(0.4, 1.5)), car.width_m / 2)),
            top - 0.2,
            scaled(car.rgb, float(rng.uniform(0.78, 1.2))),
        )


def _under_film(rgb: NDArray[np.float64], car: Car) -> NDArray[np.float64]:
    """Colours (n, 3) of a car's parts under what lies over them; light and shade of the parts show through by half."""
    relief = rgb.mean(axis=1, keepdims=True) / max(1.0, float(np.mean(car.rgb)))
    film = np.array(car.film.rgb) * np.clip(np.sqrt(relief), 0.5, 1.4)
    return np.asarray(rgb * (1 - car.film.cover) + film * car.film.cover)


def car_solids(car: Car, light: Light) -> Solids:
    """The blocks of one car in the scene's frame, in the order they are drawn."""
    bench = Bench(car, light, np.random.default_rng(car.look))
    BUILDERS[car.kind](bench)
    _weather(bench)
    rows = np.array(bench.rows, dtype=float)
    rows[:, 6:9] = _under_film(rows[:, 6:9], car)
    u, v = rows[:, [0, 0, 1, 1]], rows[:, [2, 3, 3, 2]]
    cos, sin = math.cos(car.heading_rad), math.sin(car.heading_rad)
    corners = np.stack([car.centre[0] + u * cos - v * sin, car.centre[1] + u * sin + v * cos], axis=2)
    return Solids(corners, rows[:, 4], rows[:, 5], rows[:, 6:9], rows[:, 6:9] * 0.6, rows[:, 9] > 0)


def seen_height_m(car: Car) -> float:
    """Height of the surface that draws the outline of a car in a picture."""
    return car.height_m - 0.25 if car.kind == "tank" else car.height_m
