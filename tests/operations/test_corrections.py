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
