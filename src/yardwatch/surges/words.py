"""A verdict in words that an editor can check, in the vocabulary of calibrated likelihood.

Terms and ranges are those of ICD 203 (US Office of the Director of National Intelligence, Analytic Standards, 2015):
almost no chance 1-5 %, very unlikely 5-20 %, unlikely 20-45 %, roughly even chance 45-55 %, likely 55-80 %, very
likely 80-95 %, almost certain 95-99 %. Below 1 % the number itself is said. The probability is always that of so high
(or low) a count on an ordinary day, never that of a cause.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yardwatch.records import VerdictKind

from .judgement import Judgement, SeriesLook
from .units import UNITS, Unit

LIKELIHOODS = (
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "a roughly even chance"),
    (0.80, "likely"),
    (0.95, "very likely"),
    (1.01, "almost certain"),
)


@dataclass(frozen=True)
class Circumstances:
    """What a sentence needs beside the verdict: the looks so far (the judged one last), the event's begin, the unit."""

    looks: Sequence[SeriesLook]
    began: datetime | None
    unit: Unit = UNITS["count"]


def likelihood(probability: float) -> str:
    """The term of ICD 203 for a probability of 1 % or more."""
    return next(term for bound, term in LIKELIHOODS if probability <= bound)


def chance(probability: float) -> str:
    """How often so extreme a count comes by chance: a bound on looks below 1 %, a term and per cent above."""
    if probability < 0.01:
        power = min(math.floor(-math.log10(max(probability, 1e-12))), 6)
        step = next(s for s in (5, 2, 1) if probability <= 1 / (s * 10**power) or s == 1)
        return f"in fewer than 1 in {step * 10**power:,} looks"
    return f"in {100 * probability:.0f} % of looks ({likelihood(probability)})"


def sentence(verdict: Judgement, around: Circumstances) -> str:
    """The verdict in a few short sentences."""
    look, number = around.looks[-1], around.unit.number
    counted = _said(look, around.unit)
    if verdict.kind is VerdictKind.UNJUDGED:
        return f"{counted}; not judged: {verdict.reason}."
    interval = f"{number(verdict.expected_low or 0)}-{number(verdict.expected_high or 0)}"
    parts = (
        f"{counted}; {number(verdict.expected or 0)} expected (95 %: {interval})",
        _rarity(verdict, look.value),
        _standing(verdict, around),
        _meaning(verdict, around),
        _threshold(verdict, around),
        f"Provisional: only {earlier(around.looks[:-1])}" if verdict.provisional else "",
        _lent(around.looks),
    )
    return ". ".join(part for part in parts if part) + "."


def earlier(looks: Sequence[SeriesLook]) -> str:
    """``5 earlier looks``, ``4 earlier looks and 1 bound``: a bound is no look."""
    bounds = sum(look.at_most for look in looks)
    said = f"{len(looks) - bounds} earlier look{'' if len(looks) - bounds == 1 else 's'}"
    return said if not bounds else f"{said} and {bounds} bound{'' if bounds == 1 else 's'}"


def _said(look: SeriesLook, unit: Unit) -> str:
    """What the look itself says."""
    if look.published:
        return f"{'At most ' if look.at_most else ''}{unit.quantity(look.value)} published by {look.published}"
    seen = f" in the {100 * look.visible:.0f} % that could be seen" if look.visible < 0.995 else ""
    return f"{unit.quantity(look.value)} {unit.found}{seen}"


def _lent(looks: Sequence[SeriesLook]) -> str:
    """How many of the looks before are other people's counts."""
    lent = sum(bool(look.published) for look in looks[:-1])
    return "" if not lent or looks[-1].published else f"{lent} of the looks before are counts that people published"


def _rarity(verdict: Judgement, count: float) -> str:
    """How often the look, or the last looks together, would come by chance."""
    opening = verdict.kind in (VerdictKind.SURGE, VerdictKind.DROP)
    low = verdict.kind is VerdictKind.DROP or (not opening and count < (verdict.expected or 0))
    word = "low" if low else "high"
    if opening and verdict.looks_together > 1:
        evidence = verdict.evidence_down if low else verdict.evidence_up
        return (
            f"The last {verdict.looks_together} looks together would be this {word} by chance {chance(evidence or 0)}"
        )
    probability = verdict.p_down if low else verdict.p_up
    return f"A count this {word} would occur by chance {chance(probability or 0)}"


def _standing(verdict: Judgement, around: Circumstances) -> str:
    """Where the look stands among those before it."""
    if around.looks[-1].at_most or around.looks[-1].value < (verdict.expected or 0):
        return ""
    if verdict.last_higher is None:
        seen = [look for look in around.looks if not look.at_most]  # a bound is no look, and has no day of its own
        return f"Highest of {len(seen)} looks since {seen[0].acquired:%Y-%m-%d}"
    return f"Last as high on {verdict.last_higher[0]:%Y-%m-%d} ({around.unit.number(verdict.last_higher[1])})"


def _meaning(verdict: Judgement, around: Circumstances) -> str:
    """What the look means for the event, where there is one."""
    since = f" that began on {around.began:%Y-%m-%d}" if around.began else ""
    ended = verdict.happening == "closed"
    return {
        VerdictKind.SURGE: "Surge",
        VerdictKind.ESCALATION: f"The surge{since} grows",
        VerdictKind.DROP: "Drop",
        VerdictKind.NEW_NORMAL: "The level has held for over 90 days and is the new baseline",
        VerdictKind.RETURN: f"The event{since} is over" if ended else "Back to the level before the last new normal",
        VerdictKind.CALM: f"The event{since} is not over" if since else "",
    }.get(verdict.kind, "")


def _threshold(verdict: Judgement, around: Circumstances) -> str:
    """The smallest count that would have alarmed."""
    if verdict.smallest_alarming is None or verdict.kind is VerdictKind.DROP:
        return ""
    smallest = around.unit.number(verdict.smallest_alarming)
    below = around.looks[-1].value < verdict.smallest_alarming
    return f"{smallest} or more would have alarmed" if below else f"{smallest} or more alarm"
