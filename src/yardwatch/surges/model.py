"""How many cars a look should show, given the looks before it.

A penalised negative-binomial regression on exposure. Look i at day t with visible share v, recall rho and expected
false positives f shows

    mu = v rho exp(x'b) + f,    x = (1, cos, sin of the year, drift ..., breaks ..., shifts ...)
    y ~ NB(mu, r_i),            Var y = mu + mu^2 / r_i,      1/r_i = 1/(r v) + cv^2

A count is tested against mu and never divided by the coverage. Thinning a negative binomial leaves r alone, so
visibility and recall are exact where misses are independent; what is clumped (whole trains in or out of a partial
view) divides r by v, and an uncertain recall adds its squared coefficient of variation cv.

For each r on a grid, b is fitted by penalised iteratively reweighted least squares and weighed by its Laplace
marginal likelihood (Tierney and Kadane 1986); the predictive is the mixture over r with

    1/r* = (1 + k2)(1/(r v) + cv^2) + k2,    k2 = exp(x'Vx) - 1

where V is the posterior covariance of b: the second moment of a negative binomial whose log mean is normal. A share
of looks finds the yard empty whatever the season (Lambert 1992, zero inflation): those show false positives alone.

The level drifts as a random walk, the local level of Harvey (1989), taken as straight between a few ages. A straight
line through the whole history would carry a change of years ago on to today.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .capped import complete, log_at_most, log_at_most_poisson
from .policy import Priors

Floats = NDArray[np.float64]

DRIFT_SD = 0.2
"""Standard deviation of what the log level drifts in a year; in t years sqrt(t) times as much."""
DRIFT_AGES_YEARS: Floats = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0])
"""Ages in years before the judged look, between which the drift is taken as straight; none before the last."""
DRIFTS = len(DRIFT_AGES_YEARS) - 1
SEASON_SD = 0.25
"""Prior standard deviation of each annual harmonic of the log level."""
BREAK_SD = 0.35
"""Prior standard deviation of the log step at a new release, platform or area version: a factor of two is 2 sigma."""
SHIFT_SD = 1.5
"""Prior standard deviation of the log step of an accepted new normal."""
DISPERSION_GRID = np.exp(np.linspace(math.log(0.3), math.log(30.0), 11))
MAX_STEPS = 6
LOG_BOUND = 12.0
"""Log levels are kept within e^-12 and e^12 so that a wild step cannot overflow."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Looks as arrays, one entry a look: counts and what each look could see (shares 0-1, counted cars).

    ``capped`` is 1 where the count is only a bound from above, else 0.
    """

    count: Floats
    visible: Floats
    recall: Floats
    recall_cv: Floats
    false_positives: Floats
    capped: Floats

    @property
    def seen(self) -> Floats:
        """Share of the cars standing there that the look is expected to count."""
        return self.visible * self.recall

    def take(self, index: NDArray[np.intp] | slice) -> Rows:
        """Some of the looks."""
        columns = (self.count, self.visible, self.recall, self.recall_cv, self.false_positives, self.capped)
        return Rows(*(column[index] for column in columns))


@dataclass(frozen=True, eq=False)
class Fit:
    """Posterior of the coefficients for each dispersion of the grid, and the share of belief in each dispersion."""

    dispersion: Floats
    share: Floats
    coefficients: Floats
    covariance: Floats

    def log_level(self, design: Floats) -> Floats:
        """Log of the cars standing there, (dispersion, look)."""
        return np.clip(self.coefficients @ design.T, -LOG_BOUND, LOG_BOUND)

    def spread(self, design: Floats) -> Floats:
        """Posterior variance of the log level of one look, for each dispersion."""
        return np.asarray(np.einsum("i,gij,j->g", design, self.covariance, design))


@dataclass(frozen=True, eq=False)
class Predictive:
    """What a look should show, in counted cars: negative binomials over dispersion, or an empty yard.

    Attributes:
        mean, size, share: of each negative binomial of the mixture.
        closed: probability that the yard is empty.
        false_positives: mean of what is counted then.
    """

    mean: Floats
    size: Floats
    share: Floats
    closed: float
    false_positives: float

    @property
    def expected(self) -> float:
        """Mean of the mixture."""
        return (1 - self.closed) * float(self.share @ self.mean) + self.closed * self.false_positives

    def upper_tail(self, count: float) -> float:
        """P(Y >= count), by the incomplete beta and gamma functions (Abramowitz and Stegun 26.5.26, 26.4.21)."""
        from scipy.special import betainc, gammainc

        if count <= 0:
            return 1.0
        open_yard = float(self.share @ betainc(count, self.size, self.mean / (self.mean + self.size)))
        empty = float(gammainc(count, self.false_positives)) if self.false_positives > 0 else 0.0
        return min(1.0, (1 - self.closed) * open_yard + self.closed * empty)

    def lower_tail(self, count: float) -> float:
        """P(Y <= count)."""
        return min(1.0, max(0.0, 1.0 - self.upper_tail(math.floor(count) + 1)))

    def quantile(self, probability: float) -> int:
        """Smallest count whose lower tail reaches ``probability``."""
        guess, limit = 2 * math.ceil(self.expected) + 4, 1 << 24
        found = smallest_count(lambda count: self.lower_tail(count) >= probability, guess, limit)
        return limit if found is None else found


def smallest_count(holds: Callable[[int], bool], guess: int, limit: int) -> int | None:
    """Smallest count for which ``holds``, a condition that stays true once it is true; None where none to ``limit``."""
    low, high = -1, guess
    while not holds(high):
        low, high = high, 2 * high + 1
        if low >= limit:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def sizes(dispersion: Floats, rows: Rows) -> Floats:
    """Negative-binomial size of each look for each dispersion, (dispersion, look)."""
    return np.asarray(1.0 / (1.0 / (dispersion[:, None] * rows.visible[None, :]) + rows.recall_cv[None, :] ** 2))


def log_mass(count: Floats, mean: Floats, size: Floats) -> Floats:
    """Log probability of a negative binomial of this mean and size."""
    from scipy.special import gammaln

    total = size + mean
    ways = gammaln(count + size) - gammaln(size) - gammaln(count + 1)
    return np.asarray(ways + size * np.log(size / total) + count * np.log(mean / total))


def log_likelihood(rows: Rows, mean: Floats, size: Floats) -> Floats:
    """Log probability of what each look says, counted or bounded; ``mean`` and ``size`` are (..., look)."""
    log = log_mass(rows.count, mean, size)
    if rows.capped.any():
        log = np.where(rows.capped > 0, log_at_most(rows.count, mean, size), log)
    return log


def log_likelihood_empty(rows: Rows) -> Floats:
    """The same when the yard is empty: Poisson of the false positives (at least 0.02)."""
    from scipy.special import gammaln

    mean = rows.false_positives + 0.02
    log = np.asarray(rows.count * np.log(mean) - mean - gammaln(rows.count + 1))
    if rows.capped.any():
        log = np.where(rows.capped > 0, log_at_most_poisson(rows.count, mean), log)
    return log


def prior_moments(columns: int, breaks: int, priors: Priors) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each coefficient: level, harmonics, drift, then breaks, then shifts."""
    mean = np.zeros(columns)
    mean[0] = priors.log_level
    sd = np.full(columns, SHIFT_SD)
    sd[:3] = priors.log_level_sd, SEASON_SD, SEASON_SD
    sd[3 : 3 + DRIFTS] = DRIFT_SD * np.sqrt(np.diff(DRIFT_AGES_YEARS))
    sd[3 + DRIFTS : 3 + DRIFTS + breaks] = BREAK_SD
    return mean, sd


def drift_columns(age_years: Floats) -> Floats:
    """How much of each straight piece of the drift lies between looks of these ages and now, 0-1, (piece, look)."""
    pieces = np.diff(DRIFT_AGES_YEARS)[:, None]
    return np.clip((age_years - DRIFT_AGES_YEARS[:-1, None]) / pieces, 0.0, 1.0)


def fit(rows: Rows, design: Floats, weight: Floats, breaks: int, priors: Priors) -> Fit:
    """Posterior of level, season, drift and steps at each dispersion of the grid.

    Args:
        design: (look, column); the columns of ``prior_moments``.
        weight: how much each look speaks, 0-1.
        breaks: how many columns after those of the drift are breaks; the rest are shifts.
    """
    mean, sd = prior_moments(design.shape[1], breaks, priors)
    size, columns = sizes(DISPERSION_GRID, rows), design.shape[1]
    outer = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    ridge, bounded = np.diag(sd**-2.0), bool(rows.capped.any())
    beta = np.tile(_first_guess(rows, weight, mean), (len(DISPERSION_GRID), 1))
    for _ in range(MAX_STEPS):
        signal = rows.seen * np.exp(np.clip(beta @ design.T, -LOG_BOUND, LOG_BOUND))
        mu = signal + rows.false_positives
        pull = weight * signal / (mu * (1.0 + mu / size))
        said = complete(rows, mu, size) if bounded else None
        inform = pull * signal if said is None else pull * signal * said.known
        hessian = (inform @ outer).reshape(-1, columns, columns) + ridge
        counts = rows.count if said is None else said.count
        gradient = (pull * (counts - mu)) @ design - (beta - mean) * sd**-2.0
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        beta = beta + np.clip(step, -1.5, 1.5)
        if np.abs(step).max() < 1e-3:
            break
    mu = rows.seen * np.exp(np.clip(beta @ design.T, -LOG_BOUND, LOG_BOUND)) + rows.false_positives
    evidence = log_likelihood(rows, mu, size) @ weight - 0.5 * (((beta - mean) / sd) ** 2).sum(1)
    evidence = evidence - 0.5 * np.linalg.slogdet(hessian)[1]
    evidence = evidence - 0.5 * ((np.log(DISPERSION_GRID) - priors.log_dispersion) / priors.log_dispersion_sd) ** 2
    share = np.exp(evidence - evidence.max())
    return Fit(DISPERSION_GRID, share / share.sum(), beta, np.asarray(np.linalg.inv(hessian), dtype=np.float64))


def _first_guess(rows: Rows, weight: Floats, mean: Floats) -> Floats:
    """Start of the iteration: the prior, its level moved to the weighted mean of counts over exposure."""
    weight = weight * (1.0 - rows.capped)
    exposed = float(weight @ rows.seen) + 0.2
    cars = float(weight @ np.maximum(rows.count - rows.false_positives, 0.0)) + 0.2 * math.exp(mean[0])
    start = mean.copy()
    start[0] = math.log(cars / exposed + 1e-3)
    return start


def predict(posterior: Fit, design: Floats, row: Rows, closed: float) -> Predictive:
    """What one look with these covariates and this exposure should show.

    Args:
        design: (column,).
        row: the look, as rows of length one; its count is not used.
        closed: probability of an empty yard.
    """
    spread = posterior.spread(design)
    level = np.clip(posterior.coefficients @ design + spread / 2, -LOG_BOUND, LOG_BOUND)
    signal = float(row.seen[0]) * np.exp(level)
    k2 = np.expm1(np.minimum(spread, 4.0))
    inverse = (1 + k2) / sizes(posterior.dispersion, row)[:, 0] + k2
    mean = signal + float(row.false_positives[0])
    size = mean**2 / (signal**2 * inverse + 1e-12)
    return Predictive(mean, size, posterior.share, closed, float(row.false_positives[0]))
