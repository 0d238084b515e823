"""The count: freight cars whose centre lies in what was searched and seen, each detection one car."""

from __future__ import annotations

from collections import Counter
from typing import Final

from yardwatch.counting.estimate import Estimate
from yardwatch.counting.interval import Exposure, interval_90
from yardwatch.counting.resolution import Claim, claim_at, claimed_gsd_m
from yardwatch.counting.sighting import Sighting
from yardwatch.records import FREIGHT_PREFIX, Measure, Reason


class CarCount:
    """Counts freight cars; locomotives and coaches are listed by class and not counted."""

    measure: Final[Measure] = "count"

    def estimate(self, sighting: Sighting) -> Estimate:
        """The count, uncorrected, with the interval that the release's measured quality gives it."""
        gsd_m = claimed_gsd_m(sighting.chip)
        claim = claim_at(gsd_m, sighting.release)
        if claim is Claim.NO_COUNT:
            return Estimate(value=None, reason=Reason.TOO_COARSE)
        found = Counter(sighting.visible_classes())
        by_class = {name: found[name] for name in (*sighting.release.classes, *sorted(found)) if found[name]}
        count = sum(number for name, number in by_class.items() if name.startswith(FREIGHT_PREFIX))
        exposure = _exposure(sighting, gsd_m)
        low, high = (None, None) if exposure is None else interval_90(count, exposure)
        return Estimate(
            value=float(count),
            low=low,
            high=high,
            confident=claim is Claim.COUNT and exposure is not None,
            by_class=by_class,
            exposure=exposure,
        )


def _exposure(sighting: Sighting, gsd_m: float) -> Exposure | None:
    """What the release is known to find and invent at ``gsd_m``, or None.

    A picture finer than the release's range is averaged onto its pixels when read, so it is no better than the
    finest that the release was measured on.
    """
    quality = sighting.release.quality_at(max(gsd_m, sighting.release.gsd_range_m[0]))
    return None if quality is None else Exposure.from_quality(quality, sighting.shown_km2)
