"""Killed and started again: the kill benchmark in small. Its figures come from a run in full."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.peers
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def run(*arguments: str) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=BENCHMARKS.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, int] = json.loads(done.stdout[done.stdout.index("{") :])
    return found


def test_kills_of_worker_server_database_and_receiver_lose_and_double_nothing() -> None:
    found = run(str(BENCHMARKS / "kill_all.py"), "--kills", "1", "--scenes", "16", "--surges", "1", "--longest", "4")
    assert found["kills"] == dict.fromkeys(("worker", "server", "database", "receiver"), 1)
    assert (found["looks"], found["lost"], found["doubled"]) == (16 * found["backfills"], 0, 0)
    assert (found["messages_unsent"], found["received_not_exactly_once"]) == (0, 0)
    assert found["surges_opened"] == found["backfills"]


def test_eight_processes_writing_one_postgresql_ledger_neither_fail_nor_double() -> None:
    found = run(str(BENCHMARKS / "postgres_writers.py"), "--looks", "160", "--writers", "8")
    assert (found["recorded"], found["errors"], found["duplicates"]) == (160, 0, 0)
