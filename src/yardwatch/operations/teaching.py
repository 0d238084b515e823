"""Teach: what reviews say of a release, handed to the next counts; and which looks to review next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from yardwatch.errors import BadInput
from yardwatch.operations.opening import OpenLook, open_look
from yardwatch.records import FREIGHT_PREFIX
from yardwatch.review.lesson import Lesson, lessons
from yardwatch.review.quality import ReviewedQuality, Tally, band_of, learnt, quality_of, tally

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from yardwatch.detection import Release
    from yardwatch.records import Observation
    from yardwatch.workspace import Workspace

FRESH = timedelta(days=30)
MOST_LOOKED_AT = 100
"""Newest looks of an area whose scores are read when lessons are sought."""

_TALLIES: WeakKeyDictionary[Workspace, dict[str, Tally | None]] = WeakKeyDictionary()


def tallies(workspace: Workspace, area: str | None = None, *, simulated: bool = False) -> list[Tally]:
    """Each reviewed look against what was detected on it; unusable looks and those without pixels are left out."""
    known = _TALLIES.setdefault(workspace, {})
    found = []
    for one in workspace.ledger.reviewed(area):
        if one.simulated != simulated or one.value is None or one.measure != "count":
            continue
        if one.observation_id not in known:
            known[one.observation_id] = _tally_of(workspace, one)
        found.append(known[one.observation_id])
    return [one for one in found if one is not None]


def _tally_of(workspace: Workspace, one: Observation) -> Tally | None:
    """None where files are gone: retention may remove chips, and what is not known is not guessed."""
    ledger = workspace.ledger
    try:
        opened = open_look(workspace, one.look_id)
        detected, left = ledger.read_detections(opened.automatic), ledger.read_detections(one)
        shown, pixel_m = opened.shown, opened.chip.grid.pixel_m
    except BadInput:
        return None
    if "was" not in left:
        left = left.assign(was=np.arange(len(left)))
    return tally(one, detected, left, float(shown.sum()) * pixel_m**2 / 1e6, lambda table: _counts(table, opened))


def _counts(table: GeoDataFrame, opened: OpenLook) -> list[bool]:
    a, b, c, d, e, f = opened.chip.grid.transform
    inverse = np.linalg.inv(np.array([[a, b], [d, e]]))
    centres = table.geometry.centroid
    cols, rows = inverse @ np.stack([centres.x.to_numpy() - c, centres.y.to_numpy() - f])
    height, width = opened.shown.shape
    return [
        bool(opened.shown[min(max(int(row), 0), height - 1), min(max(int(col), 0), width - 1)])
        for row, col in zip(rows, cols, strict=True)
    ]


def reviewed_quality(
    workspace: Workspace, area: str | None = None, *, simulated: bool = False
) -> list[ReviewedQuality]:
    """Precision and recall by release, band of ground sample distance and area, from reviewed looks."""
    bands = [quality.gsd_m for quality in workspace.release.quality] or [workspace.release.gsd_range_m]
    return quality_of(tallies(workspace, area, simulated=simulated), bands)


def taught_release(workspace: Workspace, area: str, *, simulated: bool = False) -> Release:
    """The release in use with its quality as reviews of this area by this release move it.

    Without enough reviewed looks it is the release itself. Hand it to counting in place of the release.
    """
    release = workspace.release
    own = [one for one in tallies(workspace, area, simulated=simulated) if one.release == release.name]
    bands = [quality.gsd_m for quality in release.quality]
    quality = tuple(
        learnt(one, [look for look in own if band_of(look.gsd_m, bands) == one.gsd_m]) for one in release.quality
    )
    return release if quality == release.quality else replace(release, quality=quality)


def alerted_looks(workspace: Workspace, area: str, *, simulated: bool = False) -> set[str]:
    """Looks that opened, raised, peaked or closed an event, or were told to a channel."""
    found: set[str] = set()
    for event in workspace.ledger.events(area, simulated=simulated):
        found |= {event.opened_look, event.peak_look}
        found |= {entry.look_id for entry in workspace.ledger.outbox(event_id=event.event_id)}
    return found


def next_lessons(
    workspace: Workspace, areas: Sequence[str] | None = None, limit: int = 10, simulated: bool = False
) -> list[Lesson]:
    """Looks nobody reviewed that would teach most, most first.

    Raises:
        BadInput: for an unknown area.
    """
    ledger, release = workspace.ledger, workspace.release.name
    reviews = Counter(one.area for one in ledger.reviewed() if one.simulated == simulated)
    candidates: list[Observation] = []
    alerted: set[str] = set()
    for area in areas or ledger.areas():
        workspace.area(area)
        series = ledger.series(area, "count", simulated=simulated, release=release)
        seen = [one for one in series if one.chip_path is not None and one.provenance == "automatic"]
        candidates += seen[-MOST_LOOKED_AT:]
        fresh = workspace.now() - FRESH
        for event in ledger.events(area, simulated=simulated):
            if event.closed_at is None or event.closed_at >= fresh:
                alerted |= {event.opened_look, event.peak_look}
    scores = {one.look_id: _scores(workspace, one) for one in candidates if one.value is not None}
    return lessons(candidates, scores, alerted, reviews)[:limit]


def _scores(workspace: Workspace, one: Observation) -> list[float]:
    if one.detections_path is None:
        return []
    try:
        table = workspace.ledger.read_detections(one)
    except BadInput:
        return []
    freight = table["class"].astype(str).str.startswith(FREIGHT_PREFIX)
    return [float(score) for score in table.loc[freight, "score"]]
