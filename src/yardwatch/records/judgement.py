"""What was made of it: verdicts, events, messages, and what people published or said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from yardwatch.records.looks import Measure


class VerdictKind(StrEnum):
    CALM = "calm"
    SURGE = "surge"
    ESCALATION = "escalation"
    DROP = "drop"
    NEW_NORMAL = "new_normal"
    RETURN = "return_to_normal"
    UNJUDGED = "unjudged"


@dataclass(frozen=True)
class Verdict:
    """The surge judgement on one look; superseded, never updated.

    Attributes:
        expected, expected_low, expected_high: mean and 95 % predictive interval, in counted cars of this look.
        p_up, p_down: tail probabilities of the look given the looks before it.
        ratio: value over expected.
        smallest_alarming: the smallest count that would have alarmed on this look.
        last_higher: day and value of the last earlier look as high or higher, or None.
        rank: 1 when no earlier look of the series was as high.
        sentence: the same in words that an editor can check.
        observation_ids: what it stands on, the judged one last.
        event_key: look_id of the look that opened the event this look belongs to, or None.
    """

    look_id: str
    area: str
    measure: Measure
    kind: VerdictKind
    sentence: str
    method: str
    provisional: bool = False
    expected: float | None = None
    expected_low: float | None = None
    expected_high: float | None = None
    p_up: float | None = None
    p_down: float | None = None
    ratio: float | None = None
    smallest_alarming: float | None = None
    rank: int | None = None
    last_higher: tuple[datetime, float] | None = None
    baseline_looks: int = 0
    effective_looks: float = 0.0
    down_weighted: tuple[str, ...] = ()
    reason: str | None = None
    observation_ids: tuple[str, ...] = ()
    event_key: str | None = None
    verdict_id: str = ""
    recorded_at: datetime | None = None


Happening = Literal["opened", "escalated", "amended", "closed"]


@dataclass(frozen=True)
class Event:
    """A surge or drop from the look that opened it to the one that closed it.

    "stale" is news of another kind: no usable look since ``opened_look`` for longer than the area's usual gap, until
    a usable look closes it. Its peak means nothing, and the ledger gives it only to who asks for that kind.
    """

    event_id: str
    area: str
    measure: Measure
    kind: Literal["surge", "drop", "stale"]
    simulated: bool
    opened_look: str
    opened_at: datetime
    peak_look: str
    peak_value: float
    provisional: bool = False
    closed_look: str | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class OutboxEntry:
    """One message to one channel; key (event, happening, what it is about, channel), so none is sent twice.

    Attributes:
        state: "queued", "claimed" (being sent), "sent", or "failed" (will be tried again at ``retry_at``).
        payload: title, body and attachment paths relative to the data root, fixed when queued.
    """

    entry_id: str
    event_id: str
    happening: Happening
    look_id: str
    channel: str
    state: Literal["queued", "claimed", "sent", "failed"]
    payload: Mapping[str, Any]
    queued_at: datetime
    attempts: int = 0
    retry_at: datetime | None = None
    sent_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True)
class PublishedCount:
    """A count published by people, with its exactness and times as vague as the report."""

    source: str
    area: str
    acquired_from: datetime
    acquired_to: datetime
    measure: Measure
    value: float
    exactness: Literal["exact", "about", "at_most"]
    url: str | None = None
    second_hand: bool = False


@dataclass(frozen=True)
class Review:
    """What a person says of a detection or a look."""

    look_id: str
    observation_id: str
    reviewer: str
    said_at: datetime
    verdict: Literal["accepted", "corrected", "unusable"]
    note: str = ""
    confirmed_by: str | None = None
