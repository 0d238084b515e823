"""Deliver: send what waits in the outbox to the channels of the watch list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yardwatch import alerts

if TYPE_CHECKING:
    from yardwatch.alerts import DeliveryReport
    from yardwatch.workspace import Workspace


def deliver(workspace: Workspace) -> DeliveryReport:
    """Try every message that is due once. One that fails stays queued for the next run."""
    return alerts.deliver(workspace.ledger, workspace.watchlist.channels, workspace.settings.root, workspace.now)
