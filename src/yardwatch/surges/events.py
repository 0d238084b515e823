"""An event from the look that opens it to the one that ends it: one event, one alarm.

Within an event the level is unknown but elevated (or lowered); it may have ended between any two looks, with a hazard
of one in 90 days. With L_i(d) the likelihood ratio of look i at log level d against no change,

    on    = sum_d w(d) prod_i L_i(d)                    x P(not yet ended)
    ended = sum_e sum_d w(d) prod_{i<=e} L_i(d)         x P(ended between e and e+1)

so the event is over when ended / (on + ended) passes 0.95: a single poor look does not close it, and a long gap does
(the forward recursion of a change point, Adams and MacKay 2007, with one change allowed). An event that has lasted
90 days, is still on, and whose halves agree on one level is a new normal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .model import Floats
from .windows import LEVELS, UNCHANGED, Direction, LevelLikelihood, matters

MEAN_EVENT_DAYS = 90.0
OVER = 0.95
"""Probability of having ended at which an event is closed."""
CALM_LOOKS = 2
"""... once so many looks stand after its most likely end."""
STILL_ON = 0.3
"""Largest probability of having ended at which a long event is accepted as a new normal."""
NEW_NORMAL_DAYS, NEW_NORMAL_LOOKS = 90.0, 5
EVENT_BELIEF = 0.05
"""Weight in the baseline of looks within an event."""
ESCALATION_RATIO, ESCALATION_TAIL = 1.5, 0.05
"""An escalation is this many times the peak so far, and this unlikely at the event's own level."""
UNSEEN_DAYS = 90.0
"""An event of which nothing was seen for so long is over: what comes next is judged afresh."""
LONGEST_EVENT_DAYS = 270.0
"""What lasts longer is the new level even if it never settled."""
MOST_EVENT_LOOKS = 60


@dataclass(frozen=True)
class OpenEvent:
    """An event that has not ended.

    Attributes:
        opened: index of the look that opened it.
        first: index of the first look within it; earlier than ``opened`` where several looks were needed to tell.
        peak: largest share-corrected count so far (cars standing there).
        announced: False where the level only went back to what it was before an earlier new normal.
    """

    direction: Direction
    opened: int
    first: int
    peak: float
    announced: bool = True
    provisional: bool = False

    def with_peak(self, cars: float) -> OpenEvent:
        """The event after a look of so many cars."""
        return replace(self, peak=max(self.peak, cars))


@dataclass(frozen=True, eq=False)
class EventPosterior:
    """What the looks of an event say of it.

    Attributes:
        ended: probability that it is over.
        last_within: index, counted from the event's first look, of the last look that most likely belongs to it.
        level: probability of each dispersion and level while it was on, (dispersion, level).
        halves_agree: whether one level explains both halves at least as well as two.
    """

    ended: float
    last_within: int
    level: Floats
    halves_agree: bool


def event_posterior(likelihood: LevelLikelihood, days: Floats, direction: Direction) -> EventPosterior:
    """Weigh whether the event goes on, from its looks (oldest first; the newest is the one being judged)."""
    gain = likelihood.log - likelihood.log[:, :, UNCHANGED : UNCHANGED + 1]
    prior = likelihood.share[:, None] * matters(direction)[None, :]
    summed = np.cumsum(gain, axis=1)
    best = summed.max()
    through = np.einsum("gkd,gd->k", np.exp(summed - best), prior)
    survives = np.exp(-np.diff(days) / MEAN_EVENT_DAYS)
    alive = np.r_[1.0, np.cumprod(survives)]
    over = through[:-1] * alive[:-1] * (1 - survives)
    on = through[-1] * alive[-1]
    total = on + over.sum()
    level = prior * np.exp(summed[:, -1, :] - summed[:, -1, :].max())
    last = len(days) - 1 if on >= over.max(initial=0.0) else int(np.argmax(over))
    return EventPosterior(float(over.sum() / total), last, level / level.sum(), _halves_agree(gain, prior))


def _halves_agree(gain: Floats, prior: Floats) -> bool:
    """Bayes factor of one level for both halves against a level for each."""
    middle = gain.shape[1] // 2
    halves = (gain[:, :middle].sum(1), gain[:, middle:].sum(1))

    def evidence(log: Floats) -> float:
        return float(log.max() + np.log((np.exp(log - log.max()) * prior).sum()))

    return evidence(halves[0] + halves[1]) >= evidence(halves[0]) + evidence(halves[1])


def tail_within(level: Floats, baseline: tuple[Floats, Floats], false_positives: float, count: float) -> float:
    """P(Y >= count) at the event's own level.

    Args:
        level: (dispersion, level) of ``EventPosterior``.
        baseline: expected true detections and negative-binomial size of the look, by dispersion.
    """
    from scipy.special import betainc

    if count <= 0:
        return 1.0
    signal, size = baseline
    mean = signal[:, None] * np.exp(LEVELS)[None, :] + false_positives
    return float((level * betainc(count, size[:, None], mean / (mean + size[:, None]))).sum())
