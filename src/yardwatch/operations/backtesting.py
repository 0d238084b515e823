"""Backtest: replay an area's series as if day by day, and hold the alerts against the user's own labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from yardwatch.errors import BadInput
from yardwatch.operations.days import Days
from yardwatch.operations.judging import policy_of, series_look, series_of, verdict_of
from yardwatch.operations.known_events import known_events
from yardwatch.operations.published import before_first, look_id_of, middle_of, published_look, published_observation
from yardwatch.operations.sheets import read_sheet
from yardwatch.records import Event, Measure, Observation
from yardwatch.report import SeriesStory
from yardwatch.surges import Backtest, Label, SeriesLook, backtest, judge_series

if TYPE_CHECKING:
    from yardwatch.records import Area, PublishedCount
    from yardwatch.surges import Judgement
    from yardwatch.workspace import Workspace


@dataclass(frozen=True)
class Replay:
    """What to replay, and with which alarm budget; None is the watch list's.

    Attributes:
        published_only: leave our own looks out and replay what people published.
    """

    measure: Measure = "count"
    simulated: bool = False
    published_only: bool = False
    budget: float | None = None
    days: Days | None = None


@dataclass(frozen=True)
class Backtested:
    """A replay and its story, whose verdicts and events are the replay's and not the ledger's."""

    area: str
    result: Backtest
    story: SeriesStory


def backtest_area(
    workspace: Workspace, area_name: str, replay: Replay | None = None, labels: Sequence[Label] = ()
) -> Backtested:
    """Judge every look on the looks before it, and say which alerts there would have been.

    The series is what a live run judges: our own usable looks, and before the first of them what people published.
    ``days`` of the replay choose what is told; what lies before them is history all the same.

    Raises:
        BadInput: for an unknown area, or one of which there is nothing to replay.
    """
    replay = replay or Replay()
    area = workspace.area(area_name)
    own = [] if replay.published_only else series_of(workspace, area_name, replay.measure, replay.simulated)
    own = [seen for seen in own if seen.value is not None]
    counts = [] if replay.simulated else _published(workspace, area_name, replay.measure, own)
    if not (own or counts):
        raise BadInput(_nothing(workspace, area_name, replay))
    looks = [*map(published_look, counts), *map(series_look, own)]
    observations = [*map(published_observation, counts), *own]
    policy = policy_of(workspace, area_name, replay.measure, replay.simulated, replay.budget)
    judged = _within(_Judged(looks, judge_series(looks, policy), observations), area, replay.days)
    end = workspace.now() if replay.days is None else min(workspace.now(), replay.days.span(area)[1])
    result = backtest(judged.looks, judged.said, labels, allowed_per_year=policy.alarm_budget, now=end)
    return Backtested(area_name, result, _story(workspace, area, replay, judged, result))


@dataclass(frozen=True)
class _Judged:
    """Looks of a replay, one judgement and one observation for each."""

    looks: list[SeriesLook]
    said: list[Judgement]
    observations: list[Observation]


def _published(workspace: Workspace, area: str, measure: Measure, own: Sequence[Observation]) -> list[PublishedCount]:
    counts = [count for count in workspace.ledger.published(area) if count.measure == measure]
    return sorted(before_first(counts, own), key=lambda count: (middle_of(count), look_id_of(count)))


def _within(all_of_it: _Judged, area: Area, days: Days | None) -> _Judged:
    """The part of a replay that is told."""
    if days is None:
        return all_of_it
    begin, end = days.span(area)
    kept = [i for i, look in enumerate(all_of_it.looks) if begin <= look.acquired < end]
    columns = (all_of_it.looks, all_of_it.said, all_of_it.observations)
    return _Judged(*([column[i] for i in kept] for column in columns))  # type: ignore[arg-type]


def _nothing(workspace: Workspace, area: str, replay: Replay) -> str:
    if replay.simulated:
        return f"no simulated {replay.measure} of {area} is recorded; leave --simulated out, or run the demo"
    shipped = workspace.settings.areas_folder() / f"{area}.published.csv"
    file = shipped if shipped.exists() else "FILE.csv"
    return (
        f"nothing to replay: no {replay.measure} of {area} is recorded and none was imported; "
        f"`yardwatch watch {area}` makes some, `yardwatch series {area} --import {file}` reads published ones"
    )


def _story(workspace: Workspace, area: Area, replay: Replay, judged: _Judged, result: Backtest) -> SeriesStory:
    verdicts = [verdict_of(said, judged.observations[: i + 1]) for i, said in enumerate(judged.said)]
    events = [
        Event(
            event_id=f"backtest/{alarm.look_id}",
            area=area.name,
            measure=replay.measure,
            kind="drop" if alarm.kind == "drop" else "surge",
            simulated=replay.simulated,
            opened_look=alarm.look_id,
            opened_at=alarm.at,
            peak_look=alarm.look_id,
            peak_value=alarm.value,
            provisional=alarm.provisional,
            closed_at=alarm.closed,
        )
        for alarm in result.openings
    ]
    return SeriesStory(
        area=area,
        measure=replay.measure,
        simulated=replay.simulated,
        observations=tuple(judged.observations),
        verdicts={verdict.look_id: verdict for verdict in verdicts},
        events=tuple(events),
        generated_at=workspace.now(),
        published=tuple(workspace.ledger.published(area.name)),
        known_events=known_events(workspace, area.name),
    )


def read_labels(area: Area, path: Path) -> list[Label]:
    """The surges and drops that a user holds for true: columns ``date`` and, where wanted, ``until``, ``kind``
    (surge or drop), ``text``. Days are days of the area's zone, both included.

    Raises:
        BadInput: naming file, line and column.
    """
    labels = []
    for row in read_sheet(path, ("date",), ("until", "kind", "text")):
        begin, end = Days(*row.days()).span(area)
        kind = cast('Literal["surge", "drop"]', row.one_of("kind", ("surge", "drop"), "surge"))
        labels.append(Label(begin, end, row.cells["text"], kind))
    if not labels:
        raise BadInput(f"{path}: has no label below its header; write one a line, or leave --labels out")
    return sorted(labels, key=lambda label: label.begin)
