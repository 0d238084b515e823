"""Scenes as rows: what a look can be read from, kept so that it can be read again without asking the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import Connection, insert, select, update

from yardwatch.ledger.store import chunks
from yardwatch.ledger.tables import scenes
from yardwatch.records import Asset, Scene

_PLAIN = tuple(field.name for field in fields(Scene) if field.name not in ("footprint", "assets"))


def scene_to_row(scene: Scene, recorded_at: datetime) -> dict[str, Any]:
    """A row of ``scenes``."""
    return {
        **{name: getattr(scene, name) for name in _PLAIN},
        "scene_key": scene.key,
        "footprint": shapely.to_wkb(scene.footprint),
        "assets": [{**asdict(asset), "extra": dict(asset.extra)} for asset in scene.assets],
        "recorded_at": recorded_at,
    }


def scene_from_row(row: Any) -> Scene:
    """The scene of a row."""
    return Scene(
        **{name: getattr(row, name) for name in _PLAIN},
        footprint=shapely.from_wkb(row.footprint),
        assets=tuple(_asset(asset) for asset in row.assets),
    )


def store_scenes(connection: Connection, given: Mapping[str, Scene], now: datetime) -> None:
    """Store the scenes (by key) that are new; a scene that its catalog has changed since takes its new form."""
    updated: dict[str, datetime | None] = {}
    for keys in chunks(sorted(given)):
        query = select(scenes.c.scene_key, scenes.c.updated).where(scenes.c.scene_key.in_(keys))
        updated |= {row.scene_key: row.updated for row in connection.execute(query)}
    new = [scene_to_row(scene, now) for key, scene in sorted(given.items()) if key not in updated]
    if new:
        connection.execute(insert(scenes), new)
    for key, scene in given.items():
        if key in updated and _is_newer(scene.updated, updated[key]):
            connection.execute(update(scenes).where(scenes.c.scene_key == key).values(scene_to_row(scene, now)))


def shows_new_ground(new: Sequence[Scene], stored: Sequence[Scene]) -> bool:
    """Whether at least 1 % of a new scene's footprint lies outside what the stored scenes cover (in square degrees)."""
    covered = shapely.union_all([scene.footprint for scene in stored])
    return any(scene.footprint.difference(covered).area > 0.01 * scene.footprint.area for scene in new)


def _is_newer(given: datetime | None, stored: datetime | None) -> bool:
    return given is not None and (stored is None or given > stored)


def _asset(stored: Mapping[str, Any]) -> Asset:
    return Asset(
        href=stored["href"],
        role=stored["role"],
        bands=tuple(stored["bands"]),
        mask_hidden_values=tuple(stored["mask_hidden_values"]),
        extra=stored["extra"],
    )
