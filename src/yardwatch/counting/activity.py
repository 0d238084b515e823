"""The activity index of a 10 m picture: how much of the yard looks unlike it usually does.

Cars cannot be told apart at 10 m (see :mod:`yardwatch.counting.resolution`), but a yard that fills up no longer looks
like itself. The index is the number of pixels of the watched ground that differ from the place's own past clear looks
by more than three times what they usually do (:mod:`yardwatch.counting.background`). It grows with the ground that is
covered, an everyday yard is a few points, and it is never a number of cars: what stands there may as well be building
material, and a white train shows on dark ballast where a grey one does not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from yardwatch.counting.background import Background, learn
from yardwatch.counting.estimate import Estimate
from yardwatch.counting.resolution import ACTIVITY_UP_TO_M, claimed_gsd_m
from yardwatch.counting.sighting import Sighting
from yardwatch.records import Measure, Reason

FEWEST_CLEAR_LOOKS = 10
"""Past clear looks of a place before its index is said: fewer do not show what is usual."""

MOST_CLEAR_LOOKS = 40
"""The newest past clear looks that a place is compared with; about two years of a yard at 42 degrees north."""

CLEAR_FROM = 0.8
"""Visible share from which a past look is clear."""

UNLIKE_FROM = 3.0
"""Times the usual scale from which a pixel is unlike itself."""

Z90: Final = 1.645
MAD_TO_SD: Final = 1.4826


class Activity:
    """Points of activity: pixels that look unlike they usually do."""

    measure: Final[Measure] = "activity"

    def estimate(self, sighting: Sighting) -> Estimate:
        """The index in the visible part, against ``sighting.past``, with what quiet looks differ by as interval."""
        if claimed_gsd_m(sighting.chip) > ACTIVITY_UP_TO_M:
            return Estimate(value=None, reason=Reason.TOO_COARSE)
        background = _background(sighting)
        if background is None:
            return Estimate(value=None, reason=Reason.TOO_FEW_CLEAR_LOOKS)
        unlike = background.unlike(sighting.chip.pixels, sighting.chip.seen)
        if not np.isfinite(unlike).any():
            return Estimate(value=None, reason=Reason.TOO_LITTLE_VISIBLE)
        points = int(np.count_nonzero(unlike > UNLIKE_FROM))
        low, high = interval_of(points, levels_of(background))
        return Estimate(value=float(points), low=low, high=high)


def _background(sighting: Sighting) -> Background | None:
    chip = sighting.chip
    past = [look for look in sighting.past if look.grid == chip.grid and look.bands == chip.bands]
    if len(past) < FEWEST_CLEAR_LOOKS:
        return None
    past = past[-MOST_CLEAR_LOOKS:]
    pixels = np.stack([look.pixels for look in past])
    return learn(pixels, np.stack([look.seen for look in past]), sighting.searched, FEWEST_CLEAR_LOOKS - 2)


def levels_of(background: Background) -> NDArray[np.float64]:
    """Index of each past look, as if the whole of the known ground had been seen, float64 (look,)."""
    seen = np.isfinite(background.past)
    unlike = np.count_nonzero(background.past > UNLIKE_FROM, axis=1)
    levels: NDArray[np.float64] = unlike * (seen.shape[1] / np.maximum(np.count_nonzero(seen, axis=1), 1))
    return levels


def interval_of(points: int, levels: Sequence[float] | NDArray[np.float64]) -> tuple[float, float]:
    """90 % interval of an index of ``points``, given the ``levels`` of the past looks.

    Two things spread it: pixels at the rim of what changed fall on either side of the limit, taken as Poisson, and
    weather and aim make ordinary looks differ. The second is read off the quieter half of the past looks, as far as
    they lie below the median (median absolute deviation of that half, as standard deviation), since the busier half
    differs by its trains. A convention, not a measured coverage.
    """
    below = np.median(levels) - np.sort(np.asarray(levels, dtype=np.float64))[: math.ceil(len(levels) / 2)]
    spread = math.hypot(math.sqrt(max(points, 1)), MAD_TO_SD * float(np.median(below)))
    return max(0.0, points - Z90 * spread), points + Z90 * spread


def family_of(platform: str) -> str:
    """The series of like satellites that a platform belongs to: "sentinel-2" for Sentinel-2A, 2B and 2C."""
    name = re.sub(r"[\s_]+", "-", platform.strip().lower())
    return re.sub(r"(?<=\d)[a-z]$", "", name)
