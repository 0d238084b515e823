from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_data import (
    AREA,
    a_chip,
    a_look,
    a_message,
    a_verdict,
    an_event,
    an_observation,
    daily_looks,
    some_detections,
)
from ledger_writers import LOOKS

from yardwatch.ledger import Ledger, Recorded, SeriesJudgement, Sweep, judgements, observations
from yardwatch.records import LookState, Observation

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork to start many writers with")
PROGRAM = Path(__file__).with_name("ledger_writers.py")


def run(*arguments: object) -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr


def assert_whole(root: Path, address: str) -> Sweep:
    """Nothing lost, nothing doubled, and after a sweep files and rows name each other exactly."""
    with Ledger.open(address, root, create=False) as ledger:
        counts = ledger.row_counts()
        assert counts["looks"] == counts["observations"] == counts["verdicts"] == LOOKS
        assert counts["events"] == counts["event_states"] == counts["outbox"] == 1
        assert {look.state for look in ledger.looks(AREA)} == {LookState.OBSERVED}
        swept = ledger.sweep(older_than_s=0)
        assert swept.missing == ()
        named = {path for o in ledger.observations() for path in (o.detections_path, o.chip_path)}
        there = {p.relative_to(root).as_posix() for f in ("detections", "chips") for p in (root / f).rglob("*.*")}
        assert there == named
        assert len(named) == 2 * LOOKS
        for observation in ledger.observations():
            ledger.read_chip(observation)
            ledger.read_detections(observation)
        return swept


@forks
def test_a_writer_killed_at_random_moments_loses_and_doubles_nothing(tmp_path: Path, address: str) -> None:
    run("killed", tmp_path, address, 20231005)
    assert_whole(tmp_path, address)


@forks
def test_four_writers_of_a_new_ledger_at_once_neither_fail_nor_double(tmp_path: Path, address: str) -> None:
    run("together", tmp_path, address, 4)
    assert assert_whole(tmp_path, address).orphans == ()


class Killed(BaseException):
    """The process ends here: no handler of ours runs, and the database undoes what was not committed."""


def kill(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize("place", ["before the rename", "before the row", "before the commit"])
def test_a_death_between_file_and_row_leaves_orphans_and_no_row(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """The places where half a record could come to be, hit exactly."""
    look = a_look()
    ledger.register([look])
    with monkeypatch.context() as patched:
        if place == "before the rename":
            patched.setattr(Path, "replace", kill)
        elif place == "before the row":
            patched.setattr(Ledger, "_settle", kill)
        else:
            patched.setattr(observations, "_finish", kill)
        with pytest.raises(Killed):
            ledger.record(an_observation(look), some_detections(), a_chip())
    assert ledger.row_counts()["observations"] == 0
    assert ledger.look(look.look_id).state is LookState.PENDING
    assert len(ledger.sweep(older_than_s=0).orphans) == (1 if place == "before the rename" else 2)
    assert ledger.record(an_observation(look), some_detections(), a_chip()).added
    assert ledger.sweep(older_than_s=0) == Sweep((), (), True)


def test_a_judgement_that_dies_half_way_has_not_happened(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    look = a_look()
    ledger.register([look])
    observation = ledger.record(an_observation(look)).observation
    event = an_event(observation)
    judgement = SeriesJudgement(AREA, "count", False, [a_verdict(observation)], [event], [a_message(event)])
    with monkeypatch.context() as patched:
        patched.setattr(judgements, "queue", kill)
        with pytest.raises(Killed):
            ledger.record_judgement(judgement)
    assert (ledger.verdicts(AREA), ledger.events(), ledger.outbox()) == ([], [], [])
    assert ledger.record_judgement(judgement).outbox_added == 1


def test_a_process_that_was_slower_leaves_no_file_behind(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = a_look()
    ledger.register([look])
    settle = Ledger._settle

    def overtaken(slow: Ledger, observation: Observation, *, anew: bool) -> Recorded:
        settle(slow, replace(observation, detections_path=None, chip_path=None, value=1.0), anew=anew)
        return settle(slow, observation, anew=anew)

    monkeypatch.setattr(Ledger, "_settle", overtaken)
    recorded = ledger.record(an_observation(look), some_detections(), a_chip())
    assert (recorded.added, recorded.observation.value) == (False, 1.0)
    assert ledger.sweep(older_than_s=0, delete=False).orphans == ()


def test_threads_of_one_process_share_a_ledger(ledger: Ledger) -> None:
    looks = daily_looks(12)
    ledger.register(looks)
    with ThreadPoolExecutor(6) as threads:
        recorded = list(threads.map(lambda look: ledger.record(an_observation(look), some_detections()), looks * 2))
    assert sum(one.added for one in recorded) == ledger.row_counts()["observations"] == len(looks)
