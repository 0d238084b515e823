"""What open and flat cars carry, as it looks from above."""

from __future__ import annotations

import math

import numpy as np

from yardwatch.simulate.bench import Bench, scaled
from yardwatch.simulate.paint import BEIGE, BLUE, BROWN, GREEN, GREY, NAVY, ORANGE, PALE, RED, RUST, SKY, TEAL, WHITE
from yardwatch.simulate.solids import Rgb

CONTAINERS = (RUST, BROWN, RED, BLUE, BLUE, NAVY, GREEN, GREY, WHITE, PALE, ORANGE, TEAL, SKY, BEIGE)
LOAD_RGB: dict[str, Rgb] = {
    "empty": (58, 54, 52),
    "ore": (104, 66, 52),
    "coal": (34, 34, 37),
    "scrap": (92, 84, 78),
    "stone": (150, 146, 138),
    "timber": (150, 118, 84),
    "snow": (228, 232, 238),
}


def shade_floor(
    bench: Bench, inside: tuple[tuple[float, float], tuple[float, float]], depth_m: float, rgb: Rgb
) -> None:
    """The strip of an open car's floor that lies in the shadow of its own side wall."""
    u, v = inside
    across = np.array([-math.sin(bench.car.heading_rad), math.cos(bench.car.heading_rad)])
    reach = float(bench.light.shadow_per_m @ across) * depth_m
    reach = float(np.clip(reach, v[0] - v[1], v[1] - v[0]))
    dark = scaled(rgb, max(0.3, bench.light.shade_rgb[1] + 0.12))
    strip = (v[0], v[0] + reach) if reach > 0 else (v[1] + reach, v[1])
    bench.face(u, strip, bench.car.height_m, dark)


def heaps(bench: Bench, inside: tuple[tuple[float, float], tuple[float, float]], rgb: Rgb) -> None:
    (u0, u1), (v0, v1) = inside
    for _ in range(int(bench.rng.integers(2, 9))):
        u = float(bench.rng.uniform(u0 + 1, u1 - 1))
        size = float(bench.rng.uniform(0.5, 1.0))
        bench.face(
            (u - size, u + size),
            (max(v0, -size), min(v1, size)),
            bench.car.height_m,
            scaled(rgb, float(bench.rng.uniform(0.75, 1.35))),
        )


def load_deck(bench: Bench) -> None:
    car, rng = bench.car, bench.rng
    reach, deck = car.length_m / 2, car.height_m
    if car.load == "timber":
        bench.block(
            (-reach + 0.5, reach - 0.5),
            (-1.25, 1.25),
            (deck, deck + float(rng.uniform(0.8, 2.4))),
            scaled(LOAD_RGB["timber"], float(rng.uniform(0.7, 1.1))),
        )
        return
    sizes = {
        "containers": (6.06, 12.19, 6.06, 13.7),
        "one": (6.06, 12.19),
        "vehicles": (4.6, 6.5, 9.0),
        "crates": (2.2, 3.5, 5.0),
    }[car.load]
    u = -reach + float(rng.uniform(0.1, 0.6))
    if car.load == "one":
        u = float(rng.uniform(-reach, reach - 6.1))
    livery = CONTAINERS[rng.integers(len(CONTAINERS))]
    while True:
        size = min(float(rng.choice(sizes)), 2 * reach - 0.1)
        if u + size > reach:
            break
        if rng.random() < 0.45:
            livery = CONTAINERS[rng.integers(len(CONTAINERS))]
        if rng.random() < 0.88:
            _piece(bench, (u, u + size), livery)
        if car.load == "one":
            break
        u += size + float(rng.uniform(0.05, 0.5 if car.load == "containers" else 1.2))


def _piece(bench: Bench, u: tuple[float, float], livery: Rgb) -> None:
    car, rng = bench.car, bench.rng
    if car.load in ("containers", "one"):
        width, height = 2.44, float(rng.choice([2.59, 2.9]))
    else:
        width, height = float(rng.uniform(1.9, 2.6)), float(rng.uniform(0.8, 2.4))
    rgb = scaled(livery, float(rng.uniform(0.75, 1.15)))
    top = car.height_m + height
    bench.block(u, (-width / 2, width / 2), (car.height_m, top), rgb)
    if car.load == "vehicles":
        bench.face((u[0] + 0.8, u[0] + 2.0), (-width / 2 + 0.2, width / 2 - 0.2), top, scaled(rgb, 0.5))
    elif rng.random() < 0.3:
        bench.face((u[0] + 0.3, u[1] - 0.3), (-0.25, 0.25), top, scaled(rgb, 1.15))


def stack(bench: Bench) -> None:
    """One container in a well, or a second one on it, which may be longer."""
    car, rng = bench.car, bench.rng
    room = car.length_m - 4.4
    size = float(min(room, rng.choice([12.19, 12.19, 13.7, 16.15])))
    at = float(rng.uniform(-0.5, 0.5)) * max(0.0, room - size)
    base, top = 0.4, 3.0
    for longer in (0.0, float(rng.choice([0.0, 0.75]))):
        livery = scaled(CONTAINERS[rng.integers(len(CONTAINERS))], float(rng.uniform(0.8, 1.2)))
        reach = size / 2 + longer
        bench.block((at - reach, at + reach), (-1.22, 1.22), (base, top), livery)
        if rng.random() < 0.3:
            bench.face((at - reach + 0.3, at + reach - 0.3), (-0.25, 0.25), top, scaled(livery, 1.15))
        if rng.random() < 0.35:
            return
        base, top = top, top + 2.7


def board_packs(bench: Bench) -> None:
    """Wrapped packs of boards in rows on both sides of a centre beam."""
    car, rng = bench.car, bench.rng
    reach = car.length_m / 2 - 0.4
    pack = float(rng.choice([2.4, 3.0, 4.9]))
    wrap = scaled(
        [WHITE, WHITE, PALE, LOAD_RGB["timber"], SKY][rng.integers(5)],
        float(rng.uniform(0.8, 1.05)),
    )
    height = car.height_m + float(rng.uniform(1.2, 3.2))
    for side in (-1, 1):
        for u in np.arange(-reach, reach - pack + 0.1, pack + 0.08):
            if rng.random() < 0.93:
                across = sorted((side * 0.18, side * 1.35))
                shade = scaled(wrap, float(rng.uniform(0.9, 1.08)))
                bench.block((float(u), float(u) + pack), (across[0], across[1]), (car.height_m, height), shade)
