"""Servers of the tests' own on loopback: PostgreSQL from what is installed here, unless YARDWATCH_TEST_POSTGRES_URL
names one, and programs that a test starts."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import pytest

StartProgram = Callable[..., str]
SETTING = "YARDWATCH_TEST_POSTGRES_URL"
PREFECT = Path(sys.executable).with_name("prefect")


def _programs() -> Path | None:
    """The newest folder with ``initdb``, or None."""
    found = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return Path(found).parent if found else installed[-1].parent if installed else None


@pytest.fixture(scope="session", autouse=True)
def _postgres() -> Iterator[None]:
    programs = _programs()
    if os.environ.get(SETTING) or programs is None:
        yield  # tests that need it skip and name the setting
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = Path(tempfile.mkdtemp(prefix="yardwatch-postgres-", dir="/tmp"))
    as_owner: list[str] = []
    if os.geteuid() == 0:  # initdb refuses root
        shutil.chown(home, "postgres", "postgres")
        as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    control = [*as_owner, programs / "pg_ctl", "-D", home / "data", "-w"]
    make = [*as_owner, programs / "initdb", "-D", home / "data", "-U", "postgres", "--auth=trust", "-E", "UTF8"]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {home} -c fsync=off"
    subprocess.run([*make, "--locale=C.UTF-8"], check=True, capture_output=True)
    subprocess.run([*control, "-l", home / "log", "-o", options, "start"], check=True, stdout=subprocess.DEVNULL)
    os.environ[SETTING] = f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    try:
        yield
    finally:
        del os.environ[SETTING]
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def start_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartProgram]:
    """Starts a server that others wrote: ``start(command, health, environment)``, its port where it says ``{port}``.

    The answer is its address, once ``health`` below it answers; what was started ends with the session.
    """
    started: list[subprocess.Popen[bytes]] = []
    logs = tmp_path_factory.mktemp("programs")

    def start(command: Sequence[str | Path], health: str = "/", environment: Mapping[str, str] | None = None) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = logs / f"{len(started)}-{Path(command[0]).name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [str(part).replace("{port}", str(port)) for part in command],
                env={**os.environ, **(environment or {})},
                cwd=logs,  # a stray .env or settings file of the caller's folder is not theirs to read
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        started.append(process)
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):  # a busy machine takes minutes
            assert process.poll() is None, f"{command[0]} died: {log.read_text()[-2000:]}"
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url}{health}", timeout=2, trust_env=False).status_code < 500:
                    return url
            time.sleep(0.3)
        pytest.fail(f"{command[0]} did not answer at {url}{health}: {log.read_text()[-2000:]}")

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    for process in started:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, start_program: StartProgram) -> dict[str, str]:
    """A Prefect server of its own, as the environment that names it."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        "PREFECT_HOME": str(tmp_path_factory.mktemp("prefect")),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_TASKS_TAG_CONCURRENCY_SLOT_WAIT_SECONDS": "1",  # 30 where nobody says otherwise
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
        "PATH": f"{PREFECT.parent}{os.pathsep}{os.environ['PATH']}",
    }
    command = [PREFECT, "server", "start", "--host", "127.0.0.1", "--port", "{port}"]
    return environment | {"PREFECT_API_URL": f"{start_program(command, '/api/health', environment)}/api"}
