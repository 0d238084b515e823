"""News: what judging an area changed, for whoever reacts to it without being a channel.

Messages go through the outbox, which loses and doubles nothing. This is the lighter way: what was opened, raised or
ended since the area was last judged, handed to the caller, who tells (a flow emits an event) or does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from yardwatch.alerts import lapse_sentence
from yardwatch.operations.judging import Judged, judge
from yardwatch.records import Event, VerdictKind

if TYPE_CHECKING:
    from yardwatch.records import Verdict
    from yardwatch.workspace import Workspace


@dataclass(frozen=True)
class News:
    """Something that happened to an area.

    Attributes:
        look_id: the look that showed it; of "stale", and of an event that ended unseen, the last usable one before.
        sentence: the claim, as the verdict or the message has it.
    """

    area: str
    happening: Literal["opened", "escalated", "closed", "stale"]
    event: Event
    look_id: str
    sentence: str


def judge_for_news(workspace: Workspace, area_name: str) -> tuple[Judged, tuple[News, ...]]:
    """Judge the area, and say what that changed, oldest first; judged again, the same area is no news.

    Raises:
        BadInput: for an unknown area.
    """
    before, escalated = _events(workspace, area_name), set(_escalations(workspace, area_name))
    judged = judge(workspace, area_name)
    after = _events(workspace, area_name)
    changed = [event for event in after.values() if before.get(event.event_id) != event]
    if not changed:
        return judged, ()
    verdicts = {verdict.look_id: verdict for verdict in workspace.ledger.verdicts(area_name)}
    news: list[News] = []
    for event in changed:
        old = before.get(event.event_id)
        if old is None:
            news.append(_news(event, "opened", event.opened_look, verdicts))
        news += [
            _news(event, "escalated", look_id, verdicts)
            for look_id, verdict in verdicts.items()
            if verdict.kind is VerdictKind.ESCALATION
            and look_id not in escalated
            and event.event_id.endswith(f"/{verdict.event_key}")
        ]
        if event.closed_at is not None and (old is None or old.closed_at is None):
            news.append(_over(workspace, event, verdicts))
    return judged, tuple(news)


def _over(workspace: Workspace, event: Event, verdicts: dict[str, Verdict]) -> News:
    """The end of an event, by the look that showed it or, where none came for 90 days, by the last one before."""
    if event.closed_look is not None:
        return _news(event, "closed", event.closed_look, verdicts)
    assert event.closed_at is not None
    release = workspace.release.name
    series = workspace.ledger.series(event.area, event.measure, simulated=event.simulated, release=release)
    seen = [one.look_id for one in series if one.value is not None and one.acquired_from < event.closed_at]
    return News(event.area, "closed", event, seen[-1] if seen else event.peak_look, lapse_sentence(event))


def _events(workspace: Workspace, area_name: str) -> dict[str, Event]:
    return {event.event_id: event for event in workspace.ledger.events(area_name)}


def _escalations(workspace: Workspace, area_name: str) -> list[str]:
    verdicts = workspace.ledger.verdicts(area_name)
    return [verdict.look_id for verdict in verdicts if verdict.kind is VerdictKind.ESCALATION]


def _news(
    event: Event, happening: Literal["opened", "escalated", "closed"], look_id: str, verdicts: dict[str, Verdict]
) -> News:
    said = verdicts[look_id].sentence if look_id in verdicts else ""
    return News(event.area, happening, event, look_id, said)
