"""What a ground sample distance permits to claim.

Up to 0.6 m individual cars are resolved; up to 1.2 m the gap between two bodies (1.0-1.1 m) is one or two pixels, and
a count is marked low confidence; coarser pictures show strings of cars at best (NIIRS 3: "detect trains or strings of
standard rolling stock, not individual cars").
"""

from __future__ import annotations

from enum import Enum

from yardwatch.detection.release import Release
from yardwatch.records import Chip, Measure

COUNT_UP_TO_M = 0.6
LOW_CONFIDENCE_UP_TO_M = 1.2
ACTIVITY_FROM_M = 5.0
ACTIVITY_UP_TO_M = 20.0
"""Between these a yard is compared with its own past; coarser pixels hold more than the yard."""
_TOLERANCE_M = 1e-6


class Claim(Enum):
    """What may be claimed."""

    COUNT = "count"
    LOW_CONFIDENCE_COUNT = "low confidence count"
    NO_COUNT = "no count"


def claimed_gsd_m(chip: Chip) -> float:
    """The larger of the claimed and the measured ground sample distance: it decides what may be claimed."""
    return max(chip.gsd_m, chip.effective_gsd_m)


def claim_at(gsd_m: float, release: Release) -> Claim:
    """What ``gsd_m`` permits with ``release``; no count is claimed coarser than the release was made for."""
    coarsest_m = min(LOW_CONFIDENCE_UP_TO_M, release.gsd_range_m[1])
    if not gsd_m <= coarsest_m + _TOLERANCE_M:
        return Claim.NO_COUNT
    return Claim.COUNT if gsd_m <= COUNT_UP_TO_M + _TOLERANCE_M else Claim.LOW_CONFIDENCE_COUNT


def may_count(gsd_m: float, release: Release) -> bool:
    """Whether any count is permitted at ``gsd_m`` with ``release``."""
    return claim_at(gsd_m, release) is not Claim.NO_COUNT


def measure_at(gsd_m: float, release: Release) -> Measure:
    """The measure that a look of ``gsd_m`` belongs to, by what is claimed of it before it is read.

    Between a count and an index of activity lies a gap in which nothing is claimed; such looks stand in the series of
    counts, too coarse.
    """
    if may_count(gsd_m, release) or not ACTIVITY_FROM_M < gsd_m <= ACTIVITY_UP_TO_M:
        return "count"
    return "activity"
