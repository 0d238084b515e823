"""The state of a monitor is the looks so far: replays, restarts, late and corrected looks."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path

import pytest
from drawn_series import continued, look, quiet, sparse_station
from hypothesis import given, settings
from hypothesis import strategies as st

from yardwatch.records import VerdictKind
from yardwatch.surges import SeriesLook, SurgePolicy, judge, judge_series, monitor, pooled_priors

counts = st.lists(st.integers(0, 120), min_size=1, max_size=18)
shares = st.floats(0.2, 1.0)


def eventful() -> list[SeriesLook]:
    """Calm, surge, calm, rise for good, drop."""
    return continued(quiet(24), [60, 55, 7, 8, 6, 9, *[26, 24, 29, 22, 31, 25, 27, 23, 28, 26], 0, 1, 0, 1, 0])


def test_one_look_judged_alone_equals_the_replay_of_its_series() -> None:
    series = eventful()
    replayed = judge_series(series)
    assert [judge(series[:i], series[i]) for i in range(len(series))] == replayed


def test_a_late_look_changes_what_follows_and_nothing_before() -> None:
    series = eventful()
    late = look(12.0 * 20 + 5, 70)
    with_late, without = judge_series([*series, late]), judge_series(series)
    assert with_late[:21] == without[:21]
    assert with_late[21].look_id == late.look_id
    assert with_late[22:] != without[21:]


@settings(max_examples=3, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_in_which_looks_arrive_does_not_matter(shuffle: object) -> None:
    series = eventful()[:34]
    mixed = list(series)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert judge_series(mixed) == judge_series(series)


def test_looks_after_the_judged_one_are_not_looked_at() -> None:
    series = eventful()
    assert judge([*series[:20], *series[21:]], series[20]) == judge(series[:20], series[20])


def test_a_corrected_look_is_judged_anew() -> None:
    series = eventful()
    corrected = [*series[:24], look(12.0 * 24, 9), *series[25:]]
    assert judge_series(series)[24].kind is VerdictKind.SURGE
    assert judge_series(corrected)[24].kind is VerdictKind.CALM


def test_a_copied_monitor_goes_on_like_its_original() -> None:
    original = monitor(0.2)
    for i in range(20):
        original.step(12.0 * i, 5 + i % 4, 1.0, 0.9, 0.2)
    copied = copy.deepcopy(original)
    original.step(250.0, 90, 1.0, 0.9, 0.2)
    fresh = monitor(0.2)
    for i in range(20):
        fresh.step(12.0 * i, 5 + i % 4, 1.0, 0.9, 0.2)
    assert copied.step(260.0, 60, 1.0, 0.9, 0.2) == fresh.step(260.0, 60, 1.0, 0.9, 0.2)


def test_the_monitor_says_what_the_judge_says() -> None:
    series = eventful()
    watching = monitor(0.2)
    first = series[0].acquired
    for past, verdict in zip(series, judge_series(series), strict=True):
        day = (past.acquired - first).total_seconds() / 86400
        score, alarm = watching.step(day, int(past.value), past.visible, past.recall, past.false_positives)
        said = {"surge": "surge", "escalation": "surge", "drop": "drop", "new_normal": "new_normal"}
        assert alarm == said.get(verdict.kind.value)
        if verdict.evidence_up is not None:
            assert 10**-score == pytest.approx(verdict.evidence_up, rel=0.05)


@settings(max_examples=12, deadline=None)
@given(counts, shares, shares)
def test_any_series_is_judged_with_sane_numbers(values: list[int], visible: float, recall: float) -> None:
    series = [look(9.0 * i, v, visible=visible, recall=recall) for i, v in enumerate(values)]
    for past, verdict in zip(series, judge_series(series), strict=True):
        if verdict.kind is VerdictKind.UNJUDGED:
            continue
        assert verdict.p_up is not None
        assert verdict.p_down is not None
        assert 0 < verdict.p_up <= 1
        assert 0 < verdict.p_down <= 1
        assert verdict.p_up + verdict.p_down >= 1 - 1e-9
        assert verdict.expected_low <= verdict.expected_high  # type: ignore[operator]
        assert verdict.effective_looks <= verdict.baseline_looks + 1e-9
        assert str(int(past.value)) in verdict.sentence


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 60), st.integers(1, 60))
def test_more_cars_are_never_less_unusual(count: int, more: int) -> None:
    series = quiet(20)
    fewer, higher = judge(series, look(300, count)), judge(series, look(300, count + more))
    assert higher.p_up <= fewer.p_up  # type: ignore[operator]
    assert higher.evidence_up <= fewer.evidence_up * 1.001  # type: ignore[operator]


@pytest.mark.parametrize("seed", range(4))
def test_a_larger_budget_asks_for_fewer_cars(seed: int) -> None:
    series = sparse_station(seed)[:12]
    following = look(1900, 4)
    asked = [judge(series, following, SurgePolicy(alarm_budget=b)).smallest_alarming or 1e9 for b in (0.02, 0.1, 0.5)]
    assert asked[0] >= asked[1] >= asked[2]
    assert asked[0] > asked[2]


def test_what_is_not_a_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="alarm_budget is 0"):
        SurgePolicy(alarm_budget=0)


def test_priors_are_pooled_over_stations_and_sensible_with_one() -> None:
    busy = {f"busy-{i}": quiet(30, mean=60, seed=i) for i in range(6)}
    one = pooled_priors({"busy-0": busy["busy-0"]})
    pooled = pooled_priors(busy)
    assert pooled_priors({}) == SurgePolicy().priors
    assert SurgePolicy().priors.log_level < one.log_level < pooled.log_level
    assert pooled_priors(dict(reversed(busy.items()))) == pooled
    history = [look(12.0 * i, v) for i, v in enumerate([52, 70, 44, 61])]
    fresh = look(60, 160)
    assert (
        judge(history, fresh, SurgePolicy(priors=pooled)).smallest_alarming
        < 1.2 * judge(history, fresh).smallest_alarming
    )  # type: ignore[operator]


def test_importing_surges_loads_no_heavy_library() -> None:
    heavy = ("scipy", "pandas", "rasterio", "sqlalchemy")
    check = f"import sys, yardwatch.surges; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, env=os.environ)
    assert said.stdout.strip() == "[]"


def test_on_the_frozen_series_the_73_is_found() -> None:
    where = os.environ.get("YARDWATCH_SURGE_BENCH")
    if not where or not (Path(where) / "bench.py").exists():
        pytest.skip("YARDWATCH_SURGE_BENCH does not name the folder of the surge benchmark (bench.py)")
    check = (
        f"import sys; sys.path.insert(0, {where!r}); import bench; "
        "found = [bench.tumangang(('yardwatch.surges:monitor', seed, 0.05)) for seed in range(10)]; "
        "print(sum(f[1] for f in found), sum(f[0] for f in found))"
    )
    said = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=where)
    flagged, false_alarms = map(int, said.stdout.split())
    assert flagged == 10
    assert false_alarms <= 2
