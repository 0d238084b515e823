"""From evidence to a decision: a pure function of one view, so that it can be asked "and if it were 30?" too."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from yardwatch.records import Happening, VerdictKind

from .decisions import Decision, Evidence
from .events import (
    CALM_LOOKS,
    ESCALATION_RATIO,
    ESCALATION_TAIL,
    LONGEST_EVENT_DAYS,
    MOST_EVENT_LOOKS,
    NEW_NORMAL_DAYS,
    NEW_NORMAL_LOOKS,
    OVER,
    STILL_ON,
    UNSEEN_DAYS,
    OpenEvent,
    event_posterior,
    tail_within,
)
from .model import Fit, Floats, Predictive, Rows, predict, sizes
from .policy import SurgePolicy
from .windows import (
    MOST_TOGETHER,
    Direction,
    LevelLikelihood,
    change,
    level_likelihood,
    looks_within,
    within_slow_reach,
)

SETTLED_LOOKS = 8
"""Earlier looks below which a verdict is provisional and has half the budget."""
TESTS_PER_LOOK, MOST_TESTS = 0.2, 2.0
"""A look by itself, and with those near it, is one test and a fifth for each of them, two at most (by simulation of
unchanged series). The two share the look: with one neighbour they are hardly more than one test."""
CREPT_EVIDENCE = 80.0
"""Sum of likelihood ratios at which a level that moved without an alarm is accepted as a new normal."""
BACK_TO_NORMAL_TAIL = 0.1
"""Looks this likely at the level before the last new normal are a return to it and no news."""


@dataclass(frozen=True, eq=False)
class View:
    """The newest look against its baseline.

    Attributes:
        posterior: of the regression on the looks that may teach.
        anchor: the same without the looks among which a slow change is looked for, so that it cannot hide itself.
        design, rows, days: of every look, the newest last.
        closed: probability of an empty yard.
        first: index of the first look after the last event.
        settled: index of the first look after the last new normal.
        voice: how much each look says that its neighbours do not, 0-1.
        looks_per_year: how often the station is looked at.
        shifted: whether an accepted new normal holds now (its column is the last of the design).
        dated: whether it is also asked since when the level has changed; whether a look alarms does not need it.
        earlier: what the looks before the newest say, kept while other counts are tried for the newest.
    """

    posterior: Fit
    anchor: Fit
    design: Floats
    rows: Rows
    days: Floats
    closed: float
    predictive: Predictive
    first: int
    settled: int
    voice: Floats
    looks_per_year: float
    shifted: bool
    dated: bool = True
    earlier: dict[tuple[int, int], LevelLikelihood] = field(default_factory=dict)

    @property
    def index(self) -> int:
        """Of the newest look."""
        return len(self.days) - 1

    @property
    def count(self) -> float:
        """Of the newest look."""
        return float(self.rows.count[-1])

    @property
    def bounded(self) -> bool:
        """Whether the newest look says only how many there were at most."""
        return bool(self.rows.capped[-1])

    @property
    def cars(self) -> float:
        """Cars that the newest look says stand there at least."""
        if self.bounded:
            return 0.0
        return max(0.0, self.count - float(self.rows.false_positives[-1])) / float(self.rows.seen[-1])

    def likelihood(self, index: NDArray[np.intp], against: Fit | None = None) -> LevelLikelihood:
        """P(count | level) of some looks, the newest last, against the baseline or another."""
        if self.dated or against is not None or len(index) == 1:
            return level_likelihood(against or self.posterior, self.design[index], self.rows.take(index), self.closed)
        key = int(index[0]), len(index)
        if key not in self.earlier:
            before = index[:-1]
            self.earlier[key] = level_likelihood(
                self.posterior, self.design[before], self.rows.take(before), self.closed
            )
        return self.earlier[key].followed_by(self.likelihood(index[-1:]))

    def level_sd(self, against: Fit) -> float:
        """Standard deviation of a baseline's log level on the day of the newest look."""
        return math.sqrt(float(against.share @ against.spread(self.design[-1])))

    def before_shift(self) -> View:
        """The same looks against the level before the new normal that holds now."""
        design = self.design.copy()
        design[:, -1] = 0.0
        predictive = predict(self.posterior, design[-1], self.rows.take(slice(-1, None)), self.closed)
        return replace(self, design=design, predictive=predictive, shifted=False, earlier={})

    def if_count_were(self, count: float) -> View:
        """The same look with another count, to be asked for an alarm only."""
        counts = self.rows.count.copy()
        counts[-1] = count
        return replace(self, rows=replace(self.rows, count=counts), dated=False)


def decide(view: View, event: OpenEvent | None, policy: SurgePolicy) -> Decision:
    """Surge, drop, new normal, return, or nothing."""
    first = view.first if event is None else event.opened + 1
    up, down = evidence(view, first)
    unseen = event is not None and view.days[-1] - view.days[-2] > UNSEEN_DAYS
    if event is None or unseen:
        fresh = _fresh(view, Decision(VerdictKind.CALM, up, down), policy)
        return fresh if event is None else _closing(fresh, event, view.index - 1)
    opposite = down if event.direction == "up" else up
    if alarms(view, opposite, policy):
        return _closing(_fresh(view, Decision(VerdictKind.CALM, up, down), policy), event, view.index - 1)
    if not event.announced and view.shifted:
        beyond = evidence(view.before_shift(), event.first)[0 if event.direction == "up" else 1]
        if alarms(view.before_shift(), beyond, policy):
            return _announced(view, event, Decision(VerdictKind.CALM, up, down))
    return _within(view, event, Decision(VerdictKind.CALM, up, down, event=event))


def evidence(view: View, first: int) -> tuple[Evidence, Evidence]:
    """Of a surge and of a drop, from the newest look by itself and with those from ``first`` on that are near."""
    near = within_slow_reach(view.days, view.settled)
    near = near if view.dated else near[-MOST_TOGETHER:]
    likelihood, days, level_sd = view.likelihood(near), view.days[near], view.level_sd(view.posterior)
    anchored = view.likelihood(near, view.anchor) if view.dated else None
    anchor_sd = view.level_sd(view.anchor) if view.dated else 0.0
    up_alone = 1.0 if view.bounded else view.predictive.upper_tail(view.count)
    down_alone = view.predictive.lower_tail(view.count)

    def one(direction: Direction, alone: float) -> Evidence:
        looks = min(looks_within(days, direction), max(view.index - first + 1, 1))
        together = change(likelihood.newest(looks), days[-looks:], direction, level_sd)
        slow = () if anchored is None else change(anchored, days, direction, anchor_sd).ratios
        tests = min(1.0 + TESTS_PER_LOOK * (looks - 1), MOST_TESTS)
        tail = -math.expm1(tests * math.log1p(-min(alone, together.tail, 1 - 1e-15)))  # Sidak 1967
        return Evidence(direction, tail, 1 if alone <= together.tail else together.looks, slow)

    return one("up", up_alone), one("down", down_alone)


def alarms(view: View, found: Evidence, policy: SurgePolicy) -> bool:
    """Whether evidence is rarer than the budget allows and the change large enough to matter."""
    share = policy.surge_share if found.direction == "up" else 1 - policy.surge_share
    allowed = policy.alarm_budget * share / view.looks_per_year
    if view.index < SETTLED_LOOKS:
        allowed /= 2
    if found.tail >= allowed:
        return False
    counted, expected = _compared(view, found.looks)
    if found.direction == "down":
        return counted * policy.min_ratio <= expected and expected - counted >= policy.min_excess
    if view.index < SETTLED_LOOKS and view.cars < policy.min_ratio * _largest_before(view):
        return False
    return counted >= policy.min_ratio * expected and counted - expected >= policy.min_excess


def _compared(view: View, looks: int) -> tuple[float, float]:
    """Mean count and mean expectation of the last looks."""
    rows = view.rows.take(slice(-looks, None))
    level = view.posterior.share @ np.exp(view.posterior.log_level(view.design[-looks:]))
    expected = (1 - view.closed) * rows.seen * level + rows.false_positives
    if looks == 1:
        return view.count, view.predictive.expected
    return float(rows.count.mean()), float(expected.mean())


def _largest_before(view: View) -> float:
    """Most cars that an earlier look says stood there."""
    rows = view.rows.take(slice(0, -1))
    return float((np.maximum(rows.count - rows.false_positives, 0.0) / rows.seen).max())


def _fresh(view: View, calm: Decision, policy: SurgePolicy) -> Decision:
    """The decision where no event is open."""
    for found, kind in ((calm.up, VerdictKind.SURGE), (calm.down, VerdictKind.DROP)):
        if alarms(view, found, policy):
            announced = not _back_to_normal(view, found.direction)
            first = view.index - found.looks_changed + 1
            event = OpenEvent(found.direction, view.index, first, view.cars, announced, view.index < SETTLED_LOOKS)
            if not announced:
                return replace(calm, kind=VerdictKind.RETURN, event=event)
            return replace(calm, kind=kind, happening="opened", event=event)
    return _crept(view, calm)


def _crept(view: View, calm: Decision) -> Decision:
    """A level that has moved for good without any look that was news by itself."""
    lasting = view.days[-1] - view.days[::-1] >= NEW_NORMAL_DAYS
    for found in (calm.up, calm.down):
        ratios = np.array(found.ratios)
        able = lasting[: len(ratios)] & (np.arange(len(ratios)) + 1 >= NEW_NORMAL_LOOKS)
        if (ratios * able).sum() < CREPT_EVIDENCE:
            continue
        first = view.index - int(np.argmax(ratios * able))
        index = np.arange(first, view.index + 1)
        likelihood = view.likelihood(index, view.anchor)
        now = event_posterior(likelihood.voiced(view.voice[index]), view.days[index], found.direction)
        if now.ended < STILL_ON and now.halves_agree:
            back = _back_to_normal(view, found.direction)
            moved = OpenEvent(found.direction, view.index, first, view.cars, announced=not back)
            kind = VerdictKind.RETURN if back else VerdictKind.NEW_NORMAL
            return replace(calm, kind=kind, closed=moved, last_within=view.index, accepted=True)
    return calm


def _back_to_normal(view: View, direction: Direction) -> bool:
    """Whether the looks are ordinary for the level before the new normal that holds now."""
    if not view.shifted:
        return False
    up, down = evidence(view.before_shift(), view.first)
    return (up if direction == "up" else down).tail >= BACK_TO_NORMAL_TAIL


def _announced(view: View, event: OpenEvent, calm: Decision) -> Decision:
    """A return to an earlier level that went beyond it after all."""
    kind = VerdictKind.SURGE if event.direction == "up" else VerdictKind.DROP
    opened = replace(event, opened=view.index, peak=max(event.peak, view.cars), announced=True)
    return replace(calm, kind=kind, happening="opened", event=opened)


def _closing(fresh: Decision, event: OpenEvent, last_within: int) -> Decision:
    """A decision on a look that also ended the event before it."""
    fresh = replace(fresh, closed=event, last_within=last_within)
    if fresh.kind is VerdictKind.CALM and event.announced:
        return replace(fresh, kind=VerdictKind.RETURN, happening="closed")
    return fresh


def _within(view: View, event: OpenEvent, calm: Decision) -> Decision:
    """The decision inside an open event: escalation, end, new normal, or more of the same."""
    index = np.arange(event.first, view.index + 1)[-MOST_EVENT_LOOKS:]
    likelihood = view.likelihood(index)
    likelihood = likelihood.voiced(view.voice[index])
    days = view.days[index]
    if event.direction == "up" and _escalates(view, event, likelihood, days):
        if not event.announced:
            return _announced(view, event, calm)
        higher = event.with_peak(view.cars)
        return replace(calm, kind=VerdictKind.ESCALATION, happening="escalated", event=higher)
    now = event_posterior(likelihood, days, event.direction)
    if now.ended > OVER and len(index) - 1 - now.last_within >= CALM_LOOKS:
        return _closing(replace(calm, event=None), event, int(index[now.last_within]))
    lasted = float(days[-1] - days[0])
    settled = lasted >= NEW_NORMAL_DAYS and len(index) >= NEW_NORMAL_LOOKS and now.ended < STILL_ON
    if (settled and now.halves_agree) or lasted > LONGEST_EVENT_DAYS:
        kind = VerdictKind.NEW_NORMAL if event.announced else VerdictKind.CALM
        closed: Happening | None = "closed" if event.announced else None
        calm = replace(calm, kind=kind, happening=closed, event=None)
        return replace(calm, closed=event, last_within=view.index, accepted=True)
    return replace(calm, event=event.with_peak(view.cars))


def _escalates(view: View, event: OpenEvent, likelihood: LevelLikelihood, days: Floats) -> bool:
    """Whether the look is high even for the event it belongs to."""
    if view.cars < ESCALATION_RATIO * event.peak or view.count <= view.predictive.expected:
        return False
    before = event_posterior(likelihood.without_newest(), days[:-1], "up")
    newest = view.rows.take(slice(-1, None))
    order = np.argsort(-view.posterior.share)[: len(likelihood.share)]
    signal = newest.seen[0] * np.exp(view.posterior.log_level(view.design[-1:])[order, 0])
    size = sizes(view.posterior.dispersion[order], newest)[:, 0]
    tail = tail_within(before.level, (signal, size), float(newest.false_positives[0]), view.count)
    return tail < ESCALATION_TAIL
