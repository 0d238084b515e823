"""The verbs as Prefect tasks. They pass identifiers, never arrays; a look that failed stays due for the next run."""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

from collections.abc import Callable
from functools import cache
from typing import Any, TypedDict

from prefect import task
from prefect.client.schemas.objects import State, TaskRun
from prefect.logging import get_run_logger
from prefect.tasks import RetryConditionCallable, Task, exponential_backoff

from flows.secrets import addresses_from_blocks
from yardwatch import operations
from yardwatch.errors import TryAgain
from yardwatch.ledger import LedgerAway
from yardwatch.operations import Days, Found, Judged, News
from yardwatch.workspace import Workspace


@cache
def workspace() -> Workspace:
    """One a process: every task of a worker shares its ledger and its loaded model."""
    return Workspace()


async def worth_another_try(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Only a :class:`TryAgain` is."""
    return isinstance(await state.aresult(raise_on_failure=False), TryAgain)


async def ledger_is_away(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """A database that is started again is back in seconds; a run over many looks must not rush past all of them."""
    return isinstance(await state.aresult(raise_on_failure=False), LedgerAway)


class Patience(TypedDict):
    """How a task waits for a ledger that does not answer."""

    retries: int
    retry_delay_seconds: Callable[[int], list[float]]
    retry_jitter_factor: float
    retry_condition_fn: RetryConditionCallable
    persist_result: bool


WITH_PATIENCE = Patience(
    retries=4,
    retry_delay_seconds=exponential_backoff(3),
    retry_jitter_factor=0.5,
    retry_condition_fn=ledger_is_away,
    persist_result=False,
)


@task(
    task_run_name="find {area}",
    retries=2,
    retry_delay_seconds=exponential_backoff(10),
    retry_jitter_factor=0.5,
    retry_condition_fn=worth_another_try,
    persist_result=False,
)
def find(area: str, days: Days) -> Found:
    """Ask the area's sources for scenes."""
    return operations.find(workspace(), area, days)


@task(task_run_name="look {look_id}", tags=["yardwatch-look"], **WITH_PATIENCE)  # a tag costs two calls to the server
def look(look_id: str) -> str | None:
    """Read and record one look; returns why it stays due, or None."""
    try:
        operations.look(workspace(), look_id)
    except LedgerAway:
        raise  # not the look's fault, and the next would meet the same
    except operations.STAYS_DUE as error:
        get_run_logger().warning("%s stays due: %s", look_id, error)
        return str(error)
    return None


@task(task_run_name="judge {area}", **WITH_PATIENCE)
def judge(area: str, live: bool) -> tuple[Judged, tuple[News, ...]]:
    """Replay the area's series and queue what is news; with ``live`` also that it has shown nothing for long."""
    judged, news = operations.judge_for_news(workspace(), area)
    return judged, news + (operations.note_staleness(workspace(), area) if live else ())


@task(task_run_name="deliver", **WITH_PATIENCE)
def deliver() -> str:
    """Send what waits in the outbox; returns what happened in one sentence."""
    report = operations.deliver(workspace(), addresses_from_blocks(workspace().watchlist))
    for outcome in report.failed:
        if outcome.again:
            continue
        get_run_logger().warning("%s stays queued for %s: %s", outcome.title, outcome.channel, outcome.detail)
    return f"{len(report.sent)} sent, {len(report.failed)} failed and queued again, {len(report.waiting)} waiting"
