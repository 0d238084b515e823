"""The level that a look is compared with, and what looking at its neighbours too may cost."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_series import look, quiet
from hypothesis import given
from hypothesis import strategies as st

from yardwatch.surges import SeriesLook, judge
from yardwatch.surges.model import DRIFT_AGES_YEARS, DRIFT_SD, DRIFTS, drift_columns, prior_moments
from yardwatch.surges.policy import Priors

DAYS_PER_YEAR = 365.25


def test_a_fall_of_years_ago_is_not_carried_on_to_today() -> None:
    """24 cars until the second year, 12 from the middle of the third to the fifth: 12 are expected, not fewer."""
    days = np.arange(0.0, 5 * DAYS_PER_YEAR, 15.0)
    level = np.exp(np.interp(days / DAYS_PER_YEAR, (1.0, 2.5), (np.log(24), np.log(12))))
    series = [look(float(day), float(round(cars))) for day, cars in zip(days, level, strict=True)]
    assert judge(series[:-1], series[-1]).expected == pytest.approx(12, abs=0.6)


@given(st.lists(st.floats(0, 30), min_size=2, max_size=2))
def test_the_longer_ago_the_less_sure_the_level(ages: list[float]) -> None:
    sd = prior_moments(3 + DRIFTS, 0, Priors())[1][3:]
    now, newer, older = (sd**2) @ drift_columns(np.array([0.0, *sorted(ages)])) ** 2
    assert now == 0
    assert newer <= older <= DRIFT_SD**2 * min(max(ages), DRIFT_AGES_YEARS[-1]) + 1e-12


@pytest.mark.parametrize(("every_days", "together", "tests"), [(60.0, 1, 1.0), (30.0, 2, 1.2), (6.0, 6, 2.0)])
def test_what_a_look_pays_for_its_neighbours(every_days: float, together: int, tests: float) -> None:
    """One high look after ordinary ones: rarer by itself than with those near it, and these were asked as well."""

    def near(series: list[SeriesLook]) -> int:
        return min(sum((series[-1].acquired - past.acquired).days <= 45 for past in series), 6)

    series = quiet(40, every_days=every_days)
    series = [*series, look(every_days * len(series), 32)]
    verdict = judge(series[:-1], series[-1])
    assert near(series) == together
    assert verdict.looks_together == 1
    assert verdict.evidence_up / verdict.p_up == pytest.approx(tests, rel=0.03)  # type: ignore[operator]
