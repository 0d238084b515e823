"""The registry of notifiers, by the scheme of a channel's address.

A notifier of one's own is one module with a function of the shape of :class:`Notifier`, and one line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from yardwatch.alerts.apprise_channel import check_service, send_by_apprise
from yardwatch.alerts.file_channel import append_to_file, check_file
from yardwatch.alerts.message import Message
from yardwatch.alerts.parcel import Parcel


class Notifier(Protocol):
    """Sends one parcel, or raises a :class:`~yardwatch.errors.YardwatchError` whose message holds no secret."""

    def __call__(self, parcel: Parcel, /) -> None:
        """Send ``parcel`` once."""


NOTIFIERS: Mapping[str, Notifier] = {
    "file": append_to_file,
}
"""By scheme; every other scheme goes to Apprise, which knows more than a hundred services."""


def notifier_for(parcel: Parcel) -> Notifier:
    """The notifier of the parcel's scheme."""
    return NOTIFIERS.get(parcel.scheme, send_by_apprise)


def check_address(channel: str, address: SecretStr, root: Path) -> None:
    """Nothing, where a message could be sent to ``address``; nothing is sent and nobody is asked.

    Raises:
        YardwatchError: saying why none ever can, without secrets.
    """
    parcel = Parcel("", channel, address, Message("", ""), root)
    if notifier_for(parcel) is append_to_file:
        check_file(parcel)
    elif parcel.scheme not in NOTIFIERS:
        check_service(parcel)
