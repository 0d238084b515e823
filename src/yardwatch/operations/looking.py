"""Look: read, screen, detect and count one look, and record it with its evidence."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from random import random
from typing import TYPE_CHECKING

from yardwatch import PIPELINE_VERSION
from yardwatch.areas import area_grid, searched_mask, searched_mode
from yardwatch.counting import LookProvenance, Sighting, count_look, may_count, measure_at, unusable_look
from yardwatch.detection import empty_detections
from yardwatch.errors import BadInput, NotConfigured, Refused, TryAgain
from yardwatch.imagery import read_look, screen, visibility
from yardwatch.ledger import LedgerAway
from yardwatch.operations.laying import lay_on_tracks
from yardwatch.operations.remembering import past_chips
from yardwatch.operations.teaching import taught_release
from yardwatch.records import Look, Observation, Reason

if TYPE_CHECKING:
    from yardwatch.records import AreaVersion
    from yardwatch.workspace import Workspace

log = logging.getLogger(__name__)

STAYS_DUE = (TryAgain, Refused, NotConfigured)
"""Errors of one look that say nothing of the others: it stays due, they go on."""

FIRST_RETRY = timedelta(minutes=15)
LONGEST_RETRY = timedelta(days=1)


def look(workspace: Workspace, look_id: str) -> Observation:
    """Read look ``look_id`` and record what it shows; read before by the release in use, it is returned as stored.

    Raises:
        LedgerAway: when the ledger does not answer; nothing is noted of the look.
        TryAgain: when its pixels could not be fetched; the look is then ``failed`` and due again later.
        Refused, NotConfigured: when they may not or cannot be fetched; the look is tried again in a day, since terms
            and settings change.
        YardwatchError: when nothing can be read until something is mended (settings, release, ledger).
    """
    ledger, release = workspace.ledger, workspace.release
    stored = ledger.look(look_id)
    version = workspace.area(stored.area).at(stored.acquired_from)
    measure = measure_at(_gsd_m(stored), release)
    if version is None:
        nowhere = LookProvenance(stored, "", PIPELINE_VERSION)
        unusable = unusable_look(nowhere, release.name, Reason.NO_AREA_VERSION, measure=measure)
        return ledger.record(unusable).observation
    provenance = LookProvenance(stored, version.area_version, PIPELINE_VERSION, searched_mode(version))
    try:
        return _read_and_count(workspace, stored, version, provenance)
    except LedgerAway:
        raise  # no attempt at the look
    except TryAgain as error:
        ledger.fail(look_id, str(error), workspace.now() + _wait(stored, error))
        raise
    except (NotConfigured, Refused) as error:
        ledger.fail(look_id, str(error), workspace.now() + LONGEST_RETRY)
        raise
    except BadInput as error:
        log.warning("%s cannot be read: %s", look_id, error)
        unusable = unusable_look(provenance, release.name, Reason.UNREADABLE, measure=measure)
        return ledger.record(unusable).observation


def _read_and_count(
    workspace: Workspace, stored: Look, version: AreaVersion, provenance: LookProvenance
) -> Observation:
    release, seconds = workspace.release, dict[str, float]()
    gsd_m = _gsd_m(stored)
    measure = measure_at(gsd_m, release)
    pixel_m = release.pixel_m if may_count(gsd_m, release) else gsd_m
    with _timed(seconds, "read"):
        chip = read_look(stored, area_grid(version, pixel_m), workspace.sources(stored.area))
    with _timed(seconds, "screen"):
        chip = screen(chip, version)
        visible = visibility(chip, version)
    if visible.share > 0 and may_count(max(chip.gsd_m, chip.effective_gsd_m), release):
        with _timed(seconds, "register"):
            chip, registration_m = lay_on_tracks(workspace, chip, version)
            provenance = replace(provenance, registration_m=registration_m)
            visible = visibility(chip, version) if registration_m else visible
    searched = searched_mask(version, chip.grid)
    detections = empty_detections(chip.grid.crs)
    if visible.share > 0 and may_count(max(chip.gsd_m, chip.effective_gsd_m), release):
        with _timed(seconds, "detect"):
            detections = workspace.detector.detect(chip, searched)
    past = past_chips(workspace, stored, version) if measure == "activity" else ()
    taught = taught_release(workspace, stored.area, simulated=stored.simulated)
    sighting = Sighting(chip, searched, detections, visible, taught, past)
    observation = count_look(sighting, provenance, measure=measure, minimum_visible=workspace.watchlist.minimum_visible)
    observation = replace(observation, stage_seconds=seconds)
    return workspace.ledger.record(observation, detections, chip).observation


def _gsd_m(stored: Look) -> float:
    """Of the sharpest scene; it decides the grid and the series."""
    return min(scene.gsd_m for scene in stored.scenes)


def _wait(stored: Look, error: TryAgain) -> timedelta:
    """Until the next try: what the other side asked for, else doubling from 15 minutes to a day, with jitter."""
    if error.retry_after_s is not None:
        return timedelta(seconds=error.retry_after_s)
    doubled = FIRST_RETRY * 2 ** min(stored.attempts, 10)
    wait: timedelta = min(doubled, LONGEST_RETRY) * (0.75 + 0.5 * random())
    return wait


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    begun = time.perf_counter()
    try:
        yield
    finally:
        seconds[stage] = round(time.perf_counter() - begun, 4)
