"""What a look means, and the evidence behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yardwatch.records import Happening, VerdictKind

from .events import OpenEvent
from .windows import Direction


@dataclass(frozen=True)
class Evidence:
    """How unlikely so much evidence of a change in one direction is on an unchanged station.

    Attributes:
        tail: of the look by itself or with those near it, whichever is rarer, as many tests counted as were made.
        looks: how many looks say it together; 1 where the look says it best by itself.
        ratios: likelihood ratios of the last 1, 2, ... looks, as far back as a change is dated; empty where it is not.
    """

    direction: Direction
    tail: float
    looks: int
    ratios: tuple[float, ...]

    @property
    def looks_changed(self) -> int:
        """How many of the last looks most likely stand on the other level."""
        return max(self.looks, int(np.argmax(self.ratios)) + 1 if self.ratios else 1)


@dataclass(frozen=True, eq=False)
class Decision:
    """What a look means.

    Attributes:
        event: open after this look.
        closed: the event that this look ended, and ``last_within``, the index of its last look.
        accepted: whether the closed event's level is the new baseline.
    """

    kind: VerdictKind
    up: Evidence
    down: Evidence
    happening: Happening | None = None
    event: OpenEvent | None = None
    closed: OpenEvent | None = None
    last_within: int = -1
    accepted: bool = False
