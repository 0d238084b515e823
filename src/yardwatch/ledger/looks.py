"""Looks: which acquisitions the ledger knows, what they can be read from, and which are due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select, update

from yardwatch.errors import BadInput
from yardwatch.ledger.files import check_path_safe
from yardwatch.ledger.receipts import ReadKey, Registration
from yardwatch.ledger.registry import Register
from yardwatch.ledger.scenes import scene_from_row
from yardwatch.ledger.store import Store
from yardwatch.ledger.tables import look_scenes, looks, observations, scenes
from yardwatch.records import Look, LookState, Scene

FINAL = (LookState.OBSERVED, LookState.UNUSABLE)


class Looks(Store):
    """The part of the ledger that knows looks."""

    def register(self, given: Sequence[Look]) -> Registration:
        """Make the ledger know ``given``; what it knew gains the scenes that are new to it.

        A look is known when its (area, platform, pass) is, when one of its scenes is, or, where either pass has no
        id of a catalog, when a look of that area and platform lies within 60 s. A final look stays final, with one
        exception: an unusable one is pending again when a new scene shows ground that its scenes did not, or when
        what made it unusable was a broken file.

        Raises:
            BadInput: for an id that is not safe in a path, a look without scenes, one whose scenes are partly
                simulated, or a simulated pass that the ledger knows as a real one. Nothing is registered then.
        """
        for look in given:
            _check(look)
        if not given:
            return Registration((), (), ())
        with self.writing() as connection:
            register = Register(connection, {look.area for look in given}, self._clock())
            return register.take(given)

    def look(self, look_id: str) -> Look:
        """One look.

        Raises:
            BadInput: when the ledger does not know it.
        """
        with self.reading() as connection:
            found = _load(connection, looks.c.look_id == look_id)
        if not found:
            raise unknown_look(look_id)
        return found[0]

    def looks(
        self,
        area: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        states: Collection[LookState] | None = None,
    ) -> list[Look]:
        """Looks in time order, acquired from ``since`` (inclusive) to ``until`` (exclusive), both aware."""
        with self.reading() as connection:
            return _load(connection, *_window(area, since, until, states))

    def areas(self) -> list[str]:
        """Names of the areas that have looks, sorted."""
        with self.reading() as connection:
            return list(connection.scalars(select(looks.c.area).distinct().order_by(looks.c.area)))

    def moments(self, area: str, states: Collection[LookState]) -> list[tuple[str, datetime, bool]]:
        """(look id, acquired from, simulated) of the area's looks in these states, in time order; without scenes."""
        query = select(looks.c.look_id, looks.c.acquired_from, looks.c.simulated).where(
            looks.c.area == area, looks.c.state.in_(list(states))
        )
        with self.reading() as connection:
            rows = connection.execute(query.order_by(looks.c.acquired_from, looks.c.look_id))
            return [(row.look_id, row.acquired_from, row.simulated) for row in rows]

    def due(
        self, area: str, *, since: datetime, until: datetime, now: datetime, key: ReadKey | None = None
    ) -> list[str]:
        """Ids of looks to read, in time order, acquired from ``since`` (inclusive) to ``until`` (exclusive).

        Pending ones, and failed ones whose ``retry_at`` has come (None: given up). With ``key`` also final ones that
        were never read under it, to read them again on purpose.
        """
        come = looks.c.retry_at <= now
        wanted = [looks.c.state == LookState.PENDING, and_(looks.c.state == LookState.FAILED, come)]
        if key is not None:
            read = exists().where(
                observations.c.look_id == looks.c.look_id,
                observations.c.area_version.in_(key.area_versions),
                observations.c.release == key.release,
                observations.c.pipeline_version == key.pipeline_version,
            )
            wanted.append(and_(looks.c.state.in_(FINAL), ~read, or_(looks.c.retry_at.is_(None), come)))
        query = select(looks.c.look_id).where(*_window(area, since, until, None), or_(*wanted))
        with self.reading() as connection:
            return list(connection.scalars(query.order_by(looks.c.acquired_from, looks.c.look_id)))

    def fail(self, look_id: str, error: str, retry_at: datetime | None) -> None:
        """Note that a look could not be read: one attempt more, and when to try again (None: give it up).

        A look that has been read before keeps its final state: a re-reading that fails takes nothing away.

        Raises:
            BadInput: when the ledger does not know the look.
        """
        noted = {"attempts": looks.c.attempts + 1, "error": error, "retry_at": retry_at}
        here = looks.c.look_id == look_id
        with self.writing() as connection:
            if not connection.execute(update(looks).where(here).values(noted)).rowcount:
                raise unknown_look(look_id)
            connection.execute(update(looks).where(here, looks.c.state.not_in(FINAL)).values(state=LookState.FAILED))


def unknown_look(look_id: str) -> BadInput:
    """The error for a look that was never registered."""
    return BadInput(f"no look {look_id!r} in the ledger; `yardwatch find` registers looks")


def _check(look: Look) -> None:
    check_path_safe(look.look_id)
    if not look.scenes:
        raise BadInput(f"look {look.look_id}: no scenes to read it from; give at least one")
    for moment in (look.acquired_from, look.acquired_to, *(scene.acquired_from for scene in look.scenes)):
        if moment.tzinfo is None:
            raise BadInput(f"look {look.look_id}: {moment.isoformat()} has no time zone; give an aware time")
    if len({scene.simulated for scene in look.scenes}) > 1:
        raise BadInput(f"look {look.look_id}: simulated and real scenes never make one look; give them apart")


def _window(
    area: str | None, since: datetime | None, until: datetime | None, states: Collection[LookState] | None
) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if area is not None:
        wanted.append(looks.c.area == area)
    if since is not None:
        wanted.append(looks.c.acquired_from >= since)
    if until is not None:
        wanted.append(looks.c.acquired_from < until)
    if states is not None:
        wanted.append(looks.c.state.in_(list(states)))
    return wanted


def _load(connection: Connection, *wanted: ColumnElement[bool]) -> list[Look]:
    """Two statements, however many looks."""
    rows = connection.execute(select(looks).where(*wanted).order_by(looks.c.acquired_from, looks.c.look_id)).all()
    attached = _scenes_of(connection, select(looks.c.look_id).where(*wanted))
    return [_look_from_row(row, attached.get(row.look_id, [])) for row in rows]


def _scenes_of(connection: Connection, look_ids: Select[Any]) -> dict[str, list[Scene]]:
    query = (
        select(look_scenes.c.look_id, scenes)
        .join(scenes, scenes.c.scene_key == look_scenes.c.scene_key)
        .where(look_scenes.c.look_id.in_(look_ids))
        .order_by(look_scenes.c.look_id, look_scenes.c.position)
    )
    found: dict[str, list[Scene]] = {}
    known: dict[str, Scene] = {}
    for row in connection.execute(query):
        scene = known.get(row.scene_key) or known.setdefault(row.scene_key, scene_from_row(row))
        found.setdefault(row.look_id, []).append(scene)
    return found


def _look_from_row(row: Any, attached: Sequence[Scene]) -> Look:
    return Look(
        look_id=row.look_id,
        area=row.area,
        platform=row.platform,
        pass_id=row.pass_id,
        acquired_from=row.acquired_from,
        acquired_to=row.acquired_to,
        scenes=tuple(attached),
        state=LookState(row.state),
        attempts=row.attempts,
        retry_at=row.retry_at,
        error=row.error,
    )
