"""Trains made of railway vehicles and where they stand on a track."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from yardwatch.simulate.kinds import BY_NAME, FREIGHT_KINDS, Kind
from yardwatch.simulate.paint import CLEAN, DUST, Film
from yardwatch.simulate.paths import Path, Points, box_corners
from yardwatch.simulate.solids import Rgb

COUPLING_M = 1.05  # between the bodies of two coupled cars
GANGWAY_M = 0.5  # between those of two coaches, whose bellows close most of the gap

DUSTY_SHARE = 0.35
"""Of the models: those that lie, load and fittings too, under a film in the colour of the ground they stand on."""


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
    film: Film = CLEAN

    @property
    def footprint(self) -> Points:
        """Corners (4, 2) of the body on the ground, metres east and north."""
        return box_corners(self.centre, self.heading_rad, self.length_m, self.width_m)


@dataclass(frozen=True)
class Model:
    """What the cars of one order share: kind, sizes, paint, what they carry and what lies over it."""

    kind: Kind
    length_m: float
    width_m: float
    height_m: float
    rgb: Rgb
    load: str
    film: Film = CLEAN


LOADS = {
    "gondola": ("empty", "empty", "ore", "coal", "coal", "scrap", "stone", "timber", "snow"),
    "flat": (*3 * ("empty",), *3 * ("containers",), "one", "vehicles", "crates", "timber"),
    "well": ("stacks", "stacks", "stacks", "empty"),
    "centre-beam": ("lumber", "lumber", "empty"),
}


def random_model(rng: np.random.Generator, kind: Kind, dust: Rgb = DUST) -> Model:
    """A model of one kind: sizes from its table with a few per cent of scatter, paint under more or less `dust`."""
    paint = np.array(kind.liveries[rng.integers(len(kind.liveries))], dtype=float)
    paint = np.clip(paint * rng.uniform(0.8, 1.5) + rng.normal(0, 5, 3), 34, 248)
    dusty = rng.random() < DUSTY_SHARE
    film = np.clip(np.array(dust) * rng.uniform(0.8, 1.2) + rng.normal(0, 4, 3), 34, 248)
    cover = float(rng.uniform(0.4, 1.0) if dusty else rng.uniform(0, 0.3))
    loads = LOADS.get(kind.name, ("none",))
    return Model(
        kind,
        float(rng.choice(kind.lengths_m) * rng.normal(1, 0.015)),
        float(rng.uniform(*kind.width_m)),
        float(rng.uniform(*kind.height_m)),
        tuple(paint.tolist()),
        loads[rng.integers(len(loads))],
        Film(tuple(film.tolist()), cover),
    )


def random_order(rng: np.random.Generator, dust: Rgb = DUST, hard: bool = False) -> list[Model]:
    """The models a train is put together from: one for a uniform train, up to a dozen for a mixed one.

    `hard` takes more of the kinds that a detector finds hardest.
    """
    shares = np.array([kind.hard_share if hard else kind.share for kind in FREIGHT_KINDS])
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
    body_m = model.length_m - (GANGWAY_M if model.kind.name == "coach" else COUPLING_M)
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
        replace(model.film, cover=float(np.clip(model.film.cover + rng.normal(0, 0.06), 0, 1))),
    )


def train(rng: np.random.Generator, berth: Berth, at_most: int, hard: bool = False) -> list[Car]:
    """A freight train, now and then with a locomotive at its head, or a string of coaches."""
    draw = rng.random()
    if draw < 0.09:
        return stand(rng, berth, [random_model(rng, BY_NAME["coach"], berth.dust)], at_most)
    engines: list[Car] = []
    if draw < 0.33:
        engines = stand(rng, berth, [random_model(rng, BY_NAME["locomotive"])], int(rng.integers(1, 3)))
    used = sum(engine.length_m + COUPLING_M + 0.3 for engine in engines)
    rest = replace(berth, from_m=berth.from_m + used)
    return engines + stand(rng, rest, random_order(rng, berth.dust, hard), at_most)


def fill(rng: np.random.Generator, berth: Berth, busy: float, hard: bool = False) -> list[Car]:
    """Trains, cuts and single cars along a berth; `busy` is roughly the share of its length they take."""
    cars: list[Car] = []
    along = berth.from_m + float(rng.uniform(0, 30))
    while along < berth.to_m - 12:
        if rng.random() < busy:
            at_most = 1 if rng.random() < 0.15 else int(rng.geometric(0.12))
            part = train(rng, replace(berth, from_m=along), at_most, hard)
            cars += part
            along += sum(car.length_m + COUPLING_M + 0.15 for car in part) + float(rng.exponential(12)) + 1.5
        else:
            along += float(rng.exponential(45)) + 5
    return cars
