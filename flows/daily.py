"""Every area of the watch list: find, look, record, judge, tell.

python -m flows.daily                          once, now
python -m flows.daily --serve --time-zone Asia/Seoul   every day at 06:30, without a server to administer
"""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

import sys

import click
from prefect import flow
from prefect.schedules import Cron

from flows import stages
from flows.area import AreaOutcome, watch_area_safely
from flows.artifacts import publish_table
from flows.entry import run
from yardwatch.operations import last_days


@flow(name="daily-watch", persist_result=False)
def daily(
    areas: list[str] | None = None,
    days: int = 14,
) -> list[AreaOutcome]:
    """Watch every area of the watch list and send what is news.

    Args:
        areas: Areas by name; empty for the whole watch list.
        days: How many days back the sources are asked.
    """
    workspace = stages.workspace()
    outcomes = []
    for name in areas or workspace.watched_areas():
        try:
            span = last_days(workspace.area(name), workspace.now(), days)
        except Exception as error:
            outcomes.append(AreaOutcome(name, fault=str(error)))
            continue
        outcomes.append(watch_area_safely(name, span))
    publish_table(outcomes)
    stages.deliver()
    if outcomes and all(outcome.fault for outcome in outcomes):
        raise RuntimeError("no area could be watched: " + "; ".join(f"{o.area}: {o.fault}" for o in outcomes))
    return outcomes


@click.command()
@click.option("--serve", is_flag=True, help="Stay and run every day.")
@click.option("--cron", default="30 6 * * *", show_default=True, help="When, with --serve.")
@click.option("--time-zone", default="Asia/Seoul", show_default=True, help="Zone of --cron.")
@click.option("--days", default=14, show_default=True, help="How many days back the sources are asked.")
@click.argument("areas", nargs=-1)
def main(serve: bool, cron: str, time_zone: str, days: int, areas: tuple[str, ...]) -> None:
    """Watch AREAS, or the whole watch list."""
    if serve:
        daily.serve(
            name="daily",
            schedule=Cron(cron, timezone=time_zone),
            parameters={"areas": list(areas) or None, "days": days},
            limit=1,
        )
        return
    outcomes = daily(list(areas) or None, days)
    sys.exit(75 if any(outcome.fault or outcome.due for outcome in outcomes) else 0)


if __name__ == "__main__":
    run(main)
