"""A whole yard: tracks, cars, surroundings and light put together from one seed, and its drawing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as FilePath

import numpy as np

from yardwatch.simulate import surroundings
from yardwatch.simulate.car_shapes import car_solids
from yardwatch.simulate.ground import Image, grain, procedural_ground, real_ground
from yardwatch.simulate.layout import Group, crossover, random_groups
from yardwatch.simulate.light import Light, random_light
from yardwatch.simulate.paths import Path, Points
from yardwatch.simulate.render import Canvas, draw_rails, draw_solids, draw_tracks
from yardwatch.simulate.rolling_stock import Car, fill
from yardwatch.simulate.solids import Rgb, Solids, together


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything in a square of `side_m` metres around the origin, in metres east and north of its centre."""

    side_m: float
    groups: tuple[Group, ...]
    crossovers: tuple[Path, ...]
    cars: tuple[Car, ...]
    things: Solids
    patches: tuple[tuple[Points, Rgb], ...]
    strips: tuple[tuple[Points, Rgb], ...]
    canopies: tuple[tuple[Points, float], ...]
    """Roofs over tracks: outline and height in metres."""
    light: Light
    snow: bool
    seed: int


@dataclass(frozen=True)
class Wish:
    """What a random scene should be like."""

    side_m: float
    busy: float | None = None
    """Share of the usable track length with cars on it; None: drawn anew for every scene."""
    cars_at_most: int = 100_000
    tracks: bool = True
    """Without them: a town, a port or fields, crowded with what looks like railcars and is none."""
    hard: bool = False
    """Whether the trains have more of the cars that a detector finds hardest than everyday traffic has."""


def random_scene(seed: int, wish: Wish) -> Scene:
    """A yard nobody has seen; the same seed gives the same yard."""
    rng = np.random.default_rng(seed)
    snow = rng.random() < 0.06
    light = random_light(rng)
    groups = random_groups(rng, wish.side_m / 2, snow) if wish.tracks else []
    site = surroundings.Site(rng, wish.side_m + 20)
    _surround(site, groups)
    busy = wish.busy
    if busy is None:
        busy = float(rng.choice([0.0, 0.08, 0.25, 0.5, 0.75, 0.95], p=[0.08, 0.16, 0.22, 0.22, 0.18, 0.14]))
    cars = [
        car
        for group in groups
        for track in group.tracks
        for car in fill(rng, track.berth, busy * float(rng.uniform(0.4, 1.6)), wish.hard)
    ]
    inside = [car for car in cars if np.abs(car.centre).max() < wish.side_m / 2 + 20]
    crossings = [crossover(group.tracks, rng) for group in groups if rng.random() < 0.4]
    return Scene(
        wish.side_m,
        tuple(groups),
        tuple(c for c in crossings if c),
        tuple(inside[: wish.cars_at_most]),
        site.pile.solids(),
        tuple(site.patches),
        tuple(site.strips),
        tuple(site.canopies),
        light,
        bool(snow),
        seed,
    )


def _surround(site: surroundings.Site, groups: list[Group]) -> None:
    """Puts up what stands beside the tracks; more of it in larger scenes."""
    rng = site.rng
    for group in groups:
        site.take(group.ground)
    for group in groups:
        if rng.random() < 0.55:
            surroundings.masts(site, group)
        if rng.random() < 0.12:
            surroundings.platform(site, group)
        if rng.random() < 0.05:
            surroundings.shed(site, group)
        if rng.random() < 0.5:
            surroundings.clutter(site, group)
    heading = groups[0].tracks[0].path.chord(0, 20)[1] if groups else float(rng.uniform(0, np.pi))
    scale = (site.side_m / 180) ** 2 * (1 if groups else 2)
    for make, mean in ((surroundings.road, 0.7), (surroundings.parked_rows, 0.8), (surroundings.building, 2.0)):
        for _ in range(int(rng.poisson(mean * min(scale, 12)))):
            turn = float(rng.choice([0, np.pi / 2])) if rng.random() < 0.7 else float(rng.uniform(0, np.pi))
            make(site, heading + turn)
    for _ in range(int(rng.poisson(5 * min(scale, 12))) if rng.random() < 0.7 else 0):
        surroundings.tree(site)
    if rng.random() < 0.1:
        surroundings.storage_tanks(site)


@dataclass(frozen=True)
class Ground:
    """Which ground a scene is drawn on: real tiles of a folder (a share of the scenes), else procedural."""

    folder: FilePath | None = None
    real_share: float = 0.6


def draw(scene: Scene, fine_m: float, ground: Ground) -> Image:
    """The scene without a sensor: uint8 (rows, cols, 3) RGB at `fine_m` metres a pixel, north up."""
    rng = np.random.default_rng([scene.seed, 1])
    side_px = round(scene.side_m / fine_m)
    real = ground.folder is not None and rng.random() < ground.real_share
    if real and ground.folder is not None:
        image = real_ground(rng, ground.folder, side_px, fine_m)
    else:
        image = procedural_ground(rng, side_px, fine_m, scene.snow)
    canvas = Canvas(image, -scene.side_m / 2, scene.side_m / 2, fine_m)
    draw_yard(canvas, scene, rng)
    return canvas.rgb


def draw_yard(canvas: Canvas, scene: Scene, rng: np.random.Generator) -> None:
    """Tracks, cars and surroundings onto ground that is already there; `rng` gives texture."""
    for outline, rgb in scene.patches:
        canvas.fill(outline, rgb)
    bare = rng.random() < 0.15  # single tracks through grass: no ballasted ground around their beds
    for group in scene.groups:
        if not bare:
            canvas.fill(group.ground, group.tracks[0].bed.between)
    for outline, rgb in scene.strips:
        canvas.fill(outline, rgb)
    _texture(canvas, rng, float(rng.uniform(2, 8)))
    for group in scene.groups:
        draw_tracks(canvas, list(group.tracks))
    for path in scene.crossovers:
        draw_rails(canvas, path, scene.groups[0].tracks[0].bed)
    _texture(canvas, rng, float(rng.uniform(2, 9)))
    cars = [car_solids(car, scene.light) for car in scene.cars]
    draw_solids(canvas, together([*cars, scene.things]), scene.light)
    canvas.rgb[:] = grain(rng, canvas.rgb, float(rng.exponential(2.5)), float(rng.uniform(0.6, 3)) / canvas.fine_m)
    canvas.rgb[:] = grain(rng, canvas.rgb, float(rng.uniform(1, 5)))


def _texture(canvas: Canvas, rng: np.random.Generator, amplitude: float) -> None:
    canvas.rgb[:] = grain(rng, canvas.rgb, amplitude * 0.6, float(rng.uniform(8, 40)) / canvas.fine_m)
    canvas.rgb[:] = grain(rng, canvas.rgb, amplitude, float(rng.choice([1.0, 2.0, 4.0])))
