"""Costs: what looks have cost, in bytes and seconds by stage, and what their files hold on disk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yardwatch.records import Observation
    from yardwatch.workspace import Workspace

FOLDERS = ("chips", "detections", "pictures", "reports")


@dataclass(frozen=True)
class SourceCosts:
    """What the looks of one source have cost.

    Attributes:
        median_s: seconds by stage, of the looks that went through it.
        total_s: seconds of all stages and looks.
        median_mb, total_mb: megabytes fetched; None where no look of the source recorded them.
    """

    source: str
    looks: int
    usable: int
    median_s: dict[str, float]
    total_s: float
    median_mb: float | None
    total_mb: float | None


@dataclass(frozen=True)
class Costs:
    """By source, and megabytes on disk by folder of the data root."""

    sources: tuple[SourceCosts, ...]
    disk_mb: dict[str, float]


def costs(workspace: Workspace, area_name: str | None = None) -> Costs:
    """What was recorded with the observations of an area, or of all.

    Raises:
        BadInput: for an unknown area.
    """
    if area_name is not None:
        workspace.area(area_name)
    by_source: dict[str, list[Observation]] = {}
    for observation in workspace.ledger.observations(area=area_name):
        if observation.provenance == "automatic":
            by_source.setdefault(observation.source, []).append(observation)
    root = workspace.settings.root
    disk = {} if area_name is not None else {name: _size_mb(str(root / name)) for name in FOLDERS}
    return Costs(tuple(_of_source(name, seen) for name, seen in sorted(by_source.items())), disk)


def _of_source(name: str, seen: Sequence[Observation]) -> SourceCosts:
    stages = dict.fromkeys(stage for observation in seen for stage in observation.stage_seconds)
    seconds = {stage: [o.stage_seconds[stage] for o in seen if stage in o.stage_seconds] for stage in stages}
    fetched = [observation.bytes_read / 1e6 for observation in seen if observation.bytes_read is not None]
    return SourceCosts(
        source=name,
        looks=len(seen),
        usable=sum(observation.value is not None for observation in seen),
        median_s={stage: round(median(values), 3) for stage, values in seconds.items()},
        total_s=round(sum(map(sum, seconds.values())), 1),
        median_mb=round(median(fetched), 3) if fetched else None,
        total_mb=round(sum(fetched), 1) if fetched else None,
    )


def _size_mb(folder: str) -> float:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(parent, name)).st_size
            except FileNotFoundError:  # swept while we looked
                continue
    return round(total / 1e6, 1)
