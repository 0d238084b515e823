"""Observations in, verdicts out: a pure function of a series.

``judge_series`` replays a station as if day by day; ``judge`` is its last verdict. Looks that arrive late or are
corrected are simply part of the series that is replayed, so that what follows them is judged again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from yardwatch.errors import BadInput
from yardwatch.records import VerdictKind

from .events import OpenEvent
from .judgement import Judgement, SeriesLook
from .policy import SurgePolicy
from .series import CountedLook
from .station import FEWEST_LOOKS, Judged, Station
from .threshold import smallest_alarming
from .words import Circumstances, sentence

SECONDS_PER_DAY = 86400.0
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
LOW_WEIGHT = 0.5
Z90 = 1.6449
"""Half width of a normal 90 % interval, in standard deviations."""


def judge_series(looks: Sequence[SeriesLook], policy: SurgePolicy | None = None) -> list[Judgement]:
    """Verdicts on every look, in time order whatever order they come in, each on the looks before it alone.

    Raises:
        BadInput: naming the look whose time is naive or whose numbers cannot be.
    """
    replay = _Replay(looks, policy or SurgePolicy())
    return [replay.judgement() for _ in replay.ordered if replay.advance()]


def judge(history: Sequence[SeriesLook], look: SeriesLook, policy: SurgePolicy | None = None) -> Judgement:
    """The verdict on ``look``, given the looks before it; looks of ``history`` that are later are left out."""
    earlier = [past for past in history if (past.acquired, past.look_id) < (look.acquired, look.look_id)]
    replay = _Replay([*earlier, look], policy or SurgePolicy())
    while replay.advance():
        pass
    return replay.judgement()


class _Replay:
    """A station on its way through its looks, and what has been said on the way."""

    def __init__(self, looks: Sequence[SeriesLook], policy: SurgePolicy) -> None:
        self.ordered = sorted(looks, key=lambda look: (_checked(look).acquired, look.look_id))
        self.quantum = policy.unit.quantum
        self.station = Station(policy)
        self.opened: list[int] = []
        self.judged: Judged | None = None

    def advance(self) -> bool:
        """Judge the next look; False where there is none."""
        position = len(self.station.series)
        if position == len(self.ordered):
            return False
        self.judged = self.station.step(_counted(self.ordered[position].divided(self.quantum)))
        if self.judged.decision is not None and self.judged.decision.happening == "opened":
            self.opened.append(position)
        return True

    def judgement(self) -> Judgement:
        """The verdict on the look judged last, in full."""
        if self.judged is None:
            raise BadInput("a series without looks has no verdict; give at least one look")
        looks = self.ordered[: self.judged.index + 1]
        return _judgement(self.judged, looks, self.opened, self.station.policy)


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
    return CountedLook(day, look.value, *seen, look.break_key, look.at_most)


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
    """Everything an editor may ask of one verdict; ``looks`` end with the judged one."""
    look, before = looks[-1], looks[:-1]
    if judged.decision is None or judged.view is None:
        return _unjudged(look, before, policy)
    quantum = policy.unit.quantum
    decision, predictive = judged.decision, judged.view.predictive
    found = decision.down if decision.kind is VerdictKind.DROP else decision.up
    shown = _known(decision.event, opened) or _known(decision.closed, opened)
    ended = _known(decision.closed, opened)
    higher = next((past for past in reversed(before) if past.value >= look.value and not past.at_most), None)
    smallest = smallest_alarming(judged.view, judged.event_before, policy)
    taught, quiet = judged.baseline, judged.weight < LOW_WEIGHT * judged.full_weight
    judgement = Judgement(
        look_id=look.look_id,
        kind=decision.kind,
        sentence="",
        provisional=judged.provisional,
        happening=decision.happening,
        event_key=looks[shown].look_id if shown is not None else None,
        event_ordinal=1 + opened.index(shown) if shown is not None else None,
        also_closed=looks[ended].look_id if ended is not None and ended != shown else None,
        expected=predictive.expected * quantum,
        expected_low=predictive.quantile(0.025) * quantum,
        expected_high=predictive.quantile(0.975) * quantum,
        p_up=1.0 if look.at_most else predictive.upper_tail(look.value / quantum),
        p_down=predictive.lower_tail(look.value / quantum),
        evidence_up=decision.up.tail,
        evidence_down=decision.down.tail,
        looks_together=found.looks,
        ratio=look.value / (predictive.expected * quantum) if predictive.expected > 0 else None,
        smallest_alarming=None if smallest is None else smallest * quantum,
        rank=_rank(look, before),
        last_higher=None if higher is None else (higher.acquired, higher.value),
        last_higher_look=None if higher is None else higher.look_id,
        baseline_looks=len(taught),
        effective_looks=float(judged.weight.sum()),
        down_weighted=tuple(looks[i].look_id for i in taught[quiet]),
        exposure=(look.visible, look.recall, float(judged.view.rows.recall_cv[-1]), look.false_positives),
        observation_ids=(*(looks[i].observation_id for i in taught), look.observation_id),
    )
    began = looks[shown].acquired if shown is not None else None
    return replace(judgement, sentence=sentence(judgement, Circumstances(looks, began, policy.unit)))


def _unjudged(look: SeriesLook, before: Sequence[SeriesLook], policy: SurgePolicy) -> Judgement:
    """The verdict where the history is too short for one."""
    reason = f"short history: {len(before)} earlier looks, {FEWEST_LOOKS} are needed"
    judgement = Judgement(
        look.look_id, VerdictKind.UNJUDGED, "", provisional=True, rank=_rank(look, before), reason=reason,
        observation_ids=(look.observation_id,),
    )  # fmt: skip
    return replace(judgement, sentence=sentence(judgement, Circumstances((look,), None, policy.unit)))


def _rank(look: SeriesLook, before: Sequence[SeriesLook]) -> int:
    """1 when no earlier look was as high."""
    return 1 + sum(past.value >= look.value and not past.at_most for past in before)


def _known(event: OpenEvent | None, opened: Sequence[int]) -> int | None:
    """Index of the look that opened an event, where that was said."""
    return event.opened if event is not None and event.announced and event.opened in opened else None
