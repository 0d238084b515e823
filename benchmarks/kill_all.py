"""Worker, server, database and receiver of alerts, each killed during a backfill and started again.

    python benchmarks/kill_all.py [--kills 10] [--scenes 100] [--surges 5] [--seed 0] [--minutes 30]

A real Prefect server and process worker, a PostgreSQL ledger and a webhook that keeps each key once, all on loopback.
The scenes are drawn small and read with a stand-in network; everything else is the real path. After each kill the
victim is started again and the backfill is run anew until it ends. What is left is compared with a run never killed:
looks lost, looks doubled, messages lost, messages that the receiver kept twice. While kills are left to land, all is
then forgotten and the next backfill begins from nothing, so that every kill falls into work.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import httpx
import psycopg

CHECKOUT = Path(__file__).parents[1]
sys.path[:0] = [str(CHECKOUT), *(str(CHECKOUT / "tests" / name) for name in ("data", "detection"))]

from local_servers import Postgres, Program, end_in_order, free_port, prefect_server, webhook  # noqa: E402
from small_station import Drawn, settings_for, with_stand_in  # noqa: E402

from yardwatch import operations  # noqa: E402
from yardwatch.errors import YardwatchError  # noqa: E402
from yardwatch.ledger import Ledger  # noqa: E402
from yardwatch.operations import Days  # noqa: E402
from yardwatch.settings import Settings  # noqa: E402
from yardwatch.workspace import Workspace  # noqa: E402

FIRST_DAY = datetime(2020, 1, 3, 2, tzinfo=UTC)
VICTIMS = ("worker", "server", "database", "receiver")
PATIENCE_S = 300
"""Seconds in which a run that lives records something, on a busy machine too."""
FAULTS = ("lost", "doubled", "unlike_the_reference", "missing_files")
FAULTS += ("messages_unlike_the_reference", "messages_unsent", "received_not_exactly_once")
FIGURES = ("backfills", "looks", "surges_opened", "messages", *FAULTS)
DESK = '[channels.desk]\nurl_env = "YARDWATCH_CHANNEL_DESK"\n'


def scenes_of(how_many: int, surges: int) -> list[Drawn]:
    """A look every eleven days, quiet but for ``surges`` spread over them."""
    high = {round((number + 1) * how_many / (surges + 1)) for number in range(surges)}
    return [
        Drawn(f"{FIRST_DAY + timedelta(days=11 * number):%Y-%m-%dT%H:%M:%S}", 73 if number in high else 3 + number % 3)
        for number in range(how_many)
    ]


@dataclass
class Theatre:
    """Everything that runs, by name of who can be killed."""

    root: Path
    settings: Settings
    days: Days
    database: Postgres
    programs: dict[str, Program]
    environment: dict[str, str]

    def start(self) -> None:
        """Start all of it and deploy the backfill."""
        self.database.start()
        for name in ("receiver", "server"):
            self.programs[name].start()
        self._prefect("work-pool", "create", "yard", "--type", "process")
        (self.root / "prefect.yaml").write_text(
            "name: kill\npull:\n- prefect.deployments.steps.set_working_directory:\n"
            f"    directory: {CHECKOUT}\ndeployments:\n- name: kill\n"
            "  entrypoint: benchmarks/kill_flow.py:backfill\n  work_pool: {name: yard}\n"
        )
        self._prefect("--no-prompt", "deploy", "--all", "--prefect-file", str(self.root / "prefect.yaml"))
        self.programs["worker"].start()

    def kill_and_restart(self, name: str) -> None:
        """Kill ``name``, let the others meet its absence for a moment, and start it again."""
        victim = self.database if name == "database" else self.programs[name]
        victim.kill()
        time.sleep(1.0)
        victim.start()

    def begin_run(self) -> str:
        """Ask for a run; its id."""
        deployment = self._ask("GET", "/deployments/name/backfill/kill")["id"]
        span = {"since": str(self.days.since), "until": str(self.days.until)}
        body = {"parameters": {"area": "smallton", **span}, "state": {"type": "SCHEDULED", "name": "Scheduled"}}
        return str(self._ask("POST", f"/deployments/{deployment}/create_flow_run", body)["id"])

    def state_of(self, run_id: str) -> str:
        """The state's type."""
        return str(self._ask("GET", f"/flow_runs/{run_id}")["state_type"])

    def cancel(self, run_id: str) -> None:
        """Give a run up whose process was killed."""
        state = {"state": {"type": "CANCELLED", "name": "Cancelled"}, "force": True}
        self._ask("POST", f"/flow_runs/{run_id}/set_state", state)

    def progress(self) -> int:
        """Rows of the ledger; -1 while its database does not answer."""
        try:
            with Ledger.open(self.database.url, self.settings.root) as ledger:
                return sum(ledger.row_counts().values())
        except YardwatchError:
            return -1

    def is_done(self) -> bool:
        """Whether every look was read; a run ends although some are due again, for the next run to take up."""
        try:
            with Ledger.open(self.database.url, self.settings.root) as ledger:
                looks = ledger.looks("smallton")
        except YardwatchError:
            return False
        return bool(looks) and all(look.state in ("observed", "unusable") for look in looks)

    def clear(self) -> None:
        """Forget what was recorded and received."""
        with psycopg.connect(self.database.plain_url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        shutil.rmtree(self.settings.root)
        self.received().unlink(missing_ok=True)

    def received(self) -> Path:
        """What the receiver kept, a JSON object a line."""
        return self.root / "received.jsonl"

    def close(self) -> None:
        """Stop everything."""
        for program in self.programs.values():
            program.kill()
        self.database.remove()
        shutil.rmtree(self.root, ignore_errors=True)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        for attempt in range(60):
            try:
                answer = httpx.request(method, self.environment["PREFECT_API_URL"] + path, json=body, timeout=20)
                if answer.status_code < 500:
                    return answer.raise_for_status().json()
            except httpx.TransportError:
                pass
            time.sleep(0.2 + attempt / 20)
        raise SystemExit(f"the Prefect server does not answer {path}")

    def _prefect(self, *arguments: str) -> None:
        prefect = str(Path(sys.executable).with_name("prefect"))
        done = subprocess.run([prefect, *arguments], env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)


def set_up(scenes: list[Drawn]) -> Theatre:
    """Draw the scenes and name everything; nothing is started."""
    root = Path(tempfile.mkdtemp(prefix="yardwatch-kill-all-"))
    settings = settings_for(root, scenes, DESK)
    database, server_port, hook_port = Postgres(), free_port(), free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "YARDWATCH_"))},
        "PREFECT_HOME": str(root / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{server_port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
        "YARDWATCH_DATA_DIR": str(settings.root),
        "YARDWATCH_AOI_DIR": str(settings.aoi_dir),
        "YARDWATCH_MODELS_DIR": str(settings.models_dir),
        "YARDWATCH_WATCHLIST": str(settings.watchlist),
        "YARDWATCH_LEDGER_URL": database.url,
        "YARDWATCH_CHANNEL_DESK": f"json://127.0.0.1:{hook_port}/",
    }
    (root / "prefect").mkdir()
    prefect = str(Path(sys.executable).with_name("prefect"))
    programs = {
        "server": prefect_server(root, server_port, environment),
        "worker": Program([prefect, "worker", "start", "--pool", "yard"], environment, root / "worker.log"),
        "receiver": webhook(root / "received.jsonl", hook_port, environment),
    }
    days = [datetime.fromisoformat(scene.when).date() for scene in scenes]
    span = Days(min(days), max(days) + timedelta(days=1))
    return Theatre(root, settings, span, database, programs, environment)


def reference(settings: Settings, days: Days) -> tuple[dict[str, float | None], set[tuple[str, str]]]:
    """Values by look, and messages as (happening, look), of the same path in one process that nobody kills."""
    root = Path(tempfile.mkdtemp(prefix="yardwatch-kill-reference-"))
    calm = settings.model_copy(update={"data_dir": root, "ledger_url": None})
    with with_stand_in(Workspace(calm)) as workspace:
        operations.watch(workspace, "smallton", days)
        return ledger_of(workspace)


def ledger_of(workspace: Workspace) -> tuple[dict[str, float | None], set[tuple[str, str]]]:
    """The same of a ledger."""
    seen = workspace.ledger.observations(area="smallton")
    messages = {(e.happening, e.look_id) for e in workspace.ledger.outbox() if e.channel == "desk"}
    return {observation.look_id: observation.value for observation in seen}, messages


def run_through(theatre: Theatre, left: Counter[str], rng: random.Random, longest_s: float, until: float) -> None:
    """Run the backfill to its end, killing ``until`` then at random while victims are ``left``, which counts down."""
    run_id, moved, rows = theatre.begin_run(), time.monotonic(), -1
    while True:
        killing = left.total() > 0 and time.monotonic() < until
        time.sleep(rng.uniform(1.0, longest_s) if killing else 2.0)
        state = theatre.state_of(run_id)
        if state == "COMPLETED" and theatre.is_done():
            return
        if state in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
            click.echo(f"a run ended: {state}; what it left due is for the next")
            run_id, moved = theatre.begin_run(), time.monotonic()
        elif state == "RUNNING" and killing:
            victim = rng.choice(sorted(left.elements()))
            theatre.kill_and_restart(victim)
            left[victim] -= 1
            click.echo(f"killed the {victim}; {left.total()} left")
            if victim == "worker":
                theatre.cancel(run_id)
                run_id, moved = theatre.begin_run(), time.monotonic()
        elif (now_rows := theatre.progress()) != rows:
            rows, moved = now_rows, time.monotonic()
        elif time.monotonic() - moved > PATIENCE_S:
            click.echo(f"a run is given up that recorded nothing for {PATIENCE_S} s: {state}")
            theatre.cancel(run_id)
            run_id, moved = theatre.begin_run(), time.monotonic()


def compare(theatre: Theatre, values: dict[str, float | None], messages: set[tuple[str, str]]) -> Counter[str]:
    """What is left of one backfill, against what a run that nobody killed left."""
    after = datetime.now(UTC) + timedelta(days=1)
    with Workspace(now=lambda: after) as workspace:  # what a kill left queued or claimed is due again by then
        operations.deliver(workspace)
        held, queued = ledger_of(workspace)
        rows = Counter(o.look_id for o in workspace.ledger.observations(area="smallton"))
        outbox = workspace.ledger.outbox()
        missing = workspace.ledger.sweep(older_than_s=0).missing
    kept = theatre.received().read_text().splitlines() if theatre.received().exists() else []
    received = Counter(json.loads(line)["key"] for line in kept)
    sent = {entry.entry_id for entry in outbox if entry.channel == "desk"}
    return Counter(
        backfills=1,
        looks=len(held),
        lost=len(values.keys() - held.keys()),
        doubled=sum(count - 1 for count in rows.values()),
        unlike_the_reference=sum(held.get(look) != value for look, value in values.items()),
        surges_opened=sum(entry.channel == "desk" and entry.happening == "opened" for entry in outbox),
        messages=len(messages),
        messages_unlike_the_reference=len(messages ^ queued),
        messages_unsent=sum(entry.state != "sent" for entry in outbox),
        received_not_exactly_once=sum(received[key] != 1 for key in sent | received.keys()),
        missing_files=len(missing),
    )


@click.command(help=__doc__)
@click.option("--kills", default=10, show_default=True, help="Of each of the four.")
@click.option("--scenes", default=100, show_default=True)
@click.option("--surges", default=5, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--longest", default=8.0, show_default=True, help="Seconds between two kills at most.")
@click.option("--minutes", default=float("inf"), help="No kills after that; what runs then ends and is compared.")
def main(kills: int, scenes: int, surges: int, seed: int, longest: float, minutes: float) -> None:
    end_in_order()
    theatre = set_up(scenes_of(scenes, surges))
    rng, left, found = random.Random(seed), Counter(dict.fromkeys(VICTIMS, kills)), Counter[str]()
    try:
        values, messages = reference(theatre.settings, theatre.days)
        os.environ.update({name: v for name, v in theatre.environment.items() if name.startswith("YARDWATCH_")})
        theatre.start()
        until = time.monotonic() + 60 * minutes
        while True:
            run_through(theatre, left, rng, longest, until)
            found += (left_behind := compare(theatre, values, messages))
            click.echo(f"a backfill ended: {dict(left_behind)}", err=True)
            if not left.total() or time.monotonic() >= until:
                break
            theatre.clear()
    except (KeyboardInterrupt, SystemExit):
        click.echo("interrupted: what was found until then", err=True)
    finally:
        theatre.close()
    landed = {name: kills - left[name] for name in VICTIMS}
    click.echo(json.dumps({"kills": landed} | {name: found[name] for name in FIGURES}, indent=2))
    sys.exit(1 if any(found[name] for name in FAULTS) or not found["backfills"] else 0)


if __name__ == "__main__":
    main()
