"""The demo's figures over many archives: count error, the surge of 5 October, alerts before it.

    python benchmarks/demo.py [--seeds 20] [--first-seed 1] [--json OUT]

Each archive goes through the same verbs as the demo's flow (find, look, judge), without Prefect. Seeds start far from
the demo's own. Prints one line an archive and the totals.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from yardwatch import operations
from yardwatch.operations import Days
from yardwatch.settings import load_settings
from yardwatch.simulate.demonstration import AREA, SINCE, SURGE_DAY, UNTIL, compare, set_up, stage_at
from yardwatch.workspace import Workspace


def measure(seed: int, root: Path) -> dict[str, Any]:
    """One archive through find, look and judge."""
    begun = time.perf_counter()
    stage = stage_at(root, seed)
    set_up(stage, load_settings().areas_folder(), seed)
    drawn = time.perf_counter()
    settings = load_settings(data_dir=stage.root, watchlist=stage.watchlist)
    with Workspace(settings) as workspace:
        operations.watch(workspace, AREA, Days(SINCE, UNTIL))
        story = operations.story_of(workspace, AREA, simulated=True)
        opened = [e for e in workspace.ledger.events(AREA, simulated=True) if e.kind == "surge"]
        told = [e for e in workspace.ledger.outbox() if e.happening in ("opened", "escalated")]
        days = {look_id: seen.acquired_from.date() for look_id, seen in story.by_look.items()}
    rows = compare(stage, story.observations, story.verdicts)
    errors = [row["counted"] - row["true_visible_cars"] for row in rows if row["counted"] is not None]
    inside = [row["low"] <= row["true_visible_cars"] <= row["high"] for row in rows if row["low"] is not None]
    return {
        "seed": seed,
        "looks": len(rows),
        "counted": len(errors),
        "absolute_errors": [abs(error) for error in errors],
        "signed_error": statistics.fmean(errors),
        "inside_interval": sum(inside),
        "with_interval": len(inside),
        "counted_on_surge_day": next(r["counted"] for r in rows if r["acquired"].startswith(str(SURGE_DAY))),
        "flagged": any(days[event.opened_look] == SURGE_DAY for event in opened)
        or any(days[entry.look_id] == SURGE_DAY for entry in told),
        "earlier_alerts": len({(e.event_id, e.happening, e.look_id) for e in told if days[e.look_id] < SURGE_DAY}),
        "draw_s": drawn - begun,
        "watch_s": time.perf_counter() - drawn,
    }


@click.command(help=__doc__)
@click.option("--seeds", default=20, show_default=True)
@click.option("--first-seed", default=1, show_default=True)
@click.option("--json", "json_path", type=click.Path(path_type=Path))
def main(seeds: int, first_seed: int, json_path: Path | None) -> None:
    results = []
    for seed in range(first_seed, first_seed + seeds):
        root = Path(tempfile.mkdtemp(prefix="yardwatch-bench-"))
        try:
            result = measure(seed, root)
        finally:
            shutil.rmtree(root, ignore_errors=True)
        results.append(result)
        click.echo(
            f"seed {seed}: {result['counted']} of {result['looks']} looks counted, mean absolute error "
            f"{statistics.fmean(result['absolute_errors']):.2f}, signed {result['signed_error']:+.2f}, "
            f"5 Oct {result['counted_on_surge_day']}, flagged {result['flagged']}, "
            f"earlier alerts {result['earlier_alerts']}, {result['watch_s']:.0f} s"
        )
    everything = [error for result in results for error in result["absolute_errors"]]
    totals = {
        "archives": len(results),
        "release": Workspace().release.name,
        "mean_absolute_count_error": round(statistics.fmean(everything), 3),
        "worst_count_error": max(everything),
        "surge_flagged": sum(result["flagged"] for result in results),
        "alerts_before": sum(result["earlier_alerts"] for result in results),
        "inside_90_interval": round(
            sum(r["inside_interval"] for r in results) / max(sum(r["with_interval"] for r in results), 1), 3
        ),
    }
    click.echo(json.dumps(totals, indent=2))
    if json_path:
        json_path.write_text(json.dumps({"totals": totals, "archives": results}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
