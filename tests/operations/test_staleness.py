"""An area that has shown nothing for longer than usual: told once, ended by a usable look, never called empty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_station import Drawn, station

from yardwatch import operations
from yardwatch.operations import Days
from yardwatch.operations.staleness import usual_gap_days
from yardwatch.workspace import Workspace

STALE = '[area.smallton]\nstale_after_days = 20\n[channels.desk]\nurl = "file:stale.log"\nseverities = ["stale"]\n'
WEEKLY = [Drawn(f"2023-0{month}-{day:02}T02:00:00", 3) for month in (6, 7) for day in (1, 8, 15, 22)]


class Clock:
    """A clock that a test moves."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def watched(tmp: Path, clock: Clock, scenes: list[Drawn], watchlist: str = STALE) -> Workspace:
    workspace = station(tmp, scenes, watchlist=watchlist, now=clock)
    operations.watch(workspace, "smallton", Days(datetime(2023, 1, 1).date(), clock().date()))
    return workspace


def test_silence_is_told_once_however_often_the_area_is_watched(tmp_path: Path) -> None:
    clock = Clock(datetime(2023, 7, 30, tzinfo=UTC))
    workspace = watched(tmp_path, clock, WEEKLY)
    assert operations.note_staleness(workspace, "smallton") == ()
    clock.moment = datetime(2023, 8, 12, tzinfo=UTC)
    [news] = operations.note_staleness(workspace, "smallton")
    assert (news.happening, news.event.kind) == ("stale", "stale")
    for days in range(1, 5):
        clock.moment += timedelta(days=days)
        assert operations.note_staleness(workspace, "smallton") == ()
    assert [(entry.channel, entry.state) for entry in workspace.ledger.outbox()] == [("desk", "queued")]
    operations.deliver(workspace)
    said = (workspace.settings.root / "stale.log").read_text()
    assert "SIMULATED: Smallton: no usable image since 2023-07-22" in said
    assert "more than 20 days" in said


def test_a_cloudy_look_does_not_end_the_silence_and_a_usable_one_does(tmp_path: Path) -> None:
    clock = Clock(datetime(2023, 8, 12, tzinfo=UTC))
    workspace = watched(tmp_path / "a", clock, [*WEEKLY, Drawn("2023-08-10T02:00:00", sky="cloud")])
    assert len(operations.note_staleness(workspace, "smallton")) == 1
    again = watched(tmp_path / "a", clock, [*WEEKLY, Drawn("2023-08-11T02:00:00", 3)])
    assert operations.note_staleness(again, "smallton") == ()
    [event] = again.ledger.events("smallton", kinds=("stale",))
    assert event.closed_at == datetime(2023, 8, 11, 2, tzinfo=UTC)
    clock.moment = datetime(2023, 10, 1, tzinfo=UTC)
    assert len(operations.note_staleness(again, "smallton")) == 1


def test_silence_is_no_surge_and_is_never_withdrawn_by_judging(tmp_path: Path) -> None:
    clock = Clock(datetime(2023, 8, 12, tzinfo=UTC))
    workspace = watched(tmp_path, clock, WEEKLY)
    operations.note_staleness(workspace, "smallton")
    operations.judge(workspace, "smallton")
    assert workspace.ledger.events("smallton") == []
    [event] = workspace.ledger.events("smallton", kinds=("stale",))
    assert event.closed_at is None


def test_an_area_that_was_never_usable_is_told_from_its_first_look(tmp_path: Path) -> None:
    clock = Clock(datetime(2023, 9, 1, tzinfo=UTC))
    workspace = watched(tmp_path, clock, [Drawn("2023-07-01T02:00:00", sky="cloud")], STALE.replace("= 20", "= 60"))
    [news] = operations.note_staleness(workspace, "smallton")
    assert "No usable image ever" in news.sentence


def test_an_area_without_looks_is_not_stale(tmp_path: Path) -> None:
    workspace = station(tmp_path, [], now=Clock(datetime(2023, 9, 1, tzinfo=UTC)))
    assert not operations.staleness(workspace, "smallton").stale
    assert operations.note_staleness(workspace, "smallton") == ()


def test_watching_up_to_today_notes_silence_and_a_past_range_does_not(tmp_path: Path) -> None:
    clock = Clock(datetime(2023, 9, 30, tzinfo=UTC))
    workspace = watched(tmp_path, clock, WEEKLY)
    days = Days(datetime(2023, 9, 1).date(), datetime(2023, 9, 30).date())
    operations.watch(workspace, "smallton", days)
    assert workspace.ledger.outbox() == []
    operations.watch(workspace, "smallton", days, live=True)
    assert [entry.channel for entry in workspace.ledger.outbox()] == ["desk"]


def test_the_usual_gap_decides_where_nobody_chose(tmp_path: Path) -> None:
    clock = Clock(datetime(2023, 7, 30, tzinfo=UTC))
    workspace = watched(tmp_path, clock, WEEKLY, "")
    found = operations.staleness(workspace, "smallton")
    assert found.usual_days == pytest.approx(9, abs=0.1)
    assert found.after_days == pytest.approx(13.5, abs=0.1)
    assert not found.stale


@settings(deadline=None)
@given(st.lists(st.floats(0.1, 400), min_size=5, max_size=90))
def test_nine_in_ten_recent_gaps_are_not_longer_than_the_usual_one(gaps: list[float]) -> None:
    moments = [datetime(2020, 1, 1, tzinfo=UTC)]
    for gap in gaps:
        moments.append(moments[-1] + timedelta(days=gap))
    usual = usual_gap_days(moments)
    assert usual is not None
    recent = gaps[-60:]
    assert sum(gap <= usual + 1e-6 for gap in recent) >= 0.9 * len(recent)
    assert min(recent) - 1e-6 <= usual <= max(recent) + 1e-6


def test_what_is_held_is_made_again_only_when_it_is_old(tmp_path: Path) -> None:
    workspace = Workspace()
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [workspace.held("a", 60, make), workspace.held("a", 60, make)] == [1, 1]
    assert workspace.held("b", 60, make) == 2
    assert workspace.held("a", -1, make) == 3
