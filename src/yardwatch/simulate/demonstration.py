"""The demo's stage: a simulated archive of Tumangang, a watch list that names it, and the comparison with the truth.

Nothing here knows the answer before the flow has run: the truth is read only to be set beside what was counted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yardwatch.areas import find_area, utm_crs
from yardwatch.areas.shapes import WGS84, reproject
from yardwatch.simulate.archive import write_archive

if TYPE_CHECKING:
    from yardwatch.records import Observation, Verdict

AREA = "tumangang"
SINCE, UNTIL = date(2018, 10, 1), date(2023, 10, 5)
SURGE_DAY = date(2023, 10, 5)
ALARM_BUDGET = 0.04
"""False alarms allowed per station-year in the demo: one in 25 years, for a claim that would be published."""

WATCHLIST = """\
# Written by the demo. Everything here is SIMULATED.
areas = ["{area}"]
sources = ["simulated-archive"]
alarm_budget = {budget}

[[source]]
name = "simulated-archive"
kind = "stac"
path = "{archive}/catalog.json"
assets = ["visual"]

[channels.log]
url = "file:SIMULATED-alerts.log"
severities = ["provisional", "surge", "escalation", "drop", "new_normal", "amended", "closed"]
"""


@dataclass(frozen=True)
class Stage:
    """Where the demo's archive, watch list and results lie."""

    root: Path
    archive: Path
    watchlist: Path

    def environment(self) -> dict[str, str]:
        """Settings that keep the demo apart from a user's own watch."""
        return {"YARDWATCH_DATA_DIR": str(self.root), "YARDWATCH_WATCHLIST": str(self.watchlist)}


def stage_at(root: Path, seed: int) -> Stage:
    """The stage of ``seed`` below ``root``; nothing is written."""
    root = root.resolve()
    return Stage(root, root / f"SIMULATED-archive-{seed}", root / "yardwatch.toml")


def set_up(
    stage: Stage,
    aoi_folder: Path,
    seed: int,
    workers: int = 2,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> bool:
    """Make the archive and the watch list; an archive that is complete is kept. Returns whether one was made.

    ``progress`` is told (drawn, of all) after each picture.
    """
    stage.root.mkdir(parents=True, exist_ok=True)
    text = WATCHLIST.format(area=AREA, budget=ALARM_BUDGET, archive=stage.archive.name)
    stage.watchlist.write_text(text, encoding="utf-8")
    if (stage.archive / "truth.json").exists():
        return False
    version = find_area(aoi_folder, AREA).versions[0]
    crs = utm_crs(version)
    partial = stage.archive.with_name(f"partial-{os.getpid()}-{stage.archive.name}")
    tracks = [reproject(track, WGS84, crs) for track in version.tracks]
    outline = reproject(version.outline, WGS84, crs)
    write_archive(partial, tracks, outline, seed, workers=workers, progress=progress)
    partial.rename(stage.archive)
    return True


def truth_of(stage: Stage) -> dict[str, Any]:
    """Per item id: true cars, true cars in the visible part, usable or not."""
    truth: dict[str, Any] = json.loads((stage.archive / "truth.json").read_text(encoding="utf-8"))
    return truth


def compare(stage: Stage, observations: Sequence[Observation], verdicts: Mapping[str, Verdict]) -> list[dict[str, Any]]:
    """One row a look: what stood in the visible part, what was counted, and how it was judged."""
    items = {item["id"]: item for item in truth_of(stage)["items"]}
    rows = []
    for observation in observations:
        item = items[observation.scene_keys[0].split(":", 1)[1]]
        verdict = verdicts.get(observation.look_id)
        rows.append(
            {
                "look": observation.look_id,
                "acquired": observation.acquired_from.isoformat(),
                "true_cars": item["freight"],
                "true_visible_cars": item["freight_visible"],
                "counted": observation.count,
                "low": observation.low,
                "high": observation.high,
                "visible": round(observation.visible, 3),
                "reason": None if observation.reason is None else str(observation.reason),
                "verdict": None if verdict is None else str(verdict.kind),
                "provisional": None if verdict is None else verdict.provisional,
                "stage_seconds": dict(observation.stage_seconds),
            }
        )
    return rows
