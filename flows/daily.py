"""Every area of the watch list: find, look, record, judge, tell.

python -m flows.daily                          once, now
python -m flows.daily --serve --time-zone Asia/Seoul   every day at 06:30, without a server to administer
"""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

import sys
from collections.abc import Sequence
from typing import Annotated, Any, cast

import click
from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.schedules import Cron
from prefect.states import Completed
from pydantic import Field

from flows import artifacts, events, stages
from flows.area import AreaOutcome, watch_areas
from flows.entry import run, workers_options
from flows.runners import RunnerName, Workers
from yardwatch.errors import TryAgain, YardwatchError
from yardwatch.operations import Days, last_days


@flow(name="daily-watch", timeout_seconds=6 * 3600, persist_result=False)
def daily(
    areas: list[str] | None = None,
    days: Annotated[int, Field(ge=0, le=3660)] = 14,
    runner: RunnerName = "threads",
    workers: Annotated[int, Field(ge=1, le=256)] = 2,
    scheduler: str | None = None,
) -> list[AreaOutcome]:
    """Watch every area of the watch list and send what is news.

    Args:
        areas: Areas by name; empty for the whole watch list.
        days: How many days back the sources are asked. Looks that are recorded are not read again.
        runner: Where looks are read: threads of one process, processes of the worker's machine, or a Dask cluster.
        workers: How many looks are read at once.
        scheduler: Address of a running Dask cluster, such as tcp://host:8786; empty makes one for this run.
    """
    workspace = stages.workspace()
    names = list(dict.fromkeys(areas or workspace.listed_areas()))
    spans: dict[str, Days] = {}
    faults: dict[str, AreaOutcome] = {}
    for name in names:
        try:
            spans[name] = last_days(workspace.area(name), workspace.now(), days)
        except Exception as error:
            faults[name] = AreaOutcome(name, fault=str(error), error=error)
    watched = watch_areas(spans, Workers(runner, workers, scheduler), live=True) if spans else []
    by_name = faults | {outcome.area: outcome for outcome in watched}
    outcomes = [by_name[name] for name in names]
    events.emit(news for outcome in outcomes for news in outcome.news)
    artifacts.publish(outcomes)
    stages.deliver()
    return _ended(outcomes)


def _ended(outcomes: list[AreaOutcome]) -> list[AreaOutcome]:
    """The outcomes; with some areas at fault in a state of its own name, "Partial", which automations can react to.

    Raises:
        YardwatchError: when no area could be watched.
    """
    faults = [f"{outcome.area}: {outcome.fault}" for outcome in outcomes if outcome.fault]
    if not faults:
        return outcomes
    said = "; ".join(faults)
    if len(faults) == len(outcomes):
        error = YardwatchError(f"no area could be watched: {said}")
        error.exit_code = exit_code(outcomes)
        raise error
    for fault in faults:
        get_run_logger().error("not watched: %s", fault)
    partial: State[Any] = Completed(
        name="Partial", message=f"{len(faults)} of {len(outcomes)} areas not watched: {said}"
    )
    partial.data = outcomes
    return cast("list[AreaOutcome]", partial)  # prefect hands the data to whoever called


def exit_code(outcomes: Sequence[AreaOutcome]) -> int:
    """As `yardwatch watch` ends: that of the first fault that will not pass by itself, else 75 where one is to be tried
    again, a look or an area."""
    errors = [outcome.error for outcome in outcomes if outcome.fault]
    lasting = [error for error in errors if not isinstance(error, TryAgain)]
    if lasting:
        return lasting[0].exit_code if isinstance(lasting[0], YardwatchError) else YardwatchError.exit_code
    if errors:
        return TryAgain.exit_code
    return TryAgain.exit_code if any(outcome.due for outcome in outcomes) else 0


@click.command()
@click.option("--serve", is_flag=True, help="Stay and run every day.")
@click.option("--cron", default="30 6 * * *", show_default=True, help="When, with --serve.")
@click.option("--time-zone", default="Asia/Seoul", show_default=True, help="Zone of --cron.")
@click.option(
    "--days",
    default=14,
    type=click.IntRange(0, 3660),
    show_default=True,
    help="How many days back the sources are asked.",
)
@workers_options
@click.argument("areas", nargs=-1)
def main(
    serve: bool,
    cron: str,
    time_zone: str,
    days: int,
    areas: tuple[str, ...],
    runner: RunnerName,
    workers: int,
    scheduler: str | None,
) -> None:
    """Watch AREAS, or the whole watch list."""
    if serve:
        daily.serve(
            name="daily",
            schedule=Cron(cron, timezone=time_zone),
            parameters={
                "areas": list(areas) or None,
                "days": days,
                "runner": runner,
                "workers": workers,
                "scheduler": scheduler,
            },
            limit=1,
        )
        return
    outcomes = daily(list(areas) or None, days, runner, workers, scheduler)
    for outcome in outcomes:
        if outcome.fault:
            click.echo(f"yardwatch: {outcome.area}: {outcome.fault}", err=True)
    sys.exit(exit_code(outcomes))


if __name__ == "__main__":
    run(main)
