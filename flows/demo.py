"""The demo: the real flow over a simulated archive of Tumangang. `make demo` runs it.

Everything lies in ``demo-data/``, apart from a user's own watch. Run again, it asks the source again, finds every look
recorded and adds nothing.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.entry import run
from yardwatch.simulate.demonstration import AREA, SINCE, SURGE_DAY, UNTIL, Stage, compare, set_up, stage_at

if TYPE_CHECKING:
    from flows.area import AreaOutcome
    from yardwatch.workspace import Workspace

QUIET = {
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
}


@click.command()
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), default=Path("demo-data"), show_default=True)
@click.option("--seed", default=20231005, show_default=True, help="Seed of the archive.")
def main(root: Path, seed: int) -> None:
    """Watch a simulated Tumangang from October 2018 to 5 October 2023."""
    stage, begun = stage_at(root, seed), time.perf_counter()
    os.environ.update(stage.environment())
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    click.echo("SIMULATED: every scene below is drawn by yardwatch's simulator; nothing here was seen from space.\n")
    click.echo(f"1. archive: 24 simulated scenes of {AREA} at 0.5 m ...")
    aoi = _areas_folder()
    made = set_up(stage, aoi, seed)
    archive_s = time.perf_counter() - begun
    click.echo(f"   {'made' if made else 'kept'} {_shown(stage.archive)} ({archive_s:.0f} s)")
    click.echo("2. flow: find, read, screen, count, record, judge, tell (Prefect starts a server of its own) ...")
    outcome, workspace, before = _run_flow()
    flow_s = time.perf_counter() - begun - archive_s
    _show(stage, workspace, outcome, before)
    _write_summary(stage, workspace, outcome, before, {"archive": archive_s, "flow": flow_s})
    click.echo(f"\n{time.perf_counter() - begun:.0f} s in all, peak memory of the flow {_peak_mb():.0f} MB")
    if outcome.due:
        sys.exit(75)


def _areas_folder() -> Path:
    from yardwatch.settings import load_settings

    return load_settings().areas_folder()


def _run_flow() -> tuple[AreaOutcome, Workspace, dict[str, int]]:
    """The real backfill flow; imported late, since Prefect reads its settings when imported."""
    from flows import stages
    from flows.backfill import backfill

    logging.getLogger("prefect").setLevel(logging.WARNING)
    workspace = stages.workspace()
    before = workspace.ledger.row_counts()
    return backfill(AREA, SINCE, UNTIL, True), workspace, before


def _show(stage: Stage, workspace: Workspace, outcome: AreaOutcome, before: dict[str, int]) -> None:
    from yardwatch import operations
    from yardwatch.cli.watching import print_series

    found = outcome.found
    assert found is not None
    click.echo(
        f"   the source was asked: {found.scenes} scenes make {len(found.looks)} looks, {len(found.new)} of them new\n"
    )
    print_series(operations.story_of(workspace, AREA, simulated=True))
    for entry in workspace.ledger.outbox():
        if entry.happening in ("opened", "escalated"):
            click.echo(
                f"alert, {entry.state} to {entry.channel}:\n\n{entry.payload['title']}\n{entry.payload['body']}\n"
            )
    click.echo(f"report: {_shown(operations.report(workspace, AREA, simulated=True))}")
    added = _added(before, workspace.ledger.row_counts())
    if not any(added.values()):
        click.echo("Every look was recorded before: nothing was added.")


def _write_summary(
    stage: Stage, workspace: Workspace, outcome: AreaOutcome, before: dict[str, int], seconds: dict[str, float]
) -> None:
    from yardwatch import operations

    story = operations.story_of(workspace, AREA, simulated=True)
    rows = compare(stage, story.observations, story.verdicts)
    errors = [abs(row["counted"] - row["true_visible_cars"]) for row in rows if row["counted"] is not None]
    for name in sorted({name for row in rows for name in row["stage_seconds"]}):
        seconds[name] = sum(row["stage_seconds"].get(name, 0.0) for row in rows)
    summary: dict[str, Any] = {
        "simulated": True,
        "area": AREA,
        "release": workspace.release.name,
        "looks": rows,
        "mean_absolute_count_error": round(sum(errors) / max(len(errors), 1), 3),
        "surge_day": SURGE_DAY.isoformat(),
        "alerts": [
            {"what": entry.happening, "look": entry.look_id, "channel": entry.channel, "state": entry.state}
            for entry in workspace.ledger.outbox()
        ],
        "source_asked": outcome.found is not None,
        "scenes_found": 0 if outcome.found is None else outcome.found.scenes,
        "rows_added": _added(before, workspace.ledger.row_counts()),
        "seconds": {name: round(value, 2) for name, value in seconds.items()},
        "peak_memory_mb": round(_peak_mb(), 1),
    }
    path = stage.root / "reports" / "summary.json"
    path.write_text(json.dumps(summary, indent=2), encoding="utf-8")
    click.echo(f"summary: {_shown(path)}")


def _added(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {table: rows - before.get(table, 0) for table, rows in after.items()}


def _peak_mb() -> float:
    """Largest resident set of this process, which ran the flow; kilobytes on Linux, bytes on macOS."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    run(main)
