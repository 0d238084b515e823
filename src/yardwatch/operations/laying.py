"""Lay a picture onto the tracks of its area before it is searched along them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from yardwatch.areas import searched_mode
from yardwatch.imagery.laying import registered
from yardwatch.records import AreaVersion, Chip

if TYPE_CHECKING:
    from yardwatch.workspace import Workspace

C = TypeVar("C", bound=Chip)


def lay_on_tracks(workspace: Workspace, chip: C, version: AreaVersion) -> tuple[C, float | None]:
    """``chip``, moved onto the tracks where that is clear and within 15 m, and how far beside them it lay, metres.

    Only where the tracks lie on the ground (surveyed, or from OpenStreetMap) and decide what is searched: a picture is
    better placed than a line drawn by hand. The distance is None where it was not measured or is not clear.

    Raises:
        BadRelease: when the network that sees tracks is not the one that was measured.
    """
    sight = workspace.track_sight if searched_mode(version) == "corridor" else None
    if sight is None:
        return chip, None
    laid, found = registered(chip, version, sight)
    return laid, None if found is None else found.measured_m
