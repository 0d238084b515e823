"""When a file was acquired, from what it says in a sidecar, its tags or its name.

Times without a zone are UTC. A date without a time is its noon UTC, which falls on that date in nearly every zone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from yardwatch.errors import BadInput

TAGS = (
    "ACQUISITIONDATETIME",
    "ACQUISITION_DATETIME",
    "ACQUISITION_DATE",
    "ACQUISITION_TIME",
    "DATETIME_ORIGINAL",
)
"""In this order."""

PROCESSING_TAG = "TIFFTAG_DATETIME"
"""Set by cameras and vendors, but by editors and converters too: asked last, or not at all."""

NOON = 12

_DATE = r"(?P<year>(?:19|20)\d\d)[-_]?(?P<month>0[1-9]|1[0-2])[-_]?(?P<day>0[1-9]|[12]\d|3[01])"
_TIME = r"[T_ -]?(?P<hour>[01]\d|2[0-3])[-_:]?(?P<minute>[0-5]\d)(?:[-_:]?(?P<second>[0-5]\d))?"
IN_NAMES = (re.compile(rf"(?<!\d){_DATE}{_TIME}(?!\d)"), re.compile(rf"(?<!\d){_DATE}(?!\d)"))


@dataclass(frozen=True)
class Acquired:
    """From when to when, aware UTC; equal for a snapshot."""

    begin: datetime
    end: datetime


def parse_time(text: str) -> datetime | None:
    """An ISO 8601 time, or TIFF's ``YYYY:MM:DD HH:MM:SS``, as aware UTC; None for anything else."""
    tiff = re.fullmatch(r"(\d{4}):(\d\d):(\d\d)[ T](.+)", text.strip())
    iso = f"{tiff[1]}-{tiff[2]}-{tiff[3]}T{tiff[4]}" if tiff else text.strip()
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def from_sidecar(said: Mapping[str, Any], label: str) -> Acquired | None:
    """Of ``datetime``, or ``start_datetime`` and ``end_datetime``, as STAC writes them; None where there is none.

    Raises:
        BadInput: for a time that does not parse.
    """
    texts = [said.get("start_datetime") or said.get("datetime"), said.get("end_datetime") or said.get("datetime")]
    if texts[0] is None:
        return None
    times = [parse_time(str(text)) for text in texts if text is not None]
    begin, end = times[0], times[-1]
    if begin is None or end is None or end < begin:
        raise BadInput(
            f"{label}: the times of its sidecar {texts} do not read as ISO 8601, first before last; correct them"
        )
    return Acquired(begin, end)


def from_tags(tags: Mapping[str, str], names: Sequence[str] = TAGS) -> Acquired | None:
    """Of the first tag in ``names`` that holds a time."""
    for tag in names:
        moment = parse_time(tags.get(tag, ""))
        if moment is not None:
            return Acquired(moment, moment)
    return None


def from_name(name: str) -> Acquired | None:
    """Of a date, with or without a time, in a file's name: 20231005T021500Z, 2023-10-05_02-15, 20231005."""
    for pattern in IN_NAMES:
        match = pattern.search(name)
        if match:
            return _from_match(match)
    return None


class TimePattern:
    """A user's regular expression with the groups year, month, day and, where known, hour, minute, second."""

    def __init__(self, pattern: str, source: str) -> None:
        """Raises BadInput where the expression is wrong or lacks a group."""
        try:
            self._pattern = re.compile(pattern)
        except re.error as error:
            raise BadInput(f"source {source}: time_pattern: {error}; correct the regular expression") from None
        missing = {"year", "month", "day"} - set(self._pattern.groupindex)
        if missing:
            raise BadInput(
                f"source {source}: time_pattern: has no group {', '.join(sorted(missing))}; "
                r"write for instance (?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
            )

    def find(self, name: str) -> Acquired | None:
        """The time in ``name``, a path relative to the source's folder."""
        match = self._pattern.search(name)
        return None if match is None else _from_match(match)


def _from_match(match: re.Match[str]) -> Acquired | None:
    parts = {name: int(text) for name, text in match.groupdict().items() if text is not None and text.isdigit()}
    clock = (parts.get("hour", NOON), parts.get("minute", 0), parts.get("second", 0))
    try:
        moment = datetime(parts["year"], parts["month"], parts["day"], *clock, tzinfo=UTC)
    except (KeyError, ValueError):
        return None
    return Acquired(moment, moment)
