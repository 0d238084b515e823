"""Due: looks that wait, messages that wait, areas that show nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from yardwatch.operations.doctor.check import Check, guarded
from yardwatch.operations.staleness import staleness
from yardwatch.records import LookState

if TYPE_CHECKING:
    from yardwatch.workspace import Workspace

LONG_WAIT = timedelta(hours=1)
MANY_TRIES = 5
MOST_NAMED = 5


def check_duty(workspace: Workspace) -> list[Check]:
    """What the ledger says of the work; nothing where there is no ledger yet."""
    from yardwatch.errors import YardwatchError
    from yardwatch.ledger import Ledger

    settings = workspace.settings
    try:
        Ledger.open(settings.ledger_address(), settings.root, create=False).close()
    except YardwatchError:
        return []  # the check of the ledger says so
    return [
        guarded("looks due", lambda: _looks(workspace)),
        guarded("messages", lambda: _messages(workspace)),
        guarded("stale areas", lambda: _stale(workspace)),
        guarded("last look", lambda: _last(workspace)),
    ]


def _looks(workspace: Workspace) -> Check:
    states = (LookState.PENDING, LookState.FAILED)
    waiting = [look for area in workspace.ledger.areas() for look in workspace.ledger.looks(area, states=states)]
    stuck = [look for look in waiting if look.attempts >= MANY_TRIES]
    said = f"{len(waiting)} wait to be read"
    if stuck:
        why = f"{stuck[-1].look_id}: {stuck[-1].error}"
        return Check(
            "looks due", "warning", f"{said}, {len(stuck)} tried {MANY_TRIES} times or more; {why}", "mend its source"
        )
    return Check("looks due", "good", said)


def _messages(workspace: Workspace) -> Check:
    now = workspace.now()
    waiting = workspace.ledger.outbox(states=("queued", "failed", "claimed"))
    digests = {n for n, entry in workspace.watchlist.channels.items() if entry.digest_hours is not None}
    failing = [entry for entry in waiting if entry.error is not None]
    late = [entry for entry in waiting if now - entry.queued_at > LONG_WAIT and entry.channel not in digests]
    if failing:
        last = failing[-1]
        said = f"{len(failing)} could not be sent, the last to {last.channel} ({last.attempts} tries): {last.error}"
        return Check("messages", "bad", said, f"mend it and try: `yardwatch channels test {last.channel}`")
    if late:
        return Check(
            "messages", "warning", f"{len(late)} wait for over an hour", "run `yardwatch deliver`, or schedule it"
        )
    return Check("messages", "good", f"{len(waiting)} wait to be sent")


def _stale(workspace: Workspace) -> Check:
    found = [staleness(workspace, name) for name in workspace.watched_areas()]
    stale = sorted((one for one in found if one.stale), key=lambda one: -one.silent_days)
    never = [one.area for one in found if one.since is None]
    if stale:
        named = ", ".join(f"{one.area} ({one.silent_days:.0f} days)" for one in stale[:MOST_NAMED])
        said = f"{len(stale)} without a usable look for longer than usual: {named}"
        return Check("stale areas", "warning", said, f"`yardwatch series {stale[0].area}` shows why")
    if never:
        said = f"no look yet: {', '.join(never[:MOST_NAMED])}{' ...' if len(never) > MOST_NAMED else ''}"
        return Check("stale areas", "warning", said, f"run `yardwatch watch {never[0]}`")
    return Check("stale areas", "good", f"{len(found)} asked, none silent for longer than usual")


def _last(workspace: Workspace) -> Check:
    last: datetime | None = None
    for name in workspace.watched_areas():
        recorded = [seen.recorded_at for seen in workspace.ledger.observations(area=name) if seen.recorded_at]
        last = max([*recorded, *([last] if last else [])], default=None)
    if last is None:
        return Check("last look", "warning", "nothing was ever read", "run `yardwatch watch`, or start the schedule")
    return Check("last look", "good", f"the newest was read {last:%Y-%m-%d %H:%M} UTC")
