"""Series of looks for the tests, drawn from fixed seeds: what a station's ledger would hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from yardwatch.surges import SeriesLook

START = datetime(2018, 10, 14, 2, 30, tzinfo=UTC)


def look(day: float, value: float, name: str | None = None, **exposure: object) -> SeriesLook:
    """One look so many days after the start; recall 0.9, whole view, few false positives unless said otherwise."""
    name = name or f"look-{day:07.2f}"
    known: dict[str, object] = {"recall": 0.9, "recall_cv": 0.1, "false_positives": 0.3} | exposure
    return SeriesLook(name, f"obs-{name}", START + timedelta(days=day), value, **known)  # type: ignore[arg-type]


def quiet(looks: int = 40, mean: float = 8.0, seed: int = 1, every_days: float = 12.0) -> list[SeriesLook]:
    """A station with nothing but ordinary noise (negative binomial, r = 4)."""
    rng = np.random.default_rng(seed)
    counts = rng.negative_binomial(4, 4 / (4 + mean), looks)
    return [look(every_days * i, float(count)) for i, count in enumerate(counts)]


def continued(series: Sequence[SeriesLook], values: Sequence[float], every_days: float = 12.0) -> list[SeriesLook]:
    """The series with more looks after it."""
    last = (series[-1].acquired - START) / timedelta(days=1)
    return [*series, *(look(last + every_days * (i + 1), value) for i, value in enumerate(values))]


def sparse_station(seed: int) -> list[SeriesLook]:
    """About 20 looks of 0-20 cars in five years, one of exactly 20, read by an imperfect detector; then 73 cars."""
    rng = np.random.default_rng([73, seed])
    looks = int(rng.integers(18, 22))
    day = np.append(np.sort(rng.uniform(0, 1800, looks - 1)), 1817.0)
    mean, size = rng.uniform(3, 8), rng.uniform(0.6, 3)
    cars = np.minimum(rng.negative_binomial(size, size / (size + mean), looks), 19)
    cars[rng.integers(looks - 1)], cars[-1] = 20, 73
    visible = np.ones(looks)
    visible[rng.choice(looks - 1, 2, replace=False)] = rng.uniform(0.5, 0.8, 2)
    counted = rng.binomial(rng.binomial(cars, visible), 0.9) + rng.poisson(0.3, looks)
    return [look(d, float(c), visible=float(v)) for d, c, v in zip(day, counted, visible, strict=True)]
