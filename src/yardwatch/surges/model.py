"""How many cars a look should show, given the looks before it.

A penalised negative-binomial regression on exposure. Look i at day t with visible share v, recall rho and expected
false positives f shows

    mu = v rho exp(x'b) + f,    x = (1, years since the judged look, cos, sin of the year, breaks ..., shifts ...)
    y ~ NB(mu, r_i),            Var y = mu + mu^2 / r_i,      1/r_i = 1/(r v) + cv^2

A count is tested against mu and never divided by the coverage. Thinning a negative binomial leaves r alone, so
visibility and recall are exact where misses are independent; what is clumped (whole trains in or out of a partial
view) divides r by v, and an uncertain recall adds its squared coefficient of variation cv.

For each r on a grid, b is fitted by penalised iteratively reweighted least squares and weighed by its Laplace
marginal likelihood (Tierney and Kadane 1986); the predictive is the mixture over r with

    1/r* = (1 + k2)(1/(r v) + cv^2) + k2,    k2 = exp(x'Vx) - 1

where V is the posterior covariance of b: the second moment of a negative binomial whose log mean is normal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .policy import Priors

Floats = NDArray[np.float64]

DAYS_PER_YEAR = 365.25
TREND_SD = 0.2
"""Prior standard deviation of the log level's drift, per year."""
SEASON_SD = 0.35
"""Prior standard deviation of each annual harmonic of the log level."""
BREAK_SD = 0.35
"""Prior standard deviation of the log step at a new release, platform or area version: a factor of two is 2 sigma."""
SHIFT_SD = 1.5
"""Prior standard deviation of the log step of an accepted new normal."""
DISPERSION_GRID = np.exp(np.linspace(math.log(0.3), math.log(30.0), 11))
STEPS = 6


@dataclass(frozen=True)
class Exposure:
    """What a look could see: shares 0-1, expected false positives in counted cars."""

    visible: float
    recall: float
    recall_cv: float
    false_positives: float


@dataclass(frozen=True, eq=False)
class Sample:
    """Looks as the regression takes them: one row a look, weights 0-1 saying how much each speaks."""

    design: Floats
    count: Floats
    seen: Floats
    false_positives: Floats
    visible: Floats
    recall_cv: Floats
    weight: Floats


@dataclass(frozen=True, eq=False)
class Fit:
    """Posterior of the coefficients for each dispersion on the grid, and the weight of each dispersion."""

    dispersion: Floats
    share: Floats
    coefficients: Floats
    covariance: Floats
    information: float


@dataclass(frozen=True, eq=False)
class Predictive:
    """A mixture of negative binomials: what the look should show, in counted cars."""

    mean: Floats
    size: Floats
    share: Floats

    @property
    def expected(self) -> float:
        """Mean of the mixture."""
        return float(self.share @ self.mean)

    def upper_tail(self, count: float) -> float:
        """P(Y >= count), by the incomplete beta function (Abramowitz and Stegun 26.5.26)."""
        from scipy.special import betainc

        if count <= 0:
            return 1.0
        return float(min(1.0, self.share @ betainc(count, self.size, self.mean / (self.mean + self.size))))

    def lower_tail(self, count: float) -> float:
        """P(Y <= count)."""
        return min(1.0, max(0.0, 1.0 - self.upper_tail(math.floor(count) + 1)))

    def quantile(self, probability: float) -> int:
        """Smallest count whose lower tail reaches ``probability``."""
        return self.smallest(lambda count: self.lower_tail(count) >= probability)

    def smallest(self, holds: Any) -> int:
        """Smallest count for which the monotone condition ``holds``."""
        high = 1
        while not holds(high) and high < 1 << 20:
            high *= 2
        low = -1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if holds(middle) else (middle, high)
        return high


def sizes(dispersion: Floats, visible: Floats, recall_cv: Floats) -> Floats:
    """Negative-binomial size of each look for each dispersion, (dispersion, look)."""
    return 1.0 / (1.0 / (dispersion[:, None] * visible[None, :]) + recall_cv[None, :] ** 2)


def log_mass(count: Floats, mean: Floats, size: Floats) -> Floats:
    """Log probability of a negative binomial of this mean and size."""
    from scipy.special import gammaln

    total = size + mean
    return np.asarray(
        gammaln(count + size)
        - gammaln(size)
        - gammaln(count + 1)
        + size * np.log(size / total)
        + count * np.log(mean / total)
    )


def prior_moments(columns: int, breaks: int, priors: Priors) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each coefficient: level, trend, harmonics, then breaks, then shifts."""
    mean = np.zeros(columns)
    mean[0] = priors.log_level
    sd = np.full(columns, SHIFT_SD)
    sd[:4] = priors.log_level_sd, TREND_SD, SEASON_SD, SEASON_SD
    sd[4 : 4 + breaks] = BREAK_SD
    return mean, sd


def fit(sample: Sample, breaks: int, priors: Priors) -> Fit:
    """Posterior of level, trend, season and steps at each dispersion of the grid."""
    mean, sd = prior_moments(sample.design.shape[1], breaks, priors)
    size = sizes(DISPERSION_GRID, sample.visible, sample.recall_cv)
    beta = _first_guess(sample, mean, sd)
    columns = len(mean)
    outer = (sample.design[:, :, None] * sample.design[:, None, :]).reshape(len(sample.count), -1)
    ridge = np.diag(sd**-2.0)
    for _ in range(STEPS):
        signal = sample.seen * np.exp(np.clip(beta @ sample.design.T, -12.0, 12.0))
        mu = signal + sample.false_positives
        per_unit = sample.weight * signal / (mu * (1.0 + mu / size))
        hessian = ((per_unit * signal) @ outer).reshape(-1, columns, columns) + ridge
        gradient = (per_unit * (sample.count - mu)) @ sample.design - (beta - mean) * sd**-2.0
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        beta = beta + np.clip(step, -1.5, 1.5)
        if np.abs(step).max() < 1e-3:
            break
    mu = sample.seen * np.exp(np.clip(beta @ sample.design.T, -12.0, 12.0)) + sample.false_positives
    evidence = log_mass(sample.count, mu, size) @ sample.weight
    evidence = evidence - 0.5 * (((beta - mean) / sd) ** 2).sum(1) - 0.5 * np.linalg.slogdet(hessian)[1]
    evidence = evidence - 0.5 * ((np.log(DISPERSION_GRID) - priors.log_dispersion) / priors.log_dispersion_sd) ** 2
    share = np.exp(evidence - evidence.max())
    return Fit(DISPERSION_GRID, share / share.sum(), beta, np.linalg.inv(hessian), float(sample.weight.sum()))


def _first_guess(sample: Sample, mean: Floats, sd: Floats) -> Floats:
    """Start of the iteration: the prior, its level moved to the weighted mean of counts over exposure."""
    exposed = float((sample.weight * sample.seen).sum()) + 0.2
    cars = float((sample.weight * np.maximum(sample.count - sample.false_positives, 0)).sum()) + 0.2 * math.exp(mean[0])
    start = mean.copy()
    start[0] = math.log(cars / exposed + 1e-3)
    return np.tile(start, (len(DISPERSION_GRID), 1))


def predict(fit: Fit, design: Floats, exposure: Exposure) -> Predictive:
    """What a look with these covariates and this exposure should show."""
    spread = np.einsum("i,gij,j->g", design, fit.covariance, design)
    signal = exposure.visible * exposure.recall * np.exp(np.clip(fit.coefficients @ design + spread / 2, -12.0, 12.0))
    k2 = np.expm1(np.minimum(spread, 4.0))
    inverse = (1 + k2) * (1 / (fit.dispersion * exposure.visible) + exposure.recall_cv**2) + k2
    mean = signal + exposure.false_positives
    return Predictive(mean, mean**2 / (signal**2 * inverse + 1e-12), fit.share)
