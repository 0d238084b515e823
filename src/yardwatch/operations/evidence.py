"""Evidence: the annotated picture of a look, made from its stored chip and detections when it is first asked for.

An alert carries the picture of its look, that of the usable look before it, and the chart up to that day.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from yardwatch.errors import YardwatchError
from yardwatch.report import PictureCaption, annotated_picture

if TYPE_CHECKING:
    from yardwatch.records import Observation
    from yardwatch.report import SeriesStory
    from yardwatch.workspace import Workspace

log = logging.getLogger(__name__)


def evidence_of(workspace: Workspace, story: SeriesStory, look_id: str) -> tuple[str, ...]:
    """What an alert about a look of ``story`` shows: after, before, chart; paths relative to the data root.

    What cannot be drawn is left out with a warning: no picture ever holds an alert back.
    """
    usable = [seen for seen in story.observations if seen.value is not None]
    index = next(number for number, seen in enumerate(usable) if seen.look_id == look_id)
    after, before = usable[index], usable[max(index - 1, 0) : index]
    drawn = list(_tried(lambda: picture_of(workspace, after)))
    for earlier in before:
        drawn += _tried(lambda earlier=earlier: picture_of(workspace, earlier))  # type: ignore[misc]
    return (*drawn, *_tried(lambda: _chart_of(workspace, story, after)))


def _chart_of(workspace: Workspace, story: SeriesStory, last: Observation) -> Sequence[str]:
    """The series as it stood with the look, so that a message queued late shows no more than it speaks of."""
    from dataclasses import replace

    from yardwatch.report import series_chart_png

    relative = Path("pictures") / picture_name(last).replace(".jpg", "-chart.png")
    so_far = tuple(seen for seen in story.observations if seen.acquired_from <= last.acquired_from)
    events = tuple(event for event in story.events if event.opened_at <= last.acquired_from)
    path = workspace.settings.root / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    series_chart_png(replace(story, observations=so_far, events=events), path)
    return (relative.as_posix(),)


def _tried(draw: Callable[[], Sequence[str]]) -> Sequence[str]:
    try:
        return draw()
    except (YardwatchError, OSError) as error:
        log.warning("an alert goes without a picture: %s", error)
        return ()


def picture_of(workspace: Workspace, observation: Observation) -> tuple[str, ...]:
    """Path of the picture relative to the data root, in a tuple that is empty when the look has no stored chip."""
    if observation.chip_path is None:
        return ()
    relative = Path("pictures") / picture_name(observation)
    path = workspace.settings.root / relative
    if not path.exists():
        ledger = workspace.ledger
        detections = None if observation.detections_path is None else ledger.read_detections(observation)
        caption = PictureCaption.of(observation, workspace.area(observation.area))
        annotated_picture(ledger.read_chip(observation), detections, caption, path)
    return (relative.as_posix(),)


def picture_name(observation: Observation) -> str:
    """File name of a look's picture; one that is simulated says so."""
    name = observation.observation_id or observation.look_id.replace("/", "_")
    said = "SIMULATED-" if observation.simulated else ""
    return f"{said}{observation.area}-{observation.acquired_from:%Y%m%dT%H%M%SZ}-{name[:12]}.jpg"
