"""Tell: what is news becomes a message, waits in the outbox, and is delivered once to each channel that wants it."""

from __future__ import annotations

from yardwatch.alerts.delivery import DeliveryReport, Outcome, deliver, send_test
from yardwatch.alerts.digest import digest_of
from yardwatch.alerts.message import Message, compose, severity_of
from yardwatch.alerts.outbox import OutboxStore, queue_entries
from yardwatch.alerts.stale import compose_stale

__all__ = [
    "DeliveryReport",
    "Message",
    "OutboxStore",
    "Outcome",
    "compose",
    "compose_stale",
    "deliver",
    "digest_of",
    "queue_entries",
    "send_test",
    "severity_of",
]
