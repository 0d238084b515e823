"""The outbox: what is to be said, to whom, and when it is tried again.

The ledger keeps the entries, written in one transaction with the judgement they tell of; this module makes them and
names what it asks of the ledger.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from yardwatch.alerts.message import Message
from yardwatch.records import Event, Happening, OutboxEntry, require_utc

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)


class OutboxStore(Protocol):
    """What delivery asks of the ledger."""

    def outbox(self, states: Collection[str] | None = ...) -> Sequence[OutboxEntry]:
        """Entries in any of ``states``, oldest first."""

    def claim(self, entry_id: str, now: datetime, lease_s: float) -> bool:
        """Take an entry for ``lease_s`` seconds and count the attempt; False when it is sent, not due, or held by a
        claim that has not run out."""

    def confirm(self, entry_id: str, now: datetime) -> None:
        """Mark an entry as sent, for good."""

    def postpone(self, entry_id: str, error: str, retry_at: datetime) -> None:
        """Mark an entry as failed, to be claimed again at ``retry_at``, and let go of the claim."""


def entry_key(event_id: str, happening: Happening, look_id: str, channel: str, corrects: str = "") -> str:
    """The identity of one message to one channel: first 16 hex digits of a SHA-256, the same whoever computes it.

    Args:
        corrects: id of the amendment that this one follows; empty for everything else, a first amendment too.
    """
    parts = (event_id, happening, look_id, channel, *([corrects] if corrects else []))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def queue_entries(
    event: Event,
    happening: Happening,
    look_id: str,
    message: Message,
    channels: Sequence[str],
    now: datetime,
    *,
    corrects: str = "",
) -> list[OutboxEntry]:
    """One entry a channel, each channel once; nothing is stored or sent.

    Queued again, the same news makes entries of the same ids, so that the ledger keeps the first.

    Args:
        corrects: see :func:`entry_key`.
    """
    return [
        OutboxEntry(
            entry_id=entry_key(event.event_id, happening, look_id, channel, corrects),
            event_id=event.event_id,
            happening=happening,
            look_id=look_id,
            channel=channel,
            state="queued",
            payload=message.payload(),
            queued_at=require_utc(now),
        )
        for channel in dict.fromkeys(channels)
    ]


def next_try(entry: OutboxEntry, now: datetime) -> datetime:
    """When to try again after a failure: a minute, then twice as long each time, at most six hours."""
    doubled: timedelta = FIRST_RETRY * 2 ** min(entry.attempts, 16)
    return require_utc(now) + min(doubled, LONGEST_RETRY)
