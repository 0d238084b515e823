"""What is said when an area has shown nothing: for longer than usual, or for so long that its event lapses."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from yardwatch.alerts.message import Message, one_line
from yardwatch.records import Area, Event, Observation
from yardwatch.report.wording import SIMULATED, local_time, utc_time


def compose_stale(area: Area, event: Event, sentence: str, *, ever_usable: bool) -> Message:
    """The message about an area without a usable look.

    Args:
        event: of kind "stale"; its ``opened_look`` is the last usable look, or the first that was tried.
        sentence: how long, and what is usual.
    """
    prefix = f"{SIMULATED}: " if event.simulated else ""
    when = local_time(event.opened_at, event.opened_at, ZoneInfo(area.time_zone))
    last = "Last usable look" if ever_usable else "First look, not usable"
    lines = [
        f"{prefix}{sentence}",
        "This says nothing about the yard: no usable image is never zero cars.",
        "",
        f"{last}: {when} = {utc_time(event.opened_at)}, {event.opened_look}",
        f"Where: {area.title}, {area.country}",
        f"What to do: `yardwatch doctor` says which source does not answer; `yardwatch series {area.name}` shows why "
        "looks were not usable.",
    ]
    title = one_line(f"{prefix}{area.title}: no usable image since {when[:10]}", 200)
    return Message(title, "\n".join(one_line(line, 400) for line in lines))


def lapse_sentence(event: Event) -> str:
    """That an event is over because nobody saw it for too long, and that nothing is known of the yard."""
    assert event.closed_at is not None
    return (
        f"No usable image has shown for 90 days whether this {event.kind} goes on: since {event.closed_at:%Y-%m-%d} it "
        "counts as over. What stands there now is not known."
    )


def compose_lapsed(area: Area, event: Event, last: Observation) -> Message:
    """The message about an event that ended unseen.

    Args:
        event: with ``closed_at`` and without ``closed_look``.
        last: the last usable look before it ended.
    """
    prefix = f"{SIMULATED}: " if event.simulated else ""
    when = local_time(last.acquired_from, last.acquired_to, ZoneInfo(area.time_zone))
    lines = [
        f"{prefix}{lapse_sentence(event)}",
        "",
        f"Last usable look: {when} = {utc_time(last.acquired_from)}, {last.look_id}",
        f"Where: {area.title}, {area.country}",
        f"What to do: `yardwatch series {area.name}` shows why looks were not usable.",
        f"Licence: {last.licence}; {last.attribution}",
    ]
    title = one_line(f"{prefix}{area.title}: {event.kind} not seen for 90 days, counts as over", 200)
    return Message(title, "\n".join(one_line(line, 400) for line in lines))
