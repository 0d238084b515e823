"""Where a release fails, as the reviews of its looks show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yardwatch.errors import BadInput
from yardwatch.operations.opening import OpenLook, open_look
from yardwatch.records import FREIGHT_PREFIX
from yardwatch.review.boxes import ADDED
from yardwatch.review.gallery import Failure, failure

if TYPE_CHECKING:
    from yardwatch.workspace import Workspace


def failures(workspace: Workspace, area: str | None = None, *, simulated: bool = False) -> list[Failure]:
    """What reviewers rejected, added and retyped, newest look first; the surest inventions of a look first.

    Looks whose pixels were not kept are left out.
    """
    found: list[Failure] = []
    for one in reversed(workspace.ledger.reviewed(area)):
        if one.simulated != simulated or one.value is None:
            continue
        try:
            opened = open_look(workspace, one.look_id)
            found += _failures_of(opened)
        except BadInput:
            continue
    return found


def _failures_of(opened: OpenLook) -> list[Failure]:
    where, chip = opened.current.look_id, opened.chip
    standing = {box.was: box for box in opened.boxes if box.was != ADDED}
    invented = [box for box in opened.detected if box.was not in standing and box.label.startswith(FREIGHT_PREFIX)]
    found = [failure("invented", where, box, chip, box.score) for box in sorted(invented, key=lambda box: -box.score)]
    found += [
        failure("missed", where, box, chip, None)
        for box in opened.boxes
        if box.was == ADDED and box.label.startswith(FREIGHT_PREFIX)
    ]
    found += [
        failure("retyped", where, standing[box.was], chip, box.score)
        for box in opened.detected
        if box.was in standing and standing[box.was].label != box.label
    ]
    return found
