"""The demo's archive: a static STAC catalog of simulated pictures of one station over five years.

Few cars for years, twenty once, seventy-three on 5 October 2023; clouds, a black tile, a swath edge and a second
delivery of one picture lie between them, as they would in a real archive.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pystac
import shapely

from yardwatch.simulate.delivery import PROVIDER, Delivery, write_picture, write_truth
from yardwatch.simulate.ground import Image
from yardwatch.simulate.kinds import FREIGHT
from yardwatch.simulate.light import Light
from yardwatch.simulate.render import Canvas
from yardwatch.simulate.scene import Scene, draw_yard
from yardwatch.simulate.sensor import Sensor, expose
from yardwatch.simulate.sky import cloud_cover, in_season, under_clouds
from yardwatch.simulate.station import Station, Traffic, occupied, station
from yardwatch.simulate.truth import TrueCar, true_cars
from yardwatch.simulate.workers import drawing_pool

SURGE_AT = datetime(2023, 10, 5, 2, 3, tzinfo=UTC)
SURGE_CARS, RECORD_CARS, LOOKS = 73, 20, 23  # looks in all, one of which is delivered twice
SHUT = (datetime(2020, 2, 1, tzinfo=UTC), datetime(2022, 11, 1, tzinfo=UTC))  # the border was closed
FINE_M, PIXEL_M = 0.25, 0.5
HIDES = 0.35  # cloud of this opacity hides a car


@dataclass(frozen=True)
class Shot:
    """One delivery as planned: when, what traffic, what hides it."""

    item_id: str
    taken_at: datetime
    traffic: Traffic
    trouble: str
    """`none`, `overcast`, `overcast with mask`, `black`, `broken cloud`, `swath edge`."""
    seed: int


@dataclass(frozen=True)
class ItemTruth:
    """What is true of one item: freight cars in the station, those in the visible part, and whether it is usable."""

    id: str
    taken_at: str
    freight: int
    freight_visible: int
    usable: bool
    trouble: str
    duplicate_of: str | None


@dataclass(frozen=True)
class ArchiveTruth:
    """Where the catalog lies and what is true of each item, by time."""

    catalog: Path
    items: tuple[ItemTruth, ...]


def plan_shots(seed: int) -> list[Shot]:
    """The 24 deliveries of a seed, by time; the second delivery of one picture stands at the end."""
    rng = np.random.default_rng([seed, 21])
    times = _times(rng)
    freight = [_freight(rng, at) for at in times[:-1]] + [SURGE_CARS]
    early = [k for k, at in enumerate(times) if at.year < 2023 and not SHUT[0] <= at < SHUT[1]]
    record = int(rng.choice(early[2:]))
    freight[record] = RECORD_CARS
    spare = rng.permutation([k for k in range(2, LOOKS - 1) if k != record])
    trouble = dict.fromkeys(range(LOOKS), "none")
    names = ("overcast", "overcast with mask", "black", "broken cloud", "swath edge")
    trouble.update({int(k): name for k, name in zip(spare, names, strict=False)})
    for k in spare[3:5]:  # something to hide where a picture is cut or cloudy
        freight[int(k)] = int(rng.integers(6, RECORD_CARS - 3))
    shots = []
    for k, at in enumerate(times):
        busy = freight[k] > 0
        traffic = Traffic(
            freight[k],
            int(rng.integers(1, 4)) if busy and rng.random() < 0.6 else 0,
            int(rng.integers(2, 6)) if rng.random() < 0.2 else 0,
        )
        shots.append(Shot(f"SIMULATED-{at:%Y%m%dT%H%M}-yardsim-1", at, traffic, trouble[k], int(rng.integers(2**31))))
    twice = shots[int(spare[len(names)])]
    return [*shots, replace(twice, item_id=twice.item_id + "-r2")]


def _times(rng: np.random.Generator) -> list[datetime]:
    """Irregular days from October 2018 to 5 October 2023, each at about 02:00 UTC, the last the surge's."""
    first = datetime(2018, 10, 8, 2, 0, tzinfo=UTC)
    span = (SURGE_AT - first).days - 12
    gaps = rng.gamma(1.6, 1.0, LOOKS - 2) + 0.15
    days = np.concatenate([[0.0], np.cumsum(gaps) / gaps.sum() * span])
    return [first + timedelta(days=int(day), minutes=int(rng.integers(-14, 15))) for day in days] + [SURGE_AT]


def _freight(rng: np.random.Generator, at: datetime) -> int:
    """An everyday count: negative binomial, overdispersed, below the record; next to none while the border is shut."""
    mean = 0.7 if SHUT[0] <= at < SHUT[1] else 6.0
    size = 1.2
    return int(min(RECORD_CARS - 2, rng.negative_binomial(size, size / (size + mean))))


def write_archive(
    out_dir: Path,
    tracks_utm: Sequence[shapely.LineString],
    outline_utm: shapely.Polygon,
    seed: int,
    workers: int = 2,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ArchiveTruth:
    """Writes catalog, pictures, truth tables and `truth.json` under `out_dir`; coordinates are EPSG:32652.

    ``progress`` is told (drawn, of all) after each picture.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    shots = plan_shots(seed)
    start = partial(_prepare, list(tracks_utm), outline_utm, seed)
    with drawing_pool(workers, start) as pool:
        made = []
        for one in pool.map(partial(_make, out_dir), shots):
            made.append(one)
            progress(len(made), len(shots))
    _write_catalog(out_dir, [item for item, _ in made])
    truths = tuple(sorted((truth for _, truth in made), key=lambda truth: (truth.taken_at, truth.id)))
    note = {"simulated": True, "seed": seed, "items": [asdict(truth) for truth in truths]}
    part = out_dir / "truth.json.part"
    part.write_text(json.dumps(note, indent=1))
    os.replace(part, out_dir / "truth.json")
    return ArchiveTruth(out_dir / "catalog.json", truths)


_STATION: list[Station] = []


def _prepare(tracks: list[shapely.LineString], outline: shapely.Polygon, seed: int) -> None:
    """Once per worker: the station that every picture shows."""
    cv2.setNumThreads(1)
    _STATION[:] = [station(tracks, outline, seed, PIXEL_M)]


def _make(out_dir: Path, shot: Shot) -> tuple[pystac.Item, ItemTruth]:
    place = _STATION[0]
    rng = np.random.default_rng([shot.seed, 22])
    scene = occupied(place, shot.traffic, _morning_light(rng, shot.taken_at), shot.seed)
    rgb = _picture(rng, place, scene, shot)
    rgb, hidden = _troubled(rng, rgb, shot.trouble)
    west_north = (place.origin_utm[0] - place.size_m[0] / 2, place.origin_utm[1] + place.size_m[1] / 2)
    cloudy = shot.trouble in ("overcast", "overcast with mask", "broken cloud")
    masked = hidden if shot.trouble in ("overcast with mask", "broken cloud") else None
    delivery = Delivery(
        shot.item_id,
        shot.taken_at,
        rgb,
        west_north,
        PIXEL_M,
        scene.light,
        100 * float(hidden.mean()) if cloudy else 0.0,
        masked,
    )
    item = write_picture(out_dir / "yardsim" / shot.item_id, delivery)
    cars = [_seen(car, hidden, place) for car in true_cars(scene)]
    write_truth(out_dir / "truth" / f"{shot.item_id}.parquet", cars, place.origin_utm)
    original = shot.item_id.removesuffix("-r2")
    truth = ItemTruth(
        shot.item_id,
        shot.taken_at.isoformat(),
        sum(car.label in FREIGHT for car in cars),
        sum(car.label in FREIGHT and car.visible >= 0.5 for car in cars),
        not hidden.all(),
        shot.trouble,
        original if original != shot.item_id else None,
    )
    return item, truth


def _morning_light(rng: np.random.Generator, at: datetime) -> Light:
    """The sun at 42.4 N about 02:00 UTC (late morning there), by day of the year; declination after Cooper (1969)."""
    day = at.timetuple().tm_yday
    declination = np.radians(23.45 * np.sin(2 * np.pi * (284 + day) / 365))
    latitude = np.radians(42.42)
    hour_angle = np.radians(15 * (at.hour + at.minute / 60 + 130.61 / 15 - 12))
    sine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    elevation = np.arcsin(sine)
    south = np.arctan2(
        np.sin(hour_angle), np.cos(hour_angle) * np.sin(latitude) - np.tan(declination) * np.cos(latitude)
    )
    shade = float(rng.uniform(0.14, 0.3))
    return Light(
        float(np.degrees(south) + 180) % 360,
        float(np.degrees(elevation)),
        float(rng.uniform(0, 360)),
        float(rng.uniform(0, 18)),
        (shade, shade * 1.06, shade * 1.25),
    )


def _picture(rng: np.random.Generator, place: Station, scene: Scene, shot: Shot) -> Image:
    month = shot.taken_at.month
    snow = float(rng.uniform(0.2, 0.7)) if month in (12, 1, 2) and rng.random() < 0.4 else 0.0
    ground = in_season(rng, place.ground, month, snow)
    factor = place.pixel_m / FINE_M
    large = cv2.resize(ground, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
    canvas = Canvas(np.ascontiguousarray(large), -place.size_m[0] / 2, place.size_m[1] / 2, FINE_M)
    draw_yard(canvas, scene, rng)
    gain = float(rng.uniform(0.9, 1.15))
    sensor = Sensor(
        PIXEL_M,
        blur=float(rng.uniform(0.35, 0.55)),
        noise=float(rng.uniform(0.8, 2.5)),
        haze=float(rng.uniform(0, 0.15)),
        gain_rgb=(gain, gain, gain * float(rng.uniform(0.95, 1.05))),
        gamma=float(rng.uniform(0.9, 1.15)),
        saturation=float(rng.uniform(0.75, 1.1)),
    )
    return np.maximum(expose(rng, canvas.rgb, FINE_M, sensor, PIXEL_M), 1)


def _troubled(rng: np.random.Generator, rgb: Image, trouble: str) -> tuple[Image, np.ndarray]:
    """The picture with its trouble, and bool (rows, cols) where the ground cannot be seen."""
    shape = (rgb.shape[0], rgb.shape[1])
    if trouble == "black":
        return np.zeros_like(rgb), np.ones(shape, bool)
    if trouble == "swath edge":
        cols = np.arange(shape[1]) + np.linspace(0, 60, shape[0])[:, None]
        share = float(rng.uniform(0.55, 0.75))
        outside = cols > shape[1] * share if rng.random() < 0.5 else cols < shape[1] * (1 - share)
        return np.where(outside[..., None], 0, rgb).astype(np.uint8), outside
    cover = {"broken cloud": float(rng.uniform(0.25, 0.4)), "none": 0.0}.get(trouble, 1.0)
    opacity = cloud_cover(rng, shape, cover)
    return under_clouds(rng, rgb, opacity, (90, -60)), opacity > HIDES


def _seen(car: TrueCar, hidden: np.ndarray, place: Station) -> TrueCar:
    """The car with the share of its box that nothing hides."""
    corners = car.box
    weights = np.array(
        [[0.25, 0.25, 0.25, 0.25], [0.6, 0.4, 0, 0], [0, 0, 0.4, 0.6], [0.5, 0, 0, 0.5], [0, 0.5, 0.5, 0]]
    )
    spots = weights @ corners
    col = ((spots[:, 0] + place.size_m[0] / 2) / place.pixel_m).astype(int).clip(0, hidden.shape[1] - 1)
    row = ((place.size_m[1] / 2 - spots[:, 1]) / place.pixel_m).astype(int).clip(0, hidden.shape[0] - 1)
    return replace(car, visible=car.visible * float(1 - hidden[row, col].mean()))


def _write_catalog(out_dir: Path, items: list[pystac.Item]) -> None:
    catalog = pystac.Catalog("yardwatch-simulated", "SIMULATED pictures of a station, drawn by yardwatch for its demo.")
    extent = pystac.Extent.from_items(items)
    collection = pystac.Collection(
        "yardsim",
        "SIMULATED. Drawings of a rail station; nothing here ever happened.",
        extent,
        title="Simulated yard pictures",
        license="CC0-1.0",
        providers=[PROVIDER],
    )
    catalog.add_child(collection)
    collection.add_items(sorted(items, key=lambda item: item.id))
    catalog.normalize_hrefs(f"{out_dir}/")  # without the slash a folder named like a file would be cut off
    for item in items:
        item.make_asset_hrefs_relative()
    catalog.save(pystac.CatalogType.SELF_CONTAINED)
