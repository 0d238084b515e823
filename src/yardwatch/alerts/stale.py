"""What is said when an area has shown nothing for longer than usual."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from yardwatch.alerts.message import Message, one_line
from yardwatch.records import Area, Event
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
