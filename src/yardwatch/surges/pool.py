"""What the stations that there are say of one that has hardly been looked at.

Level and dispersion of each station are estimated by moments from exposure-corrected counts, and pooled: the prior's
centre is their weighted mean, shrunk to the default as if that were one more station, its spread their spread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from yardwatch.records import Measure

from .judgement import SeriesLook
from .model import Floats
from .policy import Priors
from .units import UNITS

FEWEST_LOOKS = 4
LEAST_LEVEL_SD, LEAST_DISPERSION_SD = 0.8, 0.5
"""A pool of alike stations must not make a different one impossible."""


def pooled_priors(series_by_area: Mapping[str, Sequence[SeriesLook]], measure: Measure = "count") -> Priors:
    """Priors for level and dispersion from all stations; the default where none has enough looks.

    Stations are taken in the order of their names, so that the result does not depend on the mapping's order.
    """
    default = Priors()
    quantum = UNITS[measure].quantum
    moments = [
        _moments([look.divided(quantum) for look in series_by_area[area] if not look.at_most])
        for area in sorted(series_by_area)
    ]
    known = [pair for pair in moments if pair is not None]
    if not known:
        return default
    levels, dispersions = np.array(known).T
    level, level_sd = _pooled(levels, default.log_level, default.log_level_sd)
    dispersion, dispersion_sd = _pooled(dispersions, default.log_dispersion, default.log_dispersion_sd)
    return Priors(level, max(level_sd, LEAST_LEVEL_SD), dispersion, max(dispersion_sd, LEAST_DISPERSION_SD))


def _moments(looks: Sequence[SeriesLook]) -> tuple[float, float] | None:
    """Log level and log dispersion of one station, robust to its surges; None with too few looks."""
    if len(looks) < FEWEST_LOOKS:
        return None
    cars = np.array([max(k.value - k.false_positives, 0.0) / (k.visible * k.recall) for k in looks])
    ordinary = np.sort(cars)[: max(FEWEST_LOOKS, math.ceil(0.95 * len(cars)))]
    mean = float(ordinary.mean()) + 0.1
    excess = max(float(ordinary.var()) - mean, 0.05 * mean)
    return math.log(mean), math.log(min(max(mean**2 / excess, 0.3), 30.0))


def _pooled(values: Floats, centre: float, sd: float) -> tuple[float, float]:
    """Mean and spread of the stations and, as one more of them, the default."""
    everyone = np.append(values, centre)
    mean = float(everyone.mean())
    between = float(((everyone - mean) ** 2).sum() + sd**2) / len(everyone)
    return mean, math.sqrt(between * (1 + 1 / len(everyone)))
