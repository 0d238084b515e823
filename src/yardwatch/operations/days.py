"""A span of days of an area's zone, both ends included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from yardwatch.errors import BadInput

if TYPE_CHECKING:
    from yardwatch.records import Area


FIRST_YEAR, LAST_YEAR = 1957, 2157
"""From the first satellite to a century from here: other years are slips of the hand, and have no span in UTC."""


def why_no_day(day: date) -> str | None:
    """What is wrong with a day on which no satellite can have seen anything; None where nothing is."""
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    return f"{day.isoformat()} is no day of satellite imagery; write one from {FIRST_YEAR} on"


@dataclass(frozen=True)
class Days:
    """From the beginning of ``since`` to the end of ``until``."""

    since: date
    until: date

    def __post_init__(self) -> None:
        for option, day in (("--since", self.since), ("--until", self.until)):
            if (why := why_no_day(day)) is not None:
                raise BadInput(f"{option}: {why}")
        if self.until < self.since:
            raise BadInput(f"--until {self.until} lies before --since {self.since}; swap them")

    def span(self, area: Area) -> tuple[datetime, datetime]:
        """The moments, aware UTC, at which the days begin and end; the end is exclusive."""
        zone = ZoneInfo(area.time_zone)
        begin = datetime.combine(self.since, time.min, zone)
        end = datetime.combine(self.until + timedelta(days=1), time.min, zone)
        return begin.astimezone(UTC), end.astimezone(UTC)


def last_days(area: Area, now: datetime, days: int) -> Days:
    """Today in the area's zone and the ``days`` before it."""
    today = now.astimezone(ZoneInfo(area.time_zone)).date()
    return Days(today - timedelta(days=days), today)
