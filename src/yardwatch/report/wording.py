"""How times, numbers and reasons are put into words, the same in chart, picture, table, page and alert."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from yardwatch.records import Measure, Observation, Reason, Verdict, VerdictKind, require_utc
from yardwatch.surges import units

SIMULATED = "SIMULATED"

REASONS = {
    Reason.NO_DATA: "no image data over the area",
    Reason.CLOUD: "cloud",
    Reason.CLOUD_SHADOW: "cloud shadow",
    Reason.HAZE: "haze",
    Reason.SATURATED: "overexposed",
    Reason.SNOW: "snow",
    Reason.HIDDEN_BY_CANOPY: "under a canopy",
    Reason.OUTSIDE_SCENE: "outside the scene",
    Reason.TOO_LITTLE_VISIBLE: "too little visible",
    Reason.TOO_COARSE: "too coarse to count cars",
    Reason.NO_AREA_VERSION: "no geometry for that day",
    Reason.UNREADABLE: "file unreadable",
    Reason.TOO_FEW_CLEAR_LOOKS: "too few clear looks",
    Reason.REVIEWER: "set aside by a reviewer",
}

KINDS = {
    VerdictKind.CALM: "calm",
    VerdictKind.SURGE: "surge",
    VerdictKind.ESCALATION: "escalation",
    VerdictKind.DROP: "drop",
    VerdictKind.NEW_NORMAL: "new normal",
    VerdictKind.RETURN: "return to normal",
    VerdictKind.UNJUDGED: "not judged",
}

UNITS: dict[Measure, tuple[str, str]] = {measure: (unit.one, unit.more) for measure, unit in units.UNITS.items()}
"""Unit of each measure, for one and for more."""

NAMES: dict[Measure, str] = {"count": "count", "occupied_m": "occupied track", "activity": "activity index"}
"""What a value is called."""

AXIS_LABELS: dict[Measure, str] = {
    "count": "freight cars in the visible part",
    "occupied_m": "occupied track, metres",
    "activity": "activity index",
}


def number(value: float | None, measure: Measure = "count") -> str:
    """``value`` as it is printed: cars, metres and points whole, None as a dash."""
    return "–" if value is None else f"{value:,.0f}"


def bound(value: float | None, measure: Measure = "count") -> str:
    """A bound of an interval: below 10 with one decimal, so that 0.3 does not become 0."""
    if value is None:
        return "–"
    return f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:,.0f}"


def quantity(value: float, measure: Measure) -> str:
    """``73 freight cars``."""
    one, more = UNITS[measure]
    shown = number(value, measure)
    return f"{shown} {one if shown == '1' else more}"


def interval(low: float | None, high: float | None, measure: Measure = "count") -> str:
    """``68–79``, or a dash where the release was never measured."""
    return "–" if low is None or high is None else f"{bound(low, measure)}–{bound(high, measure)}"


def pixel_size(metres: float, digits: int = 2) -> str:
    """``0.31 m``, ``10 m``, ``100 m``: so many digits, and never a power of ten."""
    short = f"{metres:.{digits}g}"
    return f"{metres:.0f} m" if "e" in short else f"{short} m"


def percent(share: float) -> str:
    """A share of 0-1 in per cent, where only a whole is "100 %" and only nothing is "0 %"."""
    shown = round(100 * share)
    if shown == 100 and share < 1:
        shown = 99
    if shown == 0 and share > 0:
        return "<1 %"
    return f"{shown} %"


def local_time(begin: datetime, end: datetime, zone: ZoneInfo) -> str:
    """``2023-10-05 11:12 KST``; a span where the acquisition lasted longer than a minute.

    Args:
        begin, end: aware.
    """
    first, last = require_utc(begin).astimezone(zone), require_utc(end).astimezone(zone)
    if last - first <= timedelta(minutes=1):
        return f"{first:%Y-%m-%d %H:%M %Z}"
    if first.date() == last.date():
        return f"{first:%Y-%m-%d %H:%M}–{last:%H:%M %Z}"
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d %Z}"


def utc_time(moment: datetime) -> str:
    """``2023-10-05 02:12 UTC``."""
    return f"{require_utc(moment):%Y-%m-%d %H:%M} UTC"


def why_no_value(observation: Observation) -> str:
    """Why a look has no value, in words."""
    return "no value" if observation.reason is None else REASONS[observation.reason]


def without_value(observation: Observation) -> str:
    """What a look without a value was not given: nobody counts anything in an index."""
    return "no index" if observation.measure == "activity" else "not counted"


def outcome(observation: Observation, verdict: Verdict | None) -> str:
    """The verdict of a look in a word or two, or why there is none."""
    if observation.value is None:
        return f"{without_value(observation)}: {why_no_value(observation)}"
    if verdict is None or verdict.kind is VerdictKind.UNJUDGED:
        why = "" if verdict is None or not verdict.reason else f": {verdict.reason}"
        return f"not judged{why}"
    return f"{KINDS[verdict.kind]}{' (provisional)' if verdict.provisional else ''}"
