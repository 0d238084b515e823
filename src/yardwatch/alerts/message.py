"""What an alert says: the claim first, then what an editor needs to check it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from yardwatch.errors import BadInput
from yardwatch.records import Area, Event, Happening, Observation, Verdict, VerdictKind
from yardwatch.report.wording import (
    NAMES,
    SIMULATED,
    bound,
    interval,
    local_time,
    percent,
    pixel_size,
    quantity,
    utc_time,
    why_no_value,
)
from yardwatch.watchlist import Severity

LONGEST_BODY = 1900
"""Characters; below the 2,000 that the narrowest chat services take in one piece."""
LONGEST_TITLE = 200
LONGEST_FIELD = 240

_SEVERITIES: dict[VerdictKind, Severity] = {
    VerdictKind.SURGE: "surge",
    VerdictKind.ESCALATION: "escalation",
    VerdictKind.DROP: "drop",
    VerdictKind.NEW_NORMAL: "new_normal",
    VerdictKind.RETURN: "closed",
}

_AMENDED = {
    True: "This withdraws an earlier alert: judged again, the look is no news.",
    False: "This corrects an earlier alert: what the picture was read as, or its judgement, has changed.",
}


@dataclass(frozen=True)
class Message:
    """A message as it will be sent, to whichever channel.

    Attributes:
        title, body: plain text; no markup of any service.
        attachments: paths of pictures, relative to the data root.
        claim: what it says of its look in a word, the value or "withdrawn"; a later amendment is compared with it.
    """

    title: str
    body: str
    attachments: tuple[str, ...] = ()
    claim: str = ""

    def payload(self) -> dict[str, Any]:
        """What the outbox keeps, as JSON values."""
        said = {"title": self.title, "body": self.body, "attachments": list(self.attachments)}
        return said | ({"claim": self.claim} if self.claim else {})


def severity_of(verdict: Verdict, happening: Happening = "opened") -> Severity:
    """How loud the news is, for the choice of channels.

    An amendment or a closure is that, whatever it amends or closes, except that a series that settles at a new level
    is a new normal. A provisional verdict (few looks so far) is "provisional" and not a surge.

    Raises:
        BadInput: for a verdict that is no news.
    """
    if happening == "amended":
        return "amended"
    if verdict.kind is VerdictKind.NEW_NORMAL:
        return "new_normal"
    if happening == "closed":
        return "closed"
    if verdict.kind not in _SEVERITIES:
        raise BadInput(f"look {verdict.look_id} is {verdict.kind.value}: no news, so there is nothing to tell")
    if verdict.provisional:
        return "provisional"
    return "escalation" if happening == "escalated" else _SEVERITIES[verdict.kind]


def compose(
    area: Area,
    event: Event,
    verdict: Verdict,
    observation: Observation,
    happening: Happening,
    *,
    pictures: Sequence[str] = (),
) -> Message:
    """The message about ``happening`` of ``event`` on the look of ``observation``.

    Args:
        pictures: annotated pictures to attach, relative to the data root.
    """
    return Message(
        one_line(_title(area, event, verdict, observation, happening), LONGEST_TITLE),
        _fit(_body(area, event, verdict, observation, happening)),
        tuple(pictures),
        "withdrawn" if observation.value is None or _withdraws(verdict, happening) else f"{observation.value:g}",
    )


def _title(area: Area, event: Event, verdict: Verdict, observation: Observation, happening: Happening) -> str:
    day = local_time(observation.acquired_from, observation.acquired_from, ZoneInfo(area.time_zone))[:10]
    said = {
        "opened": event.kind,
        "escalated": f"{event.kind} goes on" if event.kind == "drop" else "surge grows",
        "amended": f"{event.kind} {'withdrawn' if _withdraws(verdict, happening) else 'corrected'}",
        "closed": "new normal" if verdict.kind is VerdictKind.NEW_NORMAL else f"{event.kind} over",
    }[happening]
    if verdict.provisional or event.provisional:
        said = f"provisional {said}"
    value = "" if observation.value is None else f", {quantity(observation.value, observation.measure)}"
    return f"{_prefix(event, observation)}{area.title}: {said}{value}, {day}"


def _withdraws(verdict: Verdict, happening: Happening) -> bool:
    return happening == "amended" and verdict.kind not in _SEVERITIES


def _prefix(event: Event, observation: Observation) -> str:
    return f"{SIMULATED}: " if event.simulated or observation.simulated else ""


def _body(area: Area, event: Event, verdict: Verdict, seen: Observation, happening: Happening) -> list[str]:
    lines = [f"{_prefix(event, seen)}{verdict.sentence}"]
    if _prefix(event, seen):
        lines.append("No satellite saw this: the imagery was made by a computer.")
    if verdict.provisional or event.provisional:
        lines.append("Provisional: few earlier looks to compare with; more looks may withdraw it.")
    if happening == "amended":
        lines.append(_AMENDED[_withdraws(verdict, happening)])
    lines += ["", *_measured(verdict, seen), "", *_provenance(area, seen)]
    return lines


def _measured(verdict: Verdict, seen: Observation) -> list[str]:
    measure, name = seen.measure, NAMES[seen.measure].capitalize()
    if seen.value is None:
        lines = [f"{name}: none ({why_no_value(seen)})"]
    elif seen.low is None or seen.high is None:
        lines = [f"{name}: {quantity(seen.value, measure)}, no interval: this release was never measured"]
    else:
        lines = [f"{name}: {quantity(seen.value, measure)}, 90 % interval {interval(seen.low, seen.high, measure)}"]
    if verdict.expected_low is not None and verdict.expected_high is not None:
        expected = interval(verdict.expected_low, verdict.expected_high, measure)
        lines.append(f"Expected: {expected} (95 %), from {verdict.baseline_looks} earlier looks")
    if verdict.smallest_alarming is not None:
        lines.append(f"Smallest {NAMES[measure]} that would have alarmed: {bound(verdict.smallest_alarming, measure)}")
    sharpness = pixel_size(seen.gsd_m)
    if seen.effective_gsd_m > 1.1 * seen.gsd_m:
        sharpness += f" claimed, {pixel_size(seen.effective_gsd_m)} measured"
    lines.append(f"Visible: {percent(seen.visible)} of the tracks; pixel {sharpness}; confidence {seen.confidence}")
    return lines


def _provenance(area: Area, seen: Observation) -> list[str]:
    zone = ZoneInfo(area.time_zone)
    names = area.title if area.native_title in {"", area.title} else f"{area.title} ({area.native_title})"
    when = local_time(seen.acquired_from, seen.acquired_to, zone)
    scenes = ", ".join(seen.scene_keys[:3]) + (
        f" and {len(seen.scene_keys) - 3} more" if len(seen.scene_keys) > 3 else ""
    )
    lines = [
        f"Where: {names}, {area.country}",
        f"When: {when} = {utc_time(seen.acquired_from)}",
        f"Image: {seen.platform}; {scenes or seen.look_id}",
        f"Licence: {seen.licence}; {seen.attribution}",
        f"Read by: release {seen.release}, pipeline {seen.pipeline_version}, {seen.provenance}",
    ]
    return lines


def _fit(lines: list[str]) -> str:
    body = "\n".join(one_line(line, LONGEST_FIELD if number else 700) for number, line in enumerate(lines))
    return body if len(body) <= LONGEST_BODY else f"{body[: LONGEST_BODY - 1]}…"


def one_line(text: str, longest: int) -> str:
    """One line of plain text: what a catalog or a licence says can neither break lines nor page a whole chat room."""
    flat = "".join(" " if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} else char for char in text)
    flat = re.sub(r"@(?=(everyone|here|channel|all)\b)|<(?=[!@#])", lambda found: f"{found[0]}\u200b", flat)
    flat = re.sub(r" {2,}", " ", flat).strip()
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"
