"""Registering looks: which given look is which known one. Works inside one write transaction."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from yardwatch.errors import BadInput
from yardwatch.ledger.receipts import Registration
from yardwatch.ledger.scenes import scene_from_row, shows_new_ground, store_scenes
from yardwatch.ledger.tables import look_scenes, looks, observations, scenes
from yardwatch.records import Look, LookState, Reason, Scene

SAME_PASS = timedelta(seconds=60)
"""Scenes of one platform this close in time are one acquisition where no catalog says otherwise."""


@dataclass(frozen=True)
class _Known:
    """A row of ``looks`` as far as registering needs it, and the scenes attached to it, best first."""

    look_id: str
    area: str
    platform: str
    pass_id: str
    catalogued: bool
    acquired_from: datetime
    acquired_to: datetime
    simulated: bool
    state: str
    scene_keys: tuple[str, ...] = ()

    @classmethod
    def of(cls, look: Look) -> _Known:
        return cls(
            look_id=look.look_id,
            area=look.area,
            platform=look.platform,
            pass_id=look.pass_id,
            catalogued=_catalogued(look),
            acquired_from=look.acquired_from,
            acquired_to=look.acquired_to,
            simulated=look.simulated,
            state=LookState.PENDING,
            scene_keys=tuple(dict.fromkeys(scene.key for scene in look.scenes)),
        )

    def gap_to(self, look: Look) -> timedelta:
        """Time between the two acquisitions; nothing where they overlap."""
        return max(look.acquired_from - self.acquired_to, self.acquired_from - look.acquired_to, timedelta())


@dataclass
class _Timeline:
    """The looks of one area and platform by the time they begin."""

    begins: list[tuple[datetime, str]] = field(default_factory=list)
    longest: timedelta = timedelta()

    def add(self, known: _Known) -> None:
        insort(self.begins, (known.acquired_from, known.look_id))
        self.longest = max(self.longest, known.acquired_to - known.acquired_from)

    def near(self, look: Look) -> list[str]:
        """Ids of all looks within 60 s, and perhaps of some others."""
        first = bisect_left(self.begins, (look.acquired_from - SAME_PASS - self.longest, ""))
        last = bisect_right(self.begins, (look.acquired_to + SAME_PASS, "\U0010ffff"))
        return list(dict.fromkeys(look_id for _, look_id in self.begins[first:last]))


class Register:
    """The looks of some areas as the ledger knows them, and those that are added.

    Args:
        connection: inside a write transaction.
        areas: names of all areas whose looks will be taken.
        now: goes into ``recorded_at``.
    """

    def __init__(self, connection: Connection, areas: set[str], now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._known: dict[str, _Known] = {}
        self._by_pass: dict[tuple[str, str, str], str] = {}
        self._by_scene: dict[tuple[str, str, str], str] = {}
        self._timelines: dict[tuple[str, str], _Timeline] = {}
        self._added: dict[str, None] = {}
        self._changed: dict[str, _Known] = {}  # as it was before
        for known in _load(connection, areas):
            self._remember(known)

    def take(self, given: Sequence[Look]) -> Registration:
        """Register ``given`` in order."""
        store_scenes(self._connection, {scene.key: scene for look in given for scene in look.scenes}, self._now)
        met: dict[str, None] = {}
        for look in given:
            found = self._find(look)
            if found is None:
                self._remember(_Known.of(look))
                self._added[look.look_id] = None
                continue
            self._extend(found, look)
            if found.look_id not in self._added:
                met[found.look_id] = None
        self._write()
        return Registration(tuple(self._added), tuple(met), tuple(self._changed))

    def _remember(self, known: _Known) -> None:
        self._known[known.look_id] = known
        self._by_pass[known.area, known.platform, known.pass_id] = known.look_id
        self._timelines.setdefault((known.area, known.platform), _Timeline()).add(known)
        for key in known.scene_keys:
            self._by_scene[known.area, known.platform, key] = known.look_id

    def _find(self, look: Look) -> _Known | None:
        place = (look.area, look.platform)
        by_name = self._by_pass.get((*place, look.pass_id)) or (look.look_id if look.look_id in self._known else None)
        if by_name is not None:
            known = self._known[by_name]
            if known.simulated != look.simulated:
                raise BadInput(
                    f"look {look.look_id} is known as {_kind(known.simulated)} and given as {_kind(look.simulated)}: "
                    "they never share one; set YARDWATCH_DATA_DIR to a root of its own"
                )
            return known
        by_scene = [self._by_scene.get((*place, scene.key)) for scene in look.scenes]
        by_time = self._timelines[place].near(look) if place in self._timelines else []
        for candidates in ([name for name in by_scene if name is not None], self._within_a_pass(look, by_time)):
            alike = [self._known[name] for name in candidates if self._known[name].simulated == look.simulated]
            if alike:
                return min(alike, key=lambda known: (known.gap_to(look), known.look_id))
        return None

    def _within_a_pass(self, look: Look, look_ids: Sequence[str]) -> list[str]:
        """Those that can be the same pass by their time: two that catalogs name differently are two."""
        return [
            look_id
            for look_id in look_ids
            if not (self._known[look_id].catalogued and _catalogued(look))
            and self._known[look_id].gap_to(look) <= SAME_PASS
        ]

    def _extend(self, known: _Known, look: Look) -> None:
        """Attach the scenes that are new to the look: the given order first, then what it had besides."""
        given = {scene.key: scene for scene in look.scenes}
        new = [scene for key, scene in given.items() if key not in known.scene_keys]
        if not new:
            return
        if known.look_id not in self._added:
            self._changed.setdefault(known.look_id, known)
        self._remember(
            replace(
                known,
                acquired_from=min(known.acquired_from, look.acquired_from),
                acquired_to=max(known.acquired_to, look.acquired_to),
                state=LookState.PENDING if self._may_change(known, new) else known.state,
                scene_keys=tuple(dict.fromkeys((*given, *known.scene_keys))),
            )
        )

    def _may_change(self, known: _Known, new: Sequence[Scene]) -> bool:
        """Whether new pixels may change what an unusable look was read as."""
        if known.state != LookState.UNUSABLE:
            return False
        newest = (
            select(observations.c.reason)
            .where(observations.c.look_id == known.look_id)
            .order_by(observations.c.sequence.desc())
            .limit(1)
        )
        if self._connection.scalar(newest) == Reason.UNREADABLE:
            return True
        stored = self._connection.execute(select(scenes).where(scenes.c.scene_key.in_(known.scene_keys)))
        return shows_new_ground(new, [scene_from_row(row) for row in stored])

    def _write(self) -> None:
        added = [self._known[look_id] for look_id in self._added]
        if added:
            self._connection.execute(insert(looks), [self._row_of(known) for known in added])
            self._connection.execute(insert(look_scenes), [row for known in added for row in self._attachments(known)])
        for look_id, before in self._changed.items():
            after = self._known[look_id]
            values = {"acquired_from": after.acquired_from, "acquired_to": after.acquired_to, "state": after.state}
            if after.state != before.state:
                values |= {"attempts": 0, "retry_at": None, "error": None}
            self._connection.execute(update(looks).where(looks.c.look_id == look_id).values(values))
            for row in self._attachments(after):
                if row["scene_key"] not in before.scene_keys:
                    self._connection.execute(insert(look_scenes).values(row))
                    continue
                here = (look_scenes.c.look_id == look_id, look_scenes.c.scene_key == row["scene_key"])
                self._connection.execute(update(look_scenes).where(*here).values(position=row["position"]))

    def _row_of(self, known: _Known) -> dict[str, object]:
        plain = {name: value for name, value in vars(known).items() if name != "scene_keys"}
        return {**plain, "attempts": 0, "recorded_at": self._now}

    def _attachments(self, known: _Known) -> list[dict[str, object]]:
        return [
            {"look_id": known.look_id, "scene_key": key, "position": position, "attached_at": self._now}
            for position, key in enumerate(known.scene_keys)
        ]


def _catalogued(look: Look) -> bool:
    return any(scene.pass_id is not None for scene in look.scenes)


def _kind(simulated: bool) -> str:
    return "simulated" if simulated else "real"


def _load(connection: Connection, areas: set[str]) -> list[_Known]:
    """Two statements, however many looks."""
    names = [name for name in _Known.__dataclass_fields__ if name != "scene_keys"]
    wanted = looks.c.area.in_(sorted(areas))
    keys: dict[str, list[str]] = {}
    attached = (
        select(look_scenes.c.look_id, look_scenes.c.scene_key)
        .join(looks, looks.c.look_id == look_scenes.c.look_id)
        .where(wanted)
        .order_by(look_scenes.c.look_id, look_scenes.c.position)
    )
    for look_id, scene_key in connection.execute(attached):
        keys.setdefault(look_id, []).append(scene_key)
    rows = connection.execute(select(*(looks.c[name] for name in names)).where(wanted)).mappings()
    return [_Known(**row, scene_keys=tuple(keys.get(row["look_id"], ()))) for row in rows]
