"""Report: a station's story from the ledger, as rows for a table and as one HTML file."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from yardwatch.errors import YardwatchError
from yardwatch.operations.evidence import picture_of
from yardwatch.operations.judging import MEASURES
from yardwatch.operations.known_events import known_events
from yardwatch.operations.release_facts import release_facts
from yardwatch.records import Measure
from yardwatch.report import SeriesStory, write_report

if TYPE_CHECKING:
    from yardwatch.workspace import Workspace

log = logging.getLogger(__name__)

MOST_PICTURES = 6
"""Of a report: how the newest events opened and peaked, and what stood there before."""


def main_measure(workspace: Workspace, area_name: str, *, simulated: bool = False) -> Measure:
    """The sharpest measure that an area has a value of; without any, the sharpest it has looks of, else counts."""
    looked: list[Measure] = []
    for measure in MEASURES:
        series = workspace.ledger.series(area_name, measure, simulated=simulated, release=workspace.release.name)
        if any(observation.value is not None for observation in series):
            return measure
        looked += [measure] if series else []
    return looked[0] if looked else "count"


def story_of(
    workspace: Workspace,
    area_name: str,
    *,
    measure: Measure | None = None,
    simulated: bool = False,
    pictures: bool = False,
) -> SeriesStory:
    """Everything the ledger knows of one series of an area; of its main measure unless one is named.

    Raises:
        BadInput: for an unknown area.
    """
    ledger = workspace.ledger
    area = workspace.area(area_name)
    measure = measure or main_measure(workspace, area_name, simulated=simulated)
    observations = ledger.series(area_name, measure, simulated=simulated, release=workspace.release.name)
    looks = {observation.look_id for observation in observations}
    story = SeriesStory(
        area=area,
        measure=measure,
        simulated=simulated,
        observations=tuple(observations),
        verdicts={said.look_id: said for said in ledger.verdicts(area_name, measure) if said.look_id in looks},
        events=tuple(event for event in ledger.events(area_name, simulated=simulated) if event.measure == measure),
        generated_at=workspace.now(),
        published=tuple(ledger.published(area_name)),
        known_events=known_events(workspace, area_name),
        release_facts=release_facts(workspace.release),
    )
    return _illustrated(workspace, story) if pictures else story


def _illustrated(workspace: Workspace, story: SeriesStory) -> SeriesStory:
    """The story with the pictures that tell it; looks without a stored chip have none.

    A file that is lost costs the story one picture and never the rest; it says which.
    """
    root, pictures, lost = workspace.settings.root, {}, {}
    for look_id in story.telling_looks(MOST_PICTURES):
        try:
            for path in picture_of(workspace, story.by_look[look_id]):
                pictures[look_id] = root / path
        except (YardwatchError, OSError) as error:
            log.warning("the report of %s lacks the picture of %s: %s", story.area.name, look_id, error)
            lost[look_id] = str(error).replace(f"{root}/", "")
    return replace(story, pictures=pictures, lost=lost)


def report(
    workspace: Workspace,
    area_name: str,
    path: Path | None = None,
    *,
    measure: Measure | None = None,
    simulated: bool = False,
) -> Path:
    """Write the one-file HTML report of an area, one measure a file; default below ``reports/`` of the data root."""
    story = story_of(workspace, area_name, measure=measure, simulated=simulated, pictures=True)
    kind = "" if story.measure == "count" else f"-{story.measure}"
    name = f"{'SIMULATED-' if simulated else ''}{area_name}{kind}.html"
    return write_report(story, path or workspace.settings.root / "reports" / name)
