"""One area: find, look at all that is due, judge. The part that the daily flow and the backfill share."""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

from collections.abc import Callable
from dataclasses import dataclass

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.logging import get_run_logger
from prefect.task_runners import ThreadPoolTaskRunner

from flows import stages
from yardwatch.operations import Days, Found, Judged

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class AreaOutcome:
    """What a run did for one area: ``due`` are (look id, why) for the next run to try, ``fault`` is what stopped it."""

    area: str
    found: Found | None = None
    due: tuple[tuple[str, str], ...] = ()
    judged: Judged | None = None
    fault: str | None = None


@flow(
    name="watch-area",
    flow_run_name="{area} {days.since} to {days.until}",
    task_runner=ThreadPoolTaskRunner(max_workers=2),  # type: ignore[arg-type]  # Prefect's own generic does not fit it
    validate_parameters=False,
    persist_result=False,
)
def watch_area(area: str, days: Days) -> AreaOutcome:
    """Find the area's scenes of these days, read every look that is due, and judge the series."""
    found = stages.find(area, days)
    for fault in found.faults:
        get_run_logger().warning("%s: %s", area, fault)
    futures = {look_id: stages.look.submit(look_id) for look_id in found.due}
    due = [(look_id, why) for look_id, future in futures.items() if (why := _why_due(future)) is not None]
    return AreaOutcome(area, found, tuple(due), stages.judge(area))


def watch_area_safely(area: str, days: Days) -> AreaOutcome:
    """The same, with whatever went wrong as a sentence: one area never stops the others."""
    state: State[AreaOutcome] = watch_area(area, days, return_state=True)
    outcome = state.result(raise_on_failure=False)
    if isinstance(outcome, AreaOutcome):
        return outcome
    return AreaOutcome(area, fault=f"{type(outcome).__name__}: {outcome}")


def _why_due(future: PrefectFuture[str | None]) -> str | None:
    result = future.result(raise_on_failure=False)
    return f"{type(result).__name__}: {result}" if isinstance(result, BaseException) else result
