"""The deployments on a real Prefect server, and one of them run by a real worker."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from small_station import Drawn, settings_for, with_stand_in

from yardwatch import operations
from yardwatch.operations import Days
from yardwatch.workspace import Workspace

pytestmark = pytest.mark.peers
ROOT = Path(__file__).parents[2]
PREFECT = Path(sys.executable).with_name("prefect")


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
    automations = httpx.post(f"{api}/automations/filter", json={}).json()
    assert ["yardwatch.surge.opened" in automation["trigger"]["expect"] for automation in automations] == [True]
    run(
        environment,
        *("deployment", "run", "backfill/backfill"),
        *("--param", 'area="smallton"', "--param", 'since="2023-10-01"', "--param", 'until="2023-10-05"'),
    )
    run(environment, "worker", "start", "--pool", "yard", "--run-once")
    with Workspace(settings) as workspace:
        [seen] = workspace.ledger.observations(area="smallton")
    assert seen.acquired_from.isoformat().startswith("2023-10-05")


DESK = "".join(
    f'[channels.{name}]\nurl_env = "YARDWATCH_CHANNEL_{name.upper()}"\nseverities = ["provisional", "surge"]\n'
    for name in ("mail", "hook")
)
QUIET = [Drawn(f"202{year}-0{month}-11T02:00:00", 3 + month % 3) for year in (1, 2) for month in range(1, 9)]


def test_a_schedule_due_in_a_minute_runs_and_its_alert_arrives_once_by_mail_and_webhook(
    server: dict[str, str], tmp_path: Path
) -> None:
    """The looks are read here, with the stand-in network; the scheduled run judges and tells."""
    settings = settings_for(tmp_path, [*QUIET, Drawn("2023-10-05T02:12:00", 73)], DESK)
    with with_stand_in(Workspace(settings)) as workspace:
        for look_id in operations.find(workspace, "smallton", Days(date(2021, 1, 1), date(2023, 10, 5))).due:
            operations.look(workspace, look_id)
        assert workspace.ledger.outbox() == []
    (tmp_path / "prefect.yaml").write_text(
        f"name: due\npull:\n- prefect.deployments.steps.set_working_directory: {{directory: {ROOT}}}\n"
        "deployments:\n- name: due\n  entrypoint: flows/daily.py:daily\n  work_pool: {name: due}\n"
        "  schedules: [{cron: '* * * * *', timezone: Asia/Seoul}]\n"
        "  concurrency_limit: {limit: 1, collision_strategy: CANCEL_NEW}\n"
    )
    with sinks() as (mails, hooks, urls):
        environment = {
            **server,
            "YARDWATCH_DATA_DIR": str(settings.root),
            "YARDWATCH_AOI_DIR": str(settings.aoi_dir),
            "YARDWATCH_MODELS_DIR": str(settings.models_dir),
            "YARDWATCH_WATCHLIST": str(settings.watchlist),
            **urls,
        }
        run(environment, "work-pool", "create", "due", "--type", "process")
        run(environment, "--no-prompt", "deploy", "--all", "--prefect-file", str(tmp_path / "prefect.yaml"))
        worker = subprocess.Popen([PREFECT, "worker", "start", "--pool", "due"], env=environment, cwd=ROOT)
        try:
            for _ in range(600):
                if mails and hooks:
                    break
                time.sleep(0.5)
        finally:
            worker.terminate()
            worker.wait(120)
    assert (len(mails), len(hooks)) == (1, 1)
    assert "73 freight cars" in hooks[0]["message"]
    assert [picture["mimetype"] for picture in hooks[0]["attachments"]] == ["image/jpeg", "image/jpeg", "image/png"]
    assert "image/jpeg" in mails[0]
    with Workspace(settings) as workspace:
        assert {entry.state for entry in workspace.ledger.outbox() if entry.channel in ("mail", "hook")} == {"sent"}


def test_a_limit_on_the_tag_of_looks_holds_over_all_threads(server: dict[str, str], tmp_path: Path) -> None:
    days = [Drawn(f"2023-10-0{day}T02:12:00", day) for day in range(1, 6)]
    settings = settings_for(tmp_path, days)
    environment = {
        **server,
        "YARDWATCH_DATA_DIR": str(settings.root),
        "YARDWATCH_AOI_DIR": str(settings.aoi_dir),
        "YARDWATCH_MODELS_DIR": str(settings.models_dir),
        "YARDWATCH_WATCHLIST": str(settings.watchlist),
    }
    run(environment, "concurrency-limit", "create", "yardwatch-look", "1")
    try:
        command = [sys.executable, "-m", "flows.backfill", "smallton", "--workers", "4"]
        days_of = ["--since", "2023-10-01", "--until", "2023-10-05"]
        subprocess.run([*command, *days_of], env=environment, cwd=ROOT, check=True)
    finally:
        run(environment, "--no-prompt", "concurrency-limit", "delete", "yardwatch-look")
    with Workspace(settings) as workspace:
        seen = {f"look {observation.look_id}" for observation in workspace.ledger.observations(area="smallton")}
    assert len(seen) == len(days)
    body = {"task_runs": {"tags": {"all_": ["yardwatch-look"]}}}
    tasks = httpx.post(f"{environment['PREFECT_API_URL']}/task_runs/filter", json=body).json()
    spans = sorted((task["start_time"], task["end_time"]) for task in tasks if task["name"] in seen)
    assert len(spans) == len(days)
    assert all(ended <= begun for (_, ended), (begun, _) in itertools.pairwise(spans))


@contextmanager
def sinks() -> Iterator[tuple[list[str], list[dict[str, Any]], dict[str, str]]]:
    """A mail server and a webhook; what they take, and the settings that name them."""
    from aiosmtpd.controller import Controller

    mails: list[str] = []
    hooks: list[dict[str, Any]] = []

    class Keep:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            mails.append(envelope.content.decode())
            return "250 OK"

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hooks.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return None

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    smtp = Controller(Keep(), hostname="127.0.0.1", port=port)
    hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=hook.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    smtp.start()
    try:
        yield (
            mails,
            hooks,
            {
                "YARDWATCH_CHANNEL_MAIL": f"mailto://127.0.0.1:{port}/?from=watch@example.org&to=desk@example.org&mode=insecure",
                "YARDWATCH_CHANNEL_HOOK": f"json://127.0.0.1:{hook.server_port}/",
            },
        )
    finally:
        smtp.stop()
        hook.shutdown()
        hook.server_close()
