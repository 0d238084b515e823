"""Processes that write one ledger: killed at any moment, or many at once. Run by the tests as a program.

``python ledger_writers.py killed ROOT ADDRESS SEED`` and ``python ledger_writers.py together ROOT ADDRESS WRITERS``.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path

import alembic.command  # noqa: F401  (before the fork, so that a writer comes to its work at once)
from ledger_data import AREA, DAY, a_chip, a_message, a_verdict, an_event, an_observation, daily_looks, some_detections
from sqlalchemy import Engine, event

from yardwatch.ledger import Ledger, SeriesJudgement

LOOKS = 8
KILLS = 15


def write_all(root: Path, address: str) -> None:
    """What a backfill does: register, record what is due, judge; again and again the same."""
    with Ledger.open(address, root) as ledger:
        looks = {look.look_id: look for look in daily_looks(LOOKS)}
        ledger.register(list(looks.values()))
        for look_id in ledger.due(AREA, since=DAY, until=DAY + timedelta(days=999), now=DAY):
            ledger.record(an_observation(looks[look_id], len(look_id)), some_detections(), a_chip())
        series = ledger.series(AREA, "count", simulated=False, release=None)
        surge = an_event(series[-1])
        verdicts = [a_verdict(observation) for observation in series]
        ledger.record_judgement(SeriesJudgement(AREA, "count", False, verdicts, [surge], [a_message(surge)]))


def fork_writer(root: Path, address: str, tell: int | None = None) -> int:
    """A child that writes everything; its process id. Into ``tell`` it writes a byte at each step of its work."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if tell is not None:
                tell_steps(tell)
            write_all(root, address)
            status = 0
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    return child


def tell_steps(tell: int) -> None:
    """A step is a statement of the database or a file put on disk."""
    fsync = os.fsync

    def step(*_: object) -> None:
        os.write(tell, b".")

    def synced(descriptor: int) -> None:
        step()
        fsync(descriptor)

    event.listen(Engine, "before_cursor_execute", step)
    os.fsync = synced


def killed(root: Path, address: str, seed: int) -> None:
    """Kill writers at random moments, each some steps into its work, then let one finish."""
    moments = random.Random(seed)
    for _ in range(KILLS):
        hear, tell = os.pipe()
        child = fork_writer(root, address, tell)
        os.close(tell)
        for _ in range(moments.randint(1, 90)):
            os.read(hear, 1)
        time.sleep(moments.uniform(0.0, 0.01))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(hear)
    wait_for([fork_writer(root, address)])


def wait_for(children: list[int]) -> None:
    statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    if any(statuses):
        sys.exit(f"writers ended with {statuses}")


if __name__ == "__main__":
    what, folder, ledger_address, number = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    if what == "killed":
        killed(folder, ledger_address, number)
    else:
        wait_for([fork_writer(folder, ledger_address) for _ in range(number)])
