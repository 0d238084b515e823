"""Observations as rows, and which of a look's observations is the current one."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Subquery, case, func, select

from yardwatch.ledger.identity import plain
from yardwatch.ledger.revisions import REVIEWED
from yardwatch.ledger.tables import observations
from yardwatch.records import Observation, Reason, require_utc

_NAMES = tuple(field.name for field in fields(Observation))


def observation_to_row(observation: Observation) -> dict[str, Any]:
    """A row of ``observations``, without its sequence number."""
    return {
        **{name: plain(getattr(observation, name)) for name in _NAMES},
        "acquired_from": require_utc(observation.acquired_from),
        "acquired_to": require_utc(observation.acquired_to),
        "by_class": {name: int(count) for name, count in observation.by_class.items()},
        "scene_keys": list(observation.scene_keys),
        "stage_seconds": {stage: float(seconds) for stage, seconds in observation.stage_seconds.items()},
    }


def observation_from_row(row: Any) -> Observation:
    """The observation of a row."""
    values = {name: getattr(row, name) for name in _NAMES}
    values["scene_keys"] = tuple(values["scene_keys"])
    values["reason"] = None if values["reason"] is None else Reason(values["reason"])
    return Observation(**values)


def ranked_in_look(wanted: list[ColumnElement[bool]], release: BindParameter[str] | None) -> Subquery:
    """Observations with their rank in their look, 1 for the current one.

    The newest reviewed comes first, then the newest of ``release`` (where given), then the newest of any other.
    """
    reviewed = observations.c.provenance.startswith(REVIEWED, autoescape=True)
    tiers: list[tuple[ColumnElement[bool], int]] = [(reviewed, 0)]
    if release is not None:
        tiers.append((observations.c.release == release, 1))
    order = (case(*tiers, else_=2), observations.c.sequence.desc())
    rank = func.row_number().over(partition_by=observations.c.look_id, order_by=order)
    return select(observations, rank.label("rank_in_look")).where(*wanted).subquery()
