"""Scenes: what the sources have over an area, and what reading it would cost, before anything large is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from yardwatch.counting import may_count
from yardwatch.errors import TryAgain, YardwatchError
from yardwatch.imagery import estimate, resolve_sources
from yardwatch.operations.days import Days
from yardwatch.operations.finding import scenes_over

if TYPE_CHECKING:
    from yardwatch.imagery import ImagerySource
    from yardwatch.records import Area, Scene
    from yardwatch.workspace import Workspace


@dataclass(frozen=True)
class SceneNote:
    """One scene as a catalog offers it.

    Attributes:
        cloud_claimed: share 0-1 over the whole scene, as its catalog says.
        cloud_over_area: share 0-1 of the searched ground, from the scene's own mask where that is cheap to read.
        read_bytes: what a read would fetch; None where the format or the source does not say.
        counts: whether cars may be counted at this GSD by the release in use.
        fault: why its files could not be asked, or "".
    """

    source: str
    scene_id: str
    acquired_from: datetime
    platform: str
    gsd_m: float
    off_nadir_deg: float | None
    sun_elevation_deg: float | None
    cloud_claimed: float | None
    cloud_over_area: float | None
    read_bytes: int | None
    counts: bool
    licence: str
    attribution: str
    fault: str = ""


@dataclass(frozen=True)
class SceneList:
    """Scenes in time order, and one sentence for each source or item that did not answer.

    Attributes:
        exit_code: 0, or, where nothing was found and a source failed, what that asks of the caller: to try again later
            if that may help for one of them, else the code of the first.
    """

    area: str
    days: Days
    scenes: tuple[SceneNote, ...]
    faults: tuple[str, ...]
    exit_code: int = 0


def scenes(
    workspace: Workspace, area_name: str, days: Days, source_names: Sequence[str] = (), *, ask_files: bool = True
) -> SceneList:
    """What ``source_names`` (default: those of the watch list) have over an area; the ledger stays as it is.

    Args:
        ask_files: read headers and small masks, for cost and cloud.

    Raises:
        BadInput: for an unknown area or source.
    """
    area = workspace.area(area_name)
    begin, end = days.span(area)
    if source_names:
        chosen = {source.name: source for source in resolve_sources(source_names, workspace.watchlist)}
    else:
        chosen = dict(workspace.sources(area_name))
    notes: list[SceneNote] = []
    faults: list[str] = []
    codes: list[int] = []
    for source in chosen.values():
        try:
            found = scenes_over(source, area, begin, end)
            notes += [_note(workspace, source, area, scene, ask_files) for scene in found]
        except YardwatchError as error:
            faults.append(f"{source.name}: {error}")
            codes.append(error.exit_code)
        faults += [f"{source.name}: {warning}" for warning in source.take_warnings()]
    ordered = sorted(notes, key=lambda note: (note.acquired_from, note.source, note.scene_id))
    failed = 0 if notes or not codes else TryAgain.exit_code if TryAgain.exit_code in codes else codes[0]
    return SceneList(area_name, days, tuple(ordered), tuple(faults), failed)


def _note(workspace: Workspace, source: ImagerySource, area: Area, scene: Scene, ask_files: bool) -> SceneNote:
    release, version = workspace.release, area.at(scene.acquired_from)
    counts = may_count(scene.gsd_m, release)
    cloud, cost, fault = None, None, ""
    if ask_files and version is not None:
        try:
            told = estimate(source, scene, version, release.pixel_m if counts else scene.gsd_m)
            cloud, cost = told.cloud_over_area, told.read_bytes
        except YardwatchError as error:
            fault = str(error)
    return SceneNote(
        source=scene.source,
        scene_id=scene.scene_id,
        acquired_from=scene.acquired_from,
        platform=scene.platform,
        gsd_m=scene.gsd_m,
        off_nadir_deg=scene.off_nadir_deg,
        sun_elevation_deg=scene.sun_elevation_deg,
        cloud_claimed=scene.cloud_cover,
        cloud_over_area=cloud,
        read_bytes=cost,
        counts=counts,
        licence=scene.licence,
        attribution=scene.attribution,
        fault=fault,
    )
