"""Areas in one run: find, look at all that is due, judge. The part that the daily flow and the backfill share."""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from prefect import flow
from prefect.futures import PrefectFuture
from prefect.logging import get_run_logger

from flows import stages
from flows.runners import Workers
from yardwatch.operations import Days, Found, Judged, News

JUDGED_TOGETHER = 10
"""Areas a task; each is judged when the looks of all of them are read."""


@dataclass(frozen=True)
class AreaOutcome:
    """What a run did for one area: ``due`` are (look id, why) for the next run to try, ``fault`` is what stopped it.

    ``error`` is the same as it was raised, for a run of one area to raise it again.
    """

    area: str
    found: Found | None = None
    due: tuple[tuple[str, str], ...] = ()
    judged: Judged | None = None
    fault: str | None = None
    news: tuple[News, ...] = ()
    error: BaseException | None = field(default=None, compare=False)


def watch_areas(spans: Mapping[str, Days], workers: Workers, *, live: bool) -> list[AreaOutcome]:
    """Watch the areas, each over its days; see :func:`watch`.

    Raises:
        NotConfigured: when the runner is not installed.
    """
    outcomes: list[AreaOutcome] = watch.with_options(task_runner=workers.task_runner())(spans, live)
    return outcomes


@flow(name="watch-areas", validate_parameters=False, persist_result=False)
def watch(spans: Mapping[str, Days], live: bool) -> list[AreaOutcome]:
    """Find the scenes of each area's days, read every look that is due, and judge.

    Tasks and no flow an area: the server is asked for each flow, and a run of thousands of areas would wait for it.
    Whatever goes wrong with one look or area is a sentence in its outcome and never stops the others.

    Args:
        live: the days reach to today, so that an area which shows nothing is news.
    """
    look = stages.limited_look()
    finds = {area: stages.find.submit(area, days) for area, days in spans.items()}
    looks: dict[str, tuple[Found, dict[str, PrefectFuture[str | None]]]] = {}
    outcomes: dict[str, AreaOutcome] = {}
    for area, future in finds.items():
        found = future.result(raise_on_failure=False)
        if isinstance(found, BaseException):
            outcomes[area] = AreaOutcome(area, fault=_said(found), error=found)
            continue
        for fault in found.faults:
            get_run_logger().warning("%s: %s", area, fault)
        looks[area] = found, {look_id: look.submit(look_id) for look_id in found.due}
    judging = []
    for areas in _portions(list(looks)):
        for area in areas:
            found, futures = looks[area]
            due = [(look_id, why) for look_id, future in futures.items() if (why := _why_due(future)) is not None]
            outcomes[area] = AreaOutcome(area, found, tuple(due))
        judging.append((areas, stages.judge.submit(areas, live)))
    for areas, future_judgement in judging:
        judgements: Any = future_judgement.result(raise_on_failure=False)
        for area in areas:
            judgement = judgements if isinstance(judgements, BaseException) else judgements[area]
            outcomes[area] = _with_judgement(outcomes[area], judgement)
    return [outcomes[area] for area in spans]


def _portions(areas: list[str]) -> list[list[str]]:
    return [areas[start : start + JUDGED_TOGETHER] for start in range(0, len(areas), JUDGED_TOGETHER)]


def _with_judgement(outcome: AreaOutcome, judging: Any) -> AreaOutcome:
    if isinstance(judging, BaseException):
        return replace(outcome, fault=_said(judging), error=judging)
    judged, news = judging
    return replace(outcome, judged=judged, news=news)


def _why_due(future: PrefectFuture[str | None]) -> str | None:
    result = future.result(raise_on_failure=False)
    return _said(result) if isinstance(result, BaseException) else result


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
