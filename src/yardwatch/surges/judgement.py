"""What goes in and what comes out: one usable look of a series, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from yardwatch.records import Happening, VerdictKind

METHOD = "sequential negative binomial, 3"


@dataclass(frozen=True)
class SeriesLook:
    """One usable look of one series: current observation, one measure, one area.

    Attributes:
        acquired: aware UTC.
        value: counted in the visible part, uncorrected, in the unit of the measure.
        visible: share 0-1 of what could be seen; recall: share 0-1 of standing cars that are counted.
        recall_cv: coefficient of variation of the recall.
        false_positives: expected, in the unit of the measure.
        low, high: 90 % interval for what stands in the visible part, or None where never measured.
        break_key: release, platform and area version in one; a change of it is not by itself a surge.
        at_most: the value is only a bound from above: it can be a drop and never a surge.
        published: whose count it is where people published it, else empty.
    """

    look_id: str
    observation_id: str
    acquired: datetime
    value: float
    visible: float = 1.0
    recall: float = 1.0
    recall_cv: float = 0.1
    false_positives: float = 0.0
    low: float | None = None
    high: float | None = None
    break_key: str = ""
    at_most: bool = False
    published: str = ""

    def divided(self, quantum: float) -> SeriesLook:
        """The look in units of so many of its own."""
        if quantum == 1:
            return self
        low, high = (None if bound is None else bound / quantum for bound in (self.low, self.high))
        value, false_positives = self.value / quantum, self.false_positives / quantum
        return replace(self, value=value, low=low, high=high, false_positives=false_positives)


@dataclass(frozen=True)
class Judgement:
    """The verdict on one look; fields that ``records.Verdict`` has too are named and mean the same.

    Attributes:
        happening: what happened to the event of ``event_key``: opened, escalated, closed, or None. A return to the
            level before an earlier new normal is no event.
        event_key: look_id of the look that opened the event this look belongs to, or that it closed.
        event_ordinal: 1 for the first event of the series.
        also_closed: event_key of an older event that this look ended by opening another.
        p_up, p_down: tail probabilities of this look by itself.
        evidence_up, evidence_down: the same for the look and those before it together; what the budget is held to.
        looks_together: how many of the last looks say it; 1 where this look says it best by itself.
        smallest_alarming: smallest count that would have alarmed on this look: a surge, or an escalation within one.
        baseline_looks, effective_looks: looks behind the expectation, and what they weigh in all.
        down_weighted: look_ids that count less than half of what their age allows: in events, outlying, or doubted.
        exposure: visible, recall, recall_cv, false_positives as used.
    """

    look_id: str
    kind: VerdictKind
    sentence: str
    method: str = METHOD
    provisional: bool = False
    happening: Happening | None = None
    event_key: str | None = None
    event_ordinal: int | None = None
    also_closed: str | None = None
    expected: float | None = None
    expected_low: float | None = None
    expected_high: float | None = None
    p_up: float | None = None
    p_down: float | None = None
    evidence_up: float | None = None
    evidence_down: float | None = None
    looks_together: int = 1
    ratio: float | None = None
    smallest_alarming: float | None = None
    rank: int | None = None
    last_higher: tuple[datetime, float] | None = None
    last_higher_look: str | None = None
    baseline_looks: int = 0
    effective_looks: float = 0.0
    down_weighted: tuple[str, ...] = ()
    exposure: tuple[float, float, float, float] = (1.0, 1.0, 0.0, 0.0)
    reason: str | None = None
    observation_ids: tuple[str, ...] = ()
