"""A PostgreSQL of the tests' own, started from what is installed here unless YARDWATCH_TEST_POSTGRES_URL names one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SETTING = "YARDWATCH_TEST_POSTGRES_URL"


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
