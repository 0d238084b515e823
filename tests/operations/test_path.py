"""From a station area to an alert: the whole path over drawn scenes, with only the network stood in for."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import rasterio
from small_station import NOW, Drawn, draw, station, write_catalog

from yardwatch import operations
from yardwatch.errors import TryAgain
from yardwatch.ledger import LedgerAway
from yardwatch.operations import Days
from yardwatch.records import LookState, Reason, VerdictKind
from yardwatch.workspace import Workspace

ALL = Days(date(2020, 1, 1), date(2023, 10, 5))
QUIET = [
    Drawn(f"20{year}-0{month}-11T02:00:00", 2 + (year + month) % 4) for year in (20, 21, 22) for month in (2, 4, 6, 8)
]
SURGE = Drawn("2023-10-05T02:12:00", 73)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    scenes = [
        *QUIET,
        Drawn("2023-03-01T02:00:00", 8, "cloud"),
        Drawn("2023-03-09T02:00:00", 8, "black"),
        Drawn("2023-05-02T02:00:00", 11, "half"),
        Drawn("2023-06-02T02:00:00", 3),
        Drawn("2023-06-02T02:00:20", 3, suffix="-r2"),
        SURGE,
    ]
    workspace = station(tmp_path_factory.mktemp("station"), scenes)
    operations.watch(workspace, "smallton", ALL)
    return workspace


def seen_on(workspace: Workspace, day: str):
    story = operations.story_of(workspace, "smallton", simulated=True)
    return next(seen for seen in story.observations if seen.acquired_from.isoformat().startswith(day))


def test_every_car_of_a_clear_look_is_counted(watched: Workspace) -> None:
    for scene in (*QUIET, SURGE):
        seen = seen_on(watched, scene.when)
        assert seen.count == scene.cars
        assert seen.low is not None
        assert seen.high is not None
        assert seen.low <= scene.cars <= seen.high
        assert seen.visible == pytest.approx(1, abs=0.01)


def test_cloud_is_no_image_not_zero_cars(watched: Workspace) -> None:
    seen = seen_on(watched, "2023-03-01")
    assert (seen.value, seen.count, seen.low, seen.high) == (None, None, None, None)
    assert seen.reason is Reason.CLOUD


def test_black_tile_is_no_image_not_zero_cars(watched: Workspace) -> None:
    seen = seen_on(watched, "2023-03-09")
    assert seen.value is None
    assert seen.reason is Reason.NO_DATA
    assert seen.visible == 0


def test_a_half_seen_station_says_half_and_is_not_extrapolated(watched: Workspace) -> None:
    seen = seen_on(watched, "2023-05-02")
    assert seen.visible == pytest.approx(0.5, abs=0.05)
    assert seen.count is not None
    assert seen.count == 3
    assert seen.confidence == "low"


def test_a_duplicate_delivery_is_one_look(watched: Workspace) -> None:
    looks = [look for look in watched.ledger.looks("smallton") if look.acquired_from.date() == date(2023, 6, 2)]
    assert len(looks) == 1
    assert len(looks[0].scenes) == 2


def test_the_surge_is_one_event_and_one_message(watched: Workspace) -> None:
    events = [event for event in watched.ledger.events("smallton") if event.opened_at.date() == date(2023, 10, 5)]
    assert [event.kind for event in events] == ["surge"]
    assert events[0].peak_value == 73
    messages = watched.ledger.outbox(event_id=events[0].event_id)
    assert [(message.happening, message.channel, message.state) for message in messages] == [
        ("opened", "log", "queued")
    ]
    body = messages[0].payload["body"]
    assert "SIMULATED" in body
    assert "73" in body
    assert "CC0-1.0" in body


def test_nothing_before_the_surge_is_news(watched: Workspace) -> None:
    story = operations.story_of(watched, "smallton", simulated=True)
    before = [story.kind_of(seen.look_id) for seen in story.valued if seen.acquired_from < NOW.replace(day=5, hour=0)]
    assert set(before) <= {VerdictKind.CALM, VerdictKind.UNJUDGED}


def test_an_observation_can_be_traced(watched: Workspace) -> None:
    seen = seen_on(watched, "2023-10-05")
    assert seen.simulated
    assert (seen.source, seen.licence, seen.release) == ("drawn", "CC0-1.0", "test-1")
    assert seen.scene_keys == ("drawn:SIMULATED-20231005T021200",)
    assert len(watched.ledger.read_detections(seen)) == 73
    assert watched.ledger.read_chip(seen).scenes


def test_simulated_looks_never_appear_in_the_real_series(watched: Workspace) -> None:
    assert operations.story_of(watched, "smallton").observations == ()


def test_a_second_watch_asks_again_and_adds_nothing(watched: Workspace) -> None:
    before = watched.ledger.row_counts()
    run = operations.watch(watched, "smallton", ALL)
    assert run.found.scenes == 18
    assert run.found.new == ()
    assert run.recorded == ()
    assert watched.ledger.row_counts() == before


def test_the_message_is_delivered_once(watched: Workspace) -> None:
    first, second = operations.deliver(watched), operations.deliver(watched)
    assert (len(first.sent), len(first.failed)) == (1, 0)
    assert second.outcomes == ()
    log = (watched.settings.root / "alerts.log").read_text()
    assert log.count("73 freight cars") >= 1


def test_the_report_tells_the_claim_and_says_simulated(watched: Workspace) -> None:
    page = operations.report(watched, "smallton", simulated=True).read_text()
    assert "SIMULATED" in page
    assert "73" in page
    assert not re.search(r"""(src|href)=["']?https?:""", page)


def test_a_broken_file_is_unreadable_and_stops_nobody(tmp_path: Path) -> None:
    workspace = station(tmp_path, [Drawn("2023-01-01T02:00:00", 3), Drawn("2023-02-01T02:00:00", 4)])
    (tmp_path / "archive" / "SIMULATED-20230101T020000.tif").write_bytes(b"<html>not a picture</html>")
    run = operations.watch(workspace, "smallton", ALL)
    assert [(seen.reason, seen.count) for seen in run.recorded] == [(Reason.UNREADABLE, None), (None, 4)]


def test_a_time_out_is_not_a_judgement_on_the_sky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = station(tmp_path, [Drawn("2023-01-01T02:00:00", 3)])

    def slow(*_: object) -> None:
        raise TryAgain("the archive did not answer", retry_after_s=60)

    monkeypatch.setattr("yardwatch.operations.looking.read_look", slow)
    run = operations.watch(workspace, "smallton", ALL)
    assert [why for _, why in run.failed] == ["the archive did not answer"]
    [look] = workspace.ledger.looks("smallton")
    assert look.state is LookState.FAILED
    assert look.retry_at is not None
    assert (look.retry_at - NOW).total_seconds() == 60
    monkeypatch.undo()
    assert operations.watch(workspace, "smallton", ALL).recorded == ()
    workspace.now = lambda: NOW.replace(hour=1)
    assert [seen.count for seen in operations.watch(workspace, "smallton", ALL).recorded] == [3]


def test_a_ledger_that_does_not_answer_is_no_attempt_at_the_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = station(tmp_path, [Drawn("2023-01-01T02:00:00", 3)])
    [look_id] = operations.find(workspace, "smallton", ALL).due

    def away(*_: object, **__: object) -> None:
        raise LedgerAway("its database is being started again")

    monkeypatch.setattr(workspace.ledger, "record", away)
    with pytest.raises(LedgerAway):
        operations.look(workspace, look_id)
    monkeypatch.undo()
    [look] = workspace.ledger.looks("smallton")
    assert (look.state, look.attempts) == (LookState.PENDING, 0)
    assert operations.look(workspace, look_id).count == 3


def test_sentinel_is_no_count_and_one_look_is_no_index(tmp_path: Path) -> None:
    workspace = station(tmp_path, [Drawn("2023-01-01T02:00:00", 3, gsd_m=10.0)])
    [seen] = operations.watch(workspace, "smallton", ALL).recorded
    assert (seen.measure, seen.value, seen.count) == ("activity", None, None)
    assert seen.reason is Reason.TOO_FEW_CLEAR_LOOKS


def test_three_metres_are_too_coarse_for_cars(tmp_path: Path) -> None:
    workspace = station(tmp_path, [Drawn("2023-01-01T02:00:00", 3, gsd_m=3.0)])
    [seen] = operations.watch(workspace, "smallton", ALL).recorded
    assert seen.value is None
    assert seen.reason is Reason.TOO_COARSE


def test_a_look_outside_every_area_version_is_said_so(tmp_path: Path) -> None:
    workspace = station(tmp_path, [Drawn("1999-06-01T02:00:00", 3)])
    [seen] = operations.watch(workspace, "smallton", Days(date(1999, 1, 1), date(1999, 12, 31))).recorded
    assert seen.reason is Reason.NO_AREA_VERSION


def test_days_are_days_of_the_areas_zone(tmp_path: Path) -> None:
    """16:00 UTC of the 4th is 01:00 of the 5th in Pyongyang."""
    workspace = station(tmp_path, [Drawn("2023-10-04T16:00:00", 1), Drawn("2023-10-05T16:00:00", 1)])
    found = operations.find(workspace, "smallton", Days(date(2023, 10, 5), date(2023, 10, 5)))
    assert [look_id for look_id in found.looks if "20231004" in look_id.replace("-", "")] == list(found.looks)
    assert found.scenes == 1


def test_a_late_look_rejudges_and_amends_instead_of_repeating(tmp_path: Path) -> None:
    """A scene of two days before, as full, arrives after: the event begins earlier, nobody is told twice."""
    workspace = station(tmp_path, [*QUIET, SURGE])
    operations.watch(workspace, "smallton", ALL)
    write_catalog(tmp_path / "archive", [*QUIET, Drawn("2023-10-03T02:12:00", 70), SURGE])
    operations.watch(workspace, "smallton", ALL)
    surges = [event for event in workspace.ledger.events("smallton") if event.kind == "surge"]
    assert len(surges) == 1
    assert surges[0].opened_at.date() == date(2023, 10, 3)
    assert [message.happening for message in workspace.ledger.outbox()].count("opened") == 1


def test_drawing_is_what_the_test_thinks(tmp_path: Path) -> None:
    draw(tmp_path / "a.tif", Drawn("2023-01-01T02:00:00", 5))
    with rasterio.open(tmp_path / "a.tif") as file:
        assert (file.read(1) == 250).sum() == 5 * 28 * 6
