"""The backfill on threads, processes and a Dask cluster: the same looks, each once."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from small_station import Drawn, settings_for

from yardwatch.workspace import Workspace

pytestmark = pytest.mark.peers
ROOT = Path(__file__).parents[2]
SCENES = [Drawn(f"2023-09-0{day}T02:00:00") for day in range(1, 7)]


@pytest.mark.parametrize("runner", ["threads", "processes", "dask"])
def test_a_backfill_reads_every_look_once_wherever_it_runs(runner: str, tmp_path: Path, server: dict[str, str]) -> None:
    if runner == "dask" and importlib.util.find_spec("prefect_dask") is None:
        pytest.skip("pip install 'yardwatch[dask]'")
    settings = settings_for(tmp_path, SCENES)
    environment = {
        **server,
        "YARDWATCH_DATA_DIR": str(settings.root),
        "YARDWATCH_AOI_DIR": str(settings.aoi_dir),
        "YARDWATCH_MODELS_DIR": str(settings.models_dir),
        "YARDWATCH_WATCHLIST": str(settings.watchlist),
    }
    command = [sys.executable, "-m", "flows.backfill", "smallton", "--since", "2023-09-01", "--until", "2023-09-30"]
    done = subprocess.run(
        [*command, "--runner", runner, "--workers", "2"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with Workspace(settings) as workspace:
        looks = [seen.look_id for seen in workspace.ledger.observations(area="smallton")]
    assert len(looks) == len(set(looks)) == len(SCENES)
