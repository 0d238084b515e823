"""Known events of an area: ``<area>.events.csv`` beside its GeoJSON. Shown beside the series, never used to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yardwatch.operations.sheets import read_sheet
from yardwatch.records import KnownEvent

if TYPE_CHECKING:
    from yardwatch.workspace import Workspace


def known_events(workspace: Workspace, area_name: str) -> tuple[KnownEvent, ...]:
    """The known events of an area by day; none where it has no such file.

    Columns: ``date, text, source`` and, where wanted, ``until`` and ``url``.

    Raises:
        BadInput: naming file, line and column.
    """
    path = workspace.settings.areas_folder() / f"{area_name}.events.csv"
    if not path.exists():
        return ()
    events = []
    for row in read_sheet(path, ("date", "text", "source"), ("until", "url")):
        since, until = row.days()
        url = row.cells["url"] or None
        events.append(KnownEvent(area_name, since, until, row.text("text"), row.text("source"), url))
    return tuple(sorted(events, key=lambda event: (event.since, event.text)))
