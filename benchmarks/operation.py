"""What the flow costs a look when nothing has to be detected, and whether that grows with the number of areas.

    python benchmarks/operation.py [--areas 200 --areas 2000]     overhead of the daily flow, one look an area
    python benchmarks/operation.py --dask 1 --dask 2              seconds of the demo's backfill on so many Dask workers

For the overhead, pixels and detector are replaced by a recorded count: what is left is finding, registering, recording,
judging, the outbox and Prefect with its own server. Wall seconds need a quiet machine; processor seconds of the flow's
own process are told beside them. Exit code 1 when a promise was not kept: at most 60 ms a look, growing with the number
of areas by at most a tenth; two Dask workers at least 1.7 times as fast as one, once they work.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

CHECKOUT = Path(__file__).parents[1]
sys.path[:0] = [str(CHECKOUT), *(str(CHECKOUT / "tests" / name) for name in ("data", "detection"))]
NOW = datetime(2023, 10, 6, tzinfo=UTC)
SEED = 20231005


class OneSceneAnArea:
    """A source that has one scene over whatever it is asked for."""

    name = "drawn"

    def search(self, footprint: Any, since: datetime, until: datetime) -> Iterator[Any]:
        from yardwatch.records import Asset, Scene

        when = datetime(2023, 10, 5, 2, tzinfo=UTC)
        yield Scene(
            source=self.name,
            scene_id="one",
            acquired_from=when,
            acquired_to=when,
            platform="drawn-1",
            gsd_m=0.5,
            licence="CC0-1.0",
            attribution="drawn",
            footprint=footprint.envelope,
            assets=(Asset("file:///nowhere.tif", "visual", ("red", "green", "blue"), (3,), {}),),
            pass_id="one",
        )

    def take_warnings(self) -> tuple[str, ...]:
        return ()


def run_one(areas: int) -> None:
    """In a process of its own: watch so many areas once, and print what that took."""
    root = Path(os.environ["YARDWATCH_DATA_DIR"])
    from flows import stages
    from flows.daily import daily
    from yardwatch.operations import looking

    workspace = stages.workspace()
    workspace.now = lambda: NOW
    source = OneSceneAnArea()
    workspace.sources = lambda area: {source.name: source}  # type: ignore[method-assign, assignment]
    looking._read_and_count = recorded  # type: ignore[attr-defined]
    workspace.ledger.row_counts()
    daily(areas=["area-00000"], days=3)  # starts the server, opens and imports everything
    begun, cpu = time.perf_counter(), time.process_time()
    outcomes = daily(areas=[f"area-{number:05}" for number in range(areas)], days=3)
    seconds, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    rows = workspace.ledger.row_counts()
    result = {
        "areas": areas,
        "looks": rows["observations"],
        "faults": sum(outcome.fault is not None for outcome in outcomes),
        "wall_ms_a_look": round(1000 * seconds / areas, 1),
        "cpu_ms_a_look": round(1000 * cpu_s / areas, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "load": os.getloadavg()[0],
    }
    (root / "result.json").write_text(json.dumps(result))


def recorded(workspace: Any, stored: Any, version: Any, provenance: Any) -> Any:
    """A count of seven cars, recorded as the real path records one."""
    from yardwatch.records import Observation

    scene = stored.scenes[0]
    observation = Observation(
        look_id=stored.look_id,
        area=stored.area,
        area_version=version.area_version,
        release=workspace.release.name,
        pipeline_version=provenance.pipeline_version,
        acquired_from=stored.acquired_from,
        acquired_to=stored.acquired_to,
        platform=stored.platform,
        measure="count",
        value=7.0,
        low=6.0,
        high=9.0,
        visible=1.0,
        gsd_m=0.5,
        effective_gsd_m=0.5,
        source=scene.source,
        licence=scene.licence,
        attribution=scene.attribution,
        simulated=False,
        recall=0.95,
        recall_cv=0.05,
        false_positives=0.2,
        scene_keys=("drawn:one",),
    )
    return workspace.ledger.record(observation).observation


def overhead(areas: int) -> dict[str, Any]:
    """The same, set up in a folder that is removed again."""
    from small_station import settings_for, write_area

    root = Path(tempfile.mkdtemp(prefix="yardwatch-operation-"))
    settings = settings_for(root, [])
    text = write_area(root / "aoi").read_text()
    for number in range(areas):
        (root / "aoi" / f"area-{number:05}.geojson").write_text(text.replace('"smallton"', f'"area-{number:05}"'))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "YARDWATCH_"))},
        "YARDWATCH_DATA_DIR": str(root / "data"),
        "YARDWATCH_AOI_DIR": str(settings.aoi_dir),
        "YARDWATCH_MODELS_DIR": str(settings.models_dir),
        "YARDWATCH_WATCHLIST": str(settings.watchlist),
        "PREFECT_LOGGING_LEVEL": "ERROR",
    }
    (root / "data").mkdir()
    subprocess.run([sys.executable, __file__, "--only", str(areas)], env=environment, cwd=CHECKOUT, check=True)
    result: dict[str, Any] = json.loads((root / "data" / "result.json").read_text())
    shutil.rmtree(root, ignore_errors=True)
    return result


def draw(root: Path) -> Path:
    """The demo's archive, drawn once for all numbers of workers."""
    from yardwatch.settings import load_settings
    from yardwatch.simulate.demonstration import set_up, stage_at

    stage = stage_at(root, SEED)
    set_up(stage, load_settings().areas_folder(), SEED)
    return stage.archive


def on_dask(workers: int, archive: Path, since: str) -> dict[str, Any]:
    """The demo's backfill on so many Dask workers of one thread each, in a data root of its own.

    ``looks_a_second`` is told without the start: of the looks recorded after each worker had recorded one.
    """
    from yardwatch.settings import load_settings
    from yardwatch.simulate.demonstration import AREA, UNTIL, set_up, stage_at
    from yardwatch.workspace import Workspace

    stage = stage_at(archive.parent / f"on-{workers}", SEED)
    shutil.copytree(archive, stage.archive)
    set_up(stage, load_settings().areas_folder(), SEED)
    command = [sys.executable, "-m", "flows.backfill", AREA, "--since", since, "--until", str(UNTIL)]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        **stage.environment(),
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "YARDWATCH_INFERENCE_THREADS": "1",
    }
    begun = time.perf_counter()
    subprocess.run([*command, "--runner", "dask", "--workers", str(workers)], env=environment, cwd=CHECKOUT, check=True)
    seconds = time.perf_counter() - begun
    with Workspace(load_settings(data_dir=stage.root, watchlist=stage.watchlist)) as workspace:
        moments = sorted(o.recorded_at for o in workspace.ledger.observations(area=AREA) if o.recorded_at)
    steady = (moments[-1] - moments[workers - 1]).total_seconds()
    return {
        "dask_workers": workers,
        "looks": len(moments),
        "seconds": round(seconds, 1),
        "looks_a_second": round((len(moments) - workers) / max(steady, 1e-9), 3),
        "load": os.getloadavg()[0],
    }


def promise(kept: bool, **figures: Any) -> bool:
    """Say what was promised beside what was measured; returns whether it was kept."""
    click.echo(json.dumps(figures | {"kept": kept}))
    return kept


@click.command(help=__doc__)
@click.option("--areas", multiple=True, type=int, help="How many; may be given again.  [default: 200, 2000]")
@click.option("--dask", multiple=True, type=int, help="Workers; may be given again.")
@click.option("--since", default="2018-10-01", show_default=True, help="First day of the backfill on Dask.")
@click.option("--only", type=int, hidden=True)
def main(areas: tuple[int, ...], dask: tuple[int, ...], since: str, only: int | None) -> None:
    if only is not None:
        run_one(only)
        return
    kept = True
    if dask:
        root = Path(tempfile.mkdtemp(prefix="yardwatch-dask-"))
        archive = draw(root)
        on = [on_dask(workers, archive, since) for workers in dask]
        shutil.rmtree(root, ignore_errors=True)
        for result in on:
            click.echo(json.dumps(result))
        if dask == (1, 2):
            faster = round(on[1]["looks_a_second"] / on[0]["looks_a_second"], 2)
            whole = round(on[0]["seconds"] / on[1]["seconds"], 2)
            kept &= promise(faster >= 1.7, two_workers_against_one=faster, whole_run=whole, at_least=1.7)
    results = []
    for number in areas or (() if dask else (200, 2000)):
        results.append(overhead(number))
        click.echo(json.dumps(results[-1]))
    if results:
        cost, growth = results[-1]["wall_ms_a_look"], results[-1]["wall_ms_a_look"] / results[0]["wall_ms_a_look"]
        kept &= promise(cost <= 60, wall_ms_a_look=cost, at_most=60)
        kept &= promise(growth <= 1.1, growth_a_look=round(growth, 3), at_most=1.1)
        kept &= not sum(result["faults"] for result in results)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
