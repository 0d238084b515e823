"""Open: one look with all that a person needs to check it: current and automatic reading, pixels, boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from yardwatch.areas import searched_mask
from yardwatch.errors import BadInput
from yardwatch.review.boxes import ReviewedBox, boxes_of_table
from yardwatch.review.correction import REVIEWED, Limits, automatic_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from yardwatch.records import Chip, Observation
    from yardwatch.workspace import Workspace


@dataclass(frozen=True, eq=False)
class OpenLook:
    """A look as it is opened for review.

    Attributes:
        current: the observation that stands.
        automatic: the reading that a review corrects; ``current`` itself where nobody reviewed it.
        history: every observation of the look, in the order of recording.
    """

    workspace: Workspace
    current: Observation
    automatic: Observation
    history: tuple[Observation, ...]

    @cached_property
    def chip(self) -> Chip:
        """The pixels.

        Raises:
            BadInput: when they were not kept.
        """
        return self.workspace.ledger.read_chip(self.automatic)

    @cached_property
    def detected(self) -> tuple[ReviewedBox, ...]:
        """What the release found, on the pixels of the chip."""
        return self._boxes(self.automatic)

    @cached_property
    def boxes(self) -> tuple[ReviewedBox, ...]:
        """What stands, on the pixels of the chip."""
        return self._boxes(self.current)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Classes that a box may have: those of the release in use, and what was found before."""
        found = (box.label for box in (*self.detected, *self.boxes))
        return tuple(dict.fromkeys((*self.workspace.release.classes, *found)))

    @cached_property
    def shown(self) -> NDArray[np.bool_]:
        """bool (row, col): searched, with pixels, and not hidden; where boxes count."""
        versions = self.workspace.area(self.current.area).versions
        version = next((one for one in versions if one.area_version == self.current.area_version), None)
        if version is None:  # the area file was redrawn since: what was searched then is no longer known
            return self.chip.seen
        shown: NDArray[np.bool_] = searched_mask(version, self.chip.grid) & self.chip.seen
        return shown

    @property
    def limits(self) -> Limits:
        """What the boxes of a correction must fit."""
        return Limits(len(self.detected), self.chip.grid, self.classes)

    @property
    def reviewed(self) -> bool:
        """Whether a person stands behind the current observation."""
        return self.current.provenance.startswith(REVIEWED)

    def _boxes(self, observation: Observation) -> tuple[ReviewedBox, ...]:
        if observation.detections_path is None:
            return ()
        return boxes_of_table(self.workspace.ledger.read_detections(observation), self.chip.grid)


def open_look(workspace: Workspace, look_id: str) -> OpenLook:
    """The look as it stands.

    Raises:
        BadInput: for a look that is unknown or was never read.
    """
    history = tuple(workspace.ledger.observations(look_id=look_id))
    if not history:
        workspace.ledger.look(look_id)  # an unknown look has its own error
        raise BadInput(f"look {look_id} was not read yet; `yardwatch watch` reads what is due")
    current = current_of(history, workspace.release.name)
    return OpenLook(workspace, current, automatic_of(current, history), history)


def current_of(history: Sequence[Observation], release: str) -> Observation:
    """The observation that stands: the newest reviewed, else the newest of ``release``, else the newest."""

    def rank(numbered: tuple[int, Observation]) -> tuple[bool, bool, int]:
        order, one = numbered
        return one.provenance.startswith(REVIEWED), one.release == release, order

    newest_reviewed = [one for one in history if one.provenance.startswith(REVIEWED)]
    return newest_reviewed[-1] if newest_reviewed else max(enumerate(history), key=rank)[1]
