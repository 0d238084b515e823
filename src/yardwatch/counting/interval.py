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

A release that is measured to accept more detections than there are cars (doubles, coaches taken for freight cars) has a
surplus: s for each car. Whether this look has it is not known: pictures that are harder than those it was measured on
show less. So the lower limit takes s x N for invented, and the upper limit takes none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from yardwatch.detection.release import Quality

LEVEL = 0.90
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
        surplus: accepted detections for each car beyond those that ``recall`` explains.
    """

    recall: float
    recall_cv: float
    false_positives: float
    known_false_positives: float
    cars: int
    surplus: float = 0.0

    @classmethod
    def from_quality(cls, quality: Quality, shown_km2: float) -> Exposure:
        """The exposure of a look that shows ``shown_km2`` square kilometres of searched ground.

        Accepted detections on and beside cars number ``detections_per_car`` x cars (where that was measured: a poor
        release cuts or doubles cars as well as missing them; what is above 1 is ``surplus``), else recall x cars;
        precision gives the false ones beside them.
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
            surplus=max(0.0, yielded - _mean_recall(1.0, spread, quality.cars)) if yielded > 1 else 0.0,
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
    mean = _mean_recall(exposure.recall, exposure.recall_cv, exposure.cars)
    beyond = count * exposure.surplus / (exposure.surplus + mean)
    low = replace(exposure, false_positives=exposure.false_positives + beyond)
    return _passes(_cumulative(count, low), tail, count), _passes(_cumulative(count, exposure), 1 - tail, count)


def _cumulative(count: int, exposure: Exposure) -> Callable[[int], float]:
    """The probability that no more than so many cars stand there."""
    invented, invented_weight = _invented(count, exposure)
    recall = _recall_nodes(exposure)
    found = count - invented

    def cumulative(cars: int) -> float:
        missed = stats.nbinom.cdf((cars - found)[:, None], (found + 1)[:, None], recall)
        return float(invented_weight @ missed.mean(axis=1))

    return cumulative


def _invented(count: int, exposure: Exposure) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Numbers of false positives that ``count`` leaves room for, and their probabilities."""
    if exposure.false_positives <= 0:
        return np.zeros(1, dtype=np.int64), np.ones(1)
    shape = exposure.known_false_positives + 0.5
    spread = stats.nbinom(shape, shape / (shape + exposure.false_positives))
    numbers = np.arange(min(count, int(spread.ppf(1 - _NEGLIGIBLE))) + 1)
    weight = spread.pmf(numbers)
    return numbers, weight / weight.sum()


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
