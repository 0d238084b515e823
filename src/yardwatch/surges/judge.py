"""Observations in, verdicts out: a pure function of a series.

``judge_series`` replays a station as if day by day; ``judge`` is its last verdict. Looks that arrive late or are
corrected are simply part of the series that is replayed, so that what follows them is judged again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from yardwatch.errors import BadInput
from yardwatch.records import Happening, VerdictKind

from .policy import SurgePolicy
from .rules import smallest_alarming
from .series import CountedLook
from .station import Judged, Station
from .words import Facts, sentence

METHOD = "sequential negative binomial, 1"
SECONDS_PER_DAY = 86400.0
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
LOW_WEIGHT = 0.5
Z90 = 1.6449
"""Half width of a normal 90 % interval, in standard deviations."""


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


def judge_series(looks: Sequence[SeriesLook], policy: SurgePolicy | None = None) -> list[Judgement]:
    """Verdicts on every look, in time order whatever order they come in, each on the looks before it alone.

    Raises:
        BadInput: naming the look whose time is naive or whose numbers cannot be.
    """
    ordered = sorted(looks, key=lambda look: (_checked(look).acquired, look.look_id))
    station = Station(policy or SurgePolicy())
    opened: list[int] = []
    verdicts = []
    for position, look in enumerate(ordered):
        judged = station.step(_counted(look))
        if judged.decision is not None and judged.decision.happening == "opened":
            opened.append(position)
        verdicts.append(_judgement(judged, ordered[: position + 1], opened, station.policy))
    return verdicts


def judge(history: Sequence[SeriesLook], look: SeriesLook, policy: SurgePolicy | None = None) -> Judgement:
    """The verdict on ``look``, given the looks before it; looks of ``history`` that are later are left out."""
    earlier = [past for past in history if (past.acquired, past.look_id) < (look.acquired, look.look_id)]
    return judge_series([*earlier, look], policy)[-1]


def _checked(look: SeriesLook) -> SeriesLook:
    if look.acquired.tzinfo is None:
        raise BadInput(f"look {look.look_id}: acquired {look.acquired.isoformat()} has no time zone; give aware UTC")
    if not (math.isfinite(look.value) and look.value >= 0):
        raise BadInput(f"look {look.look_id}: value {look.value} is no count; leave looks without a value out")
    if not (0 < look.visible <= 1 and 0 < look.recall <= 1):
        raise BadInput(
            f"look {look.look_id}: visible {look.visible} and recall {look.recall} must lie in (0, 1]; "
            "leave looks out on which nothing can be seen"
        )
    return look


def _counted(look: SeriesLook) -> CountedLook:
    """The look as the model takes it, its recall as uncertain as its interval says."""
    day = (look.acquired - EPOCH).total_seconds() / SECONDS_PER_DAY
    seen = (look.visible, look.recall, _uncertainty(look), look.false_positives)
    return CountedLook(day, look.value, *seen, look.break_key)


def _uncertainty(look: SeriesLook) -> float:
    """Coefficient of variation of the recall, or what the 90 % interval adds beyond independent misses, if more.

    With n = y / rho standing in view, misses alone spread the estimate by y (1 - rho) / rho^2; the rest of the
    interval's variance is common to all cars.
    """
    if look.low is None or look.high is None or look.value < 1:
        return look.recall_cv
    sd = max(0.0, look.high - look.low) / (2 * Z90)
    standing = look.value / look.recall
    shared = sd**2 - look.value * (1 - look.recall) / look.recall**2 - look.false_positives / look.recall**2
    return max(look.recall_cv, min(math.sqrt(max(shared, 0.0)) / standing, 1.0))


def _judgement(judged: Judged, looks: Sequence[SeriesLook], opened: Sequence[int], policy: SurgePolicy) -> Judgement:
    """Everything an editor may ask of one verdict."""
    look, before = looks[-1], looks[:-1]
    decision, view = judged.decision, judged.view
    as_high = [past for past in before if past.value >= look.value]
    rank = 1 + sum(past.value > look.value for past in before)
    if decision is None or view is None:
        reason = f"short history: {len(before)} earlier looks, 4 are needed"
        facts = Facts(look.value, VerdictKind.UNJUDGED, len(before), reason=reason)
        return Judgement(
            look.look_id, VerdictKind.UNJUDGED, sentence(facts), provisional=True, rank=rank, reason=reason,
            observation_ids=(look.observation_id,),
        )  # fmt: skip
    predictive = view.predictive
    event = decision.event if decision.event is not None and decision.event.announced else None
    ended = decision.closed if decision.closed is not None and decision.closed.announced else None
    shown = event or ended
    found = decision.down if decision.kind is VerdictKind.DROP else decision.up
    low, high = predictive.quantile(0.025), predictive.quantile(0.975)
    expected = predictive.expected
    p_up, p_down = predictive.upper_tail(look.value), predictive.lower_tail(look.value)
    smallest = smallest_alarming(view, judged.event_before, policy)
    facts = Facts(
        look.value, decision.kind, len(before), decision.happening, judged.provisional, expected, low, high,
        p_up, p_down, found.tail, found.looks, rank, as_high[-1].acquired if as_high else None,
        as_high[-1].value if as_high else None, before[0].acquired, smallest, look.visible,
    )  # fmt: skip
    taught = judged.baseline
    quiet = judged.weight < LOW_WEIGHT * judged.full_weight
    return Judgement(
        look_id=look.look_id,
        kind=decision.kind,
        sentence=sentence(facts),
        provisional=judged.provisional,
        happening=decision.happening,
        event_key=looks[shown.opened].look_id if shown else None,
        event_ordinal=1 + list(opened).index(shown.opened) if shown else None,
        also_closed=looks[ended.opened].look_id if event and ended else None,
        expected=expected,
        expected_low=float(low),
        expected_high=float(high),
        p_up=p_up,
        p_down=p_down,
        evidence_up=decision.up.tail,
        evidence_down=decision.down.tail,
        looks_together=found.looks,
        ratio=look.value / expected if expected > 0 else None,
        smallest_alarming=None if smallest is None else float(smallest),
        rank=rank,
        last_higher=(as_high[-1].acquired, as_high[-1].value) if as_high else None,
        last_higher_look=as_high[-1].look_id if as_high else None,
        baseline_looks=len(taught),
        effective_looks=float(judged.weight.sum()),
        down_weighted=tuple(looks[i].look_id for i in np.asarray(taught)[quiet]),
        exposure=(look.visible, look.recall, float(view.rows.recall_cv[-1]), look.false_positives),
        observation_ids=(*(looks[i].observation_id for i in taught), look.observation_id),
    )
