"""Judge: replay an area's series through the surge monitor, record what is new, and queue what must be told.

The monitor's state is the ledger's observations, so a late or corrected look re-judges all that follows it. Verdicts,
events and messages are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yardwatch.ledger import SeriesJudgement
from yardwatch.operations.events import EventBook
from yardwatch.operations.lending import lent_history, own_events
from yardwatch.records import Measure, Observation, Verdict, VerdictKind
from yardwatch.surges import Judgement, SeriesLook, SurgePolicy, judge_series, pooled_priors
from yardwatch.workspace import Workspace

if TYPE_CHECKING:
    from yardwatch.ledger import JudgementReceipt
    from yardwatch.records import Area, Event
    from yardwatch.surges import Priors

MEASURES: tuple[Measure, ...] = ("count", "occupied_m", "activity")
UNMEASURED_RECALL, UNMEASURED_RECALL_CV = 1.0, 0.25
"""Exposure of a release that was never measured: its counts are judged against each other only."""
MANY_STATIONS, PRIORS_HELD_S = 20, 900.0


@dataclass(frozen=True)
class Judged:
    """What judging an area added to the ledger."""

    area: str
    verdicts_added: int
    messages_queued: int
    events: tuple[Event, ...]
    happenings: tuple[tuple[str, str], ...]


def judge(workspace: Workspace, area_name: str) -> Judged:
    """Judge every series of the area: each measure, real and simulated apart.

    Raises:
        BadInput: for an unknown area.
    """
    area = workspace.area(area_name)
    receipts: list[JudgementReceipt] = []
    happenings: list[tuple[str, str]] = []
    there = workspace.ledger.kinds_of_series(area_name)
    for measure in MEASURES:
        for simulated in (False, True):
            if (measure, simulated) not in there:
                continue
            observations = series_of(workspace, area_name, measure, simulated)
            if any(observation.value is not None for observation in observations):
                judgement = _judge_one(workspace, area, observations)
                receipts.append(workspace.ledger.record_judgement(judgement))
                happenings += [(entry.happening, entry.look_id) for entry in judgement.outbox]
    events = workspace.ledger.events(area_name)
    return Judged(
        area_name,
        sum(receipt.verdicts_added for receipt in receipts),
        sum(receipt.outbox_added for receipt in receipts),
        tuple(events),
        tuple(dict.fromkeys(happenings)),
    )


def series_of(workspace: Workspace, area: str, measure: Measure, simulated: bool) -> list[Observation]:
    """The current observations of a series as the release in use has them."""
    return workspace.ledger.series(area, measure, simulated=simulated, release=workspace.release.name)


def _judge_one(workspace: Workspace, area: Area, observations: Sequence[Observation]) -> SeriesJudgement:
    first = observations[0]
    usable = [observation for observation in observations if observation.value is not None]
    lent = lent_history(workspace, area.name, observations)
    looks = [*lent, *(series_look(observation) for observation in usable)]
    judgements = judge_series(looks, policy_of(workspace, area.name, first.measure, first.simulated))
    judgements = own_events(judgements[len(lent) :])
    verdicts = [verdict_of(judgement, usable[: index + 1]) for index, judgement in enumerate(judgements)]
    book = EventBook(workspace, area, observations, verdicts)
    events, outbox = book.write_up(judgements)
    return SeriesJudgement(
        area=area.name,
        measure=first.measure,
        simulated=first.simulated,
        verdicts=verdicts,
        events=events,
        outbox=outbox,
    )


def policy_of(
    workspace: Workspace, area: str, measure: Measure, simulated: bool, budget: float | None = None
) -> SurgePolicy:
    """How an area's series is judged: the watch list's budget, or another; priors pooled over the ledger's stations."""
    return SurgePolicy(
        alarm_budget=workspace.watchlist.budget_of(area) if budget is None else budget,
        measure=measure,
        priors=_priors(workspace, measure, simulated),
    )


def _priors(workspace: Workspace, measure: Measure, simulated: bool) -> Priors:
    """Level and dispersion pooled over the stations of the ledger.

    Of many stations they are held for a while: one more look hardly moves them, and to read every series again for
    each station would make a run over thousands of areas quadratic.
    """
    names = workspace.ledger.areas()
    if len(names) < MANY_STATIONS:
        return _pooled(workspace, names, measure, simulated)
    key = ("priors", measure, simulated)
    return workspace.held(key, PRIORS_HELD_S, lambda: _pooled(workspace, names, measure, simulated))


def _pooled(workspace: Workspace, names: Sequence[str], measure: Measure, simulated: bool) -> Priors:
    series = {
        name: [
            series_look(observation)
            for observation in series_of(workspace, name, measure, simulated)
            if observation.value is not None
        ]
        for name in names
    }
    return pooled_priors({name: looks for name, looks in series.items() if looks}, measure)


def series_look(observation: Observation) -> SeriesLook:
    """What the surge monitor knows of an observation.

    Raises:
        ValueError: when the observation has no value; a missing look is missing, never zero.
    """
    if observation.value is None:
        raise ValueError(f"{observation.look_id} has no value ({observation.reason}) and cannot be judged")
    measured = observation.recall is not None
    return SeriesLook(
        look_id=observation.look_id,
        observation_id=observation.observation_id,
        acquired=observation.acquired_from,
        value=observation.value,
        visible=observation.visible,
        recall=observation.recall if observation.recall is not None else UNMEASURED_RECALL,
        recall_cv=(observation.recall_cv or 0.0) if measured else UNMEASURED_RECALL_CV,
        false_positives=observation.false_positives or 0.0,
        low=observation.low,
        high=observation.high,
        break_key=f"{observation.release}|{observation.area_version}|{observation.platform}",
    )


def verdict_of(judgement: Judgement, so_far: Sequence[Observation]) -> Verdict:
    last = so_far[-1]
    return Verdict(
        look_id=last.look_id,
        area=last.area,
        measure=last.measure,
        kind=VerdictKind(judgement.kind),
        sentence=judgement.sentence,
        method=judgement.method,
        provisional=judgement.provisional,
        expected=judgement.expected,
        expected_low=judgement.expected_low,
        expected_high=judgement.expected_high,
        p_up=judgement.p_up,
        p_down=judgement.p_down,
        ratio=judgement.ratio,
        smallest_alarming=judgement.smallest_alarming,
        rank=judgement.rank,
        last_higher=judgement.last_higher,
        baseline_looks=judgement.baseline_looks,
        effective_looks=judgement.effective_looks,
        down_weighted=tuple(judgement.down_weighted),
        reason=judgement.reason,
        observation_ids=tuple(observation.observation_id for observation in so_far),
        event_key=judgement.event_key,
    )
