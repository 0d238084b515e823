"""A correction: what a person leaves of a look, and the observation that follows from it.

A person looks at every car of the visible part, so what stands after a review is a count of its own: recall 1 and no
false positives. It is not free of error: people who count the same yard twice differ by a few per cent, more where
the gap between two cars is a pixel or two. That is the small coefficient of variation which the surge model gets, and
the interval is that narrow. What cloud or canopy hides a person does not see either: ``visible`` stays as it was, and
boxes on hidden ground stay uncounted.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from yardwatch.counting.resolution import COUNT_UP_TO_M
from yardwatch.detection.boxes import LENGTH_RANGE_M, WIDTH_RANGE_M
from yardwatch.errors import BadInput
from yardwatch.records import FREIGHT_PREFIX, Grid, Observation, Reason
from yardwatch.review.boxes import ADDED, ReviewedBox

AUTOMATIC = "automatic"
REVIEWED = "review:"
"""How the ``provenance`` of a reviewed observation begins; the name of the person follows."""

COUNT_CV, COARSE_COUNT_CV = 0.02, 0.05
"""Spread of a person's count over its mean, up to 0.6 m and beyond. No study of railcars was found; the values are
those that make the published "about 73" mean 71 to 75, and 67 to 79 where single cars hardly part."""
NORMAL_95 = 1.645
LONGEST_NAME, LONGEST_NOTE = 80, 2000


@dataclass(frozen=True)
class Correction:
    """What a person leaves of a look.

    Attributes:
        observation_id: the observation that was open; it must still be the current one when the correction is saved.
        reviewer: who.
        boxes: every box that stands: kept, moved, retyped and added; a detection that is not among them is rejected.
            None leaves the boxes as they are.
        unusable: the picture does not permit a count, whatever was detected on it.
        note: free text.
        said_at: aware; None is the moment of saving.
    """

    observation_id: str
    reviewer: str
    boxes: tuple[ReviewedBox, ...] | None = None
    unusable: bool = False
    note: str = ""
    said_at: datetime | None = None


def automatic_of(observation: Observation, of_look: Sequence[Observation]) -> Observation:
    """The automatic reading that a reviewed observation corrects; an automatic one is its own.

    Args:
        of_look: every observation of the look, in the order of recording.

    Raises:
        BadInput: when the ledger holds none.
    """
    if not observation.provenance.startswith(REVIEWED):
        return observation
    key = ("look_id", "area_version", "release", "pipeline_version")
    for other in sorted(of_look, key=lambda other: -other.revision):
        same = all(getattr(other, name) == getattr(observation, name) for name in key)
        if same and other.revision < observation.revision and not other.provenance.startswith(REVIEWED):
            return other
    raise BadInput(
        f"look {observation.look_id}: the ledger holds no automatic reading by {observation.release} that the review "
        "corrects; look at it again with that release"
    )


@dataclass(frozen=True)
class Limits:
    """What the boxes of a correction must fit.

    Attributes:
        detections: rows of the automatic table.
        grid: of the chip.
        classes: that a box may have.
    """

    detections: int
    grid: Grid
    classes: tuple[str, ...]


def checked(correction: Correction, limits: Limits | None = None) -> Correction:
    """The correction with its boxes upright and the reviewer's name on one line.

    Args:
        limits: needed where the correction has boxes.

    Raises:
        BadInput: naming the reviewer, the note or the box, and the mend.
    """
    reviewer, note = _one_line(correction.reviewer), correction.note.strip()
    if not reviewer or len(reviewer) > LONGEST_NAME:
        raise BadInput(f"reviewer {correction.reviewer!r}: say who reviews, in 1-{LONGEST_NAME} characters")
    if len(note) > LONGEST_NOTE:
        raise BadInput(f"note of {len(note)} characters: {LONGEST_NOTE} at most; put the rest into a file and name it")
    boxes = correction.boxes
    if boxes is not None and limits is not None:
        boxes = tuple(box.upright() for box in boxes)
        for number, box in enumerate(boxes, start=1):
            _check_box(box, f"box {number} at x {box.x_px:.0f}, y {box.y_px:.0f}", limits)
        for was, times in Counter(box.was for box in boxes if box.was != ADDED).items():
            if times > 1:
                raise BadInput(f"{times} boxes come from detection {was}; add all but one of them as new boxes")
    return replace(correction, reviewer=reviewer, note=note, boxes=boxes)


def _check_box(box: ReviewedBox, name: str, limits: Limits) -> None:
    grid, detections = limits.grid, limits.detections
    numbers = (box.x_px, box.y_px, box.length_px, box.width_px, box.angle_deg, box.score)
    if not all(math.isfinite(number) for number in numbers):
        raise BadInput(f"{name}: a side or an angle is no number; draw it again")
    if not (0 <= box.x_px <= grid.width and 0 <= box.y_px <= grid.height):
        raise BadInput(f"{name}: its centre lies outside the {grid.width} x {grid.height} pixels; move it in")
    for side, length_px, (shortest, longest) in (
        ("long", box.length_px, LENGTH_RANGE_M),
        ("wide", box.width_px, WIDTH_RANGE_M),
    ):
        length_m = length_px * grid.pixel_m
        if not shortest <= length_m <= longest:
            raise BadInput(f"{name}: is {length_m:.1f} m {side}; a railcar is {shortest:g}-{longest:g} m, resize it")
    if box.label not in limits.classes:
        raise BadInput(f"{name}: no class {box.label!r}; known: {', '.join(limits.classes)}")
    if box.was != ADDED and not 0 <= box.was < detections:
        raise BadInput(f"{name}: comes from detection {box.was}, and there are {detections}; open the look again")


def visible_by_class(boxes: Sequence[ReviewedBox], shown: NDArray[np.bool_]) -> dict[str, int]:
    """Boxes by class whose centre lies on a pixel that was searched and seen; the rule by which detections count.

    Args:
        shown: bool (row, col), searched, with pixels and not hidden.
    """
    rows, cols = shown.shape
    inside = [
        box.label for box in boxes if shown[min(max(int(box.y_px), 0), rows - 1), min(max(int(box.x_px), 0), cols - 1)]
    ]
    return dict(Counter(inside))


def reviewed_observation(
    automatic: Observation, reviewer: str, by_class: dict[str, int] | None, *, unusable: bool
) -> Observation:
    """The observation that a review leaves, not yet recorded.

    Args:
        automatic: the reading that it corrects.
        by_class: boxes that stand in the visible part; None leaves the value as it was read.
        unusable: there is no value, because a person says so.

    Raises:
        BadInput: for boxes on a look that permits no count.
    """
    said = replace(automatic, provenance=f"{REVIEWED}{reviewer}", observation_id="", recorded_at=None)
    if unusable:
        nothing = replace(said, value=None, low=None, high=None, reason=Reason.REVIEWER, confidence="low", by_class={})
        return replace(nothing, recall=None, recall_cv=None, false_positives=None)
    if by_class is None:
        return said
    if automatic.measure != "count" or automatic.value is None:
        why = automatic.reason.value if automatic.reason else f"it measures {automatic.measure}"
        raise BadInput(
            f"look {automatic.look_id} permits no count ({why}), so its boxes cannot be corrected; accept it or mark "
            "it unusable"
        )
    count = sum(number for label, number in by_class.items() if label.startswith(FREIGHT_PREFIX))
    fine = max(automatic.gsd_m, automatic.effective_gsd_m) <= COUNT_UP_TO_M + 1e-6
    cv = COUNT_CV if fine else COARSE_COUNT_CV
    spread = NORMAL_95 * cv * count
    return replace(
        said,
        value=float(count),
        low=float(round(count - spread)),
        high=float(round(count + spread)),
        by_class=by_class,
        recall=1.0,
        recall_cv=cv,
        false_positives=0.0,
    )


def _one_line(text: str) -> str:
    flat = "".join(" " if unicodedata.category(char).startswith(("C", "Z")) else char for char in text)
    return " ".join(flat.split())
