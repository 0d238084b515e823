"""Report: a station's story from the ledger, as rows for a table and as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from yardwatch.operations.evidence import picture_of
from yardwatch.records import Measure, Observation, Verdict
from yardwatch.report import SeriesStory, write_report

if TYPE_CHECKING:
    from yardwatch.workspace import Workspace

MOST_PICTURES = 6


def story_of(
    workspace: Workspace, area_name: str, *, measure: Measure = "count", simulated: bool = False, pictures: bool = False
) -> SeriesStory:
    """Everything the ledger knows of one series of an area.

    Raises:
        BadInput: for an unknown area.
    """
    ledger = workspace.ledger
    area = workspace.area(area_name)
    observations = ledger.series(area_name, measure, simulated=simulated, release=workspace.release.name)
    looks = {observation.look_id for observation in observations}
    verdicts = {verdict.look_id: verdict for verdict in ledger.verdicts(area_name, measure) if verdict.look_id in looks}
    events = [event for event in ledger.events(area_name, simulated=simulated) if event.measure == measure]
    shown = _worth_a_picture(observations, verdicts) if pictures else []
    return SeriesStory(
        area=area,
        measure=measure,
        simulated=simulated,
        observations=tuple(observations),
        verdicts=verdicts,
        events=tuple(events),
        pictures={
            observation.look_id: workspace.settings.root / path
            for observation in shown
            for path in picture_of(workspace, observation)
        },
        generated_at=workspace.now(),
    )


def report(
    workspace: Workspace,
    area_name: str,
    path: Path | None = None,
    *,
    measure: Measure = "count",
    simulated: bool = False,
) -> Path:
    """Write the one-file HTML report of an area; default below ``reports/`` of the data root."""
    story = story_of(workspace, area_name, measure=measure, simulated=simulated, pictures=True)
    name = f"{'SIMULATED-' if simulated else ''}{area_name}.html"
    return write_report(story, path or workspace.settings.root / "reports" / name)


def _worth_a_picture(observations: list[Observation], verdicts: dict[str, Verdict]) -> list[Observation]:
    """The looks that opened or raised an event and the usable look before each; else the newest usable look."""
    usable = [observation for observation in observations if observation.value is not None]
    chosen: list[Observation] = []
    for index, observation in enumerate(usable):
        verdict = verdicts.get(observation.look_id)
        if verdict is not None and verdict.kind in ("surge", "escalation", "drop"):
            chosen += usable[max(index - 1, 0) : index + 1]
    chosen = list({observation.look_id: observation for observation in chosen or usable[-1:]}.values())
    return chosen[-MOST_PICTURES:]
