"""Remember: the earlier clear looks that a coarse look is compared with, from the ledger's own chips."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from yardwatch.counting import CLEAR_FROM, MOST_CLEAR_LOOKS, family_of
from yardwatch.errors import BadInput
from yardwatch.records import Reason

if TYPE_CHECKING:
    from yardwatch.records import AreaVersion, Chip, Look, Observation
    from yardwatch.workspace import Workspace

log = logging.getLogger(__name__)


def past_chips(workspace: Workspace, look: Look, version: AreaVersion) -> tuple[Chip, ...]:
    """Chips of the newest clear looks before ``look``, oldest first: same area version, same family of satellites.

    Looks after it are left out, whenever they were read: what was usual then is what was known then. A chip whose file
    is lost is passed over.
    """
    ledger, release = workspace.ledger, workspace.release.name
    series = ledger.series(look.area, "activity", simulated=look.simulated, release=release)
    family = family_of(look.platform)
    fitting = [
        seen
        for seen in series
        if seen.acquired_from < look.acquired_from
        and seen.area_version == version.area_version
        and family_of(seen.platform) == family
        and _is_clear(seen)
    ]
    chips = []
    for observation in fitting[-MOST_CLEAR_LOOKS:]:
        try:
            chips.append(workspace.ledger.read_chip(observation))
        except BadInput as error:
            log.warning("%s teaches nothing: %s", observation.look_id, error)
    return tuple(chips)


def _is_clear(seen: Observation) -> bool:
    usable = seen.value is not None or seen.reason is Reason.TOO_FEW_CLEAR_LOOKS
    return usable and seen.chip_path is not None and seen.visible >= CLEAR_FROM
