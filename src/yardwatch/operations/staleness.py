"""Staleness: an area that has shown nothing for longer than usual is news of its own kind, told once and not daily."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from yardwatch.alerts import compose_stale, queue_entries
from yardwatch.ledger import SeriesJudgement
from yardwatch.operations.news import News
from yardwatch.records import Event, LookState

if TYPE_CHECKING:
    from yardwatch.records import OutboxEntry
    from yardwatch.workspace import Workspace

FEWEST_GAPS = 5
MOST_GAPS = 60
UNKNOWN_GAP_DAYS = 30.0
"""Until an area has shown its rhythm."""
SHORTEST_DAYS = 3.0
"""A few cloudy days over a station that is seen daily are no news."""
ROOM = 1.5
"""Times the usual gap that pass before the silence is news."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Staleness:
    """How long an area has shown nothing.

    Attributes:
        since_look, since: the newest usable look, or the oldest look of any kind where none was ever usable; None
            where the ledger knows no look of the area.
        silent_days: since then; ``after_days`` is when that is news.
        usual_days: the gap that nine in ten gaps between usable looks did not exceed; None with too few looks.
    """

    area: str
    since_look: str | None
    since: datetime | None
    ever_usable: bool
    simulated: bool
    silent_days: float
    after_days: float
    usual_days: float | None

    @property
    def stale(self) -> bool:
        """Whether the silence is longer than it may be."""
        return self.since is not None and self.silent_days > self.after_days


def staleness(workspace: Workspace, area_name: str) -> Staleness:
    """How long the area has had no usable look; its real looks count, or the simulated ones where it has only those.

    Raises:
        BadInput: for an unknown area.
    """
    workspace.area(area_name)
    every = workspace.ledger.moments(area_name, tuple(LookState))
    simulated = bool(every) and all(row[2] for row in every)
    usable = [row[:2] for row in workspace.ledger.moments(area_name, (LookState.OBSERVED,)) if row[2] == simulated]
    others = [row[:2] for row in every if row[2] == simulated]
    look_id, since = usable[-1] if usable else others[0] if others else (None, None)
    usual = usual_gap_days([moment for _, moment in usable])
    chosen = workspace.watchlist.stale_after_of(area_name)
    after = chosen or (UNKNOWN_GAP_DAYS if usual is None else max(SHORTEST_DAYS, ROOM * usual))
    silent = 0.0 if since is None else (workspace.now() - since) / DAY
    return Staleness(area_name, look_id, since, bool(usable), simulated, silent, after, usual)


def usual_gap_days(moments: Sequence[datetime]) -> float | None:
    """The gap, in days, that nine in ten of the last 60 gaps did not exceed; None with fewer than five.

    Args:
        moments: aware, in time order.
    """
    newest = list(pairwise(moments))[-MOST_GAPS:]
    gaps = sorted((later - earlier) / DAY for earlier, later in newest)
    return gaps[math.ceil(0.9 * len(gaps)) - 1] if len(gaps) >= FEWEST_GAPS else None


def note_staleness(workspace: Workspace, area_name: str) -> tuple[News, ...]:
    """Record and queue that the area has gone silent, or that it has ended; both once, whoever asks how often.

    Call it for runs that ask the sources up to today, not for a backfill.

    Raises:
        BadInput: for an unknown area.
    """
    found = staleness(workspace, area_name)
    standing = workspace.ledger.events(area_name, open_only=True, kinds=("stale",))
    over = [
        _over(event, found)
        for event in standing
        if found.ever_usable and found.since_look != event.opened_look and found.since and found.since > event.opened_at
    ]
    begun = [_begun(found)] if found.stale and len(over) == len(standing) else []
    known = {event.event_id for event in workspace.ledger.events(area_name, kinds=("stale",))}
    new = [event for event in begun if event.event_id not in known]
    if not over and not new:
        return ()
    outbox = [entry for event in new for entry in _messages(workspace, event, found)]
    for simulated in {event.simulated for event in (*over, *new)}:
        workspace.ledger.record_judgement(
            SeriesJudgement(
                area=area_name,
                measure="count",
                simulated=simulated,
                events=[event for event in (*over, *new) if event.simulated == simulated],
                outbox=outbox,
            )
        )
    return tuple(News(area_name, "stale", event, event.opened_look, _sentence(found)) for event in new)


def _begun(found: Staleness) -> Event:
    assert found.since_look is not None
    assert found.since is not None
    return Event(
        event_id=f"{found.area}/stale/{found.since_look}",
        area=found.area,
        measure="count",
        kind="stale",
        simulated=found.simulated,
        opened_look=found.since_look,
        opened_at=found.since,
        peak_look=found.since_look,
        peak_value=0.0,
    )


def _over(event: Event, found: Staleness) -> Event:
    return replace(event, closed_look=found.since_look, closed_at=found.since)


def _messages(workspace: Workspace, event: Event, found: Staleness) -> list[OutboxEntry]:
    channels = workspace.watchlist.channels_of(event.area, "stale")
    message = compose_stale(workspace.area(event.area), event, _sentence(found), ever_usable=found.ever_usable)
    return queue_entries(event, "opened", event.opened_look, message, channels, workspace.now())


def _sentence(found: Staleness) -> str:
    usual = "its usual gap is not known yet"
    if found.usual_days is not None:
        usual = f"nine in ten gaps were at most {found.usual_days:.0f} days"
    said = f"No usable image for {found.silent_days:.0f} days"
    if not found.ever_usable:
        said = f"No usable image ever, and the first was tried {found.silent_days:.0f} days ago"
    return f"{said}; more than {found.after_days:.0f} days is news here ({usual})."
