"""Servers of a benchmark's own on loopback: PostgreSQL, Prefect, and a webhook that keeps what it takes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

CHECKOUT = Path(__file__).parents[1]


def end_in_order() -> None:
    """A benchmark that is asked to stop still stops what it started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Postgres:
    """A cluster below /tmp; its owner is ``postgres`` where root starts it, since initdb refuses root."""

    home: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="yardwatch-postgres-", dir="/tmp")))
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        found = shutil.which("initdb")
        installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not found and not installed:
            raise SystemExit("this needs PostgreSQL: apt-get install postgresql")
        self.programs = Path(found).resolve().parent if found else installed[-1].parent
        self.as_owner: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self.home, "postgres", "postgres")
            self.as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        make = [*self.as_owner, self.programs / "initdb", "-D", self.home / "data", "-U", "postgres", "--auth=trust"]
        subprocess.run([*make, "-E", "UTF8", "--locale=C.UTF-8"], check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        """Start, or start again and recover."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.home} -c fsync=off -c max_connections=200"
        self._control("-l", str(self.home / "log"), "-o", options, "start")

    def kill(self) -> None:
        """Every connection is cut and nothing is written out: the next start recovers from the log."""
        self._control("-m", "immediate", "stop")

    def remove(self) -> None:
        """Stop, and remove the files."""
        subprocess.run([*self._command("-m", "immediate", "stop")], check=False, capture_output=True, cwd="/")
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def url(self) -> str:
        """For YARDWATCH_LEDGER_URL."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def plain_url(self) -> str:
        """For psycopg itself."""
        return self.url.replace("postgresql+psycopg://", "postgresql://")

    def _command(self, *arguments: str) -> list[str]:
        return [*self.as_owner, str(self.programs / "pg_ctl"), "-D", str(self.home / "data"), "-w", *arguments]

    def _control(self, *arguments: str) -> None:
        subprocess.run(self._command(*arguments), check=True, stdout=subprocess.DEVNULL, cwd="/")


@dataclass
class Program:
    """A process in a group of its own that can be killed and started again."""

    command: list[str]
    environment: Mapping[str, str]
    log: Path
    ready_url: str | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                cwd=CHECKOUT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(600 if self.ready_url else 0):
            if self.process.poll() is not None:
                raise SystemExit(f"{self.command[:3]} died; see {self.log}")
            try:
                if httpx.get(str(self.ready_url), timeout=2).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.3)

    def kill(self) -> None:
        """SIGKILL for it and all that it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def prefect_server(home: Path, port: int, environment: Mapping[str, str]) -> Program:
    """A Prefect server on SQLite below ``home``."""
    prefect = str(Path(sys.executable).with_name("prefect"))
    command = [prefect, "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    return Program(command, environment, home / "server.log", f"http://127.0.0.1:{port}/api/health")


def webhook(kept: Path, port: int, environment: Mapping[str, str]) -> Program:
    """A receiver that confirms: it keeps each message on disk, once by its key, before it answers."""
    command = [sys.executable, __file__, str(kept), str(port)]
    return Program(command, environment, kept.with_suffix(".log"), f"http://127.0.0.1:{port}/")


def _serve(kept: Path, port: int) -> None:
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = self.headers["Idempotency-Key"]
            known = {json.loads(line)["key"] for line in kept.read_text().splitlines()} if kept.exists() else set()
            with kept.open("a") as file:
                if key not in known:
                    file.write(json.dumps({"key": key, "title": body["title"]}) + "\n")
                    file.flush()
                    os.fsync(file.fileno())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return None

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
