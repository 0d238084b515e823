"""How many freight cars stand in the visible part, given how many were counted: a 90 % interval.

Model. Of N cars each is found with probability R; F detections are none. What is counted is n = T + F with
T | N, R ~ Binomial(N, R). R ~ Beta with the release's measured mean and coefficient of variation: scenes differ as a
whole. F has the measured mean f; its rate was itself estimated from the k false positives met when the release was
measured, so F ~ negative binomial with mean f and shape k + 1/2 (the predictive of a Poisson whose rate has Jeffreys'
prior; Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6-2.8). N has a flat prior.

Then, for given R and F, T = n - F, and the missed cars M = N - T are negative binomial: P(M = m) = C(T + m, m)
R^(T+1) (1 - R)^m (Raftery 1988, Biometrika 75:223, with flat prior). A flat prior on N makes T flat, so F keeps
its distribution, cut off at n. R is integrated over quantiles of its Beta. The limits are the integers at which the
distribution of N = n - F + M passes 5 % and 95 %.

A release may accept more detections than there are cars (doubles, coaches taken for freight cars), on the mean or in
some scenes. Where detections for each car were measured, the lower limit takes their number Y ~ Gamma with the measured
mean and coefficient of variation: of Y x N detections, those beyond 0.97 x N are invented. Whether this look has such a
surplus is not known, and pictures harder than those it was measured on show less; so the upper limit takes none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from yardwatch.detection.release import Quality

LEVEL = 0.90
FOUND_AT_MOST = 0.97
"""Share of the cars that a release finds at best, an assumption; what it accepts beyond that stands for no car."""
_RECALL_NODES = 64
_NEGLIGIBLE = 1e-9


@dataclass(frozen=True)
class Exposure:
    """What the release would find and invent in one look.

    Attributes:
        recall: mean share of the cars that is found, 0-1.
        recall_cv: standard deviation of that share from scene to scene over its mean.
        false_positives: expected accepted freight detections that are none.
        known_false_positives: false positives met when the release was measured; how well their rate is known.
        cars: true cars that the recall was measured on.
        per_car: accepted detections on and beside cars for each car, which may be above 1; None where not measured.
    """

    recall: float
    recall_cv: float
    false_positives: float
    known_false_positives: float
    cars: int
    per_car: float | None = None

    @classmethod
    def from_quality(cls, quality: Quality, shown_km2: float) -> Exposure:
        """The exposure of a look that shows ``shown_km2`` square kilometres of searched ground.

        Accepted detections on and beside cars number ``detections_per_car`` x cars (where that was measured: a poor
        release cuts or doubles cars as well as missing them), else recall x cars; precision gives the false ones
        beside them.
        """
        yielded, spread = quality.detections_per_car, quality.detections_per_car_cv
        if yielded is None:
            yielded, spread = quality.recall, quality.recall_cv
        return cls(
            recall=min(yielded, 1.0),
            recall_cv=spread,
            false_positives=quality.false_positives_per_km2 * shown_km2,
            known_false_positives=quality.recall * quality.cars * (1 / quality.precision - 1),
            cars=quality.cars,
            per_car=quality.detections_per_car,
        )


def interval_90(count: int, exposure: Exposure) -> tuple[int, int]:
    """Lower and upper limit of the true number of cars when ``count`` were counted.

    Both never fall as ``count`` grows. Deterministic.

    Raises:
        ValueError: for a negative count.
    """
    if count < 0:
        raise ValueError(f"count = {count}: cannot be negative")
    tail = (1 - LEVEL) / 2
    recall = _recall_nodes(exposure)
    high = _passes(_cumulative(count, exposure, recall, np.zeros_like(recall)), 1 - tail, count)
    if exposure.per_car is None:
        return _passes(_cumulative(count, exposure, recall, np.zeros_like(recall)), tail, count), high
    per_car = _per_car_nodes(exposure)
    beyond = count * np.maximum(per_car - FOUND_AT_MOST, 0) / per_car
    low = _passes(_cumulative(count, exposure, np.minimum(per_car, FOUND_AT_MOST), beyond), tail, count)
    return min(low, high), high


def _cumulative(
    count: int, exposure: Exposure, recall: NDArray[np.float64], beyond: NDArray[np.float64]
) -> Callable[[int], float]:
    """The probability that no more than so many cars stand there.

    Args:
        recall: (node,), alike in probability.
        beyond: (node,), false positives expected there beyond those of the exposure.
    """
    invented, weight = _invented(count, exposure, beyond)
    found = count - invented

    def cumulative(cars: int) -> float:
        missed = stats.nbinom.cdf((cars - found)[:, None], (found + 1)[:, None], recall)
        return float((weight * missed).sum() / len(recall))

    return cumulative


def _invented(
    count: int, exposure: Exposure, beyond: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Numbers of false positives that ``count`` leaves room for (number,), and their probabilities (number, node)."""
    expected = exposure.false_positives + beyond
    if expected.max() <= 0:
        return np.zeros(1, dtype=np.int64), np.ones((1, len(beyond)))
    shape = exposure.known_false_positives + 0.5
    spread = stats.nbinom(shape, shape / (shape + expected))
    numbers = np.arange(min(count, int(spread.ppf(1 - _NEGLIGIBLE).max())) + 1)
    weight = spread.pmf(numbers[:, None])
    return numbers, weight / weight.sum(axis=0)


def _per_car_nodes(exposure: Exposure) -> NDArray[np.float64]:
    """Detections for each car at evenly spaced quantiles of their Gamma."""
    assert exposure.per_car is not None
    if exposure.recall_cv < _NEGLIGIBLE:
        return np.array([exposure.per_car])
    shape = exposure.recall_cv**-2
    quantiles = (np.arange(_RECALL_NODES) + 0.5) / _RECALL_NODES
    nodes: NDArray[np.float64] = stats.gamma.ppf(quantiles, shape, scale=exposure.per_car / shape)
    return np.maximum(nodes, 1e-3)


def _mean_recall(recall: float, spread: float, cars: int) -> float:
    """The mean that is taken for a measured recall.

    A recall of 1 measured on n cars cannot be told from 1 - 1/(2n + 2). Nor can a mean near 1 go with any spread: a
    Beta that varies much more than its mean falls short of 1 heaps up at 1, and the more it varies the narrower the
    limits would get. The spread is taken at its word, and the mean is at least half of it below 1.
    """
    return min(recall, (cars + 0.5) / (cars + 1), 1 - spread / 2)


def _recall_nodes(exposure: Exposure) -> NDArray[np.float64]:
    """Recall at evenly spaced quantiles of its Beta."""
    spread = exposure.recall_cv
    mean = _mean_recall(exposure.recall, spread, exposure.cars)
    if spread < _NEGLIGIBLE:
        return np.array([mean])
    size = (1 - mean) / (mean * spread**2) - 1
    quantiles = (np.arange(_RECALL_NODES) + 0.5) / _RECALL_NODES
    nodes: NDArray[np.float64] = stats.beta.ppf(quantiles, mean * size, (1 - mean) * size)
    return np.clip(nodes, 1e-3, 1.0)


def _passes(cumulative: Callable[[int], float], level: float, near: int) -> int:
    """The smallest integer at which ``cumulative`` reaches ``level``, by doubling and halving from ``near``."""
    low, high = -1, max(near, 1)
    while cumulative(high) < level:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if cumulative(middle) < level:
            low = middle
        else:
            high = middle
    return high
