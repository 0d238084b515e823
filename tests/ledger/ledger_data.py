"""Draws what the ledger's tests record: looks, readings, pixels, boxes and judgements of a small station."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
from shapely.geometry import Polygon, box

from yardwatch.records import (
    Asset,
    Chip,
    Event,
    Grid,
    Look,
    Observation,
    OutboxEntry,
    Scene,
    Verdict,
    VerdictKind,
)

DAY = datetime(2023, 10, 5, 2, 10, tzinfo=UTC)
AREA, PLATFORM, RELEASE = "tumangang", "skysat", "railcars-1"
WEST, EAST = box(130.60, 42.40, 130.61, 42.44), box(130.61, 42.40, 130.62, 42.44)
GRID = Grid("EPSG:32652", (0.5, 0.0, 300000.0, 0.0, -0.5, 4700000.0), 48, 32, 0.5)


def a_scene(
    name: str = "s1", at: datetime = DAY, *, footprint: Polygon = WEST, pass_id: str | None = None, **more: Any
) -> Scene:
    """A sub-metre scene over the station."""
    values: dict[str, Any] = {
        "source": "archive",
        "scene_id": name,
        "acquired_from": at,
        "acquired_to": at,
        "platform": PLATFORM,
        "gsd_m": 0.5,
        "licence": "CC BY 4.0",
        "attribution": "(c) somebody",
        "footprint": footprint,
        "assets": (Asset(f"https://example.org/{name}.tif", "visual", ("red", "green", "blue"), (3,), {"nodata": 0}),),
        "pass_id": pass_id,
    }
    return Scene(**{**values, **more})


def a_look(*scenes: Scene, area: str = AREA) -> Look:
    """The look that ``scenes`` make, named as the imagery room names it: by the catalog's pass, else by time."""
    scenes = scenes or (a_scene(),)
    first = min(scene.acquired_from for scene in scenes)
    pass_id = next((scene.pass_id for scene in scenes if scene.pass_id), f"{first:%Y%m%dT%H%M%SZ}")
    last = max(scene.acquired_to for scene in scenes)
    platform = scenes[0].platform
    return Look(f"{area}/{platform}/{pass_id}", area, platform, pass_id, first, last, scenes)


def daily_looks(count: int, *, area: str = AREA, simulated: bool = False) -> list[Look]:
    """One look a day."""
    days = [DAY + timedelta(days=day) for day in range(count)]
    return [a_look(a_scene(f"s{n}", day, simulated=simulated), area=area) for n, day in enumerate(days)]


def an_observation(look: Look, value: float | None = 73, **more: Any) -> Observation:
    """What ``look`` was read as."""
    values: dict[str, Any] = {
        "look_id": look.look_id,
        "area": look.area,
        "area_version": "a1b2c3",
        "release": RELEASE,
        "pipeline_version": "1",
        "acquired_from": look.acquired_from,
        "acquired_to": look.acquired_to,
        "platform": look.platform,
        "measure": "count",
        "value": value,
        "low": None if value is None else value - 5,
        "high": None if value is None else value + 5,
        "visible": 0.9,
        "gsd_m": 0.5,
        "effective_gsd_m": 0.6,
        "source": "archive",
        "licence": "CC BY 4.0",
        "attribution": "(c) somebody",
        "simulated": look.simulated,
        "by_class": {"freight_box": 70, "locomotive": 2},
        "scene_keys": tuple(scene.key for scene in look.scenes),
    }
    return Observation(**{**values, **more})


def reviewed(observation: Observation, value: float | None, who: str = "ana", **more: Any) -> Observation:
    """A correction of ``observation``."""
    return replace(observation, value=value, provenance=f"review:{who}", **more)


def a_chip(grid: Grid = GRID, dtype: Any = np.uint8, seed: int = 0) -> Chip:
    """Noise with a black corner that is no ground and a cloud."""
    random = np.random.default_rng(seed)
    plane = (grid.height, grid.width)
    valid = np.ones(plane, bool)
    valid[:5, :7] = False
    hidden = np.zeros(plane, np.uint8)
    hidden[10:20, 30:] = 1
    pixels = (random.random((3, *plane)) * 255).astype(dtype)
    return Chip(pixels, ("red", "green", "blue"), valid, hidden, grid, 0.5, 0.6, ("archive:s1",), 12345)


def some_detections(count: int = 3) -> gpd.GeoDataFrame:
    """Boxes of cars in a row, in the CRS of the grid."""
    boxes = [box(300002 + 15 * n, 4699990, 300016 + 15 * n, 4699993) for n in range(count)]
    columns = {"class": ["freight_box"] * count, "score": [0.9] * count, "length_m": [14.0] * count}
    return gpd.GeoDataFrame(columns, geometry=boxes, crs="EPSG:32652")


def a_verdict(observation: Observation, kind: VerdictKind = VerdictKind.CALM, **more: Any) -> Verdict:
    """A verdict on ``observation``."""
    values: dict[str, Any] = {
        "look_id": observation.look_id,
        "area": observation.area,
        "measure": observation.measure,
        "kind": kind,
        "sentence": "73 cars where five years had shown 20 at most",
        "method": "negative-binomial-1",
        "expected": 9.5,
        "last_higher": (DAY - timedelta(days=400), 80.0),
        "down_weighted": ("tumangang/skysat/x",),
        "observation_ids": (observation.observation_id,),
    }
    return Verdict(**{**values, **more})


def an_event(observation: Observation, **more: Any) -> Event:
    """A surge that opened with ``observation``."""
    values: dict[str, Any] = {
        "event_id": f"{observation.area}/count/surge/{observation.look_id}",
        "area": observation.area,
        "measure": observation.measure,
        "kind": "surge",
        "simulated": observation.simulated,
        "opened_look": observation.look_id,
        "opened_at": observation.acquired_from,
        "peak_look": observation.look_id,
        "peak_value": float(observation.value or 0),
    }
    return Event(**{**values, **more})


def a_message(event: Event, channel: str = "desk", **more: Any) -> OutboxEntry:
    """The news that ``event`` opened."""
    values: dict[str, Any] = {
        "entry_id": "",
        "event_id": event.event_id,
        "happening": "opened",
        "look_id": event.opened_look,
        "channel": channel,
        "state": "queued",
        "payload": {"title": "Surge at Tumangang", "attachments": ["pictures/a.jpg"]},
        "queued_at": DAY,
    }
    return OutboxEntry(**{**values, **more})
