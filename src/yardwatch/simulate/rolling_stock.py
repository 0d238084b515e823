"""Railway vehicles: kinds with real dimensions, and trains made of them standing on a track.

Lengths over couplers follow the manufacturers' and operators' tables quoted in the project's notes (gondola
12-132 13.92 m, tank 15-9049 12.02 m, container flat 14.62 m, box 11-066 14.73 m, grain hopper 14.72 m, locomotive
M62 17.55 m), with European and American kinds beside them (auto racks, well and centre-beam cars of 89, 53 and
73 ft). Bodies end about half a metre short of the coupling.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from yardwatch.simulate.paths import Path, Points, box_corners
from yardwatch.simulate.solids import Rgb

CLASSES = ("freight_box", "freight_open", "freight_tank", "freight_flat", "locomotive", "coach")
FREIGHT = CLASSES[:4]
COUPLING_M = 1.05  # between the bodies of two coupled cars

BROWN, FADED, RUST = (106, 78, 64), (136, 118, 104), (136, 88, 64)
BLACK, DARK, GREY, PALE = (54, 53, 55), (78, 76, 77), (132, 132, 130), (182, 180, 174)
WHITE, BEIGE, TAN, RED = (226, 226, 224), (196, 182, 154), (196, 150, 108), (176, 66, 54)
NAVY, BLUE, SKY, GREEN, OLIVE = (62, 72, 112), (78, 96, 150), (126, 152, 182), (74, 108, 86), (104, 106, 80)
YELLOW, ORANGE, TEAL = (208, 176, 66), (212, 122, 50), (72, 128, 132)
DUST = (112, 100, 88)
"""Brake dust and soil of no yard in particular."""
DUSTY_SHARE = 0.3
"""Of the trains: those whose roofs have taken on the colour of the ground they stand on."""


@dataclass(frozen=True)
class Kind:
    """One kind of vehicle. Lengths are over couplers, heights above the rail, all in metres."""

    name: str
    label: str
    lengths_m: tuple[float, ...]
    width_m: tuple[float, float]
    height_m: tuple[float, float]
    liveries: tuple[Rgb, ...]
    share: float


KINDS = (
    Kind(
        "box",
        "freight_box",
        (14.73, 14.73, 16.97, 14.0, 15.4, 16.9, 18.3, 21.0, 10.6, 23.2),
        (2.8, 3.3),
        (3.9, 4.7),
        (BROWN, BROWN, RUST, FADED, FADED, RED, GREEN, GREY, DARK, NAVY, BEIGE, OLIVE),
        0.17,
    ),
    Kind(
        "sliding",
        "freight_box",
        (14.2, 15.5, 15.5, 21.7, 23.2, 14.0),
        (2.7, 3.0),
        (4.0, 4.4),
        (WHITE, WHITE, PALE, GREY, BLUE, NAVY, BEIGE, SKY, RED),
        0.09,
    ),
    Kind(
        "hopper",
        "freight_box",
        (14.72, 12.02, 14.0, 12.5, 16.0, 18.0, 19.8),
        (2.8, 3.25),
        (4.0, 4.7),
        (PALE, WHITE, GREY, GREY, FADED, BROWN, BEIGE, TAN, NAVY, GREEN, DARK),
        0.12,
    ),
    Kind(
        "gondola",
        "freight_open",
        (13.92, 13.92, 13.92, 14.04, 15.74, 12.0, 10.0, 16.2),
        (2.8, 3.16),
        (2.9, 3.8),
        (BROWN, BROWN, RUST, FADED, DARK, BLACK, GREY, NAVY, GREEN),
        0.22,
    ),
    Kind(
        "tank",
        "freight_tank",
        (12.02, 12.02, 12.4, 14.0, 15.3, 16.4, 18.0, 9.8),
        (2.6, 3.0),
        (3.9, 4.6),
        (BLACK, BLACK, DARK, DARK, GREY, PALE, WHITE, BEIGE, TAN, BROWN, ORANGE, BLUE),
        0.20,
    ),
    Kind(
        "flat",
        "freight_flat",
        (14.62, 14.62, 15.02, 18.4, 19.74, 19.74, 25.9, 27.1, 13.9, 20.7),
        (2.6, 3.0),
        (1.15, 1.3),
        (BROWN, DARK, RUST, GREY, FADED),
        0.20,
    ),
    Kind(
        "autorack",
        "freight_box",
        (25.9, 27.4, 27.4, 28.4),
        (3.0, 3.2),
        (4.9, 5.8),
        (PALE, PALE, GREY, FADED, WHITE, RUST, YELLOW),
        0.03,
    ),
    Kind(
        "well",
        "freight_flat",
        (17.4, 18.3, 20.1, 23.2),
        (2.7, 3.0),
        (0.9, 1.1),
        (RUST, DARK, GREY, YELLOW, FADED),
        0.05,
    ),
    Kind(
        "centre-beam",
        "freight_flat",
        (22.3, 24.4),
        (2.7, 2.9),
        (1.1, 1.25),
        (RUST, YELLOW, GREEN, FADED, RED),
        0.02,
    ),
    Kind(
        "locomotive",
        "locomotive",
        (17.55, 17.55, 16.9, 21.0, 12.0, 19.1, 18.9),
        (2.8, 3.2),
        (3.9, 4.5),
        (RED, GREEN, BLUE, ORANGE, YELLOW, GREY, DARK),
        0.0,
    ),
    Kind(
        "coach",
        "coach",
        (24.5, 23.9, 26.4, 25.5),
        (2.8, 3.2),
        (3.9, 4.4),
        (PALE, GREY, DARK, BLUE, GREEN, WHITE, RED, FADED),
        0.0,
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}
FREIGHT_KINDS = tuple(kind for kind in KINDS if kind.share)


@dataclass(frozen=True, eq=False)
class Car:
    """One vehicle standing somewhere. Sizes are of the body, buffers left out; `look` seeds its details."""

    kind: str
    label: str
    track: str
    centre: Points
    heading_rad: float
    length_m: float
    width_m: float
    height_m: float
    rgb: Rgb
    load: str
    look: int

    @property
    def footprint(self) -> Points:
        """Corners (4, 2) of the body on the ground, metres east and north."""
        return box_corners(self.centre, self.heading_rad, self.length_m, self.width_m)


@dataclass(frozen=True)
class Model:
    """What the cars of one order share: kind, sizes, paint and what they carry."""

    kind: Kind
    length_m: float
    width_m: float
    height_m: float
    rgb: Rgb
    load: str


LOADS = {
    "gondola": ("empty", "empty", "ore", "coal", "coal", "scrap", "stone", "timber", "snow"),
    "flat": (*3 * ("empty",), *3 * ("containers",), "one", "vehicles", "crates", "timber"),
    "well": ("stacks", "stacks", "stacks", "empty"),
    "centre-beam": ("lumber", "lumber", "empty"),
}


def random_model(rng: np.random.Generator, kind: Kind, dust: Rgb = DUST) -> Model:
    """A model of one kind: sizes from its table with a few per cent of scatter, paint under more or less `dust`."""
    paint = np.array(kind.liveries[rng.integers(len(kind.liveries))], dtype=float)
    dusty = rng.random() < DUSTY_SHARE
    weather = rng.uniform(0.35, 0.95) if dusty else rng.uniform(0, 0.35)
    paint = paint * (1 - weather) + np.array(dust) * weather
    paint = np.clip(paint * rng.uniform(0.8, 1.25 if dusty else 1.5) + rng.normal(0, 5, 3), 34, 248)
    loads = LOADS.get(kind.name, ("none",))
    return Model(
        kind,
        float(rng.choice(kind.lengths_m) * rng.normal(1, 0.015)),
        float(rng.uniform(*kind.width_m)),
        float(rng.uniform(*kind.height_m)),
        tuple(paint.tolist()),
        loads[rng.integers(len(loads))],
    )


def random_order(rng: np.random.Generator, dust: Rgb = DUST) -> list[Model]:
    """The models a train is put together from: one for a uniform train, up to a dozen for a mixed one."""
    shares = np.array([kind.share for kind in FREIGHT_KINDS])
    count = 1 if rng.random() < 0.5 else int(rng.integers(2, 13))
    kinds = rng.choice(len(FREIGHT_KINDS), size=count, p=shares / shares.sum())
    return [random_model(rng, FREIGHT_KINDS[k], dust) for k in kinds]


@dataclass(frozen=True)
class Berth:
    """A stretch of one track where cars may stand: distances along its path in metres, and the dust of its ground."""

    track: str
    path: Path
    from_m: float
    to_m: float
    dust: Rgb = DUST


def stand(rng: np.random.Generator, berth: Berth, models: list[Model], at_most: int) -> list[Car]:
    """A string of coupled cars from the start of a berth, until it is full or `at_most` cars stand."""
    cars: list[Car] = []
    along = berth.from_m
    slack = float(rng.uniform(0.0, 0.25))
    run = int(rng.integers(1, 6))
    model = models[0]
    while len(cars) < at_most:
        if len(cars) % run == 0:
            model = models[rng.integers(len(models))]
        if along + model.length_m > berth.to_m:
            break
        cars.append(_car(rng, berth, model, along))
        along += model.length_m + slack * float(rng.random())
    return cars


def _car(rng: np.random.Generator, berth: Berth, model: Model, along_m: float) -> Car:
    body_m = model.length_m - COUPLING_M
    middle = along_m + model.length_m / 2
    bogie = body_m * 0.35
    centre, heading = berth.path.chord(middle - bogie, middle + bogie)
    rgb = np.clip(np.array(model.rgb) * rng.normal(1, 0.05) + rng.normal(0, 4, 3), 30, 250)
    load = model.load
    if load not in ("none", "snow") and rng.random() < 0.15:
        options = LOADS[model.kind.name]
        load = options[rng.integers(len(options))]
    return Car(
        model.kind.name,
        model.kind.label,
        berth.track,
        centre,
        heading + np.pi * float(rng.integers(2)),
        body_m,
        model.width_m,
        model.height_m,
        tuple(rgb.tolist()),
        load,
        int(rng.integers(2**31)),
    )


def train(rng: np.random.Generator, berth: Berth, at_most: int) -> list[Car]:
    """A freight train, now and then with a locomotive at its head, or a string of coaches."""
    draw = rng.random()
    if draw < 0.06:
        return stand(rng, berth, [random_model(rng, BY_NAME["coach"], berth.dust)], at_most)
    engines: list[Car] = []
    if draw < 0.22:
        engines = stand(rng, berth, [random_model(rng, BY_NAME["locomotive"])], int(rng.integers(1, 3)))
    used = sum(engine.length_m + COUPLING_M + 0.3 for engine in engines)
    rest = replace(berth, from_m=berth.from_m + used)
    return engines + stand(rng, rest, random_order(rng, berth.dust), at_most)


def fill(rng: np.random.Generator, berth: Berth, busy: float) -> list[Car]:
    """Trains, cuts and single cars along a berth; `busy` is roughly the share of its length they take."""
    cars: list[Car] = []
    along = berth.from_m + float(rng.uniform(0, 30))
    while along < berth.to_m - 12:
        if rng.random() < busy:
            at_most = 1 if rng.random() < 0.15 else int(rng.geometric(0.12))
            part = train(rng, replace(berth, from_m=along), at_most)
            cars += part
            along += sum(car.length_m + COUPLING_M + 0.15 for car in part) + float(rng.exponential(12)) + 1.5
        else:
            along += float(rng.exponential(45)) + 5
    return cars
