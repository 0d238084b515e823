"""Labels out to other tools and back: reviewed looks for training, looks to be reviewed in Label Studio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yardwatch.errors import BadInput
from yardwatch.operations.opening import open_look
from yardwatch.operations.reviewing import review
from yardwatch.operations.teaching import next_lessons
from yardwatch.review.boxes import paired_with
from yardwatch.review.coco import write_coco
from yardwatch.review.correction import Correction
from yardwatch.review.label_studio import read_label_studio, write_label_studio
from yardwatch.review.labels import LabelledLook
from yardwatch.review.yolo import write_yolo

if TYPE_CHECKING:
    from yardwatch.records import Observation
    from yardwatch.workspace import Workspace

FORMATS: dict[str, Callable[[Sequence[LabelledLook], Path, Sequence[str]], Path]] = {
    "yolo": write_yolo,
    "coco": write_coco,
    "label-studio": write_label_studio,
}


@dataclass(frozen=True)
class ImportedLabels:
    """What a file of labels brought.

    Attributes:
        reviewed: observations that stand after it.
        refused: (look id, why) of looks that were left as they are.
    """

    reviewed: tuple[Observation, ...]
    refused: tuple[tuple[str, str], ...]


def export_labels(
    workspace: Workspace,
    folder: Path,
    format: str = "yolo",
    *,
    area: str | None = None,
    simulated: bool = False,
    unreviewed: int = 0,
) -> tuple[Path, int]:
    """Write reviewed looks with a count, as pictures and labels; the path of the list and how many looks.

    Args:
        format: one of :data:`FORMATS`.
        area: default is every area.
        unreviewed: so many looks that would teach most are added as they were detected, to be reviewed elsewhere.

    Raises:
        BadInput: for an unknown format or area, or where there is nothing to write.
        NotConfigured: when the folder cannot be written.
    """
    if format not in FORMATS:
        raise BadInput(f"no label format {format!r}; known: {', '.join(FORMATS)}")
    if unreviewed and format != "label-studio":
        raise BadInput(f"looks nobody reviewed are no labels to train on; export them as label-studio, not {format}")
    if area is not None:
        workspace.area(area)
    chosen = [one for one in workspace.ledger.reviewed(area) if one.simulated == simulated and one.value is not None]
    chosen = [one for one in chosen if one.measure == "count" and one.chip_path is not None]
    areas = None if area is None else [area]
    more = next_lessons(workspace, areas, unreviewed, simulated) if unreviewed else []
    looks = [_labelled(workspace, one) for one in (*chosen, *(lesson.observation for lesson in more))]
    if not looks:
        whose = f" of {area}" if area else ""
        raise BadInput(f"no {'simulated ' if simulated else ''}look{whose} is reviewed yet; `yardwatch review next`")
    classes = list(workspace.release.classes)
    classes += sorted({box.label for look in looks for box in look.boxes} - set(classes))
    return FORMATS[format](looks, folder, classes), len(looks)


def import_labels(workspace: Workspace, path: Path, reviewer: str) -> ImportedLabels:
    """Make reviews of what people annotated in Label Studio. A look that cannot be reviewed leaves the others alone.

    Args:
        path: Label Studio's JSON export of tasks that :func:`export_labels` wrote.
        reviewer: who, where the file does not name the person.

    Raises:
        BadInput: when the file cannot be read.
    """
    reviewed: list[Observation] = []
    refused: list[tuple[str, str]] = []
    for said in read_label_studio(path):
        try:
            opened = open_look(workspace, said.look_id)
            boxes = paired_with(said.boxes, opened.detected)
            correction = Correction(said.observation_id, said.reviewer or reviewer, boxes, note=f"from {path.name}")
            reviewed.append(review(workspace, said.look_id, correction))
        except BadInput as error:
            refused.append((said.look_id, str(error)))
    return ImportedLabels(tuple(reviewed), tuple(refused))


def _labelled(workspace: Workspace, one: Observation) -> LabelledLook:
    opened = open_look(workspace, one.look_id)
    return LabelledLook(opened.current, opened.chip, opened.boxes, opened.reviewed)
