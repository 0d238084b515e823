"""The 90 % interval of the cars that stand there, given how many were counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from yardwatch.counting.interval import Exposure, interval_90
from yardwatch.detection import Quality

TYPICAL = Exposure(recall=0.93, recall_cv=0.08, false_positives=1.0, known_false_positives=117, cars=2400)

exposures = st.builds(
    Exposure,
    recall=st.floats(0.4, 1.0),
    recall_cv=st.floats(0.0, 0.3),
    false_positives=st.floats(0.0, 12.0),
    known_false_positives=st.floats(0.0, 300.0),
    cars=st.integers(20, 5000),
)


@settings(deadline=None, max_examples=30)
@given(count=st.integers(0, 150), exposure=exposures)
def test_limits_are_whole_numbers_of_cars_in_order_and_never_negative(count: int, exposure: Exposure) -> None:
    low, high = interval_90(count, exposure)
    assert isinstance(low, int)
    assert isinstance(high, int)
    assert 0 <= low <= high


@settings(deadline=None, max_examples=30)
@given(count=st.integers(0, 150), exposure=exposures)
def test_limits_never_fall_as_the_count_grows(count: int, exposure: Exposure) -> None:
    before, after = interval_90(count, exposure), interval_90(count + 1, exposure)
    assert before[0] <= after[0]
    assert before[1] <= after[1]


@settings(deadline=None, max_examples=30)
@given(count=st.integers(0, 150), exposure=exposures, more=st.floats(0.01, 0.3))
def test_a_less_certain_recall_never_narrows_the_interval(count: int, exposure: Exposure, more: float) -> None:
    low, high = interval_90(count, exposure)
    wider_low, wider_high = interval_90(count, replace(exposure, recall_cv=exposure.recall_cv + more))
    assert wider_high - wider_low >= high - low - 1  # limits are integers: one may move a car without the other


def test_a_less_certain_recall_widens_the_interval_of_a_full_yard() -> None:
    widths = [np.ptp(interval_90(73, replace(TYPICAL, recall_cv=cv))) for cv in (0.0, 0.04, 0.08, 0.12)]
    assert widths == sorted(set(widths))


@settings(deadline=None, max_examples=30)
@given(count=st.integers(0, 150), recall=st.floats(0.5, 0.97), false_positives=st.floats(0, 12))
def test_the_count_corrected_for_recall_and_false_positives_lies_inside(
    count: int, recall: float, false_positives: float
) -> None:
    exposure = replace(TYPICAL, recall=recall, recall_cv=0.08, false_positives=false_positives)
    low, high = interval_90(count, exposure)
    corrected = max(count - false_positives, 0) / recall
    assert low - 1 <= corrected <= high + 1


def test_no_car_counted_leaves_room_for_a_missed_one() -> None:
    assert interval_90(0, TYPICAL) == (0, 1)
    assert interval_90(0, replace(TYPICAL, recall_cv=0.0, false_positives=0.0)) == (0, 1)


def test_the_count_of_5_october_gives_an_interval_that_holds_73() -> None:
    assert interval_90(69, TYPICAL) == (67, 89)


def test_without_false_positives_no_fewer_cars_stand_there_than_were_counted() -> None:
    assert interval_90(40, replace(TYPICAL, false_positives=0.0))[0] >= 40


def test_false_positives_lower_the_lower_limit() -> None:
    limits = [interval_90(20, replace(TYPICAL, false_positives=f))[0] for f in (0.0, 2.0, 5.0, 10.0)]
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] < limits[0]


def test_a_rate_of_false_positives_that_is_hardly_known_widens_the_interval() -> None:
    known, unknown = (interval_90(40, replace(TYPICAL, false_positives=8, known_false_positives=k)) for k in (500, 1))
    assert np.ptp(unknown) > np.ptp(known)


def test_perfect_recall_on_few_cars_is_not_taken_for_certain() -> None:
    perfect = Exposure(recall=1.0, recall_cv=0.0, false_positives=0.0, known_false_positives=0.0, cars=20)
    assert interval_90(100, perfect)[1] > 100
    assert interval_90(100, replace(perfect, cars=100_000)) == (100, 100)


@pytest.mark.parametrize(
    "exposure",
    [
        TYPICAL,
        Exposure(recall=0.80, recall_cv=0.12, false_positives=3.0, known_false_positives=90, cars=1100),
        Exposure(recall=0.70, recall_cv=0.20, false_positives=6.0, known_false_positives=30, cars=400),
    ],
)
def test_nine_intervals_in_ten_hold_the_true_number(exposure: Exposure) -> None:
    """Yards of 0-150 cars drawn from the model; 4,000 draws put the standard error at 0.5 %."""
    random = np.random.default_rng(1)
    cars = random.integers(0, 150, 4000)
    size = (1 - exposure.recall) / (exposure.recall * exposure.recall_cv**2) - 1
    recall = stats.beta(exposure.recall * size, (1 - exposure.recall) * size).rvs(4000, random_state=random)
    shape = exposure.known_false_positives + 0.5
    counted = random.binomial(cars, recall) + random.poisson(
        exposure.false_positives * random.gamma(shape, 1 / shape, 4000)
    )
    limits = {count: interval_90(count, exposure) for count in set(counted.tolist())}
    held = np.mean([limits[c][0] <= n <= limits[c][1] for c, n in zip(counted.tolist(), cars.tolist(), strict=True)])
    assert 0.87 <= held <= 0.94


@pytest.mark.parametrize("cars", [5, 20, 73, 200])
def test_the_interval_holds_at_every_size_of_yard(cars: int) -> None:
    random = np.random.default_rng(cars)
    size = (1 - TYPICAL.recall) / (TYPICAL.recall * TYPICAL.recall_cv**2) - 1
    recall = stats.beta(TYPICAL.recall * size, (1 - TYPICAL.recall) * size).rvs(3000, random_state=random)
    counted = random.binomial(cars, recall) + random.poisson(TYPICAL.false_positives, 3000)
    limits = {count: interval_90(count, TYPICAL) for count in set(counted.tolist())}
    held = np.mean([limits[count][0] <= cars <= limits[count][1] for count in counted.tolist()])
    assert held >= 0.87


@pytest.mark.parametrize("recall", [0.97, 0.99, 0.995])
def test_a_recall_near_1_that_varies_much_is_not_taken_for_certain(recall: float) -> None:
    near_1 = replace(TYPICAL, recall=recall, false_positives=0.0)
    highs = [interval_90(200, replace(near_1, recall_cv=cv))[1] for cv in (0.02, 0.05, 0.1, 0.2, 0.3)]
    assert highs == sorted(set(highs))


def test_exposure_of_a_look_grows_with_the_ground_it_shows() -> None:
    quality = Quality((0.3, 0.6), 0.9, 0.08, 0.9, 4.0, 1000, 50, "drawn by a test")
    exposure = Exposure.from_quality(quality, shown_km2=0.5)
    assert exposure.false_positives == pytest.approx(2.0)
    assert exposure.known_false_positives == pytest.approx(100.0)  # 900 found beside 100 invented


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        interval_90(-1, TYPICAL)


def test_a_release_that_doubles_cars_is_not_read_as_one_that_only_misses_them() -> None:
    """72 % found and four in ten doubled: a count of 80 speaks of about 80 cars, not of 110."""
    quality = Quality((0.3, 0.6), 0.72, 0.18, 0.64, 5.0, 2846, 24, "a test", 1.1, 0.18)
    low, high = interval_90(80, Exposure.from_quality(quality, 0.18))
    assert low < 80 < high
    assert low > 50
    misses_only = Quality((0.3, 0.6), 0.72, 0.18, 0.64, 5.0, 2846, 24, "a test")
    assert interval_90(80, Exposure.from_quality(misses_only, 0.18))[1] > high


@pytest.mark.parametrize("yielded", [1.02, 1.07, 1.25])
def test_the_interval_holds_whether_or_not_a_look_has_the_surplus_that_was_measured(yielded: float) -> None:
    """Yards of 0-150 cars; half the draws have doubles as measured, half have none and are found as recall says."""
    exposure = Exposure.from_quality(Quality((0.3, 0.6), 0.9, 0.08, 0.85, 5.0, 3000, 60, "a test", yielded, 0.10), 0.2)
    random = np.random.default_rng(3)
    cars = random.integers(0, 150, 2000)
    for has_surplus in (True, False):
        share = np.clip(random.normal(yielded if has_surplus else 0.93, 0.08, 2000), 0.05, 2.0)
        found = random.binomial(cars, np.minimum(share, 0.97)) + random.poisson(cars * np.maximum(share - 0.97, 0))
        counted = found + random.poisson(1.0, 2000)
        limits = {count: interval_90(count, exposure) for count in set(counted.tolist())}
        held = np.mean(
            [limits[c][0] <= n <= limits[c][1] for c, n in zip(counted.tolist(), cars.tolist(), strict=True)]
        )
        assert held >= 0.88


@pytest.mark.parametrize(("per_car", "spread"), [(0.73, 0.32), (0.95, 0.16), (1.07, 0.10), (1.4, 0.3), (1.1, 0.0)])
def test_limits_never_fall_as_the_count_grows_where_detections_per_car_were_measured(
    per_car: float, spread: float
) -> None:
    quality = Quality((0.3, 0.6), 0.7, 0.08, 0.85, 5.0, 3000, 60, "a test", per_car, spread)
    limits = [interval_90(count, Exposure.from_quality(quality, 0.2)) for count in range(120)]
    for side in (0, 1):
        assert [pair[side] for pair in limits] == sorted(pair[side] for pair in limits)
    assert all(low <= high for low, high in limits)


def test_limits_never_fall_as_the_count_grows_with_a_surplus_either() -> None:
    exposure = Exposure.from_quality(Quality((0.3, 0.6), 0.9, 0.08, 0.85, 5.0, 3000, 60, "a test", 1.3, 0.10), 0.2)
    limits = [interval_90(count, exposure) for count in range(0, 220)]
    assert limits == sorted(limits)
    assert [high for _, high in limits] == sorted(high for _, high in limits)
    low, high = limits[28]
    assert low < 22
    assert high > 28
