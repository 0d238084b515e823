"""The registry of notifiers, by the scheme of a channel's address.

A notifier of one's own is one module with a function of the shape of :class:`Notifier`, and one line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from yardwatch.alerts.apprise_channel import send_by_apprise
from yardwatch.alerts.file_channel import append_to_file
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
