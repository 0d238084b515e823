"""Delivery: one try for each entry that is due; what fails stays queued and is tried again later."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol
from uuid import uuid4

from pydantic import SecretStr

from yardwatch.alerts.channels import notifier_for
from yardwatch.alerts.digest import digest_id, digest_of
from yardwatch.alerts.message import Message
from yardwatch.alerts.outbox import OutboxStore, next_try
from yardwatch.alerts.parcel import Parcel
from yardwatch.alerts.scrub import scrubbed
from yardwatch.errors import NotConfigured, YardwatchError
from yardwatch.records import OutboxEntry

log = logging.getLogger(__name__)

LEASE_S = 300.0
"""A claim holds this long: longer than the slowest service takes, short enough that a crash delays an alert little."""
MOST_CHANNELS_AT_ONCE = 8


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
        again: it failed for the same reason as the time before.
    """

    entry_id: str
    channel: str
    title: str
    state: Literal["sent", "failed", "waiting"]
    detail: str = ""
    retry_at: datetime | None = None
    again: bool = False


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

    Channels are served side by side, each in the order of queueing. A channel with ``digest_hours`` gets what waits for
    it as one message, once the oldest is that old.

    An entry is claimed before it is sent and confirmed after, so that two runs at once send it once; see
    ``docs/alerts.md`` for what a crash between the two does.

    Args:
        channels: by name; an address, or something that finds it, such as a ``ChannelEntry`` of the watch list.
        root: the data root, which attachments are relative to.
    """
    entries = outbox.outbox(states=("queued", "failed", "claimed"))
    post = _Post(outbox, channels, root, now)
    by_channel: dict[str, list[OutboxEntry]] = {}
    for entry in entries:
        by_channel.setdefault(entry.channel, []).append(entry)
    if len(by_channel) < 2:
        handled = [post.serve(name, waiting) for name, waiting in by_channel.items()]
    else:
        with ThreadPoolExecutor(min(len(by_channel), MOST_CHANNELS_AT_ONCE), "yardwatch-deliver") as threads:
            handled = list(threads.map(post.serve, by_channel, by_channel.values()))
    outcomes = {outcome.entry_id: outcome for served in handled for outcome in served}
    return DeliveryReport(tuple(outcomes[entry.entry_id] for entry in entries))


@dataclass(frozen=True)
class _Post:
    """One run of delivery."""

    outbox: OutboxStore
    channels: Mapping[str, SecretStr | Channel]
    root: Path
    now: Callable[[], datetime]

    def serve(self, name: str, entries: Sequence[OutboxEntry]) -> list[Outcome]:
        """Handle what waits for one channel."""
        digest_hours: float | None = getattr(self.channels.get(name), "digest_hours", None)
        if digest_hours is None:
            return [outcome for entry in entries for outcome in self._handle([entry])]
        ripe = min(entry.queued_at for entry in entries) + timedelta(hours=digest_hours)
        if self.now() < ripe:
            return [_outcome(entry, "waiting", "gathered for a digest", ripe) for entry in entries]
        return self._handle(entries)

    def _handle(self, entries: Sequence[OutboxEntry]) -> list[Outcome]:
        """Claim what is due of ``entries``, send that as one message, and confirm or postpone each."""
        begun, outcomes, claimed = self.now(), list[Outcome](), list[OutboxEntry]()
        for entry in entries:
            if entry.state != "claimed" and entry.retry_at is not None and begun < entry.retry_at:
                outcomes.append(_outcome(entry, "waiting", entry.error or "not due yet", entry.retry_at))
            elif self.outbox.claim(entry.entry_id, begun, LEASE_S):
                claimed.append(entry)
            else:
                outcomes.append(_outcome(entry, "waiting", "another run is sending it"))
        return outcomes + (self._try_to_send(claimed) if claimed else [])

    def _try_to_send(self, entries: Sequence[OutboxEntry]) -> list[Outcome]:
        name, error = entries[0].channel, None
        try:
            address = _address(name, self.channels)
            _send(Parcel(digest_id(entries), name, address, digest_of(entries), self.root))
        except YardwatchError as caught:
            error = caught
        outcomes = []
        for entry in entries:
            if error is None:
                self.outbox.confirm(entry.entry_id, self.now())
                outcomes.append(_outcome(entry, "sent"))
                continue
            retry_at = next_try(entry, self.now())
            self.outbox.postpone(entry.entry_id, str(error), retry_at)
            again = entry.error == str(error)  # said once: a channel that is down for days is no news each time
            log.log(logging.DEBUG if again else logging.WARNING, "alert %s stays queued: %s", entry.entry_id, error)
            outcomes.append(replace(_outcome(entry, "failed", str(error), retry_at), again=again))
        return outcomes


def _outcome(
    entry: OutboxEntry,
    state: Literal["sent", "failed", "waiting"],
    detail: str = "",
    retry_at: datetime | None = None,
) -> Outcome:
    return Outcome(entry.entry_id, entry.channel, str(entry.payload.get("title", "")), state, detail, retry_at)


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
