"""A verdict in words that an editor can check, in the vocabulary of calibrated likelihood.

Terms and ranges are those of ICD 203 (US Office of the Director of National Intelligence, Analytic Standards, 2015):
almost no chance 1-5 %, very unlikely 5-20 %, unlikely 20-45 %, roughly even chance 45-55 %, likely 55-80 %, very
likely 80-95 %, almost certain 95-99 %. Below 1 % the number itself is said. The probability is always that of so high
(or low) a count on an ordinary day, never that of a cause.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from yardwatch.records import Happening, VerdictKind

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
class Facts:
    """What a sentence is made of."""

    count: float
    kind: VerdictKind
    looks_before: int
    happening: Happening | None = None
    provisional: bool = False
    expected: float = 0.0
    expected_low: float = 0.0
    expected_high: float = 0.0
    p_up: float = 1.0
    p_down: float = 1.0
    evidence: float = 1.0
    looks_together: int = 1
    rank: int | None = None
    last_higher_at: datetime | None = None
    last_higher: float | None = None
    since: datetime | None = None
    smallest_alarming: float | None = None
    visible: float = 1.0
    reason: str | None = None


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


def number(value: float) -> str:
    """A count without needless decimals."""
    return f"{value:.0f}" if value >= 10 or value == round(value) else f"{value:.1f}"


def sentence(facts: Facts) -> str:
    """The verdict in a few short sentences."""
    counted = f"{number(facts.count)} freight {'car' if facts.count == 1 else 'cars'} counted"
    if facts.visible < 0.995:
        counted += f" in the {100 * facts.visible:.0f} % that could be seen"
    if facts.kind is VerdictKind.UNJUDGED:
        return f"{counted}; not judged: {facts.reason}."
    interval = f"{number(facts.expected_low)}-{number(facts.expected_high)}"
    parts = [f"{counted}; {number(facts.expected)} expected (95 %: {interval})", _rarity(facts), _standing(facts)]
    parts.append(_verdict(facts))
    if facts.smallest_alarming is not None and facts.kind is not VerdictKind.DROP:
        would = "would have alarmed" if facts.count < facts.smallest_alarming else "alarm"
        parts.append(f"{number(facts.smallest_alarming)} or more {would}")
    if facts.provisional:
        parts.append(f"Provisional: only {facts.looks_before} earlier looks")
    return ". ".join(part for part in parts if part) + "."


def _rarity(facts: Facts) -> str:
    """How often the look, or the last looks together, would come by chance."""
    low = facts.kind is VerdictKind.DROP or (facts.kind is VerdictKind.CALM and facts.count < facts.expected)
    if facts.kind in (VerdictKind.SURGE, VerdictKind.DROP) and facts.looks_together > 1:
        return (
            f"The last {facts.looks_together} looks together would be this {'low' if low else 'high'} by chance "
            f"{chance(facts.evidence)}"
        )
    probability = facts.p_down if low else facts.p_up
    return f"A count this {'low' if low else 'high'} would occur by chance {chance(probability)}"


def _standing(facts: Facts) -> str:
    """Where the look stands among those before it."""
    if facts.rank is None or facts.since is None or facts.count < facts.expected:
        return ""
    if facts.last_higher_at is None:
        return f"Highest of {facts.looks_before + 1} looks since {facts.since:%Y-%m-%d}"
    return f"Last as high on {facts.last_higher_at:%Y-%m-%d} ({number(facts.last_higher or 0)})"


def _verdict(facts: Facts) -> str:
    """What the look means for the event, where there is one."""
    return {
        VerdictKind.SURGE: "Surge",
        VerdictKind.ESCALATION: "The surge grows",
        VerdictKind.DROP: "Drop",
        VerdictKind.NEW_NORMAL: "The level has held for over 90 days and is the new baseline",
        VerdictKind.RETURN: "Back to the usual level"
        if facts.happening == "closed"
        else "Back to the level before the last new normal",
    }.get(facts.kind, "")
