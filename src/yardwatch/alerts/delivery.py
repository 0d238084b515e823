"""Delivery: one try for each entry that is due; what fails stays queued and is tried again later."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol
from uuid import uuid4

from pydantic import SecretStr

from yardwatch.alerts.channels import notifier_for
from yardwatch.alerts.message import Message
from yardwatch.alerts.outbox import OutboxStore, next_try
from yardwatch.alerts.parcel import Parcel
from yardwatch.alerts.scrub import scrubbed
from yardwatch.errors import NotConfigured, YardwatchError
from yardwatch.records import OutboxEntry

log = logging.getLogger(__name__)

LEASE_S = 300.0
"""A claim holds this long: longer than the slowest service takes, short enough that a crash delays an alert little."""


class Channel(Protocol):
    """A recipient that finds its address when asked, such as a channel of the watch list."""

    def address(self, name: str, /) -> SecretStr:
        """The address; NotConfigured, naming the setting, when there is none."""


@dataclass(frozen=True)
class Outcome:
    """What became of one entry.

    Attributes:
        state: "sent"; "failed", tried in vain and due again at ``retry_at``; "waiting", not due yet or being sent by
            another process.
        detail: why, without secrets; empty when sent.
    """

    entry_id: str
    channel: str
    title: str
    state: Literal["sent", "failed", "waiting"]
    detail: str = ""
    retry_at: datetime | None = None


@dataclass(frozen=True)
class DeliveryReport:
    """What one run of :func:`deliver` did, entry by entry."""

    outcomes: tuple[Outcome, ...]

    @property
    def sent(self) -> tuple[Outcome, ...]:
        """Delivered in this run."""
        return tuple(o for o in self.outcomes if o.state == "sent")

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Tried in this run, in vain; still queued."""
        return tuple(o for o in self.outcomes if o.state == "failed")

    @property
    def waiting(self) -> tuple[Outcome, ...]:
        """Not tried in this run."""
        return tuple(o for o in self.outcomes if o.state == "waiting")


def deliver(
    outbox: OutboxStore,
    channels: Mapping[str, SecretStr | Channel],
    root: Path,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> DeliveryReport:
    """Try each due entry of ``outbox`` once, oldest first. Nothing that one channel does stops the others.

    An entry is claimed before it is sent and confirmed after, so that two runs at once send it once; see
    ``docs/alerts.md`` for what a crash between the two does.

    Args:
        channels: by name; an address, or something that finds it, such as a ``ChannelEntry`` of the watch list.
        root: the data root, which attachments are relative to.
    """
    entries = outbox.outbox(states=("queued", "failed", "claimed"))
    return DeliveryReport(tuple(_handle(outbox, entry, channels, root, now) for entry in entries))


def _handle(
    outbox: OutboxStore,
    entry: OutboxEntry,
    channels: Mapping[str, SecretStr | Channel],
    root: Path,
    now: Callable[[], datetime],
) -> Outcome:
    title = str(entry.payload.get("title", ""))
    begun = now()
    if entry.state != "claimed" and entry.retry_at is not None and begun < entry.retry_at:
        return Outcome(entry.entry_id, entry.channel, title, "waiting", entry.error or "not due yet", entry.retry_at)
    if not outbox.claim(entry.entry_id, begun, LEASE_S):
        return Outcome(entry.entry_id, entry.channel, title, "waiting", "another run is sending it")
    try:
        _send(_parcel(entry, channels, root))
    except YardwatchError as error:
        retry_at = next_try(entry, now())
        outbox.postpone(entry.entry_id, str(error), retry_at)
        log.warning("alert %s stays queued: %s", entry.entry_id, error)
        return Outcome(entry.entry_id, entry.channel, title, "failed", str(error), retry_at)
    outbox.confirm(entry.entry_id, now())
    return Outcome(entry.entry_id, entry.channel, title, "sent")


def _parcel(entry: OutboxEntry, channels: Mapping[str, SecretStr | Channel], root: Path) -> Parcel:
    payload = entry.payload
    message = Message(str(payload["title"]), str(payload["body"]), tuple(payload.get("attachments", ())))
    return Parcel(entry.entry_id, entry.channel, _address(entry.channel, channels), message, root)


def _address(name: str, channels: Mapping[str, SecretStr | Channel]) -> SecretStr:
    if name not in channels:
        known = ", ".join(channels) or "none"
        raise NotConfigured(f"channel {name}: not in yardwatch.toml (known: {known}); add [channels.{name}] to send it")
    found = channels[name]
    return found if isinstance(found, SecretStr) else found.address(name)


def _send(parcel: Parcel) -> None:
    """Send, and turn whatever a notifier throws into an error without secrets."""
    try:
        notifier_for(parcel)(parcel)
    except YardwatchError:
        raise
    except Exception as error:
        detail = scrubbed(f"{type(error).__name__}: {error}", parcel.address)
        raise YardwatchError(f"channel {parcel.channel} ({parcel.scheme}): not delivered: {detail}") from None


def send_test(name: str, channel: SecretStr | Channel, root: Path) -> None:
    """Send a message that says it is a test, past the outbox.

    Raises:
        YardwatchError: when it was not delivered, with the reason and without secrets.
    """
    message = Message(
        "yardwatch: test message",
        f"This is a test of channel {name}. No railcars were counted; alerts about them will arrive like this.",
    )
    _send(Parcel(f"test-{uuid4().hex[:8]}", name, _address(name, {name: channel}), message, root))
