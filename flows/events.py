"""News as Prefect events, which automations react to: ``yardwatch.surge.opened`` and its like.

An event tells that something happened; it is no alert. Alerts go through the outbox, which loses none.
"""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

from collections.abc import Iterable

from prefect.events import emit_event
from prefect.logging import get_run_logger

from yardwatch.operations import News


def name_of(news: News) -> str:
    """``yardwatch.surge.opened``, ``.escalated``, ``.closed``, the same of ``drop``, or ``yardwatch.area.stale``."""
    return "yardwatch.area.stale" if news.happening == "stale" else f"yardwatch.{news.event.kind}.{news.happening}"


def emit(news: Iterable[News]) -> None:
    """Emit one event for each; a server that does not take one never fails the run."""
    for item in news:
        event = item.event
        try:
            emit_event(
                name_of(item),
                resource={
                    "prefect.resource.id": f"yardwatch.area.{item.area}",
                    "prefect.resource.name": item.area,
                    "yardwatch.area": item.area,
                    "yardwatch.simulated": str(event.simulated).lower(),
                    "yardwatch.provisional": str(event.provisional).lower(),
                },
                payload={
                    "sentence": item.sentence,
                    "event_id": event.event_id,
                    "look_id": item.look_id,
                    "measure": event.measure,
                    "peak": event.peak_value,
                    "opened_at": event.opened_at.isoformat(),
                    "closed_at": None if event.closed_at is None else event.closed_at.isoformat(),
                },
            )
        except Exception as error:
            get_run_logger().warning("%s of %s was not emitted: %s", name_of(item), item.area, error)
