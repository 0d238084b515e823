"""The daily path over a past range of one area, skipping what is recorded.

python -m flows.backfill AREA --since 2018-10-01 --until 2023-10-05 --runner processes --workers 4
"""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

import sys
from datetime import date, datetime
from typing import Annotated

import click
from prefect import flow
from pydantic import Field

from flows import artifacts, events, stages
from flows.area import AreaOutcome, watch_areas
from flows.entry import run, workers_options
from flows.runners import RunnerName, Workers
from yardwatch.operations import Days


@flow(name="backfill", flow_run_name="backfill {area} {since} to {until}", persist_result=False)
def backfill(
    area: str,
    since: date,
    until: date,
    tell: bool = True,
    runner: RunnerName = "threads",
    workers: Annotated[int, Field(ge=1, le=256)] = 2,
    scheduler: str | None = None,
) -> AreaOutcome:
    """Read every look of the range that is not recorded, judge the series, and send what is news.

    Args:
        area: Area by name.
        since: First day, in the area's zone.
        until: Last day, included.
        tell: Whether to send what is news when done.
        runner: Where looks are read: threads of one process, processes of the worker's machine, or a Dask cluster.
        workers: How many looks are read at once.
        scheduler: Address of a running Dask cluster, such as tcp://host:8786; empty makes one for this run.
    """
    stages.workspace().area(area)  # an unknown area is told before anything is started
    [outcome] = watch_areas({area: Days(since, until)}, Workers(runner, workers, scheduler), live=False)
    events.emit(outcome.news)
    artifacts.publish([outcome])
    if outcome.error is not None:
        raise outcome.error
    if tell:
        stages.deliver()
    return outcome


@click.command()
@click.argument("area")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day, in the area's zone.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day, included.")
@click.option("--tell/--no-tell", default=True, show_default=True, help="Send what is news when done.")
@workers_options
def main(
    area: str, since: datetime, until: datetime, tell: bool, runner: RunnerName, workers: int, scheduler: str | None
) -> None:
    """Backfill AREA."""
    outcome = backfill(area, since.date(), until.date(), tell, runner, workers, scheduler)
    sys.exit(75 if outcome.due else 0)


if __name__ == "__main__":
    run(main)
