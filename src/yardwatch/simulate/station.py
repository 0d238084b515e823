"""A real area's station: its own tracks, the same buildings and masts in every picture, other cars each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from yardwatch.errors import BadInput
from yardwatch.simulate import surroundings
from yardwatch.simulate.ground import Image, procedural_ground
from yardwatch.simulate.kinds import BY_NAME
from yardwatch.simulate.layout import CLEAR_SPACING_M, Group, Track, random_bed, worn
from yardwatch.simulate.light import Light
from yardwatch.simulate.paths import Path, Points
from yardwatch.simulate.rolling_stock import Berth, Car, Model, random_model, random_order, stand
from yardwatch.simulate.scene import Scene

SHIFT_M = 6.0  # hand-drawn geometry lies beside the real one


@dataclass(frozen=True, eq=False)
class Station:
    """What never changes between two pictures. Local metres are UTM minus `origin_utm` (east, north).

    `ground` is uint8 RGB at `pixel_m`, north up, of the rectangle of `size_m` (east-west, north-south) metres
    around the origin; `outline` is the area's outline in local metres.
    """

    origin_utm: tuple[float, float]
    size_m: tuple[float, float]
    outline: shapely.Polygon
    group: Group
    site: surroundings.Site
    ground: Image
    pixel_m: float


def station(
    tracks_utm: Sequence[shapely.LineString], outline_utm: shapely.Polygon, seed: int, pixel_m: float = 0.5
) -> Station:
    """Builds the station on tracks that lie 6 m beside the given ones."""
    if not tracks_utm:
        raise BadInput("the area has no tracks; the simulator needs at least one")
    rng = np.random.default_rng([seed, 11])
    west, south, east, north = (round(value / 10) * 10 for value in outline_utm.bounds)
    origin = ((west + east) / 2, (south + north) / 2)
    size = (float(east - west), float(north - south))
    outline = shapely.transform(outline_utm, lambda xy: xy - np.array(origin))
    group = _group(rng, [np.asarray(line.coords)[:, :2] - np.array(origin) for line in tracks_utm], outline)
    site = surroundings.Site(rng, max(size))
    _furnish(site, group)
    side = round(max(size) / pixel_m)
    square = procedural_ground(rng, side, pixel_m, snow=False, patches=(16, 28))
    rows, cols = round(size[1] / pixel_m), round(size[0] / pixel_m)
    top, left = (side - rows) // 2, (side - cols) // 2
    return Station(origin, size, outline, group, site, square[top : top + rows, left : left + cols], pixel_m)


def _group(rng: np.random.Generator, lines: list[Points], outline: shapely.Polygon) -> Group:
    """The tracks, moved sideways, in order across the yard, each with the stretch where cars can stand."""
    axis = lines[0][-1] - lines[0][0]
    left = np.array([-axis[1], axis[0]]) / np.hypot(*axis)
    moved = sorted((line + left * SHIFT_M for line in lines), key=lambda line: float((line.mean(axis=0)) @ left))
    shapes = [shapely.LineString(line) for line in moved]
    bed = random_bed(rng)
    bed = replace(bed, bed=(128, 116, 100), between=(140, 132, 118))
    tracks = []
    for k, line in enumerate(moved):
        others = shapely.union_all(shapes[:k] + shapes[k + 1 :])
        clear = _clear_stretch(Path(line), others, outline.buffer(-12))
        tracks.append(Track(str(k + 1), Path(line), clear, worn(rng, bed)))
    ground = shapely.union_all(shapes).buffer(3.2).buffer(4).buffer(-4)
    return Group(tuple(tracks), np.asarray(_largest(ground).exterior.coords))


def _largest(shape: shapely.Geometry) -> shapely.Polygon:
    parts = list(getattr(shape, "geoms", [shape]))
    biggest: shapely.Polygon = max(parts, key=lambda part: float(part.area))
    return biggest


def _clear_stretch(path: Path, others: shapely.Geometry, inside: shapely.Geometry) -> tuple[float, float]:
    """The longest stretch of a track, metres along it, inside the area and clear of its neighbours."""
    along = np.arange(0, path.length_m, 2.0)
    points = shapely.points(path.at(along))
    good = shapely.contains(inside, points)
    if not shapely.is_empty(others):
        good &= shapely.distance(points, others) >= CLEAR_SPACING_M
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(int), [0]])))
    runs = edges.reshape(-1, 2)
    if not len(runs):
        return (0.0, 0.0)
    start, stop = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return (float(along[start]), float(along[stop - 1]))


def _furnish(site: surroundings.Site, group: Group) -> None:
    rng = site.rng
    site.take(group.ground)
    heading = group.tracks[0].path.chord(0, 20)[1]
    surroundings.masts(site, group)
    surroundings.clutter(site, group)
    for make, count in ((surroundings.road, 2), (surroundings.parked_rows, 3), (surroundings.building, 34)):
        for _ in range(count):
            make(site, heading + float(rng.choice([0, np.pi / 2])))
    for _ in range(120):
        surroundings.tree(site)


@dataclass(frozen=True)
class Traffic:
    """Exactly how many vehicles stand in the station."""

    freight: int
    locomotives: int = 0
    coaches: int = 0


def occupied(place: Station, traffic: Traffic, light: Light, seed: int) -> Scene:
    """The station with exactly this traffic on it, as a scene in local metres."""
    rng = np.random.default_rng([seed, 12])
    yard = _Yard(
        rng,
        {track.name: [track.clear_m] for track in place.group.tracks},
        {track.name: track.path for track in place.group.tracks},
    )
    cars: list[Car] = []
    for kind, count in (("coach", traffic.coaches), ("locomotive", traffic.locomotives)):
        if count:
            cars += yard.park([random_model(rng, BY_NAME[kind])], count)
    left = traffic.freight
    order = random_order(rng)
    while left:
        part = yard.park(
            order if rng.random() < 0.35 else random_order(rng),
            min(left, int(rng.geometric(0.09 if traffic.freight > 25 else 0.2))),
        )
        if not part:
            raise BadInput(f"no room for {traffic.freight} cars on the area's tracks; {left} are left over")
        cars += part
        left -= len(part)
    return Scene(
        max(place.size_m),
        (place.group,),
        (),
        tuple(cars),
        place.site.pile.solids(),
        tuple(place.site.patches),
        tuple(place.site.strips),
        tuple(place.site.canopies),
        light,
        False,
        seed,
    )


@dataclass(frozen=True, eq=False)
class _Yard:
    """Free stretches of every track while cars are put on them."""

    rng: np.random.Generator
    free_m: dict[str, list[tuple[float, float]]]
    paths: dict[str, Path]

    def park(self, models: list[Model], count: int) -> list[Car]:
        """Up to `count` coupled cars on a free stretch, drawn with chances by length; none if no room is left."""
        stretches = [(name, gap) for name, gaps in self.free_m.items() for gap in gaps if gap[1] - gap[0] > 30]
        if not stretches:
            return []
        lengths = np.array([gap[1] - gap[0] for _, gap in stretches])
        name, (low, high) = stretches[self.rng.choice(len(stretches), p=lengths / lengths.sum())]
        need = count * (max(model.length_m for model in models) + 0.3)
        start = float(self.rng.uniform(low, max(low, high - need)))
        cars = stand(self.rng, Berth(name, self.paths[name], start, high), models, count)
        end = start + sum(car.length_m + 1.4 for car in cars) + 4
        self.free_m[name].remove((low, high))
        self.free_m[name] += [(low, start - 4), (end, high)]
        return cars
