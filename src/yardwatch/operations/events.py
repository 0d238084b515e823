"""Events: what the verdicts of a series tell of surges and drops, matched with what the ledger already knows.

An event found before keeps its id when a late look moves its beginning, so an alert that was sent is amended, never
repeated. An event that no longer stands after re-judging is withdrawn in the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from yardwatch.alerts import compose, compose_lapsed, queue_entries, severity_of
from yardwatch.operations.corrections import may_correct, set_aside, told_of, what_it_corrects
from yardwatch.operations.evidence import evidence_of
from yardwatch.operations.lending import lapsed
from yardwatch.records import Event, Happening, Observation, OutboxEntry, Verdict, VerdictKind
from yardwatch.report import SeriesStory
from yardwatch.surges import UNSEEN

if TYPE_CHECKING:
    from yardwatch.alerts import Message
    from yardwatch.records import Area
    from yardwatch.surges import Judgement
    from yardwatch.workspace import Workspace

FOR_EVER = datetime.max.replace(tzinfo=UTC)
EventKind = Literal["surge", "drop"]


@dataclass(frozen=True)
class _Told:
    """Something that a channel may want to know."""

    event: Event
    happening: Happening
    verdict: Verdict
    observation: Observation


class EventBook:
    """Events and messages of one series.

    Args:
        observations: the series in time order, with the looks that have no value; ``verdicts`` one for each that has.
    """

    def __init__(
        self, workspace: Workspace, area: Area, observations: Sequence[Observation], verdicts: Sequence[Verdict]
    ) -> None:
        self.workspace = workspace
        self.area = area
        self.series = tuple(observations)
        self.observations = {seen.look_id: seen for seen in observations if seen.value is not None}
        self.verdicts = {verdict.look_id: verdict for verdict in verdicts}
        first = observations[0]
        self.known = [
            event
            for event in workspace.ledger.events(area.name, simulated=first.simulated)
            if event.measure == first.measure
        ]

    def write_up(self, judgements: Sequence[Judgement]) -> tuple[list[Event], list[OutboxEntry]]:
        """Events as they now stand, and a message for each thing that happened and was not queued before."""
        told: list[_Told] = []
        events = [self._as_known(event, told) for event in self._events_of(judgements, told)]
        events = lapsed(events, self._last().acquired_to, self.workspace.now())
        told += [self._lapse(event) for event in events if event.closed_at is not None and event.closed_look is None]
        told = [replace(item, event=_find(events, item.event)) for item in told]
        withdrawn = [self._withdraw(event, told) for event in self.known if not _find_id(events, event.event_id)]
        outbox = [entry for item in told for entry in self._messages(item)]
        return events + withdrawn, outbox

    def _events_of(self, judgements: Sequence[Judgement], told: list[_Told]) -> list[Event]:
        """Read the happenings of the judgements in order."""
        events: dict[str, Event] = {}
        before: Observation | None = None
        for judgement in judgements:
            observation = self.observations[judgement.look_id]
            unseen_from, before = _unseen_from(before, observation), observation
            if judgement.also_closed is not None:
                over = _closed(events[judgement.also_closed], observation, unseen_from)
                events[judgement.also_closed] = over
                if unseen_from is None:
                    told.append(_Told(over, "closed", self.verdicts[judgement.look_id], observation))
            key = judgement.event_key
            if key is None:
                continue
            if key not in events:
                events[key] = self._opened(key, judgement, observation)
            event = events[key]
            higher = (observation.value or 0) > event.peak_value
            if higher if event.kind == "surge" else (observation.value or 0) < event.peak_value:
                event = replace(event, peak_look=observation.look_id, peak_value=float(observation.value or 0))
            over_unseen = judgement.happening == "closed" and unseen_from is not None
            if judgement.happening == "closed":
                event = _closed(event, observation, unseen_from)
            events[key] = event
            if judgement.happening is not None and not over_unseen:
                told.append(_Told(event, judgement.happening, self.verdicts[judgement.look_id], observation))
        return list(events.values())

    def _opened(self, key: str, judgement: Judgement, observation: Observation) -> Event:
        kind: EventKind = "drop" if judgement.kind == VerdictKind.DROP else "surge"
        return Event(
            event_id=f"{self.area.name}/{observation.measure}/{kind}/{key}",
            area=self.area.name,
            measure=observation.measure,
            kind=kind,
            simulated=observation.simulated,
            opened_look=observation.look_id,
            opened_at=observation.acquired_from,
            peak_look=observation.look_id,
            peak_value=float(observation.value or 0),
            provisional=judgement.provisional,
        )

    def _as_known(self, event: Event, told: list[_Told]) -> Event:
        """The event under the id by which the ledger knows it; its opening is then no news."""
        for old in self.known:
            if old.kind == event.kind and old.event_id == event.event_id:
                if may_correct(self.workspace, event, self.observations[event.opened_look]):
                    _amend(told, event)
                return event
        for old in self.known:
            same_time = old.opened_at <= (event.closed_at or FOR_EVER) and event.opened_at <= (
                old.closed_at or FOR_EVER
            )
            if old.kind == event.kind and same_time:
                if self.workspace.ledger.outbox(event_id=old.event_id):
                    _amend(told, event)
                return replace(event, event_id=old.event_id)
        return event

    def _withdraw(self, event: Event, told: list[_Told]) -> Event:
        """An event that re-judging took back."""
        if event.closed_look == event.opened_look:
            return event
        verdict, observation = self.verdicts.get(event.opened_look), self.observations.get(event.opened_look)
        event = replace(event, closed_look=event.opened_look, closed_at=event.opened_at)
        if verdict is not None and observation is not None:
            told.append(_Told(event, "amended", verdict, observation))
        elif (aside := set_aside(self.workspace, event)) is not None:
            told.append(_Told(event, "amended", *aside))
        return event

    def _last(self) -> Observation:
        """The newest look of the series."""
        return next(reversed(self.observations.values()))

    def _lapse(self, event: Event) -> _Told:
        """That an event ended unseen, told of the last look before."""
        assert event.closed_at is not None
        last = [seen for seen in self.observations.values() if seen.acquired_from < event.closed_at][-1]
        return _Told(event, "closed", self.verdicts[last.look_id], last)

    def _messages(self, item: _Told) -> list[OutboxEntry]:
        ended_unseen = item.happening == "closed" and item.event.closed_look is None
        severity = "closed" if ended_unseen else severity_of(item.verdict, item.happening)
        channels = self.workspace.watchlist.channels_of(self.area.name, severity)
        if not channels or self._queued_before(item):
            return []
        if ended_unseen:
            return self._queue(item, compose_lapsed(self.area, item.event, item.observation), channels)
        message = compose(self.area, item.event, item.verdict, item.observation, item.happening)
        corrects: str | None = ""
        if item.happening == "amended":
            corrects = what_it_corrects(told_of(self.workspace, item.event, item.observation.look_id), message)
        if corrects is None:
            return []
        if item.observation.value is not None:
            pictures = evidence_of(self.workspace, self._story(item.event), item.observation.look_id)
            message = replace(message, attachments=pictures)
        return self._queue(item, message, channels, corrects)

    def _queue(self, item: _Told, message: Message, channels: Sequence[str], corrects: str = "") -> list[OutboxEntry]:
        look_id, now = item.observation.look_id, self.workspace.now()
        return queue_entries(item.event, item.happening, look_id, message, channels, now, corrects=corrects)

    def _story(self, event: Event) -> SeriesStory:
        """The series as the messages of ``event`` show it."""
        return SeriesStory(
            area=self.area,
            measure=event.measure,
            simulated=event.simulated,
            observations=self.series,
            verdicts=self.verdicts,
            events=(event,),
            generated_at=self.workspace.now(),
        )

    def _queued_before(self, item: _Told) -> bool:
        """Whether there is nothing to tell; of an amendment only where nobody was told what it amends."""
        queued = self.workspace.ledger.outbox(event_id=item.event.event_id)
        if item.happening == "amended":
            return not queued
        if item.happening == "closed" and self._stood_closed(item.event):
            return True
        return any(entry.happening == item.happening and entry.look_id == item.observation.look_id for entry in queued)

    def _stood_closed(self, event: Event) -> bool:
        """Whether the ledger knows the event as over, and not as withdrawn: it was told then or nobody wanted it."""
        old = _find_id(self.known, event.event_id)
        return old is not None and old.closed_at is not None and old.closed_look != old.opened_look


def _amend(told: list[_Told], event: Event) -> None:
    """What was told as the opening of an event corrects what was told of it before."""
    told[:] = [
        replace(item, happening="amended")
        if item.event.event_id == event.event_id and item.happening == "opened"
        else item
        for item in told
    ]


def _unseen_from(before: Observation | None, now: Observation) -> datetime | None:
    """When an open event lapsed between two looks; None where they are near enough for it to go on."""
    if before is None or now.acquired_from - before.acquired_from <= UNSEEN:
        return None
    return before.acquired_to + UNSEEN


def _closed(event: Event, by: Observation, unseen_from: datetime | None) -> Event:
    if unseen_from is not None:
        return replace(event, closed_look=None, closed_at=unseen_from)
    return replace(event, closed_look=by.look_id, closed_at=by.acquired_from)


def _find_id(events: Sequence[Event], event_id: str) -> Event | None:
    return next((event for event in events if event.event_id == event_id), None)


def _find(events: Sequence[Event], event: Event) -> Event:
    """The final form of an event that was met while it grew."""
    return next(
        (final for final in events if final.kind == event.kind and final.opened_look == event.opened_look), event
    )
