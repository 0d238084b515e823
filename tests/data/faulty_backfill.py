"""A station whose scenes come from a server that fails: who was lost, doubled or left unexplained at the end."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from faulty_web import LASTING, PASSING, FaultyWeb
from small_station import Drawn, settings_for, with_stand_in

from yardwatch import operations
from yardwatch.imagery import web as web_client
from yardwatch.operations import Days
from yardwatch.records import Reason
from yardwatch.workspace import Workspace

FIRST = datetime(2020, 1, 1, 2, tzinfo=UTC)
MOST_RUNS = 12
DUE_AGAIN = ("http-403", "redirect-file", "html")
IMPATIENT = web_client.Patience(tries=2, first_wait_s=0.01, longest_wait_s=0.1, connect_s=1, read_s=0.4, whole_s=0.8)


@dataclass
class Outcome:
    """What a backfill left behind; the first three should be empty.

    Attributes:
        lost: healthy scenes without the right count.
        doubled: looks with more than one observation.
        unexplained: looks that are neither read nor say why not.
        reasons: how the scenes that never heal ended, by fault.
    """

    scenes: int
    faults: int
    runs: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    reasons: dict[str, Counter[str]] = field(default_factory=dict)


def backfill(tmp: Path, healthy: int, times: int, seed: int) -> Outcome:
    """Watch ``healthy`` scenes, each passing fault met ``times`` times, and ``times`` scenes of each lasting fault."""
    rng = random.Random(seed)
    lasting = [kind for kind in LASTING for _ in range(times)]
    drawn = [
        Drawn(f"{FIRST + timedelta(days=number):%Y-%m-%dT%H:%M:%S}", rng.randrange(12))
        for number in range(healthy + len(lasting))
    ]
    settings = settings_for(tmp, drawn)
    text = settings.watchlist.read_text().replace(
        'assets = ["visual"]', 'assets = ["visual"]\nallow_private_addresses = true'
    )
    settings.watchlist.write_text(text)
    server = FaultyWeb(tmp / "archive", seed)
    names = _point_to(server, tmp / "archive")
    order = rng.sample(names, len(names))
    broken = dict(zip(order, lasting, strict=False))
    sound = [name for name in names if name not in broken]
    for name, kind in broken.items():
        server.faults[f"/{name}"] = [kind, 0]
    queue = [kind for kind in PASSING for _ in range(times)]
    rng.shuffle(queue)
    for number, kind in enumerate(queue):
        path = f"/{sound[number % len(sound)]}"
        server.faults.setdefault(path, []).extend(
            [kind, 1 if kind == "corrupt" else rng.choice((1, 1, 2, 3, 6))]  # bytes that lie twice cannot be told apart
        )
    before, web_client.PATIENCE = web_client.PATIENCE, IMPATIENT
    try:
        return _run(tmp, with_stand_in(Workspace(settings)), drawn, broken, len(queue) + len(lasting))
    finally:
        web_client.PATIENCE = before
        server.close()


def _point_to(server: FaultyWeb, archive: Path) -> list[str]:
    """Items of the catalog on disk name their pictures on the server; the pictures' names, in time order."""
    for path in archive.rglob("*.json"):
        document = json.loads(path.read_text())
        for asset in document.get("assets", {}).values():
            asset["href"] = f"{server.url}/{Path(asset['href']).name}"
        path.write_text(json.dumps(document))
    return sorted(path.name for path in archive.glob("*.tif"))


def _run(tmp: Path, workspace: Workspace, drawn: Sequence[Drawn], broken: dict[str, str], faults: int) -> Outcome:
    clock = datetime(2025, 1, 1, tzinfo=UTC)
    days, runs = Days(date(2019, 12, 1), date(2022, 12, 31)), 0
    while runs < MOST_RUNS:
        workspace.now = lambda at=clock: at  # type: ignore[misc]
        workspace.ledger._clock = workspace.now
        run = operations.watch(workspace, "smallton", days)
        runs, clock = runs + 1, clock + timedelta(days=2)
        waiting = {look_id for look_id, _ in run.failed}
        if len(waiting) <= sum(kind in DUE_AGAIN for kind in broken.values()):
            break
    outcome = Outcome(len(drawn), faults, runs)
    story = operations.story_of(workspace, "smallton", simulated=True)
    times = Counter(observation.look_id for observation in story.observations)
    outcome.doubled = [look_id for look_id, number in times.items() if number > 1]
    looks = {look.scenes[0].scene_id: look for look in workspace.ledger.looks("smallton")}
    told = dict(run.failed)
    for scene in drawn:
        name = f"SIMULATED-{scene.when.replace('-', '').replace(':', '')}"
        look = looks.get(name)
        found = next((o for o in story.observations if look is not None and o.look_id == look.look_id), None)
        kind = broken.get(f"{name}.tif")
        if kind is None:
            if found is None or found.count != scene.cars:
                outcome.lost.append(f"{name}: {found.count if found else told.get(look.look_id if look else '')}")
            continue
        if found is not None and found.reason is Reason.UNREADABLE:
            end = "unusable"
        elif look is not None and told.get(look.look_id):
            end = "due again"
        else:
            end = "unexplained"
            outcome.unexplained.append(f"{name} ({kind})")
        outcome.reasons.setdefault(kind, Counter())[end] += 1
    return outcome
