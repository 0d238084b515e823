"""Counts that people published: read from a CSV, kept apart from our own, and lent to a series as history.

A published count is as vague as its report: a day or a span of days, exact, about, or a bound from above. It enters a
series in the middle of its span; one that says "at most" is a bound there and no count. Spread over its span it would
invent looks that nobody reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast
from zoneinfo import ZoneInfo

from yardwatch.errors import BadInput
from yardwatch.operations.days import Days
from yardwatch.operations.sheets import Row, read_sheet
from yardwatch.records import Measure, Observation, PublishedCount
from yardwatch.surges import SeriesLook

if TYPE_CHECKING:
    from yardwatch.workspace import Workspace

NEEDED = ("date", "value", "source")
OPTIONAL = ("until", "measure", "exactness", "area", "url", "second_hand", "note")
PUBLISHED = "published"
"""Platform, release and beginning of the provenance of what people counted."""
ABOUT_CV, EXACT_CV = 0.10, 0.03
"""Uncertainty of a count by eye: of "about 73", and of one that is said to be exact (cars hide behind cars)."""


@dataclass(frozen=True)
class Imported:
    """What an import did: counts read from the file, and how many were new or differ from what stood."""

    path: Path
    areas: tuple[str, ...]
    read: int
    added: int


def read_published(workspace: Workspace, path: Path, area_name: str | None = None) -> list[PublishedCount]:
    """The published counts of a CSV file with the columns ``date, value, source`` and, where wanted, ``until``,
    ``measure`` (count), ``exactness`` (exact), ``area``, ``url``, ``second_hand``, ``note`` (for people, not read).

    Args:
        area_name: whose counts they are; without it each row names its area.

    Raises:
        BadInput: naming file, line and column; also where two lines give one count of one source twice, differently,
            and where there is none.
    """
    rows = read_sheet(path, NEEDED, OPTIONAL)
    if not rows:
        raise BadInput(f"{path}: has no count below its header; write one a line")
    stood: dict[tuple[object, ...], tuple[int, PublishedCount]] = {}
    for row in rows:
        count = _count(workspace, row, area_name)
        key = (count.source, count.area, count.acquired_from, count.acquired_to, count.measure)
        line, earlier = stood.setdefault(key, (row.line, count))
        if earlier != count:
            before = f"differs from line {line}, which has the same days and source"
            raise row.fault("value", f"{before}; leave one of them out, or name their sources apart")
    return [count for _, count in stood.values()]


def _count(workspace: Workspace, row: Row, area_name: str | None) -> PublishedCount:
    name = row.cells["area"] or area_name
    if name is None:
        raise row.fault("area", "is empty and no AREA was given; name one of them")
    if area_name is not None and name != area_name:
        raise row.fault("area", f"is {name}, but the counts of {area_name} were asked for; leave AREA or the row out")
    area, days = workspace.area(name), Days(*row.days())
    today = workspace.now().astimezone(ZoneInfo(area.time_zone)).date()
    if days.until > today:
        column = "until" if row.cells["until"] else "date"
        raise row.fault(column, f"{days.until} lies in the future, today is {today}; correct it")
    begin, end = days.span(area)
    exactness = row.one_of("exactness", ("exact", "about", "at_most"), "exact")
    return PublishedCount(
        source=row.text("source"),
        area=name,
        acquired_from=begin,
        acquired_to=end,
        measure=cast("Measure", row.one_of("measure", ("count", "occupied_m", "activity"), "count")),
        value=row.number("value"),
        exactness=cast('Literal["exact", "about", "at_most"]', exactness),
        url=row.cells["url"] or None,
        second_hand=row.yes("second_hand"),
    )


def import_published(workspace: Workspace, path: Path, area_name: str | None = None) -> Imported:
    """Add the counts of a CSV file to the ledger; a count that differs from the one that stood supersedes it.

    Raises:
        BadInput: naming file, line and column; nothing is added then.
    """
    counts = read_published(workspace, path, area_name)
    added = workspace.ledger.add_published(counts)
    return Imported(path, tuple(dict.fromkeys(count.area for count in counts)), len(counts), added)


def published_observation(count: PublishedCount) -> Observation:
    """A published count in the form of an observation, to be shown and replayed; it is never recorded as one."""
    middle = middle_of(count)
    name = look_id_of(count)
    return Observation(
        look_id=name,
        area=count.area,
        area_version="",
        release=PUBLISHED,
        pipeline_version="",
        acquired_from=middle,
        acquired_to=middle,
        platform=PUBLISHED,
        measure=count.measure,
        value=count.value,
        low=None,
        high=None,
        visible=1.0,
        gsd_m=0.5,
        effective_gsd_m=0.5,
        source=count.source,
        licence="",
        attribution=count.source,
        simulated=False,
        recall=1.0,
        recall_cv=EXACT_CV if count.exactness == "exact" else ABOUT_CV,
        false_positives=0.0,
        provenance=f"{PUBLISHED}:{count.exactness}",
        observation_id=name,
    )


def published_look(count: PublishedCount) -> SeriesLook:
    """What the surge monitor knows of a published count."""
    seen = published_observation(count)
    return SeriesLook(
        look_id=seen.look_id,
        observation_id=seen.observation_id,
        acquired=seen.acquired_from,
        value=count.value,
        recall_cv=seen.recall_cv or 0.0,
        break_key=PUBLISHED,
        at_most=count.exactness == "at_most",
        published=f"{count.source}{' (second hand)' if count.second_hand else ''}",
    )


def look_id_of(count: PublishedCount) -> str:
    """What names a published count among the looks of a series."""
    return f"{count.area}/{PUBLISHED}/{count.acquired_from:%Y%m%d}-{count.acquired_to:%Y%m%d}-{count.source}"


def middle_of(count: PublishedCount) -> datetime:
    """When a published count enters a series."""
    return count.acquired_from + (count.acquired_to - count.acquired_from) / 2


def before_first(counts: Iterable[PublishedCount], observations: Sequence[Observation]) -> list[PublishedCount]:
    """The counts that are over before we looked for the first time: history, and no rival to our own counts."""
    first = min((o.acquired_from for o in observations if o.value is not None), default=None)
    return [count for count in counts if first is None or count.acquired_to <= first]
