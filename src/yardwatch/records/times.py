"""Moments: aware and UTC, always."""

from __future__ import annotations

from datetime import UTC, datetime


def require_utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: for a naive time, which names no moment.
    """
    if moment.tzinfo is None:
        raise ValueError(
            f"{moment.isoformat()} has no time zone; give an aware time such as {moment.isoformat()}+00:00"
        )
    return moment.astimezone(UTC)
