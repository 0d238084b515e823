"""The monitor as a benchmark feeds it: plain numbers in, a score and an alarm out."""

from __future__ import annotations

from yardwatch.records import VerdictKind

from .policy import SurgePolicy
from .series import CountedLook
from .station import Station

RECALL_CV = 0.10
"""Coefficient of variation of the recall where none is given."""
ALARMS = {
    VerdictKind.SURGE: "surge",
    VerdictKind.ESCALATION: "surge",
    VerdictKind.DROP: "drop",
    VerdictKind.NEW_NORMAL: "new_normal",
}


class Monitor:
    """Steps through one series; may be deep-copied at any look."""

    def __init__(self, budget: float) -> None:
        self.station = Station(SurgePolicy(alarm_budget=budget))

    def step(
        self, day: float, count: float, visible: float, recall: float, false_positives: float
    ) -> tuple[float, str | None]:
        """Judge the next look.

        Returns:
            -log10 of the probability of so much evidence of a surge on an unchanged station, and the alarm: None,
            "surge", "drop" or "new_normal".
        """
        judged = self.station.step(CountedLook(day, count, visible, recall, RECALL_CV, false_positives))
        return judged.score, ALARMS.get(judged.kind)


def monitor(budget: float) -> Monitor:
    """A fresh monitor that may raise ``budget`` false alarms a station-year, surges and drops together."""
    return Monitor(budget)
