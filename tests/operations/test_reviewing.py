"""A person checks a look: the corrected count stands, the series is judged again, alerts are amended."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from small_station import Drawn, station

from yardwatch import operations
from yardwatch.errors import BadInput
from yardwatch.operations import Days, confirm, open_look, review
from yardwatch.records import LookState, Reason, VerdictKind
from yardwatch.review import Correction, ReviewedBox
from yardwatch.workspace import Workspace

ALL = Days(date(2020, 1, 1), date(2023, 10, 5))
QUIET = [
    Drawn(f"20{year}-0{month}-11T02:00:00", 2 + (year + month) % 4) for year in (20, 21, 22) for month in (2, 4, 6, 8)
]
BOX = ReviewedBox(300, 190, 28, 6, 0, "freight_tank")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = station(tmp_path_factory.mktemp("station"), [*QUIET, Drawn("2023-10-05T02:12:00", 73)])
    operations.watch(workspace, "smallton", ALL)
    workspace.close()
    return workspace


@pytest.fixture
def watched(archive: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """The watched station, on a data root of the test's own."""
    shutil.copytree(archive.settings.root, tmp_path / "data")
    with Workspace(archive.settings.model_copy(update={"data_dir": tmp_path / "data"}), now=archive.now) as workspace:
        yield workspace


@pytest.fixture
def surge(watched: Workspace) -> str:
    return watched.ledger.looks("smallton")[-1].look_id


def correct(
    workspace: Workspace,
    look_id: str,
    change: Callable[[tuple[ReviewedBox, ...]], tuple[ReviewedBox, ...]],
    reviewer: str = "Kim",
):
    opened = open_look(workspace, look_id)
    return review(workspace, look_id, Correction(opened.current.observation_id, reviewer, change(opened.boxes)))


def test_the_reviewed_count_stands_and_the_automatic_one_stays_on_record(watched: Workspace, surge: str) -> None:
    after = correct(watched, surge, lambda boxes: (*boxes[3:], BOX))
    assert (after.count, after.provenance, after.revision) == (71, "review:Kim", 1)
    assert after.by_class == {"freight_box": 70, "freight_tank": 1}
    assert (after.recall, after.false_positives) == (1, 0)
    story = operations.story_of(watched, "smallton", simulated=True)
    assert story.by_look[surge].count == 71
    assert [one.count for one in watched.ledger.observations(look_id=surge)] == [73, 71]


def test_a_reviewed_interval_is_narrower_and_a_picture_hides_what_it_hid(watched: Workspace, surge: str) -> None:
    before = open_look(watched, surge).current
    after = correct(watched, surge, lambda boxes: boxes)
    assert after.low is not None
    assert after.high is not None
    assert before.low is not None
    assert before.high is not None
    assert (after.low, after.high) == (71, 75)
    assert after.high - after.low < before.high - before.low
    assert after.visible == before.visible


def test_who_said_what_and_when_is_kept(watched: Workspace, surge: str) -> None:
    opened = open_look(watched, surge)
    review(watched, surge, Correction(opened.current.observation_id, " Kim\n ", opened.boxes[1:], note="shed roof"))
    (said,) = watched.ledger.reviews(surge)
    assert (said.reviewer, said.verdict, said.note, said.said_at) == ("Kim", "corrected", "shed roof", watched.now())


def test_a_review_that_changes_nothing_accepts(watched: Workspace, surge: str) -> None:
    after = correct(watched, surge, lambda boxes: boxes)
    assert after.count == 73
    assert watched.ledger.reviews(surge)[0].verdict == "accepted"


def test_the_same_review_twice_adds_nothing(watched: Workspace, surge: str) -> None:
    correct(watched, surge, lambda boxes: boxes[1:])
    before = watched.ledger.row_counts()
    correct(watched, surge, lambda boxes: boxes)
    assert watched.ledger.row_counts() == before


def test_a_car_that_was_only_moved_is_kept_where_it_was_put(watched: Workspace, surge: str) -> None:
    correct(watched, surge, lambda boxes: boxes)
    correct(watched, surge, lambda boxes: (replace(boxes[0], x_px=boxes[0].x_px + 5), *boxes[1:]))
    table = watched.ledger.read_detections(open_look(watched, surge).current)
    assert sorted(table["review"]).count("moved") == 1
    assert open_look(watched, surge).current.revision == 2


def test_a_second_review_builds_on_the_first_and_remembers_the_detections(watched: Workspace, surge: str) -> None:
    correct(watched, surge, lambda boxes: (*boxes[1:], BOX))
    correct(watched, surge, lambda boxes: boxes[1:], reviewer="Lee")
    opened = open_look(watched, surge)
    assert (opened.current.provenance, opened.current.count) == ("review:Lee", 72)
    assert len(opened.detected) == 73
    assert {box.was for box in opened.boxes} == {-1, *range(2, 73)}


def test_a_look_read_or_reviewed_anew_since_it_was_opened_is_not_overwritten(watched: Workspace, surge: str) -> None:
    opened = open_look(watched, surge)
    correct(watched, surge, lambda boxes: boxes[1:])
    with pytest.raises(BadInput, match="open it again"):
        review(watched, surge, Correction(opened.current.observation_id, "Lee", opened.boxes))


def test_the_series_is_judged_again_and_a_withdrawn_surge_is_amended(watched: Workspace, surge: str) -> None:
    correct(watched, surge, lambda boxes: boxes[:4])
    story = operations.story_of(watched, "smallton", simulated=True)
    assert story.kind_of(surge) is VerdictKind.CALM
    (event,) = [event for event in watched.ledger.events("smallton") if event.opened_look == surge]
    assert event.closed_look == surge
    assert [entry.happening for entry in watched.ledger.outbox(event_id=event.event_id)] == ["opened", "amended"]


def test_an_alert_whose_count_changed_is_corrected_though_the_surge_stands(watched: Workspace, surge: str) -> None:
    correct(watched, surge, lambda boxes: boxes[:60])
    (event,) = watched.ledger.events("smallton", open_only=True)
    amended = watched.ledger.outbox(event_id=event.event_id)[-1]
    assert event.peak_value == 60
    assert amended.happening == "amended"
    assert "60" in amended.payload["title"]
    assert "corrected" in amended.payload["title"]


def test_each_of_two_reviews_that_change_the_count_is_told(watched: Workspace, surge: str) -> None:
    correct(watched, surge, lambda boxes: boxes[:60])
    correct(watched, surge, lambda boxes: boxes[:55], reviewer="Lee")
    correct(watched, surge, lambda boxes: (*boxes[:-1], replace(boxes[-1], x_px=boxes[-1].x_px + 5)), reviewer="Lee")
    (event,) = watched.ledger.events("smallton", open_only=True)
    said = watched.ledger.outbox(event_id=event.event_id)
    assert [entry.payload["claim"] for entry in said] == ["73", "60", "55"]
    assert len({entry.entry_id for entry in said}) == 3


def test_an_accepted_alert_is_not_told_again(watched: Workspace, surge: str) -> None:
    correct(watched, surge, lambda boxes: boxes)
    (event,) = watched.ledger.events("smallton", open_only=True)
    assert [entry.happening for entry in watched.ledger.outbox(event_id=event.event_id)] == ["opened"]


def test_an_unusable_picture_has_no_count_and_takes_its_surge_back(watched: Workspace, surge: str) -> None:
    opened = open_look(watched, surge)
    after = review(watched, surge, Correction(opened.current.observation_id, "Kim", unusable=True, note="glare"))
    assert (after.value, after.low, after.reason) == (None, None, Reason.REVIEWER)
    assert watched.ledger.look(surge).state is LookState.UNUSABLE
    story = operations.story_of(watched, "smallton", simulated=True)
    assert story.kind_of(surge) is VerdictKind.UNJUDGED
    assert watched.ledger.events("smallton", open_only=True) == []
    (event,) = watched.ledger.events("smallton")
    amended = watched.ledger.outbox(event_id=event.event_id)[-1]
    assert amended.happening == "amended"
    assert "withdrawn" in amended.payload["title"]


def test_a_picture_called_unusable_can_be_counted_after_all(watched: Workspace, surge: str) -> None:
    opened = open_look(watched, surge)
    review(watched, surge, Correction(opened.current.observation_id, "Kim", unusable=True))
    assert correct(watched, surge, lambda boxes: boxes[1:], "Lee").count == 72
    assert watched.ledger.look(surge).state is LookState.OBSERVED
    assert len(watched.ledger.events("smallton", open_only=True)) == 1


def test_a_second_person_confirms_and_the_first_cannot(watched: Workspace, surge: str) -> None:
    with pytest.raises(BadInput, match="nobody reviewed"):
        confirm(watched, surge, "Lee")
    correct(watched, surge, lambda boxes: boxes[1:])
    with pytest.raises(BadInput, match="second person"):
        confirm(watched, surge, "kim")
    confirm(watched, surge, "Lee")
    last = watched.ledger.reviews(surge)[-1]
    assert (last.reviewer, last.confirmed_by) == ("Kim", "Lee")


@pytest.mark.parametrize(
    ("box", "said"),
    [
        (replace(BOX, x_px=-4), "outside"),
        (replace(BOX, length_px=200), "100.0 m long"),
        (replace(BOX, width_px=1), "0.5 m wide"),
        (replace(BOX, label="submarine"), "no class 'submarine'; known: freight_box"),
        (replace(BOX, x_px=float("nan")), "no number"),
        (replace(BOX, was=99), "comes from detection 99"),
        (replace(BOX, was=0), "2 boxes come from detection 0"),
    ],
)
def test_a_box_that_is_no_railcar_is_refused_and_nothing_recorded(
    watched: Workspace, surge: str, box: ReviewedBox, said: str
) -> None:
    before = watched.ledger.row_counts()
    with pytest.raises(BadInput, match=said):
        correct(watched, surge, lambda boxes: (*boxes, box))
    assert watched.ledger.row_counts() == before


def test_nobody_is_no_reviewer(watched: Workspace, surge: str) -> None:
    with pytest.raises(BadInput, match="say who"):
        correct(watched, surge, lambda boxes: boxes, "\u200b \n")


def test_cars_on_a_clouded_picture_cannot_be_counted_by_hand(tmp_path: Path) -> None:
    workspace = station(tmp_path, [Drawn("2023-10-05T02:12:00", 9, "cloud")])
    operations.watch(workspace, "smallton", ALL)
    look_id = workspace.ledger.looks("smallton")[0].look_id
    with pytest.raises(BadInput, match=r"permits no count \(cloud\)"):
        correct(workspace, look_id, lambda boxes: (*boxes, BOX))


def test_cars_put_where_the_picture_has_no_pixels_are_not_counted(tmp_path: Path) -> None:
    workspace = station(tmp_path, [Drawn("2023-10-05T02:12:00", 12, "half")])
    operations.watch(workspace, "smallton", ALL)
    look_id = workspace.ledger.looks("smallton")[0].look_id
    before = open_look(workspace, look_id).current.count
    assert before is not None
    after = correct(workspace, look_id, lambda boxes: (*boxes, replace(BOX, x_px=60), replace(BOX, x_px=500)))
    assert after.count == before + 1
