"""What reviews teach: precision and recall counted right, and intervals that follow them, slowly at first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawn_yard import grid_of
from hypothesis import given
from hypothesis import strategies as st

from yardwatch.counting import Exposure, interval_90
from yardwatch.detection.release import Quality
from yardwatch.review import Lesson, ReviewedBox, Tally, learnt, lessons, quality_of, reviewed_table, tally
from yardwatch.review.quality import LEAST_LOOKS, band_of

GRID = grid_of(300, 400)
MEASURED = Quality((0.3, 0.6), 0.93, 0.08, 0.95, 3.0, 2400, 120, "drawn by a test")
LOOK = Tally("a/b/c", "smallton", "test-1", 0.5, True, found=18, invented=2, missed=2, retyped=1, shown_km2=0.03)


def box(x: float, label: str = "freight_box", was: int = -1) -> ReviewedBox:
    return ReviewedBox(x, 50, 28, 6, 0, label, 0.8, was)


def test_rejected_added_and_retyped_cars_are_told_apart(drawn_observation) -> None:
    found = [box(20), box(60), box(100), box(140, "coach")]
    detected = reviewed_table(found, (), GRID).drop(columns=["review", "was"])
    left = [box(20, was=0), box(60, "freight_tank", was=1), box(200), box(240, "coach")]
    one = tally(drawn_observation, detected, reviewed_table(left, found, GRID), 0.03)
    assert (one.found, one.invented, one.missed, one.retyped) == (2, 1, 1, 1)
    assert one.cars == 3


def test_a_coach_that_was_a_freight_car_was_missed_and_the_other_way_invented(drawn_observation) -> None:
    found = [box(20, "coach"), box(60)]
    detected = reviewed_table(found, (), GRID).drop(columns=["review", "was"])
    left = [box(20, "freight_box", was=0), box(60, "coach", was=1)]
    one = tally(drawn_observation, detected, reviewed_table(left, found, GRID), 0.03)
    assert (one.found, one.invented, one.missed) == (0, 1, 1)


def test_boxes_on_hidden_ground_count_neither_way(drawn_observation) -> None:
    found = [box(20), box(60)]
    detected = reviewed_table(found, (), GRID).drop(columns=["review", "was"])
    left = reviewed_table([box(20, was=0), box(300)], found, GRID)
    one = tally(drawn_observation, detected, left, 0.03, lambda table: [x < 467_720 for x in table.centroid.x])
    assert (one.found, one.invented, one.missed) == (1, 0, 0)


def test_quality_is_told_by_band_and_area_and_of_all_areas() -> None:
    other = replace(LOOK, look_id="d", area="bigton", found=30, invented=0, missed=10)
    coarse = replace(LOOK, look_id="e", gsd_m=0.9)
    rows = quality_of([LOOK, other, coarse], [(0.3, 0.6), (0.6, 1.2)])
    together = next(row for row in rows if row.area is None and row.gsd_m == (0.3, 0.6))
    assert (together.looks, together.cars, together.detections) == (2, 60, 50)
    assert together.recall == pytest.approx(48 / 60)
    assert together.precision == pytest.approx(48 / 50)
    assert together.recall_90 is not None
    assert together.recall_90[0] < 48 / 60 < together.recall_90[1]
    assert {(row.area, row.gsd_m) for row in rows if row.area} == {
        ("smallton", (0.3, 0.6)),
        ("bigton", (0.3, 0.6)),
        ("smallton", (0.6, 1.2)),
    }


def test_a_look_without_any_car_has_no_recall_and_not_zero() -> None:
    (alone, _) = quality_of([replace(LOOK, found=0, invented=0, missed=0)], [(0.3, 0.6)])
    assert (alone.recall, alone.precision) == (None, None)


@pytest.mark.parametrize(
    ("gsd_m", "band"), [(0.25, (0.3, 0.6)), (0.5, (0.3, 0.6)), (0.6, (0.3, 0.6)), (0.9, (0.6, 1.2)), (3.0, None)]
)
def test_a_look_belongs_to_the_band_that_its_interval_came_from(gsd_m: float, band: object) -> None:
    assert band_of(gsd_m, [(0.3, 0.6), (0.6, 1.2)]) == band


def test_a_few_reviews_teach_nothing() -> None:
    assert learnt(MEASURED, [LOOK] * (LEAST_LOOKS - 1)) is MEASURED
    assert learnt(MEASURED, [replace(LOOK, found=3, missed=0)] * LEAST_LOOKS) is MEASURED


@given(st.integers(5, 60), st.integers(0, 20), st.integers(0, 20), st.integers(0, 8))
def test_what_is_learnt_lies_between_the_release_and_the_reviews(looks: int, found: int, missed: int, bad: int) -> None:
    reviews = [replace(LOOK, found=found + 6, missed=missed, invented=bad)] * looks
    taught = learnt(MEASURED, reviews)
    reviewed = (found + 6) / (found + 6 + missed)
    low, high = sorted((reviewed, MEASURED.recall))
    assert low - 1e-9 <= taught.recall <= high + 1e-9
    precision = (found + 6) / (found + 6 + bad)
    low, high = sorted((precision, MEASURED.precision))
    assert low - 1e-9 <= taught.precision <= high + 1e-9
    assert 0 < taught.recall_cv <= 0.6
    assert taught.false_positives_per_km2 > 0


def test_many_reviews_weigh_more_than_few() -> None:
    poor = replace(LOOK, found=10, missed=10)
    few, many = learnt(MEASURED, [poor] * 5), learnt(MEASURED, [poor] * 100)
    assert 0.5 < many.recall < few.recall < MEASURED.recall


def test_a_station_where_half_the_cars_are_missed_gets_intervals_that_hold_them() -> None:
    poor = learnt(MEASURED, [replace(LOOK, found=10, missed=10)] * 40)
    before = interval_90(20, Exposure.from_quality(MEASURED, 0.03))
    after = interval_90(20, Exposure.from_quality(poor, 0.03))
    assert before[1] < 40 <= after[1]


def test_an_alert_comes_first_and_a_doubtful_look_before_a_plain_one(drawn_observation) -> None:
    plain = replace(drawn_observation, look_id="a", low=9.0, high=11.0)
    doubtful = replace(drawn_observation, look_id="b", low=5.0, high=19.0)
    alert = replace(drawn_observation, look_id="c", low=9.0, high=11.0)
    scores = {"a": [0.95] * 10, "b": [0.5] * 10, "c": [0.95] * 10}
    found = lessons([plain, doubtful, alert], scores, {"c"}, {})
    assert [one.observation.look_id for one in found] == ["c", "b", "a"]
    assert "an alert stands on it" in found[0].why
    assert "10 of 10 detections score below 0.6" in found[1].why


def test_a_station_that_was_reviewed_often_teaches_less(drawn_observation) -> None:
    def worth(reviewed: int) -> float:
        one: Lesson = lessons([drawn_observation], {}, (), {"smallton": reviewed})[0]
        return one.worth

    assert worth(0) > worth(3) > worth(30) > 0
