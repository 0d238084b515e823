"""Evidence: the annotated picture of a look, made from its stored chip and detections when it is first asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from yardwatch.report import PictureCaption, annotated_picture

if TYPE_CHECKING:
    from yardwatch.records import Observation
    from yardwatch.workspace import Workspace


def picture_of(workspace: Workspace, observation: Observation) -> tuple[str, ...]:
    """Path of the picture relative to the data root, in a tuple that is empty when the look has no stored chip."""
    if observation.chip_path is None:
        return ()
    relative = Path("pictures") / picture_name(observation)
    path = workspace.settings.root / relative
    if not path.exists():
        ledger = workspace.ledger
        detections = None if observation.detections_path is None else ledger.read_detections(observation)
        caption = PictureCaption.of(observation, workspace.area(observation.area))
        annotated_picture(ledger.read_chip(observation), detections, caption, path)
    return (relative.as_posix(),)


def picture_name(observation: Observation) -> str:
    """File name of a look's picture; one that is simulated says so."""
    name = observation.observation_id or observation.look_id.replace("/", "_")
    said = "SIMULATED-" if observation.simulated else ""
    return f"{said}{observation.area}-{observation.acquired_from:%Y%m%dT%H%M%SZ}-{name[:12]}.jpg"
