"""A surge as the judgement hands it to the alerts, an outbox in memory, and a webhook on the loopback interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shapely import Point

from yardwatch.records import Area, Event, Observation, OutboxEntry, Verdict, VerdictKind

NOW = datetime(2023, 10, 6, 8, 0, tzinfo=UTC)
SEEN_AT = datetime(2023, 10, 5, 2, 12, tzinfo=UTC)
LOOK = "tumangang/skysat/20231005T0212"


def drawn_area(**changes: Any) -> Area:
    place = Point(130.6081, 42.4214)
    area = Area("tumangang", "Tumangang", "두만강", "North Korea", "Asia/Pyongyang", place, True, ())
    return replace(area, **changes)


def drawn_observation(**changes: Any) -> Observation:
    observation = Observation(
        look_id=LOOK,
        area="tumangang",
        area_version="0123456789ab",
        release="2026.1-yolo11n",
        pipeline_version="1",
        acquired_from=SEEN_AT,
        acquired_to=SEEN_AT,
        platform="SkySat-7",
        measure="count",
        value=73.0,
        low=68.2,
        high=80.9,
        visible=0.874,
        gsd_m=0.5,
        effective_gsd_m=0.5,
        source="deliveries",
        licence="commercial, do not redistribute",
        attribution="(c) Example Labs 2023",
        simulated=False,
        scene_keys=("deliveries:20231005_021200_ssc7",),
    )
    return replace(observation, **changes)


def drawn_verdict(**changes: Any) -> Verdict:
    verdict = Verdict(
        look_id=LOOK,
        area="tumangang",
        measure="count",
        kind=VerdictKind.SURGE,
        sentence="73 freight cars, 8 times what is usual here; no earlier look showed more than 20.",
        method="negative binomial",
        expected=9.1,
        expected_low=1.0,
        expected_high=24.0,
        smallest_alarming=31.0,
        baseline_looks=20,
    )
    return replace(verdict, **changes)


def drawn_event(**changes: Any) -> Event:
    event = Event("e1", "tumangang", "count", "surge", False, LOOK, SEEN_AT, LOOK, 73.0)
    return replace(event, **changes)


@dataclass
class Outbox:
    """What the ledger does for delivery, in memory."""

    entries: dict[str, OutboxEntry] = field(default_factory=dict)
    leases: dict[str, datetime] = field(default_factory=dict)
    refuse_claims: bool = False

    def add(self, *entries: OutboxEntry) -> None:
        for entry in entries:
            self.entries.setdefault(entry.entry_id, entry)

    def outbox(self, states: Collection[str] | None = None) -> list[OutboxEntry]:
        return [entry for entry in self.entries.values() if states is None or entry.state in states]

    def claim(self, entry_id: str, now: datetime, lease_s: float) -> bool:
        entry = self.entries[entry_id]
        held = entry.state == "claimed" and self.leases[entry_id] > now
        if self.refuse_claims or held or entry.state == "sent" or (entry.retry_at and entry.retry_at > now):
            return False
        self.leases[entry_id] = now + timedelta(seconds=lease_s)
        self.entries[entry_id] = replace(entry, state="claimed", attempts=entry.attempts + 1)
        return True

    def confirm(self, entry_id: str, now: datetime) -> None:
        self.entries[entry_id] = replace(self.entries[entry_id], state="sent", sent_at=now)

    def postpone(self, entry_id: str, error: str, retry_at: datetime) -> None:
        self.entries[entry_id] = replace(self.entries[entry_id], state="failed", error=error, retry_at=retry_at)


@dataclass
class Hook:
    """A webhook that keeps what it is sent and answers as it is told."""

    url: str
    status: int = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def listening_hook() -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.headers.append(dict(self.headers))
            hook.bodies.append(json.loads(body))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook = Hook(f"json://127.0.0.1:{server.server_port}/rail?+X-Token=s3cretvalue")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
