"""Tell: what is news becomes a message, waits in the outbox, and is delivered once to each channel that wants it."""

from __future__ import annotations

from yardwatch.alerts.channels import check_address
from yardwatch.alerts.delivery import DeliveryReport, Outcome, deliver, send_test
from yardwatch.alerts.digest import digest_of
from yardwatch.alerts.message import Message, compose, severity_of
from yardwatch.alerts.outbox import OutboxStore, queue_entries
from yardwatch.alerts.stale import compose_lapsed, compose_stale, lapse_sentence

__all__ = [
    "DeliveryReport",
    "Message",
    "OutboxStore",
    "Outcome",
    "check_address",
    "compose",
    "compose_lapsed",
    "compose_stale",
    "deliver",
    "digest_of",
    "lapse_sentence",
    "queue_entries",
    "send_test",
    "severity_of",
]
