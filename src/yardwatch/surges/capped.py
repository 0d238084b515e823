"""Looks of which only an upper bound is known: "at most 20" says that y <= 20, and nothing about how far below.

Such a look adds log P(Y <= c) to the likelihood. In the regression it is handled by expectation-maximisation (Dempster,
Laird and Rubin 1977): its count is replaced by E[Y | Y <= c] at the current fit, and its information shrinks by what
the bound leaves open, Var[Y | Y <= c] / Var[Y] (Louis 1982).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .model import Rows

Floats = NDArray[np.float64]

LEAST_LOG = -690.0


def log_at_most(cap: Floats, mean: Floats, size: Floats) -> Floats:
    """log P(Y <= cap) of negative binomials (Abramowitz and Stegun 26.5.26); all arrays broadcast together."""
    from scipy.special import betainc

    share = betainc(size, np.floor(cap) + 1.0, size / (size + mean))
    return np.asarray(np.log(np.maximum(share, np.exp(LEAST_LOG))))


def log_at_most_poisson(cap: Floats, mean: Floats) -> Floats:
    """log P(Y <= cap) of Poisson counts."""
    from scipy.special import gammaincc

    return np.asarray(np.log(np.maximum(gammaincc(np.floor(cap) + 1.0, mean), np.exp(LEAST_LOG))))


@dataclass(frozen=True, eq=False)
class Completed:
    """The looks as the regression takes them: ``count`` and ``known`` are (dispersion, look).

    Attributes:
        count: as counted, or expected below the bound.
        known: share of a look's information that its count carries; 1 where it was counted.
    """

    count: Floats
    known: Floats


def complete(rows: Rows, mean: Floats, size: Floats) -> Completed:
    """Fill in what the bounds leave open, at these means and sizes, (dispersion, look)."""
    from scipy.stats import nbinom

    count = np.broadcast_to(rows.count, mean.shape).copy()
    known = np.ones(mean.shape)
    for i in np.flatnonzero(rows.capped):
        values = np.arange(int(rows.count[i]) + 1)
        r, mu = size[:, i : i + 1], mean[:, i : i + 1]
        mass = nbinom.pmf(values, r, r / (r + mu)) + 1e-300
        share = mass / mass.sum(1, keepdims=True)
        count[:, i] = share @ values
        left = (share * (values - count[:, i : i + 1]) ** 2).sum(1)
        known[:, i] = np.maximum(1.0 - left / (mu + mu**2 / r)[:, 0], 0.0)
    return Completed(count, known)
