"""What a series that lends itself other people's history makes of its events, and of those that nobody saw end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from yardwatch.operations.published import before_first, published_look
from yardwatch.surges import UNSEEN, Judgement, SeriesLook

if TYPE_CHECKING:
    from yardwatch.records import Event, Observation
    from yardwatch.workspace import Workspace


def lent_history(workspace: Workspace, area: str, observations: Sequence[Observation]) -> list[SeriesLook]:
    """What people published of the area from before our own first look, in time order; none for a simulated series.

    Args:
        observations: our own, of one measure; at least one.
    """
    if observations[0].simulated:
        return []
    counts = [count for count in workspace.ledger.published(area) if count.measure == observations[0].measure]
    looks = map(published_look, before_first(counts, observations))
    return sorted(looks, key=lambda look: (look.acquired, look.look_id))


def own_events(judgements: Sequence[Judgement]) -> list[Judgement]:
    """The judgements of our own looks, without events that a published count began: those are no news of ours.

    What raises such an event further is news, and opens one of our own.
    """
    ours = {judgement.look_id for judgement in judgements}
    taken_over: dict[str, str] = {}
    told = []
    for judgement in judgements:
        said, key, closed = judgement, judgement.event_key, judgement.also_closed
        if key is not None and key not in ours:
            happening = said.happening
            if happening == "escalated" and key not in taken_over:
                taken_over[key], happening = said.look_id, "opened"
            key = taken_over.get(key)
            said = replace(said, event_key=key, happening=None if key is None else happening)
        if closed is not None and closed not in ours:
            said = replace(said, also_closed=taken_over.get(closed))
        told.append(said)
    return told


def lapsed(events: Sequence[Event], last_look: datetime, now: datetime) -> list[Event]:
    """The events, those that are open although nothing was seen for 90 days closed on that day, without a look."""
    over = last_look + UNSEEN
    return [replace(event, closed_at=over) if event.closed_at is None and now > over else event for event in events]
