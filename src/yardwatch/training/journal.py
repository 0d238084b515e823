"""The record of a run, `record.json`: plan, material, code version, and for every part of it hours, epochs and curves.

It is written anew after every epoch, so that an interrupted run is known up to its last whole epoch.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from yardwatch.errors import BadInput

NAME = "record.json"


@dataclass
class Journal:
    """The record below ``out``; ``facts`` is what stands in it."""

    out: Path
    facts: dict[str, Any] = field(default_factory=dict)
    _began: float = 0.0

    @classmethod
    def at(cls, out: Path) -> Journal:
        """The journal of a run, with what it holds already."""
        return cls(out, read_record(out) if (out / NAME).exists() else {})

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The stretches between interruptions, oldest first."""
        found: list[dict[str, Any]] = self.facts.setdefault("parts", [])
        return found

    @property
    def hours(self) -> float:
        """Hours trained, over all parts, whole epochs only; Ultralytics' own clock where no part says."""
        told = sum(float(part.get("hours", part.get("hours_of_last_part", 0.0))) for part in self.parts)
        seconds = curves(self.out / "run" / "results.csv").get("time", [])
        return told or (seconds[-1] / 3600 if seconds else 0.0)

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return any("finished" in part for part in self.parts)

    def begin(self, plan: dict[str, Any], material: dict[str, Any] | None) -> None:
        """Starts a part."""
        self.facts.setdefault("plan", plan)
        if material is not None:
            self.facts["material"] = material
        self.parts.append({"started": now(), "code": code_version()})
        self._began = time.time()
        self.write()

    def epoch(self, epoch: int) -> None:
        """Notes that an epoch is whole and stored; ``epoch`` counts from 1."""
        self.parts[-1] |= {"epochs_done": epoch, "hours": round((time.time() - self._began) / 3600, 4)}
        self.facts["curves"] = curves(self.out / "run" / "results.csv")
        self.write()

    def finish(self) -> None:
        """Notes the end of the run."""
        self.parts[-1] |= {"finished": now(), "hours": round((time.time() - self._began) / 3600, 4)}
        self.facts["curves"] = curves(self.out / "run" / "results.csv")
        self.write()

    def write(self) -> None:
        """Writes the file beside, then renames it."""
        self.out.mkdir(parents=True, exist_ok=True)
        part = self.out / f"{NAME}.part"
        part.write_text(json.dumps(self.facts, indent=1, default=str), encoding="utf-8")
        os.replace(part, self.out / NAME)


def read_record(out: Path) -> dict[str, Any]:
    """What a run recorded of itself.

    Raises:
        BadInput: when the file is broken.
    """
    try:
        facts: dict[str, Any] = json.loads((out / NAME).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise BadInput(f"{out / NAME}: cannot be read ({error}); train into an empty folder") from None
    return facts


def record_of(checkpoint: Path) -> dict[str, Any]:
    """The record of the run that wrote a checkpoint (`<out>/run/weights/<name>.pt`); empty where there is none."""
    folders = list(checkpoint.resolve().parents)[:3]
    return next((read_record(folder) for folder in folders if (folder / NAME).exists()), {})


def pixel_of_run(checkpoint: Path) -> float | None:
    """The pixel size in metres that a checkpoint's run was trained on, None where nothing tells."""
    facts = record_of(checkpoint)
    told = facts.get("material", {}).get("pixel_m")
    if told is None and "plan" in facts:
        options = Path(facts["plan"]["data_yaml"]).parent / "options.json"
        if options.is_file():
            told = json.loads(options.read_text(encoding="utf-8")).get("pixel_m")
    return None if told is None else float(told)


def curves(results_csv: Path) -> dict[str, list[float]]:
    """Losses and measures by epoch, as Ultralytics writes them; empty before the first epoch."""
    if not results_csv.is_file():
        return {}
    with results_csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    columns = rows[0].keys() if rows else ()
    return {str(name).strip(): [float(row[name]) for row in rows] for name in columns}


def code_version() -> str:
    """The commit of the code that runs, marked if the tree was changed since; `unknown` outside a checkout."""
    call = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(call, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
