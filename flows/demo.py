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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.entry import run
from yardwatch.cli.output import print_table, progress_bar
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
    bring_to_date()
    click.echo(f"1. archive: 24 simulated scenes of {AREA} at 0.5 m ...")
    aoi = _areas_folder()
    with progress_bar("   drawing") as bar:
        made = set_up(stage, aoi, seed, progress=lambda drawn, of_all: _say_drawn(drawn, of_all, bar))
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


def bring_to_date() -> None:
    """Migrate the ledger that an older demo left: everything in it is simulated, and nothing is lost by it.

    Raises:
        NeedsMigration: when a newer yardwatch wrote it.
    """
    from yardwatch.errors import NeedsMigration
    from yardwatch.workspace import Workspace

    with Workspace() as workspace:
        try:
            workspace.ledger.row_counts()
        except NeedsMigration:
            try:
                workspace.migrate()
            except NeedsMigration as error:
                raise NeedsMigration(f"{error}, or name another folder with --root") from None
            click.echo("   the ledger that an older demo left was brought to this version's schema")


def _say_drawn(drawn: int, of_all: int, bar: Callable[[int, int, str], None]) -> None:
    """A bar on a terminal; elsewhere a line now and then, so that minutes are not silent."""
    bar(drawn, of_all, "")
    if not sys.stderr.isatty() and (drawn % 6 == 0 or drawn == of_all):
        click.echo(f"   {drawn} of {of_all} drawn")


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
    show_truth(rows, summary["mean_absolute_count_error"])
    path = stage.root / "reports" / "summary.json"
    path.write_text(json.dumps(summary, indent=2), encoding="utf-8")
    click.echo(f"summary: {_shown(path)}")


def show_truth(rows: Sequence[Mapping[str, Any]], error: float) -> None:
    """What was counted beside what the simulator drew: one row a look."""
    told = [
        (
            str(row["acquired"])[:10],
            "–" if row["counted"] is None else row["counted"],
            "–" if row["low"] is None or row["high"] is None else f"{row['low']:.0f}–{row['high']:.0f}",
            row["true_visible_cars"],
            row["true_cars"],
            "" if row["reason"] is None else str(row["reason"]).replace("_", " "),
        )
        for row in rows
    ]
    columns = ("day (UTC)", "counted", "90 % interval", "drawn, visible", "drawn, all", "why not counted")
    print_table(columns, told, "SIMULATED: counted beside what was drawn")
    click.echo(f"mean absolute error of the counts: {error:g} cars\n")


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
