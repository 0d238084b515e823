"""SIGKILL at random moments of a backfill, then run again: nothing lost, nothing doubled, no orphan after the sweep.

    python benchmarks/kill.py [--kills 20] [--seed 0]

Runs the real Prefect flow over the demo's archive (made when absent) in a ledger of its own. After every kill the
ledger is checked; at the end a run is left to finish and its ledger is compared with that of a run never killed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from yardwatch.settings import load_settings
from yardwatch.simulate.demonstration import AREA, SINCE, UNTIL, Stage, set_up, stage_at
from yardwatch.workspace import Workspace

CHECKOUT = Path(__file__).parents[1]


def start(stage: Stage) -> subprocess.Popen[bytes]:
    """The backfill in a process group of its own, so that its Prefect server dies with it."""
    command = [sys.executable, "-m", "flows.backfill", AREA, "--since", str(SINCE), "--until", str(UNTIL)]
    environment = {**os.environ, **stage.environment(), "PREFECT_LOGGING_LEVEL": "ERROR"}
    return subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def state_of(stage: Stage) -> dict[str, Any]:
    """What the ledger holds, by look: the count, how many observations and files, the verdict."""
    with Workspace(load_settings(data_dir=stage.root, watchlist=stage.watchlist)) as workspace:
        ledger = workspace.ledger
        observations = ledger.observations(area=AREA)
        verdicts = {verdict.look_id: str(verdict.kind) for verdict in ledger.verdicts(AREA)}
        outbox = [(entry.happening, entry.look_id, entry.channel) for entry in ledger.outbox()]
        unreadable = [
            seen.look_id
            for seen in observations
            if seen.detections_path and not (stage.root / seen.detections_path).exists()
        ]
        for observation in observations:
            if observation.detections_path:
                ledger.read_detections(observation)
        return {
            "looks": sorted(look.look_id for look in ledger.looks()),
            "observations": sorted((o.look_id, o.value) for o in observations),
            "verdicts": verdicts,
            "outbox": sorted(outbox),
            "missing_files": unreadable,
        }


@click.command(help=__doc__)
@click.option("--kills", default=20, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--longest", default=30.0, show_default=True, help="Latest moment of a kill, seconds after the start.")
def main(kills: int, seed: int, longest: float) -> None:
    rng = random.Random(seed)
    root = Path(tempfile.mkdtemp(prefix="yardwatch-kill-"))
    reference, victim = stage_at(root / "reference", 20231005), stage_at(root / "victim", 20231005)
    set_up(reference, load_settings().areas_folder(), 20231005)
    victim.root.mkdir(parents=True)
    shutil.copytree(reference.archive, victim.archive)
    set_up(victim, load_settings().areas_folder(), 20231005)
    if start(reference).wait() != 0:
        raise SystemExit("the run that nobody killed did not finish")
    wanted = state_of(reference)
    landed, restarts = 0, 0
    while landed < kills:
        process = start(victim)
        moment = rng.uniform(4.0, longest)
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            kill(process)
            landed += 1
            held = state_of(victim)
            click.echo(
                f"killed after {moment:.1f} s: "
                f"{len(held['observations'])} observations of {len(wanted['observations'])}"
            )
        else:
            restarts += 1
            forget(victim)
    process = start(victim)
    finished = process.wait() == 0
    with Workspace(load_settings(data_dir=victim.root, watchlist=victim.watchlist)) as workspace:
        swept = workspace.ledger.sweep(older_than_s=0)
        again = workspace.ledger.sweep(older_than_s=0)
    held = state_of(victim)
    result = {
        "kills": landed,
        "finished_and_started_afresh": restarts,
        "finished": finished,
        "lost": len(set(wanted["observations"]) - set(held["observations"])),
        "doubled": len(held["observations"]) - len(set(held["observations"])),
        "unlike_the_reference": held != wanted,
        "orphans_swept": len(swept.orphans),
        "orphans_after_the_sweep": len(again.orphans),
        "missing_files": len(swept.missing),
    }
    click.echo(json.dumps(result, indent=2))
    shutil.rmtree(root, ignore_errors=True)


def forget(stage: Stage) -> None:
    """Empty the ledger, so that the next kill has work to fall into."""
    for path in stage.root.iterdir():
        if path not in {stage.archive, stage.watchlist}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    main()
