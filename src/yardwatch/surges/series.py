"""A series as numbers: the looks so far, one row each, and the covariates that the regression asks for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .model import DAYS_PER_YEAR, Exposure, Floats

CROWD_SHARE, CROWD_DAYS = 0.35, 14.0
"""Parked cars are still there tomorrow: the part of a look's noise that its neighbours share, and how long."""
SAME_VISIT_DAYS = 1.0
"""Looks this close see the same cars: together they speak as one."""


@dataclass
class Series:
    """The looks judged so far. Rows are appended and never removed; weights may change as later looks explain them.

    Attributes:
        start_day: first look within a changed regime that was accepted, one for each accepted new normal.
        belief: how much a look may teach the baseline, 0-1 (events and outliers teach little).
        crowd: 1 + what its neighbours already said of each look.
    """

    day: list[float] = field(default_factory=list)
    count: list[float] = field(default_factory=list)
    exposure: list[Exposure] = field(default_factory=list)
    break_key: list[str] = field(default_factory=list)
    belief: list[float] = field(default_factory=list)
    crowd: list[float] = field(default_factory=list)
    shift_days: list[float] = field(default_factory=list)

    def append(self, day: float, count: float, exposure: Exposure, break_key: str, belief: float) -> None:
        """Add the newest look; the neighbours before it are told that they have company."""
        shared = 0.0
        for i in range(len(self.day) - 1, -1, -1):
            gap = day - self.day[i]
            if gap > 5 * CROWD_DAYS:
                break
            overlap = 1.0 if gap < SAME_VISIT_DAYS else CROWD_SHARE * float(np.exp(-gap / CROWD_DAYS))
            self.crowd[i] += overlap
            shared += overlap
        self.day.append(day)
        self.count.append(count)
        self.exposure.append(exposure)
        self.break_key.append(break_key)
        self.belief.append(belief)
        self.crowd.append(1.0 + shared)

    def __len__(self) -> int:
        return len(self.day)
