"""Deliver: send what waits in the outbox to the channels of the watch list; and try a channel before it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yardwatch import alerts
from yardwatch.errors import BadInput, YardwatchError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from yardwatch.alerts import DeliveryReport
    from yardwatch.watchlist import ChannelEntry
    from yardwatch.workspace import Workspace


@dataclass(frozen=True)
class _Known:
    """A channel whose address somebody else has found."""

    found: SecretStr
    digest_hours: float | None

    def address(self, name: str) -> SecretStr:
        return self.found


@dataclass(frozen=True)
class Tried:
    """What became of a test message; ``detail`` holds no secret and is empty when it was delivered."""

    channel: str
    delivered: bool
    detail: str = ""


def deliver(workspace: Workspace, addresses: Mapping[str, SecretStr] | None = None) -> DeliveryReport:
    """Try every message that is due once. One that fails stays queued for the next run.

    Args:
        addresses: by channel, for channels whose environment variable is not set, such as those that Prefect keeps.
    """
    channels: dict[str, Any] = {
        name: _channel(entry, (addresses or {}).get(name)) for name, entry in workspace.watchlist.channels.items()
    }
    return alerts.deliver(workspace.ledger, channels, workspace.settings.root, workspace.now)


def try_channels(workspace: Workspace, names: tuple[str, ...] = ()) -> list[Tried]:
    """Send a message that says it is a test to each of these channels, or to all.

    Raises:
        BadInput: for an unknown channel, listing the known ones.
    """
    channels = workspace.watchlist.channels
    for name in names:
        if name not in channels:
            known = ", ".join(channels) or "none"
            raise BadInput(f"{workspace.settings.watchlist}: there is no channel {name!r}; known: {known}")
    tried = []
    for name in names or tuple(channels):
        try:
            alerts.send_test(name, channels[name], workspace.settings.root)
        except YardwatchError as error:
            tried.append(Tried(name, False, str(error)))
        else:
            tried.append(Tried(name, True))
    return tried


def _channel(entry: ChannelEntry, address: SecretStr | None) -> ChannelEntry | _Known:
    return entry if address is None else _Known(address, entry.digest_hours)
