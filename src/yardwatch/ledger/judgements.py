"""Judgements: verdicts and events of a series with the messages they cause, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, insert, or_, select, update

from yardwatch.errors import BadInput
from yardwatch.ledger.identity import identify, plain
from yardwatch.ledger.outbox import queue
from yardwatch.ledger.receipts import JudgementReceipt, SeriesJudgement
from yardwatch.ledger.store import Store, chunks
from yardwatch.ledger.tables import event_states, events, looks, verdicts
from yardwatch.records import Event, Measure, Verdict, VerdictKind

_VERDICT = tuple(field.name for field in fields(Verdict) if field.name != "last_higher")
_SAID = tuple(field.name for field in fields(Verdict) if field.name not in ("verdict_id", "recorded_at"))
_EVENT = tuple(field.name for field in fields(Event))
_STATE = ("kind", "opened_look", "opened_at", "peak_look", "peak_value", "provisional", "closed_look", "closed_at")


class Judgements(Store):
    """The part of the ledger that knows verdicts and events."""

    def record_judgement(self, judgement: SeriesJudgement) -> JudgementReceipt:
        """Record the judgement of a series; what it repeats adds nothing.

        A verdict that differs from the current one of its look supersedes it, and the old row stays. An event takes
        a new form in the same way. A message whose id was queued before is passed over, whatever it says.

        Raises:
            BadInput: for a verdict or event of another series, or about a look the ledger does not know. Nothing is
                recorded then.
        """
        _check(judgement)
        now = self._clock()
        with self.writing() as connection:
            _check_looks(connection, judgement)
            added, superseded = _record_verdicts(connection, judgement, now)
            events_added, events_changed = _record_events(connection, judgement.events, now)
            queued = queue(connection, judgement.outbox, self.address)
        return JudgementReceipt(added, superseded, events_added, events_changed, queued)

    def verdicts(
        self,
        area: str,
        measure: Measure | None = None,
        *,
        simulated: bool | None = None,
        as_of: datetime | None = None,
    ) -> list[Verdict]:
        """The current verdict of each look, in time order; with ``as_of`` (aware) those current at that moment."""
        wanted = [verdicts.c.area == area, *_current(verdicts.c.recorded_at, verdicts.c.superseded_at, as_of)]
        if measure is not None:
            wanted.append(verdicts.c.measure == measure)
        if simulated is not None:
            wanted.append(verdicts.c.simulated == simulated)
        query = (
            select(verdicts)
            .join(looks, looks.c.look_id == verdicts.c.look_id)
            .where(*wanted)
            .order_by(looks.c.acquired_from, looks.c.look_id, verdicts.c.sequence)
        )
        with self.reading() as connection:
            return [_verdict_from_row(row) for row in connection.execute(query)]

    def events(
        self,
        area: str | None = None,
        *,
        simulated: bool | None = None,
        open_only: bool = False,
        as_of: datetime | None = None,
        kinds: Collection[str] = ("surge", "drop"),
    ) -> list[Event]:
        """Events in their current form, by the time they opened; with ``as_of`` (aware) in the form of that moment."""
        query = _events_of(area is not None, simulated is not None, open_only, as_of is not None)
        sought = {"kinds": list(kinds), "area": area, "simulated": simulated, "as_of": as_of}
        with self.reading() as connection:
            return [Event(**row) for row in connection.execute(query, sought).mappings()]

    def event_history(self, event_id: str) -> list[Event]:
        """Every form an event has had, in the order of recording; empty for an unknown one."""
        query = _events_query().where(events.c.event_id == event_id).order_by(event_states.c.sequence)
        with self.reading() as connection:
            return [Event(**row) for row in connection.execute(query).mappings()]


@cache
def _events_of(of_area: bool, of_kind: bool, open_only: bool, as_of: bool) -> Any:
    """Built once: judging an area asks several times."""
    moment: BindParameter[datetime] | None = bindparam("as_of") if as_of else None
    wanted = _current(event_states.c.recorded_at, event_states.c.superseded_at, moment)
    wanted.append(event_states.c.kind.in_(bindparam("kinds", expanding=True)))
    if of_area:
        wanted.append(events.c.area == bindparam("area"))
    if of_kind:
        wanted.append(events.c.simulated == bindparam("simulated"))
    if open_only:
        wanted.append(event_states.c.closed_at.is_(None))
    return _events_query().where(*wanted).order_by(event_states.c.opened_at, events.c.event_id)


def _events_query() -> Any:
    columns = [event_states.c[name] if name in _STATE else events.c[name] for name in _EVENT]
    return select(*columns).join(event_states, event_states.c.event_id == events.c.event_id)


def _current(
    recorded: Any, superseded: Any, as_of: datetime | BindParameter[datetime] | None
) -> list[ColumnElement[bool]]:
    if as_of is None:
        return [superseded.is_(None)]
    return [recorded <= as_of, or_(superseded.is_(None), superseded > as_of)]


def _record_verdicts(connection: Connection, judgement: SeriesJudgement, now: datetime) -> tuple[int, int]:
    series = (
        verdicts.c.area == judgement.area,
        verdicts.c.measure == judgement.measure,
        verdicts.c.simulated == judgement.simulated,
        verdicts.c.superseded_at.is_(None),
    )
    query = select(verdicts.c.look_id, verdicts.c.verdict_id, verdicts.c.content_hash).where(*series)
    current = {row.look_id: row for row in connection.execute(query)}
    rows: list[dict[str, Any]] = []
    replaced: list[str] = []
    for verdict in judgement.verdicts:
        content = _content_of(verdict, judgement.simulated)
        standing = current.get(verdict.look_id)
        if standing is not None and standing.content_hash == content:
            continue
        before = None if standing is None else standing.verdict_id
        if before is not None:
            replaced.append(before)
        row = _verdict_to_row(replace(verdict, verdict_id=identify("verdict", content, before), recorded_at=now))
        rows.append({**row, "content_hash": content, "simulated": judgement.simulated})
    for ids in chunks(replaced):
        connection.execute(update(verdicts).where(verdicts.c.verdict_id.in_(ids)).values(superseded_at=now))
    if rows:
        connection.execute(insert(verdicts), rows)
    return len(rows), len(replaced)


def _record_events(connection: Connection, given: Sequence[Event], now: datetime) -> tuple[int, int]:
    added = changed = 0
    for event in given:
        content = identify("event", *(getattr(event, name) for name in _STATE))
        query = (
            select(
                events.c.area,
                events.c.measure,
                events.c.simulated,
                event_states.c.sequence,
                event_states.c.content_hash,
            )
            .join(event_states, event_states.c.event_id == events.c.event_id)
            .where(events.c.event_id == event.event_id, event_states.c.superseded_at.is_(None))
        )
        standing = connection.execute(query).one_or_none()
        if standing is None:
            same = {name: getattr(event, name) for name in ("event_id", "area", "measure", "simulated")}
            connection.execute(insert(events).values(**same, recorded_at=now))
            added += 1
        elif (standing.area, standing.measure, standing.simulated) != (event.area, event.measure, event.simulated):
            raise BadInput(
                f"event {event.event_id} is one of area {standing.area!r}, measure {standing.measure!r} already"
            )
        elif standing.content_hash == content:
            continue
        else:
            old = event_states.c.sequence == standing.sequence
            connection.execute(update(event_states).where(old).values(superseded_at=now))
            changed += 1
        state = {name: getattr(event, name) for name in _STATE}
        row = {**state, "event_id": event.event_id, "content_hash": content, "recorded_at": now}
        connection.execute(insert(event_states).values(row))
    return added, changed


def _check(judgement: SeriesJudgement) -> None:
    series = (judgement.area, judgement.measure)
    for verdict in judgement.verdicts:
        if (verdict.area, verdict.measure) != series:
            raise BadInput(f"verdict on {verdict.look_id} is of another series than {'/'.join(series)}")
    if len({verdict.look_id for verdict in judgement.verdicts}) < len(judgement.verdicts):
        raise BadInput(f"judgement of {'/'.join(series)}: a look has two verdicts; give one a look")
    for event in judgement.events:
        if (event.area, event.measure, event.simulated) != (*series, judgement.simulated):
            raise BadInput(f"event {event.event_id} is of another series than {'/'.join(series)}")


def _check_looks(connection: Connection, judgement: SeriesJudgement) -> None:
    """Every look that is judged is one of the series' area, and simulated like it."""
    series = (looks.c.area == judgement.area, looks.c.simulated == judgement.simulated)
    known = set(connection.scalars(select(looks.c.look_id).where(*series)))
    for verdict in judgement.verdicts:
        if verdict.look_id not in known:
            kind = "simulated" if judgement.simulated else "real"
            raise BadInput(f"verdict on {verdict.look_id}: {judgement.area} has no such {kind} look; register it first")


def _content_of(verdict: Verdict, simulated: bool) -> str:
    """What a verdict says, without when it was recorded."""
    return identify("verdict", simulated, *(getattr(verdict, name) for name in _SAID))


def _verdict_to_row(verdict: Verdict) -> dict[str, Any]:
    at, value = verdict.last_higher or (None, None)
    return {
        **{name: plain(getattr(verdict, name)) for name in _VERDICT},
        "last_higher_at": at,
        "last_higher_value": plain(value),
        "down_weighted": list(verdict.down_weighted),
        "observation_ids": list(verdict.observation_ids),
    }


def _verdict_from_row(row: Any) -> Verdict:
    values = {name: getattr(row, name) for name in _VERDICT}
    values["kind"] = VerdictKind(row.kind)
    values["down_weighted"] = tuple(row.down_weighted)
    values["observation_ids"] = tuple(row.observation_ids)
    last_higher = None if row.last_higher_at is None else (row.last_higher_at, row.last_higher_value)
    return Verdict(**values, last_higher=last_higher)
