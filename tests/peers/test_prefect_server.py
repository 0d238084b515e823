"""The deployments on a real Prefect server, and one of them run by a real worker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from small_station import Drawn, settings_for

from yardwatch.workspace import Workspace

pytestmark = pytest.mark.peers
ROOT = Path(__file__).parents[2]
PREFECT = Path(sys.executable).with_name("prefect")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Prefect server of its own; yields the environment that names it."""
    home = tmp_path_factory.mktemp("prefect")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
        "PATH": f"{PREFECT.parent}{os.pathsep}{os.environ['PATH']}",
    }
    command = [PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/health", process)
            yield environment
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert process.poll() is None, "the server died"
        try:
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    pytest.fail(f"{url} did not answer")


def run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([PREFECT, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_deployment_is_deployed_and_a_worker_runs_one(server: dict[str, str], tmp_path: Path) -> None:
    settings = settings_for(tmp_path, [Drawn("2023-10-05T02:12:00", 0)])
    environment = {
        **server,
        "YARDWATCH_CHECKOUT": str(ROOT),
        "YARDWATCH_DATA_DIR": str(settings.root),
        "YARDWATCH_AOI_DIR": str(settings.aoi_dir),
        "YARDWATCH_MODELS_DIR": str(settings.models_dir),
        "YARDWATCH_WATCHLIST": str(settings.watchlist),
    }
    run(environment, "work-pool", "create", "yard", "--type", "process")
    run(environment, "--no-prompt", "deploy", "--all")
    listed = run(environment, "deployment", "ls")
    for name in ("daily-watch/daily", "backfill/backfill", "deliver/deliver"):
        assert name in listed
    api = environment["PREFECT_API_URL"]
    deployment = httpx.get(f"{api}/deployments/name/daily-watch/daily").json()
    [schedule] = deployment["schedules"]
    assert schedule["schedule"]["timezone"] == "Asia/Seoul"
    run(
        environment,
        *("deployment", "run", "backfill/backfill"),
        *("--param", 'area="smallton"', "--param", 'since="2023-10-01"', "--param", 'until="2023-10-05"'),
    )
    run(environment, "worker", "start", "--pool", "yard", "--run-once")
    with Workspace(settings) as workspace:
        [seen] = workspace.ledger.observations(area="smallton")
    assert seen.acquired_from.isoformat().startswith("2023-10-05")
