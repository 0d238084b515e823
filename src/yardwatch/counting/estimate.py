"""What an estimator hands over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from yardwatch.counting.interval import Exposure
from yardwatch.records import Reason


@dataclass(frozen=True)
class Estimate:
    """A number with a 90 % interval, or the reason why there is none.

    Attributes:
        value: in the unit of the measure; None exactly when ``reason`` says why.
        low, high: None when the release was never measured at this ground sample distance.
        confident: False where the resolution or the measurement of the release leaves doubt.
        by_class: accepted detections in the visible part, by class.
        exposure: for the surge model; None when never measured.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    confident: bool = True
    by_class: Mapping[str, int] = field(default_factory=dict)
    exposure: Exposure | None = None
    reason: Reason | None = None

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            raise ValueError(f"value = {self.value}, reason = {self.reason}: give one of the two")
