"""What is known of a station from elsewhere and is no count: a border closed, a station rebuilt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class KnownEvent:
    """Something that happened at a station, as people reported it; shown beside the series and never used to judge.

    Attributes:
        since, until: first and last day in the area's zone, both included; equal for one day.
        text: what happened, in a few words.
        source: who says so; ``url`` where it can be read.
    """

    area: str
    since: date
    until: date
    text: str
    source: str
    url: str | None = None
