"""Find: ask the sources of an area for scenes and register the looks they make."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shapely.geometry import MultiPolygon

from yardwatch.errors import TryAgain, YardwatchError
from yardwatch.imagery import group_into_looks
from yardwatch.operations.days import Days
from yardwatch.workspace import Workspace

if TYPE_CHECKING:
    from yardwatch.imagery import ImagerySource
    from yardwatch.records import Area, Scene

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """What the sources answered.

    Attributes:
        scenes: scenes that meet the area in the span.
        looks: ids of every look they make, in time order; ``new`` ones were not in the ledger before.
        due: ids of the looks of the span that have yet to be read, older ones among them.
        faults: one sentence for each source that did not answer or item that was passed over.
    """

    area: str
    days: Days
    scenes: int
    looks: tuple[str, ...]
    new: tuple[str, ...]
    due: tuple[str, ...]
    faults: tuple[str, ...] = ()

    @property
    def known(self) -> int:
        """Looks of the answer that were recorded before."""
        return len(self.looks) - len(self.new)


def find(workspace: Workspace, area_name: str, days: Days) -> Found:
    """Ask every source of the area for scenes of the ``days``.

    A source that fails does not silence the others.

    Raises:
        BadInput: for an unknown area or a broken watch list.
        TryAgain: when no source answered and asking later may help.
    """
    area = workspace.area(area_name)
    begin, end = days.span(area)
    scenes: list[Scene] = []
    faults: list[str] = []
    errors: list[YardwatchError] = []
    sources = workspace.sources(area_name)
    for source in sources.values():
        try:
            scenes += scenes_over(source, area, begin, end)
        except YardwatchError as error:
            log.warning("source %s: %s", source.name, error)
            errors.append(error)
            faults.append(f"{source.name}: {error}")
        faults += [f"{source.name}: {warning}" for warning in source.take_warnings()]
    if sources and len(errors) == len(sources):
        raise next((error for error in errors if isinstance(error, TryAgain)), errors[0])
    registered = workspace.ledger.register(group_into_looks(area_name, scenes))
    due = workspace.ledger.due(area_name, since=begin, until=end, now=workspace.now())
    looks = tuple(dict.fromkeys((*registered.new, *registered.known)))
    return Found(area_name, days, len(scenes), looks, tuple(registered.new), tuple(due), tuple(faults))


def scenes_over(source: ImagerySource, area: Area, begin: datetime, end: datetime) -> list[Scene]:
    """Scenes of the span that meet the outline valid on their day."""
    anywhere = MultiPolygon([version.outline for version in area.versions]).buffer(0)
    found = []
    for scene in source.search(anywhere, begin, end):
        version = area.at(scene.acquired_from)
        if begin <= scene.acquired_from < end and (version is None or scene.footprint.intersects(version.outline)):
            found.append(scene)
    return found
