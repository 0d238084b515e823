"""What the last looks say together: has the level changed, since when, and is it still changed?

One look of 15 where 6 are expected is nothing; four in a row are news. For the last k looks, and log levels d away
from the baseline on a grid,

    LR_k = sum_d w(d) L_k(d) / sum_d n(d) L_k(d),     L_k(d) = product over the last k looks of P(y_i | mu_i e^d)

where w spreads over levels that would matter and n is normal around no change, as wide as the baseline is uncertain
and as the same parked cars make neighbouring looks agree. R = sum_k LR_k is the statistic of Shiryaev and Roberts,
whose mean time to a false alarm is known (Pollak 1987): the chance that it is exceeded by accident falls as 1/R.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .capped import log_at_most
from .model import Fit, Floats, Rows, log_likelihood_empty, sizes
from .series import CROWD_DAYS

Direction = Literal["up", "down"]

LEVELS: Floats = np.linspace(-3.0, 2.8, 30)
"""Log ratios to the baseline that are tried: a twentieth to sixteen times."""
UNCHANGED = int(np.argmin(np.abs(LEVELS)))
LEAST_CHANGE = math.log(1.7)
"""A change that matters multiplies or divides the level by at least this."""
SHARED_SD = 0.25
"""Neighbouring looks agree for no reason that matters: standard deviation of their common log level. Over a span T
it averages out, by 1 / (1 + T / 2 tau) in variance where the agreement fades in tau days."""
MOST_DISPERSIONS = 5
REACH: dict[Direction, tuple[float, int]] = {"up": (45.0, 6), "down": (120.0, 12)}
"""Days and looks that are read together: surges are quick, drops are slow."""
MOST_TOGETHER = max(looks for _, looks in REACH.values())
SLOW_REACH_DAYS, SLOW_REACH_LOOKS = 200.0, 40
"""How far back a change of level is dated and a new normal looked for."""
TAIL_CONSTANT: dict[Direction, float] = {"up": 4.0, "down": 14.0}
ORDINARY_SUM = 4.0
"""1 / (1 + c R^2 / (R + 4)) matches how often R is exceeded on unchanged series (by simulation):
sums around 4 are ordinary, as each ratio has mean one; R of a drop has the lighter tail, as counts end at zero."""


@dataclass(frozen=True, eq=False)
class LevelLikelihood:
    """Log likelihood of each look at each level: ``log`` is (dispersion, look, level), ``share`` by dispersion."""

    log: Floats
    share: Floats

    def newest(self, looks: int) -> LevelLikelihood:
        """The last looks alone."""
        return LevelLikelihood(self.log[:, -looks:], self.share)

    def voiced(self, voice: Floats) -> LevelLikelihood:
        """Each look's log likelihood scaled by what it says that its neighbours do not (composite likelihood)."""
        return LevelLikelihood(self.log * voice[None, :, None], self.share)

    def followed_by(self, newer: LevelLikelihood) -> LevelLikelihood:
        """These looks and then others, against the same baseline."""
        return LevelLikelihood(np.concatenate([self.log, newer.log], axis=1), self.share)

    def without_newest(self) -> LevelLikelihood:
        """The looks before the newest."""
        return LevelLikelihood(self.log[:, :-1], self.share)


@dataclass(frozen=True)
class Change:
    """Evidence that the last looks stand on another level.

    Attributes:
        tail: probability of evidence this strong when nothing has changed.
        looks: how many of the last looks say it most clearly.
        ratios: LR_k, for the last 1, 2, ... looks.
    """

    tail: float
    looks: int
    ratios: tuple[float, ...]


@cache
def matters(direction: Direction) -> Floats:
    """Prior over levels that would be a surge or a drop: exponential in the log ratio, scale one."""
    away = LEVELS if direction == "up" else -LEVELS
    weight = np.where(away >= LEAST_CHANGE - 1e-9, np.exp(-np.abs(LEVELS)), 0.0)
    return np.asarray(weight / weight.sum())


def level_likelihood(posterior: Fit, design: Floats, rows: Rows, closed: float) -> LevelLikelihood:
    """P(count | level) of each look, for the dispersions that are believed in most."""
    from scipy.special import gammaln

    top = np.argsort(-posterior.share)[:MOST_DISPERSIONS]
    level = np.clip(posterior.coefficients[top] @ design.T, -12.0, 12.0)
    mean = (rows.seen * np.exp(level))[:, :, None] * np.exp(LEVELS) + rows.false_positives[:, None]
    size = sizes(posterior.dispersion[top], rows)
    ways = gammaln(rows.count + size) - gammaln(size) - gammaln(rows.count + 1) + size * np.log(size)
    total = np.log(size[:, :, None] + mean)
    log = ways[:, :, None] + rows.count[:, None] * np.log(mean) - (rows.count + size)[:, :, None] * total
    if rows.capped.any():
        bound = log_at_most(rows.count[:, None], mean, size[:, :, None])
        log = np.where(rows.capped[:, None] > 0, bound, log)
    empty = log_likelihood_empty(rows)[None, :, None]
    log = np.logaddexp(math.log1p(-closed) + log, math.log(max(closed, 1e-9)) + empty)
    return LevelLikelihood(log, posterior.share[top] / posterior.share[top].sum())


def change(likelihood: LevelLikelihood, days: Floats, direction: Direction, level_sd: float) -> Change:
    """How strongly the last looks together say that the level moved in this direction.

    Args:
        likelihood: of the looks to read together, oldest first, the judged one last.
        days: of these looks.
        level_sd: standard deviation of the baseline's log level.
    """
    together = np.cumsum(likelihood.log[:, ::-1], axis=1)
    scaled = np.exp(together - together.max(axis=(0, 2), keepdims=True))
    shared = SHARED_SD**2 / (1.0 + (days[-1] - days[::-1]) / (2 * CROWD_DAYS))
    same = np.exp(-0.5 * LEVELS**2 / (level_sd**2 + shared)[:, None])
    moved = np.einsum("g,gkd,d->k", likelihood.share, scaled, matters(direction))
    still = np.einsum("g,gkd,kd->k", likelihood.share, scaled, same / same.sum(1, keepdims=True))
    ratios = moved / np.maximum(still, 1e-300)
    several = ratios[1:]
    if not len(several):
        return Change(1.0, 1, tuple(ratios.tolist()))
    total = float(several.sum())
    tail = 1 / (1 + TAIL_CONSTANT[direction] * total**2 / (total + ORDINARY_SUM))
    return Change(tail, int(np.argmax(several)) + 2, tuple(ratios.tolist()))


def looks_within(days: Floats, direction: Direction) -> int:
    """How many of the last looks are read together for a surge or a drop."""
    span_days, most = REACH[direction]
    return int(min((days[-1] - days <= span_days).sum(), most))


def within_slow_reach(days: Floats, first: int) -> NDArray[np.intp]:
    """Indices of the looks from ``first`` on among which a change of level is looked for."""
    index = np.arange(first, len(days))
    near: NDArray[np.intp] = index[days[-1] - days[index] <= SLOW_REACH_DAYS][-SLOW_REACH_LOOKS:]
    return near
