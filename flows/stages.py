"""The verbs as Prefect tasks. They pass identifiers, never arrays; a look that failed stays due for the next run."""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, TypedDict

import stamina
from prefect import runtime, task
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, TaskRun
from prefect.exceptions import ObjectNotFound
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


LOOK_TAG = "yardwatch-look"
LEDGER_TRIES = 5
WITH_PATIENCE = Patience(
    retries=LEDGER_TRIES - 1,
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


@task(task_run_name="look {look_id}", **WITH_PATIENCE)
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


def limited_look() -> Task[[str], str | None]:
    """`look`, under the tag whose limit holds over all workers where the server has one.

    Only then, since a tag costs two calls to the server a look, which wait for all that it has to write.
    """
    with get_client(sync_client=True) as client, suppress(ObjectNotFound):
        client.read_concurrency_limit_by_tag(LOOK_TAG)
        return look.with_options(tags=[LOOK_TAG])
    return look


def _judging() -> str:
    areas: list[str] = runtime.task_run.parameters["areas"]
    return f"judge {areas[0]}" + (f" and {len(areas) - 1} more" if len(areas) > 1 else "")


@task(task_run_name=_judging, persist_result=False)
def judge(areas: list[str], live: bool) -> dict[str, tuple[Judged, tuple[News, ...]] | Exception]:
    """Replay each area's series and queue what is news; with ``live`` also that it has shown nothing for long.

    Several areas a task: to judge one takes less than Prefect needs to keep a task. What goes wrong with an area is its
    own result. A ledger that is away is waited for here and not by a retry, which would find the areas before it
    judged, and have no news of them.
    """
    judged: dict[str, tuple[Judged, tuple[News, ...]] | Exception] = {}
    tries = LEDGER_TRIES
    for area in areas:
        try:
            for attempt in stamina.retry_context(LedgerAway, attempts=tries, timeout=None, wait_initial=3, wait_max=60):
                with attempt:
                    judged[area] = _judged(area, live)
        except Exception as error:
            get_run_logger().error("%s is not judged: %s", area, error)
            judged[area] = error
            tries = 1 if isinstance(error, LedgerAway) else tries  # the next has the same ledger
    return judged


def _judged(area: str, live: bool) -> tuple[Judged, tuple[News, ...]]:
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
