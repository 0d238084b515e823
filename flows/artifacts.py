"""What a run leaves in Prefect: one table of areas."""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prefect.artifacts import create_table_artifact
from prefect.logging import get_run_logger

from flows import stages

if TYPE_CHECKING:
    from flows.area import AreaOutcome
    from yardwatch.records import Observation


def publish_table(outcomes: Sequence[AreaOutcome]) -> None:
    """One row an area: looks found and read, the newest count with its interval, the verdict, or why not."""
    rows = [_row(outcome) for outcome in outcomes]
    try:
        create_table_artifact(key="areas", table=rows, description="What this run saw.")
    except Exception as error:  # the record stands in the ledger; a table for the eye must not fail the run
        get_run_logger().warning("the table of areas was not published: %s", error)


def _row(outcome: AreaOutcome) -> dict[str, str | int]:
    row: dict[str, str | int] = {"area": outcome.area}
    if outcome.found is not None:
        row |= {"looks": len(outcome.found.looks), "new": len(outcome.found.new), "due again": len(outcome.due)}
    if outcome.fault is not None:
        return row | {"why not": outcome.fault}
    looks = set(outcome.found.looks) if outcome.found else set()
    newest = [o for o in stages.workspace().ledger.observations(area=outcome.area) if o.look_id in looks][-1:]
    return row | (_newest(newest[0]) if newest else {"why not": "no usable image"})


def _newest(observation: Observation) -> dict[str, str]:
    row = {"newest look": observation.acquired_from.isoformat(), "visible": f"{observation.visible:.0%}"}
    if observation.value is None:
        return row | {"why not": str(observation.reason)}
    interval = "never measured" if observation.low is None else f"{observation.low:.0f}-{observation.high:.0f}"
    return row | {"count": f"{observation.value:.0f}", "90 % interval": interval}
