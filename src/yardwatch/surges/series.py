"""A series as numbers: the looks so far, one row each, and the covariates that the regression asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .model import Floats, Rows, drift_columns

DAYS_PER_YEAR = 365.25
HALF_LIFE_DAYS, HALF_LIFE_LOOKS = 900.0, 30
"""A look speaks half as loud after so many days, if as many newer looks have come to replace it."""
GUARD_DAYS, GUARD_LOOKS = 28.0, 8
"""The newest looks may be the surge itself: they teach the baseline nothing, unless fewer looks would be left."""
CROWD_SHARE, CROWD_DAYS = 0.3, 14.0
"""Parked cars are still there tomorrow: the part of a look's noise that a neighbour shares, and how long."""
SAME_VISIT_DAYS = 1.0
"""Looks this close see the same cars: together they speak as one."""
CROWD_REACH_DAYS = 5 * CROWD_DAYS


@dataclass(frozen=True)
class CountedLook:
    """One look as the model takes it: days since any fixed moment, counted cars, and what could be seen.

    ``at_most`` says that the count is only a bound from above.
    """

    day: float
    count: float
    visible: float
    recall: float
    recall_cv: float
    false_positives: float
    break_key: str = ""
    at_most: bool = False


@dataclass(frozen=True)
class Shift:
    """An accepted new normal: from ``start_day`` until ``end_day`` the level is another."""

    start_day: float
    end_day: float = math.inf


@dataclass
class Series:
    """The looks so far, in time order. Rows are appended and never removed.

    Attributes:
        belief: how much a look may teach the baseline, 0-1; looks within events teach little.
        crowd: 1 + what a look's neighbours already say of it.
        break_keys: releases, platforms and area versions in order of appearance.
        shifts: accepted new normals.
    """

    looks: list[CountedLook] = field(default_factory=list)
    break_keys: list[str] = field(default_factory=list)
    belief: list[float] = field(default_factory=list)
    crowd: list[float] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    _table: Floats = field(default_factory=lambda: np.zeros((64, 7)))

    def append(self, look: CountedLook) -> None:
        """Add the newest look; its neighbours are told that they have company."""
        shared = 0.0
        for i in range(len(self.looks) - 1, -1, -1):
            gap = look.day - self.looks[i].day
            if gap > CROWD_REACH_DAYS:
                break
            overlap = 1.0 if gap < SAME_VISIT_DAYS else CROWD_SHARE * math.exp(-gap / CROWD_DAYS)
            self.crowd[i] += overlap
            shared += overlap
        if len(self.looks) == len(self._table):
            self._table = np.concatenate([self._table, np.zeros_like(self._table)])
        exposure = (look.visible, look.recall, look.recall_cv, look.false_positives)
        self._table[len(self.looks)] = (look.day, look.count, *exposure, float(look.at_most))
        if look.break_key not in self.break_keys:
            self.break_keys.append(look.break_key)
        self.looks.append(look)
        self.belief.append(1.0)
        self.crowd.append(1.0 + shared)

    def __len__(self) -> int:
        return len(self.looks)

    def days(self) -> Floats:
        """Day of each look."""
        return self._table[: len(self.looks), 0]

    def rows(self) -> Rows:
        """Every look as arrays."""
        return Rows(*self._table[: len(self.looks), 1:].T.copy())

    def break_columns(self) -> list[str]:
        """Releases, platforms and area versions to tell apart; none while there is only one."""
        return self.break_keys if len(self.break_keys) > 1 else []

    def design(self) -> Floats:
        """Covariates of every look, (look, column), ages counted from the newest look."""
        days = self.days()
        angle = 2 * math.pi * days / DAYS_PER_YEAR
        drift = drift_columns((days[-1] - days) / DAYS_PER_YEAR)
        columns = [np.ones(len(days)), np.cos(angle), np.sin(angle), *drift]
        for key in self.break_columns():
            columns.append(np.array([float(look.break_key == key) for look in self.looks]))
        for shift in self.shifts:
            columns.append(((days >= shift.start_day) & (days < shift.end_day)).astype(float))
        return np.stack(columns, axis=1)

    def baseline(self) -> tuple[NDArray[np.intp], Floats]:
        """Looks that may teach what the newest look should show, and how much by age and company."""
        days = self.days()
        age = days[-1] - days[:-1]
        old = int((age > GUARD_DAYS).sum())
        kept = np.arange(max(old, min(GUARD_LOOKS, len(age))))
        newer = len(age) - kept
        halvings = np.minimum(age[kept] / HALF_LIFE_DAYS, newer / HALF_LIFE_LOOKS)
        weight = 0.5**halvings / np.array(self.crowd)[kept]
        return kept, weight

    def looks_per_year(self) -> float:
        """How often the station has been looked at in the last two years (at least half a year is assumed)."""
        days = self.days()
        recent = days[days[-1] - days <= 2 * DAYS_PER_YEAR]
        return len(recent) / max(float(recent[-1] - recent[0]) / DAYS_PER_YEAR, 0.5)
