"""Time in the ledger: aware, UTC, or refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect
from sqlalchemy.types import TypeDecorator

from yardwatch.records import require_utc

Clock = Callable[[], datetime]
"""Tells the moment that goes into ``recorded_at``; tests stop it."""


def now_utc() -> datetime:
    """The present moment, aware UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. A naive time is refused on its way in, and what comes out is aware UTC on every database.

    SQLite keeps no zone: there the column holds UTC as text of fixed width, which also sorts by time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises ValueError for a naive time."""
        return None if value is None else require_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Adds the zone that SQLite dropped."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
