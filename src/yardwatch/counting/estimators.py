"""The estimators: what a sighting is turned into, by measure.

A new measure is one file with an estimator and one line in :data:`ESTIMATORS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from yardwatch.counting.activity import Activity
from yardwatch.counting.car_count import CarCount
from yardwatch.counting.estimate import Estimate
from yardwatch.counting.sighting import Sighting
from yardwatch.errors import BadInput
from yardwatch.records import Measure

__all__ = ["ESTIMATORS", "Estimate", "Estimator", "estimator_for"]


class Estimator(Protocol):
    """Turns what was seen into a number with an interval, or says why there is none."""

    @property
    def measure(self) -> Measure:
        """What the number is."""
        ...

    def estimate(self, sighting: Sighting) -> Estimate:
        """The number. Whether enough was visible has been decided before; whether it was resolved has not."""
        ...


ESTIMATORS: Mapping[str, Estimator] = {estimator.measure: estimator for estimator in (CarCount(), Activity())}


def estimator_for(measure: str) -> Estimator:
    """The estimator of ``measure``.

    Raises:
        BadInput: for an unknown measure, listing the known ones.
    """
    try:
        return ESTIMATORS[measure]
    except KeyError:
        raise BadInput(f"no estimator for measure {measure!r}; known: {', '.join(sorted(ESTIMATORS))}") from None
