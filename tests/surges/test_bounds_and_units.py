"""Counts of which only a bound is known, counts of other people, and series that are not in cars."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawn_series import look, quiet

from yardwatch.records import VerdictKind
from yardwatch.surges import SurgePolicy, judge, judge_series, pooled_priors

NEWS = (VerdictKind.SURGE, VerdictKind.ESCALATION)


def test_at_most_20_says_less_than_20() -> None:
    """Looks that hold at most 20 leave the level where the counted looks put it; 20 counted would raise it."""
    few = [look(30.0 * i, v) for i, v in enumerate([3, 5, 4, 6, 2])]
    asked = look(400, 5)
    bounds = [look(160 + 20.0 * i, 20, at_most=True) for i in range(6)]
    counted = [replace(past, at_most=False) for past in bounds]
    plain, bounded, raised = (judge([*few, *more], asked).expected for more in ([], bounds, counted))
    assert bounded == pytest.approx(plain, rel=0.3)
    assert raised > 1.8 * bounded  # type: ignore[operator]


def test_a_low_bound_lowers_the_level_and_makes_the_next_count_rarer() -> None:
    series = quiet(12, mean=20)
    none = [look(150 + 10.0 * i, 2, at_most=True) for i in range(6)]
    with_bounds, without = judge([*series, *none], look(230, 30)), judge(series, look(230, 30))
    assert with_bounds.expected < without.expected  # type: ignore[operator]
    assert with_bounds.p_up < without.p_up  # type: ignore[operator]


def test_a_bound_is_never_a_surge_and_may_be_a_drop() -> None:
    series = quiet(mean=20)
    high, low = look(480, 500, at_most=True), look(480, 0, at_most=True)
    assert judge(series, replace(high, at_most=False)).kind is VerdictKind.SURGE
    told = judge(series, high)
    assert (told.kind, told.p_up, told.smallest_alarming) == (VerdictKind.CALM, 1.0, None)
    assert judge(series, low).p_down == judge(series, replace(low, at_most=False)).p_down


def test_a_bound_is_not_the_last_look_that_was_as_high() -> None:
    series = [*quiet(12), look(140, 90, at_most=True)]
    assert judge(series, look(160, 60)).rank == 1


def test_a_bound_is_no_look_that_a_count_could_be_the_highest_of() -> None:
    """Its day is the middle of a span of years: "since" that day would be a claim that nobody made."""
    series = [look(0, 20, at_most=True), *(look(600 + 30.0 * i, v) for i, v in enumerate([3, 5, 4, 6, 2]))]
    told = judge_series([*series, look(900, 73)])[-1].sentence
    assert f"Highest of 6 looks since {look(600, 3).acquired:%Y-%m-%d}" in told


def test_a_bound_is_no_look_in_any_part_of_one_sentence() -> None:
    series = [look(0, 20, at_most=True), *(look(600 + 30.0 * i, v) for i, v in enumerate([3, 5, 4, 6]))]
    told = judge_series([*series, look(900, 73)])[-1].sentence
    assert "Highest of 5 looks since" in told
    assert "Provisional: only 4 earlier looks and 1 bound." in told


def test_a_published_count_names_who_published_it_and_who_leant_on_it() -> None:
    lent = [replace(past, published="38 North") for past in quiet(6)]
    verdicts = judge_series([*lent, look(100, 9)])
    assert "published by 38 North" in verdicts[-2].sentence
    assert "6 of the looks before are counts that people published" in verdicts[-1].sentence


def test_metres_of_track_are_judged_like_the_cars_that_stand_on_them() -> None:
    """14 m are a car: a series of metres gives the verdicts of the same series in cars, said in metres."""
    cars = [*quiet(20), look(240, 60)]
    metres = [replace(k, value=14 * k.value, false_positives=14 * k.false_positives) for k in cars]
    in_cars, in_metres = judge_series(cars)[-1], judge_series(metres, SurgePolicy(measure="occupied_m"))[-1]
    assert in_metres.kind is in_cars.kind is VerdictKind.SURGE
    assert in_metres.p_up == pytest.approx(in_cars.p_up)
    for name in ("expected", "expected_high", "smallest_alarming"):
        assert getattr(in_metres, name) == pytest.approx(14 * getattr(in_cars, name))
    assert "840 metres of occupied track measured" in in_metres.sentence
    assert "car" not in in_metres.sentence


def test_an_index_is_never_called_cars() -> None:
    told = judge_series(quiet(8), SurgePolicy(measure="activity"))[-1].sentence
    assert "points of activity seen" in told
    assert "car" not in told


def test_priors_of_metres_are_pooled_in_cars() -> None:
    stations = {f"s{i}": quiet(12, seed=i) for i in range(3)}
    metres = {
        name: [replace(k, value=14 * k.value, false_positives=14 * k.false_positives) for k in looks]
        for name, looks in stations.items()
    }
    assert pooled_priors(metres, "occupied_m").log_level == pytest.approx(pooled_priors(stations).log_level)
