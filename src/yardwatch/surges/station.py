"""Judge a station's looks one after the other. What is remembered follows from the looks so far and nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from yardwatch.records import VerdictKind

from .decisions import Decision
from .events import EVENT_BELIEF, OpenEvent
from .model import Floats, fit, log_likelihood, log_likelihood_empty, predict, sizes
from .policy import SurgePolicy
from .rules import SETTLED_LOOKS, View, decide
from .series import CountedLook, Series, Shift
from .windows import SLOW_REACH_DAYS

FEWEST_LOOKS = 4
"""Earlier looks without which nothing is judged."""
SURGE_SHARE, SURGE_RATIOS = 0.03, (2.5, 4.5, 8.0)
"""Share of earlier looks that were themselves surges, and how high: what an outlier in the history is compared with."""
EMPTY_LOOKS, ALL_LOOKS = 0.4, 12.0
"""Empty-yard looks, and all looks, imagined before the first one."""
ANCHOR_LOOKS = 8.0
"""Effective looks that a baseline of older looks alone must stand on."""
CHANGE_HAZARD = 0.03
"""Prior probability of a change of level at any one look, where it decides how much a look may teach."""


@dataclass(frozen=True, eq=False)
class Judged:
    """All that was worked out for one look.

    Attributes:
        decision, view: None where the history was too short to judge.
        event_before: open before this look.
        baseline, weight: indices of the looks that taught, and how much each did.
        full_weight: how much each would have, had it been ordinary beyond doubt.
    """

    index: int
    decision: Decision | None = None
    view: View | None = None
    event_before: OpenEvent | None = None
    baseline: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    weight: Floats = field(default_factory=lambda: np.zeros(0))
    full_weight: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def kind(self) -> VerdictKind:
        """What the look means."""
        return VerdictKind.UNJUDGED if self.decision is None else self.decision.kind

    @property
    def provisional(self) -> bool:
        """Whether the history is short enough that more of it may well change the verdict."""
        return self.index < SETTLED_LOOKS

    @property
    def score(self) -> float:
        """-log10 of the probability of so much evidence of a surge on an unchanged station."""
        return 0.0 if self.decision is None else -math.log10(max(self.decision.up.tail, 1e-300))


class Station:
    """The monitor of one series; feed it looks in time order."""

    def __init__(self, policy: SurgePolicy) -> None:
        self.policy = policy
        self.series = Series()
        self.event: OpenEvent | None = None
        self._first = 0
        self._settled = 0
        self._closed = EMPTY_LOOKS / ALL_LOOKS
        self._ordinary: Floats = np.ones(0)

    def step(self, look: CountedLook) -> Judged:
        """Judge the next look and remember it."""
        self.series.append(look)
        index = len(self.series) - 1
        if index < FEWEST_LOOKS:
            self._ordinary = np.ones(index + 1)
            return Judged(index)
        kept, full = self.series.baseline()
        weight = full * np.array(self.series.belief)[kept] * self._ordinary[kept]
        view = self._view(kept, weight)
        decision = decide(view, self.event, self.policy)
        judged = Judged(index, decision, view, self.event, kept, weight, full)
        self._apply(decision, index)
        self._learn(view, decision)
        return judged

    def _view(self, kept: NDArray[np.intp], weight: Floats) -> View:
        """Fit the baseline and predict the newest look."""
        design, rows = self.series.design(), self.series.rows()
        breaks, priors = len(self.series.break_columns()), self.policy.priors
        posterior = fit(rows.take(kept), design[kept], weight, breaks, priors)
        old = self.series.days()[kept] < self.series.looks[-1].day - SLOW_REACH_DAYS
        enough = weight[old].sum() >= ANCHOR_LOOKS
        anchor = fit(rows.take(kept[old]), design[kept[old]], weight[old], breaks, priors) if enough else posterior
        predictive = predict(posterior, design[-1], rows.take(slice(-1, None)), self._closed)
        shifted = bool(self.series.shifts) and math.isinf(self.series.shifts[-1].end_day)
        return View(
            posterior, anchor, design, rows, self.series.days(), self._closed, predictive,
            self._first, self._settled, 1 / np.array(self.series.crowd), self.series.looks_per_year(), shifted,
        )  # fmt: skip

    def _apply(self, decision: Decision, index: int) -> None:
        """Take the decision over into what is remembered."""
        belief, days = self.series.belief, self.series.days()
        if decision.closed is not None:
            taught = (
                range(decision.closed.first, index + 1)
                if decision.accepted
                else range(decision.last_within + 1, index + 1)
            )
            for i in taught:
                belief[i] = 1.0
            self._first = decision.last_within + 1
            if decision.accepted:
                self._settled = index + 1
                self._rebase(decision.closed, float(days[decision.closed.first]))
        self.event = decision.event
        if self.event is not None:
            for i in range(self.event.first, index + 1):
                belief[i] = EVENT_BELIEF

    def _rebase(self, event: OpenEvent, day: float) -> None:
        """From the event's first day on the level is another, or the one before the last shift again."""
        shifts = self.series.shifts
        if event.announced or not shifts:
            shifts.append(Shift(day))
        else:
            shifts[-1] = replace(shifts[-1], end_day=day)

    def _learn(self, view: View, decision: Decision) -> None:
        """How far each look is explained by the ordinary level, for the next look's baseline.

        A look is ordinary, a surge, or of an empty yard, by Bayes' rule at the fitted level; a look that may stand
        on a level that is just changing is doubted by the posterior probability of that change.
        """
        rows, posterior = view.rows, view.posterior
        level = np.exp(np.clip(view.design @ (posterior.share @ posterior.coefficients), -12.0, 12.0))
        middle = np.exp(posterior.share @ np.log(posterior.dispersion))
        size = sizes(np.array([middle]), rows)[0]
        signal, false = rows.seen * level, rows.false_positives
        ordinary = (1 - SURGE_SHARE - self._closed) * np.exp(log_likelihood(rows, signal + false + 1e-9, size))
        surge = np.mean([np.exp(log_likelihood(rows, k * signal + false + 1e-9, size)) for k in SURGE_RATIOS], axis=0)
        empty = self._closed * np.exp(log_likelihood_empty(rows))
        total = ordinary + SURGE_SHARE * surge + empty + 1e-300
        self._closed = float((EMPTY_LOOKS + (empty / total).sum()) / (ALL_LOOKS + len(total)))
        self._ordinary = ordinary / total * _undoubted(decision, len(total))


def _undoubted(decision: Decision, looks: int) -> Floats:
    """One less the probability that the level changed at or before each look."""
    odds = np.zeros(looks)
    for ratios in (decision.up.ratios, decision.down.ratios):
        odds[looks - len(ratios) :] += CHANGE_HAZARD * np.array(ratios[::-1])
    return np.asarray(1.0 - np.cumsum(odds) / (1.0 + odds.sum()))
