"""What a correction does to alerts that were sent: a look read anew, or set aside, after channels were told of it.

One message for each change of what was claimed, however often a look is corrected; none where nothing changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from yardwatch.records import Event, Observation, OutboxEntry, Verdict, VerdictKind
from yardwatch.report.wording import why_no_value

if TYPE_CHECKING:
    from yardwatch.alerts import Message
    from yardwatch.workspace import Workspace

METHOD = "correction"


def told_of(workspace: Workspace, event: Event, look_id: str) -> list[OutboxEntry]:
    """What was queued about a look of an event, oldest first; that the event is over is not about its look."""
    queued = workspace.ledger.outbox(event_id=event.event_id)
    return [entry for entry in queued if entry.look_id == look_id and entry.happening != "closed"]


def what_it_corrects(told: Sequence[OutboxEntry], amendment: Message) -> str | None:
    """The amendment that this one follows (empty for the first); None where it claims what was said last.

    Args:
        told: what :func:`told_of` gives. What an older yardwatch queued names no claim, and is amended once.
    """
    amended = [entry.entry_id for entry in told if entry.happening == "amended"]
    last = told[-1].payload.get("claim") if told else None
    if last == amendment.claim or (last is None and amended):
        return None
    return amended[-1] if amended else ""


def may_correct(workspace: Workspace, event: Event, now: Observation) -> bool:
    """Whether the look that opened an event may be another than channels were told; :func:`what_it_corrects` decides.

    Call it before the new verdict is recorded.
    """
    told = told_of(workspace, event, now.look_id)
    return bool(told) and ("claim" in told[-1].payload or was_corrected(workspace, event, now))


def was_corrected(workspace: Workspace, event: Event, now: Observation) -> bool:
    """Whether the look that opened an event has another value than when it was last judged.

    Call it before the new verdict is recorded. A look that was read again to the same value is no news.
    """
    verdicts = workspace.ledger.verdicts(event.area, event.measure, simulated=event.simulated)
    said = next((verdict for verdict in verdicts if verdict.look_id == event.opened_look), None)
    if said is None or not said.observation_ids or said.observation_ids[-1] == now.observation_id:
        return False
    readings = workspace.ledger.observations(look_id=event.opened_look)
    before = next((reading for reading in readings if reading.observation_id == said.observation_ids[-1]), None)
    return before is not None and before.value != now.value


def set_aside(workspace: Workspace, event: Event) -> tuple[Verdict, Observation] | None:
    """The look that opened an event, where it no longer has a value, and what is to be said of it; else None."""
    series = workspace.ledger.series(
        event.area, event.measure, simulated=event.simulated, release=workspace.release.name
    )
    look = next((seen for seen in series if seen.look_id == event.opened_look and seen.value is None), None)
    if look is None:
        return None
    sentence = f"The look that opened this {event.kind} no longer has a value: {why_no_value(look)}."
    verdict = Verdict(
        look_id=look.look_id,
        area=look.area,
        measure=look.measure,
        kind=VerdictKind.UNJUDGED,
        sentence=sentence,
        method=METHOD,
        observation_ids=(look.observation_id,),
        reason=why_no_value(look),
    )
    return verdict, look
