"""A correction amends the alert that was sent, once; it never repeats it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from recorded_looks import see
from small_station import station

from yardwatch import operations
from yardwatch.records import Observation, Reason
from yardwatch.workspace import Workspace

SURGE_DAY = datetime(2023, 10, 5, 2, 12, tzinfo=UTC)
QUIET = [3, 5, 2, 4, 6, 3, 5, 4, 2, 5]


@pytest.fixture
def alerted(tmp_path: Path) -> Workspace:
    """A station whose alert about 73 cars is queued."""
    workspace = station(tmp_path, [])
    for index, cars in enumerate(QUIET):
        see(workspace, SURGE_DAY - timedelta(days=20 * (len(QUIET) - index)), cars)
    see(workspace, SURGE_DAY, 73)
    operations.judge(workspace, "smallton")
    assert told(workspace) == ["opened"]
    return workspace


def told(workspace: Workspace) -> list[str]:
    return [message.happening for message in workspace.ledger.outbox()]


def correct(workspace: Workspace, **changes: object) -> None:
    """A reviewer reads the newest look anew, and the area is judged again."""
    [*_, seen] = workspace.ledger.series("smallton", "count", simulated=True, release="test-1")
    said: Observation = replace(seen, provenance="review:ann", **changes)  # type: ignore[arg-type]
    workspace.ledger.record(said)
    operations.judge(workspace, "smallton")


def test_a_count_corrected_to_less_that_is_news_still_amends_the_alert_once(alerted: Workspace) -> None:
    correct(alerted, value=60.0, low=58.0, high=64.0)
    assert told(alerted) == ["opened", "amended"]
    body = alerted.ledger.outbox()[-1].payload["body"]
    assert "corrects an earlier alert" in body
    assert "60" in body
    operations.judge(alerted, "smallton")
    assert told(alerted) == ["opened", "amended"]
    [event] = alerted.ledger.events("smallton")
    assert event.peak_value == 60


def test_a_count_corrected_to_the_ordinary_withdraws_the_alert_once(alerted: Workspace) -> None:
    correct(alerted, value=5.0, low=4.0, high=7.0)
    operations.judge(alerted, "smallton")
    assert told(alerted) == ["opened", "amended"]
    assert "withdraws an earlier alert" in alerted.ledger.outbox()[-1].payload["body"]
    assert alerted.ledger.events("smallton", open_only=True) == []


def test_a_look_that_a_reviewer_sets_aside_withdraws_its_alert(alerted: Workspace) -> None:
    correct(alerted, value=None, low=None, high=None, reason=Reason.REVIEWER, visible=0.0)
    operations.judge(alerted, "smallton")
    assert told(alerted) == ["opened", "amended"]
    assert "set aside by a reviewer" in alerted.ledger.outbox()[-1].payload["body"]
    assert alerted.ledger.events("smallton", open_only=True) == []


def test_a_look_confirmed_at_its_value_says_nothing_more(alerted: Workspace) -> None:
    correct(alerted)
    assert told(alerted) == ["opened"]


def test_a_count_corrected_twice_is_told_twice_and_said_again_not_at_all(alerted: Workspace) -> None:
    correct(alerted, value=60.0, low=58.0, high=64.0)
    correct(alerted, value=55.0, low=53.0, high=58.0)
    assert told(alerted) == ["opened", "amended", "amended"]
    assert "55 freight cars" in alerted.ledger.outbox()[-1].payload["title"]
    correct(alerted, value=55.0, low=53.0, high=58.0, confidence="low")
    operations.judge(alerted, "smallton")
    assert told(alerted) == ["opened", "amended", "amended"]


def test_a_correction_that_is_taken_back_is_told_though_the_first_claim_was_the_same(alerted: Workspace) -> None:
    for cars in (60.0, 73.0, 60.0):
        correct(alerted, value=cars, low=cars - 2, high=cars + 3)
    assert told(alerted) == ["opened", "amended", "amended", "amended"]
    assert len({message.entry_id for message in alerted.ledger.outbox()}) == 4


def test_a_surge_that_was_withdrawn_and_stands_after_all_is_told(alerted: Workspace) -> None:
    correct(alerted, value=5.0, low=4.0, high=7.0)
    correct(alerted, value=6.0, low=5.0, high=8.0)
    assert told(alerted) == ["opened", "amended"], "it stays withdrawn, whichever ordinary count it has"
    correct(alerted, value=70.0, low=68.0, high=73.0)
    assert told(alerted) == ["opened", "amended", "amended"]
    assert "surge corrected, 70 freight cars" in alerted.ledger.outbox()[-1].payload["title"]
    assert len(alerted.ledger.events("smallton", open_only=True)) == 1


def test_what_nobody_was_told_of_is_not_corrected(tmp_path: Path) -> None:
    """Few earlier looks make the surge provisional, and the only channel of the area wants none of those."""
    watchlist = '[channels.desk]\nurl = "file:desk.log"\n[area.smallton]\nchannels = ["desk"]\n'
    workspace = station(tmp_path, [], watchlist=watchlist)
    for index, cars in enumerate(QUIET[:4]):
        see(workspace, SURGE_DAY - timedelta(days=20 * (4 - index)), cars)
    see(workspace, SURGE_DAY, 73)
    operations.judge(workspace, "smallton")
    assert [event.provisional for event in workspace.ledger.events("smallton")] == [True]
    correct(workspace, value=5.0, low=4.0, high=7.0)
    assert told(workspace) == []


def test_what_an_older_yardwatch_told_is_amended_once(alerted: Workspace) -> None:
    """Its messages do not say what they claimed."""
    with alerted.ledger.writing() as connection:
        connection.exec_driver_sql('UPDATE outbox SET payload = \'{"title": "surge", "body": "73"}\'')
    operations.judge(alerted, "smallton")
    assert told(alerted) == ["opened"]
    correct(alerted, value=60.0, low=58.0, high=64.0)
    operations.judge(alerted, "smallton")
    assert told(alerted) == ["opened", "amended"]
