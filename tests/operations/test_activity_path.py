"""Free 10 m pictures, from a catalog to an alert: an index of activity, which is never a number of cars."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from coarse_station import Coarse, coarse_station

from yardwatch import operations
from yardwatch.operations import Days
from yardwatch.records import Observation, Reason, VerdictKind
from yardwatch.report import series_table
from yardwatch.workspace import Workspace

ALL = Days(date(2020, 1, 1), date(2023, 10, 5))
FIRST = datetime.fromisoformat("2021-01-04T02:20:00")


def day(number: int) -> str:
    return (FIRST + timedelta(days=25 * number)).isoformat()


QUIET = [
    Coarse(day(number), changed=3 + number * 5 % 8, platform=f"sentinel-2{'ab'[number % 2]}") for number in range(30)
]
CLOUDED = Coarse("2021-08-01T02:20:00", clouded=1.0)
HALF = Coarse("2023-05-01T02:20:00", changed=60, clouded=0.5)
SURGE = Coarse("2023-10-05T02:20:00", changed=90)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = coarse_station(tmp_path_factory.mktemp("coarse"), [*QUIET, CLOUDED, HALF, SURGE])
    operations.watch(workspace, "coarseton", ALL)
    return workspace


def seen(workspace: Workspace, when: str) -> Observation:
    story = operations.story_of(workspace, "coarseton", measure="activity", simulated=True)
    return next(look for look in story.observations if look.acquired_from.isoformat().startswith(when))


def test_the_first_ten_clear_looks_say_nothing_yet(watched: Workspace) -> None:
    for scene in QUIET[:10]:
        look = seen(watched, scene.when)
        assert (look.measure, look.value, look.reason) == ("activity", None, Reason.TOO_FEW_CLEAR_LOOKS)
    assert seen(watched, QUIET[10].when).value is not None


def test_the_index_counts_the_pixels_that_changed(watched: Workspace) -> None:
    look = seen(watched, SURGE.when)
    assert look.value == pytest.approx(90, abs=8)
    assert look.low is not None
    assert look.high is not None
    assert look.low < look.value < look.high
    for scene in QUIET[12:]:
        assert seen(watched, scene.when).value == pytest.approx(scene.changed, abs=8)


def test_the_index_is_never_cars(watched: Workspace) -> None:
    look = seen(watched, SURGE.when)
    assert look.count is None
    assert look.by_class == {}
    assert operations.story_of(watched, "coarseton", measure="count", simulated=True).observations == ()
    [event] = watched.ledger.events("coarseton", open_only=True)
    [message] = watched.ledger.outbox(event_id=event.event_id)
    page = operations.report(watched, "coarseton", simulated=True).read_text()
    said = [message.payload["title"], message.payload["body"], page.split("<h2>Method")[0]]
    for text in said:
        assert "activity" in text
        assert "freight car" not in text
        assert "cars counted" not in text
    assert "activity index" in message.payload["body"]


def test_a_yard_that_fills_up_is_a_surge_of_activity(watched: Workspace) -> None:
    story = operations.story_of(watched, "coarseton", simulated=True)
    assert story.measure == "activity"
    assert story.kind_of(seen(watched, SURGE.when).look_id) is VerdictKind.SURGE
    before = [story.kind_of(look.look_id) for look in story.valued if look.acquired_from.isoformat() < "2023-04"]
    assert set(before) <= {VerdictKind.CALM, VerdictKind.UNJUDGED}
    row = series_table(story)[-1]
    assert row.count == f"{seen(watched, SURGE.when).value:.0f}"


def test_a_clouded_look_is_cloud_and_teaches_nothing(watched: Workspace) -> None:
    look = seen(watched, CLOUDED.when)
    assert (look.value, look.reason) == (None, Reason.CLOUD)


def test_hidden_ground_is_not_extrapolated(watched: Workspace) -> None:
    look = seen(watched, HALF.when)
    assert look.visible == pytest.approx(0.5, abs=0.05)
    assert look.value == pytest.approx(30, abs=12)
    assert look.confidence == "low"


def test_what_was_usual_is_what_was_known_then(tmp_path: Path) -> None:
    """A look of before the others, delivered late, has no past, however many looks came after it."""
    workspace = coarse_station(tmp_path, [*QUIET[:14], Coarse("2020-11-01T02:20:00", changed=40)])
    operations.watch(workspace, "coarseton", Days(date(2021, 1, 1), date(2023, 10, 5)))
    operations.watch(workspace, "coarseton", Days(date(2020, 1, 1), date(2020, 12, 31)))
    late = seen(workspace, "2020-11-01")
    assert (late.value, late.reason) == (None, Reason.TOO_FEW_CLEAR_LOOKS)


def test_another_satellite_family_is_another_place_to_stand(tmp_path: Path) -> None:
    scenes = [*QUIET[:12], Coarse("2022-06-01T02:20:00", changed=5, platform="landsat-9")]
    workspace = coarse_station(tmp_path, scenes)
    operations.watch(workspace, "coarseton", ALL)
    assert seen(workspace, QUIET[11].when).value is not None
    assert seen(workspace, "2022-06-01").reason is Reason.TOO_FEW_CLEAR_LOOKS
