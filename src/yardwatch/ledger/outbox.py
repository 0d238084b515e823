"""The outbox: messages that wait, are being sent, or were sent; each of them once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from yardwatch.errors import BadInput
from yardwatch.ledger.address import Address
from yardwatch.ledger.identity import identify
from yardwatch.ledger.store import Store
from yardwatch.ledger.tables import events, looks, outbox
from yardwatch.records import OutboxEntry

_NAMES = tuple(field.name for field in fields(OutboxEntry))
_KEY = ("event_id", "happening", "look_id", "channel")


class Outbox(Store):
    """The part of the ledger that knows messages."""

    def outbox(self, states: Collection[str] | None = None, *, event_id: str | None = None) -> list[OutboxEntry]:
        """Entries in the order of queueing, of some ``states`` or an event only."""
        query = select(outbox).order_by(outbox.c.sequence)
        if states is not None:
            query = query.where(outbox.c.state.in_(list(states)))
        if event_id is not None:
            query = query.where(outbox.c.event_id == event_id)
        with self.reading() as connection:
            return [OutboxEntry(**{name: getattr(row, name) for name in _NAMES}) for row in connection.execute(query)]

    def claim(self, entry_id: str, now: datetime, lease_s: float = 600) -> bool:
        """Take an entry to send it, for ``lease_s`` seconds; one attempt more.

        True for exactly one of any number of processes that ask at once. False when the entry is sent, when its
        ``retry_at`` has not come, or while somebody else's lease runs; a lease that ran out (its process died) can be
        taken over.

        Raises:
            BadInput: when there is no such entry.
        """
        free = or_(
            outbox.c.state == "queued",
            outbox.c.state == "failed",
            and_(outbox.c.state == "claimed", outbox.c.claimed_until <= now),
        )
        come = or_(outbox.c.retry_at.is_(None), outbox.c.retry_at <= now)
        taken = {
            "state": "claimed",
            "claimed_until": now + timedelta(seconds=lease_s),
            "attempts": outbox.c.attempts + 1,
        }
        return self._change(entry_id, taken, free, come)

    def confirm(self, entry_id: str, now: datetime) -> None:
        """Mark an entry as sent, for good; once sent, it keeps the moment it was first confirmed.

        Raises:
            BadInput: when there is no such entry.
        """
        sent = {"state": "sent", "sent_at": now, "retry_at": None, "claimed_until": None, "error": None}
        self._change(entry_id, sent, outbox.c.state != "sent")

    def postpone(self, entry_id: str, error: str, retry_at: datetime) -> None:
        """Let go of an entry that could not be sent; it can be claimed again at ``retry_at``. A sent one stays sent.

        Raises:
            BadInput: when there is no such entry.
        """
        failed = {"state": "failed", "error": error, "retry_at": retry_at, "claimed_until": None}
        self._change(entry_id, failed, outbox.c.state != "sent")

    def _change(self, entry_id: str, values: dict[str, Any], *where: Any) -> bool:
        here = outbox.c.entry_id == entry_id
        with self.writing() as connection:
            if connection.execute(update(outbox).where(here, *where).values(values)).rowcount:
                return True
            if connection.execute(select(outbox.c.entry_id).where(here)).one_or_none() is None:
                raise BadInput(
                    f"no message {entry_id!r} in the outbox of {self.address}; `yardwatch alerts` lists them"
                )
        return False


def queue(connection: Connection, entries: Sequence[OutboxEntry], address: Address) -> int:
    """Queue the entries whose id was never queued; how many those were. Inside a write transaction.

    An entry without an id gets that of its event, happening, look and channel.

    Raises:
        BadInput: for a message about an event or a look that the ledger does not know.
    """
    added = 0
    for entry in entries:
        entry_id = entry.entry_id or identify("outbox", *(getattr(entry, name) for name in _KEY))
        stored = select(outbox.c.entry_id).where(outbox.c.entry_id == entry_id)
        if connection.execute(stored).one_or_none() is not None:
            continue
        _check_refers(connection, entry, address)
        row = {
            **{name: getattr(entry, name) for name in _NAMES},
            "entry_id": entry_id,
            "payload": dict(entry.payload),
        }
        connection.execute(insert(outbox).values(row))
        added += 1
    return added


def _check_refers(connection: Connection, entry: OutboxEntry, address: Address) -> None:
    for kind, column, value in (("event", events.c.event_id, entry.event_id), ("look", looks.c.look_id, entry.look_id)):
        if connection.execute(select(column).where(column == value)).one_or_none() is None:
            raise BadInput(f"message to {entry.channel}: no {kind} {value!r} in {address}; record it with the message")
