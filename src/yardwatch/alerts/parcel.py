"""One message on its way to one channel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from yardwatch.alerts.message import Message
from yardwatch.errors import Refused


@dataclass(frozen=True)
class Parcel:
    """What a notifier is handed.

    Attributes:
        entry_id: the same in every try, for receivers that drop what they have had.
        channel: its name in the watch list; errors name this and never the address.
        address: holds secrets.
        root: the data root; attachments are relative to it.
    """

    entry_id: str
    channel: str
    address: SecretStr
    message: Message
    root: Path

    @property
    def scheme(self) -> str:
        """The address up to its first colon, lower case."""
        return self.address.get_secret_value().split(":", 1)[0].strip().lower()

    def below_root(self, path: str) -> Path:
        """``path`` as an absolute one, symbolic links followed.

        Raises:
            Refused: when it leaves the data root.
        """
        root = self.root.resolve()
        resolved = (root / path).resolve()
        if not resolved.is_relative_to(root) or resolved == root:
            raise Refused(f"channel {self.channel}: {path} lies outside the data root; give a file path below it")
        return resolved
