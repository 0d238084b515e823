"""What the user may turn, and what is assumed of a station before its first look.

Every constant of the method that is not one of these knobs stands beside the formula that uses it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from yardwatch.records import Measure

from .units import UNITS, Unit


@dataclass(frozen=True)
class Priors:
    """What stations look like before their own looks speak; :func:`yardwatch.surges.pooled_priors` learns it.

    Attributes:
        log_level, log_level_sd: natural log of the cars standing there on an ordinary day, and its spread.
        log_dispersion, log_dispersion_sd: natural log of the size r of the negative binomial
            (variance = mean + mean^2 / r), and its spread. Small r: erratic station.
    """

    log_level: float = math.log(8.0)
    log_level_sd: float = 1.5
    log_dispersion: float = math.log(2.0)
    log_dispersion_sd: float = 0.9


@dataclass(frozen=True)
class SurgePolicy:
    """How readily a station alarms.

    Attributes:
        alarm_budget: false alarms allowed per station-year, surges and drops together.
        surge_share: part of the budget that surges may spend; drops spend the rest.
        min_ratio: a surge is at least this many times what was expected ...
        min_excess: ... and at least this many cars (in other measures what stands for them: 56 m, 4 points) above it.
        measure: what the series counts in; see :mod:`yardwatch.surges.units`.
        priors: pooled over the stations of the ledger.
    """

    alarm_budget: float = 0.2
    surge_share: float = 0.7
    min_ratio: float = 1.5
    min_excess: float = 4.0
    measure: Measure = "count"
    priors: Priors = field(default_factory=Priors)

    @property
    def unit(self) -> Unit:
        """What the series counts in."""
        return UNITS[self.measure]

    def __post_init__(self) -> None:
        """Refuse values that would silently switch the monitor off or let it cry without end."""
        if not 0 < self.alarm_budget <= 50:
            raise ValueError(f"alarm_budget is {self.alarm_budget}; give false alarms per station-year, e.g. 0.2")
        if not 0 < self.surge_share < 1:
            raise ValueError(f"surge_share is {self.surge_share}; give a share between 0 and 1, e.g. 0.7")
