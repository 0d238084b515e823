"""What passes between the rooms: small frozen dataclasses that import no room.

Units live in the names: ``_m`` metres, ``_deg`` degrees, ``_s`` seconds. Times are aware and UTC. Geometries of
areas and scenes are WGS84 (longitude, latitude); geometries of detections are in the CRS of the grid they were read on.
"""

from __future__ import annotations

from yardwatch.records.imagery import Asset, Chip, Hidden, Scene
from yardwatch.records.judgement import Event, Happening, OutboxEntry, PublishedCount, Review, Verdict, VerdictKind
from yardwatch.records.known import KnownEvent
from yardwatch.records.looks import (
    CORRECTED_UP_TO_M,
    FREIGHT_PREFIX,
    Look,
    LookState,
    Measure,
    Observation,
    Reason,
    well_placed,
)
from yardwatch.records.places import Area, AreaVersion, Grid, TracksKind
from yardwatch.records.times import require_utc

__all__ = [
    "CORRECTED_UP_TO_M",
    "FREIGHT_PREFIX",
    "Area",
    "AreaVersion",
    "Asset",
    "Chip",
    "Event",
    "Grid",
    "Happening",
    "Hidden",
    "KnownEvent",
    "Look",
    "LookState",
    "Measure",
    "Observation",
    "OutboxEntry",
    "PublishedCount",
    "Reason",
    "Review",
    "Scene",
    "TracksKind",
    "Verdict",
    "VerdictKind",
    "require_utc",
    "well_placed",
]
