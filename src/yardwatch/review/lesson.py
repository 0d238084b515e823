"""Lessons: which looks would teach most, were a person to review them.

A look teaches where the detector was in doubt: its scores say how many cars it may be wrong about (the variance of a
sum of independent yes-or-no questions), and the interval says what the release's quality leaves open. A look that an
open or fresh alert stands on comes first, since a wrong one is read by people. The tenth review of a station teaches
less than the first.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from yardwatch.records import Observation

ALERT_WORTH = 10.0
"""Cars of doubt that an alert's look is put ahead by."""


@dataclass(frozen=True)
class Lesson:
    """A look worth a review.

    Attributes:
        worth: cars of doubt, weighed; the higher, the sooner.
        why: in words.
    """

    observation: Observation
    worth: float
    why: str


def lessons(
    observations: Sequence[Observation],
    scores: Mapping[str, Sequence[float]],
    alerted: Collection[str],
    reviews: Mapping[str, int],
) -> list[Lesson]:
    """Lessons in descending worth; ties by time, newest first.

    Args:
        observations: current automatic observations that have a chip to look at.
        scores: of the freight detections, 0-1, by look id.
        alerted: ids of looks that an alert stands on.
        reviews: reviewed looks by area.
    """
    found = [
        _lesson(one, scores.get(one.look_id, ()), one.look_id in alerted, reviews.get(one.area, 0))
        for one in observations
    ]
    return sorted(found, key=lambda one: (-one.worth, -one.observation.acquired_from.timestamp()))


def _lesson(one: Observation, scores: Sequence[float], alerted: bool, reviewed: int) -> Lesson:
    doubt = math.sqrt(sum(score * (1 - score) for score in scores))
    width = (one.high - one.low) / 2 if one.low is not None and one.high is not None else 0.0
    worth = (doubt + width) / math.sqrt(1 + reviewed) + (ALERT_WORTH if alerted else 0.0)
    reasons = ["an alert stands on it"] if alerted else []
    unsure = sum(score < 0.6 for score in scores)
    if unsure:
        reasons.append(f"{unsure} of {len(scores)} detections score below 0.6")
    if width:
        reasons.append(f"interval of +-{width:.0f} cars")
    if one.value is None and one.reason is not None:
        reasons.append(f"no count: {one.reason.value}")
    reasons.append("no look of the area is reviewed" if not reviewed else f"{reviewed} of the area are reviewed")
    return Lesson(one, round(worth, 2), "; ".join(reasons))
