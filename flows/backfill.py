"""The daily path over a past range of one area, skipping what is recorded.

python -m flows.backfill AREA --since 2018-10-01 --until 2023-10-05
"""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

import sys
from datetime import date, datetime

import click
from prefect import flow

from flows import stages
from flows.area import AreaOutcome, watch_area
from flows.artifacts import publish_table
from flows.entry import run
from yardwatch.operations import Days


@flow(name="backfill", flow_run_name="backfill {area} {since} to {until}", persist_result=False)
def backfill(
    area: str,
    since: date,
    until: date,
    tell: bool = True,
) -> AreaOutcome:
    """Read every look of the range that is not recorded, judge the series, and send what is news.

    Args:
        area: Area by name.
        since: First day, in the area's zone.
        until: Last day, included.
        tell: Whether to send what is news when done.
    """
    outcome: AreaOutcome = watch_area(area, Days(since, until))
    publish_table([outcome])
    if tell:
        stages.deliver()
    return outcome


@click.command()
@click.argument("area")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day, in the area's zone.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day, included.")
@click.option("--tell/--no-tell", default=True, show_default=True, help="Send what is news when done.")
def main(area: str, since: datetime, until: datetime, tell: bool) -> None:
    """Backfill AREA."""
    outcome = backfill(area, since.date(), until.date(), tell)
    sys.exit(75 if outcome.due else 0)


if __name__ == "__main__":
    run(main)
