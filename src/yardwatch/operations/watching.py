"""Watch: find, look at everything that is due, judge. The whole daily path for one area, without an orchestrator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from yardwatch.operations.days import Days
from yardwatch.operations.finding import Found, find
from yardwatch.operations.judging import Judged, judge
from yardwatch.operations.looking import STAYS_DUE, look
from yardwatch.operations.staleness import note_staleness
from yardwatch.records import Observation
from yardwatch.workspace import Workspace


@dataclass(frozen=True)
class AreaRun:
    """What one run did for one area.

    Attributes:
        recorded: observations made in this run, in the order they were read.
        failed: (look id, why) of looks that stay due.
    """

    found: Found
    recorded: tuple[Observation, ...]
    failed: tuple[tuple[str, str], ...]
    judged: Judged


def watch(
    workspace: Workspace,
    area_name: str,
    days: Days,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
    *,
    live: bool = False,
) -> AreaRun:
    """Find, look and judge; ``progress`` is told (done, total, look id) before each look.

    One bad scene never stops the others. With ``live`` (the days reach to today) an area that has shown nothing for
    long is noted as news.

    Raises:
        YardwatchError: when the run as a whole cannot go on.
    """
    found = find(workspace, area_name, days)
    recorded: list[Observation] = []
    failed: list[tuple[str, str]] = []
    for done, look_id in enumerate(found.due):
        progress(done, len(found.due), look_id)
        try:
            recorded.append(look(workspace, look_id))
        except STAYS_DUE as error:
            failed.append((look_id, str(error)))
    progress(len(found.due), len(found.due), "")
    judged = judge(workspace, area_name)
    if live:
        note_staleness(workspace, area_name)
    return AreaRun(found, tuple(recorded), tuple(failed), judged)
