"""What a correction does to an alert that was sent: a look read anew, or set aside, after it opened an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yardwatch.records import Event, Observation, Verdict, VerdictKind
from yardwatch.report.wording import why_no_value

if TYPE_CHECKING:
    from yardwatch.workspace import Workspace

METHOD = "correction"


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
