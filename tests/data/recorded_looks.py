"""Looks as the daily path leaves them in the ledger, without pictures: for tests of what is made of a series."""

from __future__ import annotations

from datetime import datetime

from shapely.geometry import box

from yardwatch.records import Look, Observation, Scene
from yardwatch.workspace import Workspace


def see(workspace: Workspace, moment: datetime, cars: float, *, simulated: bool = True) -> None:
    """A look and what it was read as, as the daily path leaves them in the ledger."""
    name = f"{moment:%Y%m%dT%H%M%S}"
    rights = {"licence": "CC0-1.0", "attribution": "drawn", "simulated": simulated}
    scene = Scene("drawn", name, moment, moment, "drawn-1", 0.5, footprint=box(130, 42, 131, 43), assets=(), **rights)
    look = Look(f"smallton/drawn-1/{name}", "smallton", "drawn-1", name, moment, moment, (scene,))
    workspace.ledger.register([look])
    seen = Observation(
        look_id=look.look_id,
        area="smallton",
        area_version="0123456789ab",
        release="test-1",
        pipeline_version="1",
        acquired_from=moment,
        acquired_to=moment,
        platform="drawn-1",
        measure="count",
        value=float(cars),
        low=max(0.0, cars - 2.0),
        high=cars + 3.0,
        visible=1.0,
        gsd_m=0.5,
        effective_gsd_m=0.5,
        source="drawn",
        recall=0.95,
        recall_cv=0.05,
        false_positives=0.1,
        scene_keys=(scene.key,),
        **rights,
    )
    workspace.ledger.record(seen)
