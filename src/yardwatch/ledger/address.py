"""Where a ledger lies: its SQLAlchemy URL, read once, and the name by which messages speak of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from yardwatch.errors import BadInput

SETTING = "YARDWATCH_LEDGER_URL"
_POSTGRES = {"postgres", "postgresql"}


@dataclass(frozen=True)
class Address:
    """A ledger's URL. ``str()`` of it is safe to show: passwords are masked, and a SQLite ledger is its path."""

    url: URL

    @property
    def is_sqlite(self) -> bool:
        """Whether the ledger is a SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server and for a URI of SQLite's own."""
        database = self.url.database
        if not self.is_sqlite or not database or database.startswith("file:"):
            return None
        return Path(database).expanduser().absolute()

    def __str__(self) -> str:
        """For messages."""
        if self.file is not None:
            return str(self.file)
        shown = self.url.set(query={key: _mask(key, value) for key, value in self.url.query.items()})
        return shown.render_as_string(hide_password=True)

    def __repr__(self) -> str:
        """As careful as ``str()``: tracebacks and debuggers print it."""
        return f"Address({self!s})"


def _mask(key: str, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return "***" if "pass" in key.lower() else value


def _is_in_memory(url: URL) -> bool:
    return not url.database or ":memory:" in url.database or url.query.get("mode") == "memory"


def parse_address(address: str) -> Address:
    """Read a SQLAlchemy URL; plain ``postgresql:`` means psycopg 3 with every SQLAlchemy.

    Raises:
        BadInput: when it is none, or of a ledger in memory. The text itself is not repeated: it can hold a password.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise BadInput(
            f"{SETTING} is not a database URL; write sqlite:////path/to/ledger.sqlite or "
            "postgresql+psycopg://user:password@host/database"
        ) from None
    if url.drivername in _POSTGRES:
        url = url.set(drivername="postgresql+psycopg")
    address_ = Address(url)
    if address_.is_sqlite and _is_in_memory(url):
        raise BadInput(
            f"{SETTING} names a ledger in memory, which is lost when the command ends; write "
            "sqlite:////path/to/ledger.sqlite, or unset it"
        )
    if address_.file is not None:
        url = url.set(database=str(address_.file))
    return Address(url)
