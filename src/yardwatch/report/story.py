"""What one report tells: an area's series of one measure, with its verdicts, events and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from yardwatch.errors import BadInput
from yardwatch.records import (
    Area,
    Event,
    KnownEvent,
    Measure,
    Observation,
    PublishedCount,
    Verdict,
    VerdictKind,
    require_utc,
)

NEWS = frozenset({VerdictKind.SURGE, VerdictKind.ESCALATION, VerdictKind.DROP, VerdictKind.NEW_NORMAL})
"""Kinds of verdict that a reader is told about first."""


@dataclass(frozen=True, eq=False)
class SeriesStory:
    """One area's looks of one measure, simulated or real but never both.

    Attributes:
        observations: the current observation of each look, those without a value among them; kept in time order.
        verdicts: by look id; a look without one was not judged.
        events: surges and drops, open and closed.
        pictures: annotated pictures (PNG or JPEG) by look id.
        lost: why there is no picture of a look that should have one, by look id.
        published: counts that people published of this area; shown beside ours, never mixed in.
        known_events: what else is known to have happened there; shown, never used to judge.
        generated_at: aware; when the story was put together.
        release_facts: what the card of the model release says, label to text, in the order to print.

    Raises:
        BadInput: when looks of another area, another measure or another world (simulated or real) are among them, or
            a look comes twice.
    """

    area: Area
    measure: Measure
    simulated: bool
    observations: tuple[Observation, ...]
    verdicts: Mapping[str, Verdict]
    events: tuple[Event, ...]
    generated_at: datetime
    pictures: Mapping[str, Path] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    published: tuple[PublishedCount, ...] = ()
    known_events: tuple[KnownEvent, ...] = ()
    release_facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put the looks in time order and refuse a mixture."""
        seen: set[str] = set()
        for observation in self.observations:
            wrong = self._why_foreign(observation)
            if wrong or observation.look_id in seen:
                problem = wrong or "comes twice; pass only the current observation of each look"
                raise BadInput(f"story of {self.area.name}: look {observation.look_id} {problem}")
            seen.add(observation.look_id)
        ordered = sorted(self.observations, key=lambda o: (o.acquired_from, o.look_id))
        object.__setattr__(self, "observations", tuple(ordered))
        object.__setattr__(self, "generated_at", require_utc(self.generated_at))

    def _why_foreign(self, observation: Observation) -> str:
        if observation.area != self.area.name:
            return f"is of area {observation.area}; leave it out"
        if observation.measure != self.measure:
            return f"measures {observation.measure}, not {self.measure}; tell it in a story of its own"
        if observation.simulated != self.simulated:
            kind = "simulated" if observation.simulated else "real"
            return f"is {kind} and the story is not; simulated and real looks never share a series"
        return ""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of the area."""
        return ZoneInfo(self.area.time_zone)

    @cached_property
    def valued(self) -> tuple[Observation, ...]:
        """The looks that have a value."""
        return tuple(o for o in self.observations if o.value is not None)

    @cached_property
    def unusable(self) -> tuple[Observation, ...]:
        """The looks that permit no value."""
        return tuple(o for o in self.observations if o.value is None)

    @cached_property
    def news(self) -> tuple[Observation, ...]:
        """The looks whose verdict is news, in time order."""
        return tuple(o for o in self.observations if self.kind_of(o.look_id) in NEWS)

    @cached_property
    def by_look(self) -> Mapping[str, Observation]:
        """The observations by look id."""
        return {o.look_id: o for o in self.observations}

    def kind_of(self, look_id: str) -> VerdictKind | None:
        """What was judged of a look, or None when it was not judged."""
        verdict = self.verdicts.get(look_id)
        return None if verdict is None else verdict.kind

    def telling_looks(self, limit: int = 4) -> tuple[str, ...]:
        """Ids of the looks whose pictures tell the story, in time order: how the newest events opened and peaked, and
        the counted look before each opening; without an event the newest counted look.
        """
        ids = [o.look_id for o in self.valued]
        chosen: list[str] = []
        for event in sorted(self.events, key=lambda e: e.opened_at, reverse=True):
            wanted = [event.opened_look, event.peak_look]
            if event.opened_look in ids and ids.index(event.opened_look) > 0:
                wanted.insert(1, ids[ids.index(event.opened_look) - 1])
            chosen += [look_id for look_id in wanted if look_id in self.by_look and look_id not in chosen]
        chosen = (chosen or ids[-1:])[:limit]
        return tuple(o.look_id for o in self.observations if o.look_id in chosen)
