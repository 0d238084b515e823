"""Whole yards as pictures: for people to look at, for measuring a detector, and as data for anyone else's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pystac

from yardwatch.simulate.delivery import PROVIDER, Delivery, write_picture, write_truth
from yardwatch.simulate.ground import Image
from yardwatch.simulate.kinds import CLASSES
from yardwatch.simulate.scene import Ground, Scene, Wish, draw, random_scene
from yardwatch.simulate.sensor import expose, random_sensor
from yardwatch.simulate.truth import TrueCar, counts, true_cars
from yardwatch.simulate.workers import drawing_pool, one_thread

CORNER_UTM = (500_000.0, 4_700_000.0)  # where scenes without a place are put, EPSG:32652
TAKEN_AT = datetime(2020, 6, 1, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class YardOptions:
    """What whole yards are like: their size, the pixel they are delivered at, what lies under them."""

    side_m: float = 400.0
    gsd_m: float = 0.5
    backgrounds: Path | None = None
    busy: float | None = None
    """Share of the track length with cars on it; None: anything from empty to full."""
    workers: int = 2
    tracks: bool = True
    """Without them: towns, ports and fields."""


@dataclass(frozen=True, eq=False)
class Yard:
    """A picture of a yard, uint8 (n, n, 3) RGB at `pixel_m`, and its cars in metres from its centre."""

    rgb: Image
    pixel_m: float
    scene: Scene
    cars: tuple[TrueCar, ...]


def yard(seed: int, options: YardOptions) -> Yard:
    """Draws one yard; the same seed and options give the same picture."""
    scene = random_scene(seed, Wish(options.side_m, options.busy, tracks=options.tracks))
    rng = np.random.default_rng([seed, 3])
    fine_m = min(0.2, options.gsd_m / 2)
    size = max(1, round(options.side_m / options.gsd_m))
    sensor = replace(random_sensor(rng), gsd_m=options.side_m / size)
    picture = expose(rng, draw(scene, fine_m, Ground(options.backgrounds)), fine_m, sensor, sensor.gsd_m)
    return Yard(picture, options.side_m / size, scene, tuple(true_cars(scene)))


def write_scenes(out: Path, *, scenes: int, gsd_m: float, seed: int, options: YardOptions | None = None) -> Path:
    """Writes `scenes` yards from `seed` on: a STAC catalog of COGs, GeoParquet truth and YOLO-OBB labels.

    Returns the path of the catalog.
    """
    options = replace(options or YardOptions(), gsd_m=gsd_m)
    out.mkdir(parents=True, exist_ok=True)
    with drawing_pool(options.workers, one_thread) as pool:
        items = list(pool.map(partial(write_scene, out, options=options), range(seed, seed + scenes)))
    catalog = pystac.Catalog(
        "yardwatch-scenes", "SIMULATED rail yards, drawn by yardwatch, with the truth of each car."
    )
    collection = pystac.Collection(
        "yards",
        "SIMULATED. Drawings of rail yards; nothing here ever happened.",
        pystac.Extent.from_items(items),
        license="CC0-1.0",
        providers=[PROVIDER],
    )
    catalog.add_child(collection)
    collection.add_items(items)
    catalog.normalize_hrefs(f"{out}/")  # without the slash a folder named like a file would be cut off
    for item in items:
        item.make_asset_hrefs_relative()
    catalog.save(pystac.CatalogType.SELF_CONTAINED)
    return out / "catalog.json"


def scene_id(seed: int) -> str:
    """Identifier of the scene of a seed."""
    return f"SIMULATED-yard-{seed:07d}"


def write_scene(out: Path, seed: int, options: YardOptions) -> pystac.Item:
    """Writes one yard: picture and labels under `yards/`, truth under `truth/`."""
    made = yard(seed, options)
    name = scene_id(seed)
    half = options.side_m / 2
    origin = (CORNER_UTM[0] + half, CORNER_UTM[1] - half)
    delivery = Delivery(
        name,
        TAKEN_AT,
        np.maximum(made.rgb, 1),
        CORNER_UTM,
        made.pixel_m,
        made.scene.light,
        extra={"yardwatch:counts": counts(list(made.cars)), "yardwatch:seed": seed},
    )
    folder = out / "yards" / name
    item = write_picture(folder, delivery)
    write_truth(out / "truth" / f"{name}.parquet", list(made.cars), origin)
    (folder / f"{name}.txt").write_text("\n".join(_yolo_lines(made)))
    return item


def _yolo_lines(made: Yard) -> list[str]:
    """Labels of the cars that lie wholly inside the picture and are at least half in sight."""
    size_m = made.rgb.shape[0] * made.pixel_m
    lines = []
    for car in made.cars:
        share = np.stack([car.box[:, 0] / size_m + 0.5, 0.5 - car.box[:, 1] / size_m], axis=1)
        if car.visible >= 0.5 and np.all((share >= 0) & (share <= 1)):
            lines.append(" ".join([str(CLASSES.index(car.label)), *(f"{value:.7f}" for value in share.ravel())]))
    return lines


def preview(seed: int, out_png: Path, chips: int = 12) -> Path:
    """A sheet of training chips with their labels drawn on every second row, for people to look at."""
    from yardwatch.simulate.chips import ChipOptions, training_chip

    tiles = []
    for k in range(chips):
        chip = training_chip(seed + k, ChipOptions())
        tile = cv2.resize(chip.rgb, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
        marked = tile.copy()
        for label in chip.labels:
            cv2.polylines(marked, [np.round(label.corners_px * 1.5).astype(np.int32)], True, (80, 255, 80), 1)
        tiles.append(cv2.vconcat([tile, marked]))
    rows = [cv2.hconcat(tiles[k : k + 4]) for k in range(0, len(tiles) - len(tiles) % 4, 4)]
    out_png.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(out_png), cv2.cvtColor(cv2.vconcat(rows), cv2.COLOR_RGB2BGR))
    return out_png
