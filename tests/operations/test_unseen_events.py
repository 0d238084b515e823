"""An event that no look confirmed for 90 days is over: told once, where closing is told, and never as an empty yard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from recorded_looks import see
from small_station import station

from yardwatch import operations
from yardwatch.operations import judge_for_news
from yardwatch.operations.events import EventBook
from yardwatch.operations.judging import verdict_of
from yardwatch.records import VerdictKind
from yardwatch.surges import Judgement
from yardwatch.workspace import Workspace

SURGE_DAY = datetime(2023, 10, 5, 2, 12, tzinfo=UTC)
QUIET = [3, 5, 2, 4, 6, 3, 5, 4, 2, 5]
WATCHLIST = """
[channels.loud]
url = "file:loud.log"

[channels.quiet]
url = "file:quiet.log"
severities = ["closed"]

[area.smallton]
channels = ["loud", "quiet"]
"""


class Clock:
    """A clock that a test moves."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock(SURGE_DAY + timedelta(days=1))


@pytest.fixture
def surging(tmp_path: Path, clock: Clock) -> Workspace:
    """A station whose surge was told yesterday."""
    workspace = station(tmp_path, [], watchlist=WATCHLIST, now=clock)
    for index, cars in enumerate(QUIET):
        see(workspace, SURGE_DAY - timedelta(days=20 * (len(QUIET) - index)), cars)
    see(workspace, SURGE_DAY, 73)
    operations.judge(workspace, "smallton")
    assert told(workspace) == [("opened", "loud")]
    return workspace


def told(workspace: Workspace) -> list[tuple[str, str]]:
    return [(message.happening, message.channel) for message in workspace.ledger.outbox()]


def test_a_surge_that_nobody_saw_for_90_days_is_told_as_over_once(surging: Workspace, clock: Clock) -> None:
    clock.moment = SURGE_DAY + timedelta(days=89)
    assert judge_for_news(surging, "smallton")[1] == ()
    clock.moment = SURGE_DAY + timedelta(days=91)
    [news] = judge_for_news(surging, "smallton")[1]
    [event] = surging.ledger.events("smallton")
    assert (news.happening, news.look_id, news.event) == ("closed", event.opened_look, event)
    assert (event.closed_look, event.closed_at) == (None, SURGE_DAY + timedelta(days=90))
    for days in (92, 200):
        clock.moment = SURGE_DAY + timedelta(days=days)
        assert judge_for_news(surging, "smallton")[1] == ()
    assert told(surging) == [("opened", "loud"), ("closed", "quiet")]


def test_its_message_says_that_nothing_was_seen_and_nothing_of_the_yard(surging: Workspace, clock: Clock) -> None:
    clock.moment = SURGE_DAY + timedelta(days=91)
    operations.judge(surging, "smallton")
    operations.deliver(surging)
    said = (surging.settings.root / "quiet.log").read_text()
    assert "SIMULATED: Smallton: surge not seen for 90 days, counts as over" in said
    assert "since 2024-01-03 it counts as over. What stands there now is not known." in said
    assert "Last usable look: 2023-10-05" in said


@pytest.mark.parametrize("noticed_before", [True, False], ids=["judged in the gap", "judged after it"])
def test_a_look_after_the_gap_does_not_end_the_surge_a_second_time(
    surging: Workspace, clock: Clock, noticed_before: bool
) -> None:
    if noticed_before:
        clock.moment = SURGE_DAY + timedelta(days=91)
        operations.judge(surging, "smallton")
    see(surging, SURGE_DAY + timedelta(days=120), 4)
    clock.moment = SURGE_DAY + timedelta(days=121)
    news = judge_for_news(surging, "smallton")[1]
    assert [item.happening for item in news] == ([] if noticed_before else ["closed"])
    [event] = surging.ledger.events("smallton")
    assert (event.closed_look, event.closed_at) == (None, SURGE_DAY + timedelta(days=90))
    assert told(surging) == [("opened", "loud"), ("closed", "quiet")]


def test_a_late_look_that_shows_the_surge_going_on_opens_it_again(surging: Workspace, clock: Clock) -> None:
    clock.moment = SURGE_DAY + timedelta(days=91)
    operations.judge(surging, "smallton")
    see(surging, SURGE_DAY + timedelta(days=60), 70)
    operations.judge(surging, "smallton")
    [event] = surging.ledger.events("smallton")
    assert event.closed_at is None
    clock.moment = SURGE_DAY + timedelta(days=151)
    operations.judge(surging, "smallton")
    assert told(surging) == [("opened", "loud"), ("closed", "quiet"), ("closed", "quiet")]


def test_a_surge_that_a_drop_ends_is_told_as_over(tmp_path: Path, clock: Clock) -> None:
    workspace = station(tmp_path, [], watchlist=WATCHLIST, now=clock)
    for days, cars in ((0, 73), (2, 0)):
        see(workspace, SURGE_DAY + timedelta(days=days), cars)
    seen = workspace.ledger.series("smallton", "count", simulated=True, release="test-1")
    up, down = (one.look_id for one in seen)
    judgements = [
        Judgement(up, VerdictKind.SURGE, "Up.", happening="opened", event_key=up),
        Judgement(down, VerdictKind.DROP, "Down.", happening="opened", event_key=down, also_closed=up),
    ]
    verdicts = [verdict_of(judgement, seen[: index + 1]) for index, judgement in enumerate(judgements)]
    events, outbox = EventBook(workspace, workspace.area("smallton"), seen, verdicts).write_up(judgements)
    assert [(event.kind, event.closed_look) for event in events] == [("surge", down), ("drop", None)]
    assert [(message.happening, message.channel, message.look_id) for message in outbox] == [
        ("opened", "loud", up),
        ("closed", "quiet", down),
        ("opened", "loud", down),
    ]
