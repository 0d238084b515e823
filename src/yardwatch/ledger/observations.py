"""Observations: what looks were read as. Appended, never changed; files first, rows second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, bindparam, insert, select, update

from yardwatch.errors import BadInput
from yardwatch.ledger import revisions
from yardwatch.ledger.chips import chip_from_cog, chip_to_cog
from yardwatch.ledger.files import (
    CHIPS,
    DETECTIONS,
    detections_from_parquet,
    detections_to_parquet,
    new_path,
    provenance_of,
    read_whole,
    write_whole,
)
from yardwatch.ledger.looks import FINAL, unknown_look
from yardwatch.ledger.observation_rows import observation_from_row, observation_to_row, ranked_in_look
from yardwatch.ledger.receipts import ChipProfile, Recorded
from yardwatch.ledger.retired import Retired
from yardwatch.ledger.tables import looks, observations
from yardwatch.records import Chip, LookState, Measure, Observation

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


class Observations(Retired):
    """The part of the ledger that knows observations."""

    def record(
        self,
        observation: Observation,
        detections: GeoDataFrame | None = None,
        chip: Chip | None = None,
        *,
        chip_profile: ChipProfile | None = None,
        stage_seconds: Mapping[str, float] | None = None,
        anew: bool = False,
    ) -> Recorded:
        """Record what a look was read as, and make the look final: observed, or unusable where there is no value.

        The ledger numbers revisions (see :mod:`yardwatch.ledger.revisions`); what it holds already is returned as
        stored and adds nothing, neither row nor file. A kill at any moment leaves the whole record or none, and at
        most files that a sweep removes.

        Args:
            observation: its ``observation_id`` and ``recorded_at`` are the ledger's to give; its paths are kept where
                no ``detections`` or ``chip`` is given (a correction stands on the files of what it corrects).
            detections: one row a detection, in the CRS of the grid; written as GeoParquet.
            chip: the pixels they were found on; written as COG.
            chip_profile: how the chip is written.
            stage_seconds: seconds by stage; default is the observation's own.
            anew: a reviewed reading becomes the next revision though it says the same as the newest: its boxes moved.

        Raises:
            BadInput: for a look that was never registered, a null value without a reason, or a share or number that
                cannot be.
            NotConfigured: when the root cannot be written or its disk is full.
        """
        revisions.check(observation)
        if stage_seconds is not None:
            observation = replace(observation, stage_seconds=dict(stage_seconds))
        with self.reading() as connection:
            kept = None if anew else revisions.find_equal(observation, _revisions_of(connection, observation))
            state = _state_of(connection, observation)
        if kept is not None and state in FINAL:
            return Recorded(kept, added=False)
        written = {} if kept is not None else self._write(observation, detections, chip, chip_profile or ChipProfile())
        recorded = self._settle(replace(observation, **written), anew=anew)
        if not recorded.added:
            for path in written.values():  # another process was faster, and nobody else knows these paths
                (self.root / path).unlink(missing_ok=True)
        return recorded

    def _write(
        self, observation: Observation, detections: GeoDataFrame | None, chip: Chip | None, profile: ChipProfile
    ) -> dict[str, Any]:
        """Write the files; their paths by field of the observation."""
        provenance = provenance_of(observation)
        files: dict[str, Any] = {}
        if detections is not None:
            files["detections_path"] = new_path(DETECTIONS, observation, ".parquet")
            write_whole(self.root, files["detections_path"], detections_to_parquet(detections, provenance))
        if chip is not None:
            files["chip_path"] = new_path(CHIPS, observation, ".tif")
            write_whole(self.root, files["chip_path"], chip_to_cog(chip, provenance, profile))
        return files

    def _settle(self, observation: Observation, *, anew: bool) -> Recorded:
        """Insert the row unless it is superfluous by now; either way the look is final."""
        with self.writing() as connection:
            stored = _revisions_of(connection, observation)
            kept = None if anew else revisions.find_equal(observation, stored)
            added = kept is None
            if kept is None:
                number = revisions.next_number(observation, stored)
                kept = replace(observation, revision=number, recorded_at=self._clock())
                kept = replace(kept, observation_id=revisions.observation_id(kept))
                connection.execute(insert(observations).values(observation_to_row(kept)))
            _finish(connection, kept)
        return Recorded(kept, added)

    def observations(self, *, area: str | None = None, look_id: str | None = None) -> list[Observation]:
        """Every observation ever recorded, of an area or a look, in the order of recording."""
        wanted: list[ColumnElement[bool]] = []
        if area is not None:
            wanted.append(observations.c.area == area)
        if look_id is not None:
            wanted.append(observations.c.look_id == look_id)
        query = select(observations).where(*wanted).order_by(observations.c.sequence)
        with self.reading() as connection:
            return [observation_from_row(row) for row in connection.execute(query)]

    def kinds_of_series(self, area: str) -> set[tuple[str, bool]]:
        """(measure, simulated) of every observation of the area: of what there can be a series."""
        query = select(observations.c.measure, observations.c.simulated).where(observations.c.area == area).distinct()
        with self.reading() as connection:
            return {(row.measure, row.simulated) for row in connection.execute(query)}

    def series(
        self,
        area: str,
        measure: Measure,
        *,
        simulated: bool,
        release: str | None,
        as_of: datetime | None = None,
    ) -> list[Observation]:
        """The current observation of each look of a series, in time order; unusable looks are there with a null value.

        Current is the newest reviewed one, else the newest of ``release``, else the newest of any other. A look whose
        current observation is of another measure belongs to another series. One statement, however many looks.

        Args:
            release: the release in use; None takes the newest of any.
            as_of: as the ledger stood at this moment (aware), by ``recorded_at``.
        """
        query = _series_query(of_release=release is not None, as_of=as_of is not None)
        sought = {"area": area, "measure": measure, "simulated": simulated, "release": release, "as_of": as_of}
        with self.reading() as connection:
            return [observation_from_row(row) for row in connection.execute(query, sought)]

    def reviewed(self, area: str | None = None) -> list[Observation]:
        """The newest reviewed observation of each look that has one, of an area or of all, in time order."""
        here = [observations.c.provenance.startswith(revisions.REVIEWED, autoescape=True)]
        if area is not None:
            here.append(observations.c.area == area)
        ranked = ranked_in_look(here, None)
        query = select(ranked).where(ranked.c.rank_in_look == 1).order_by(ranked.c.acquired_from, ranked.c.look_id)
        with self.reading() as connection:
            return [observation_from_row(row) for row in connection.execute(query)]

    def read_detections(self, observation: Observation) -> GeoDataFrame:
        """The detections of an observation, in the CRS they were recorded in.

        Raises:
            BadInput: when it has none, or naming the file that is missing or broken.
        """
        path = _path_of(observation, "detections")
        return detections_from_parquet(read_whole(self.root, path), self.root / path)

    def read_chip(self, observation: Observation) -> Chip:
        """The pixels an observation stands on.

        Raises:
            BadInput: when it has none, or naming the file that is missing or broken.
        """
        path = _path_of(observation, "chip")
        self.check_not_retired(path)
        return chip_from_cog(read_whole(self.root, path), self.root / path)


@cache
def _series_query(*, of_release: bool, as_of: bool) -> Select[Any]:
    """Built once: a run over many areas asks it of each several times, and to build it takes longer than the answer."""
    wanted = [observations.c.area == bindparam("area"), observations.c.simulated == bindparam("simulated")]
    if as_of:
        wanted.append(observations.c.recorded_at <= bindparam("as_of"))
    ranked = ranked_in_look(wanted, bindparam("release") if of_release else None)
    return (
        select(ranked)
        .where(ranked.c.rank_in_look == 1, ranked.c.measure == bindparam("measure"))
        .order_by(ranked.c.acquired_from, ranked.c.look_id)
    )


def _revisions_of(connection: Connection, observation: Observation) -> list[Observation]:
    query = (
        select(observations)
        .where(
            observations.c.look_id == observation.look_id,
            observations.c.area_version == observation.area_version,
            observations.c.release == observation.release,
            observations.c.pipeline_version == observation.pipeline_version,
        )
        .order_by(observations.c.revision)
    )
    return [observation_from_row(row) for row in connection.execute(query)]


def _state_of(connection: Connection, observation: Observation) -> str:
    """The state of the look that was read.

    Raises:
        BadInput: when the ledger does not know the look, or knows it as simulated and the observation as real.
    """
    query = select(looks.c.state, looks.c.simulated, looks.c.area).where(looks.c.look_id == observation.look_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise unknown_look(observation.look_id)
    if (row.simulated, row.area) != (observation.simulated, observation.area):
        raise BadInput(
            f"observation of {observation.look_id}: it says area {observation.area!r}, simulated "
            f"{observation.simulated}; its look is of area {row.area!r}, simulated {row.simulated}"
        )
    return str(row.state)


def _finish(connection: Connection, observation: Observation) -> None:
    """Make the look final: as the newest reviewed observation has it, else as this one."""
    newest = (
        select(observations.c.value)
        .where(
            observations.c.look_id == observation.look_id,
            observations.c.provenance.startswith(revisions.REVIEWED, autoescape=True),
        )
        .order_by(observations.c.sequence.desc())
        .limit(1)
    )
    reviewed = connection.execute(newest).one_or_none()
    value = observation.value if reviewed is None else reviewed.value
    state = LookState.UNUSABLE if value is None else LookState.OBSERVED
    final = {"state": state, "retry_at": None, "error": None}
    connection.execute(update(looks).where(looks.c.look_id == observation.look_id).values(final))


def _path_of(observation: Observation, kind: Literal["detections", "chip"]) -> str:
    path: str | None = getattr(observation, f"{kind}_path")
    if path is None:
        raise BadInput(f"observation {observation.observation_id} of {observation.look_id} was recorded without {kind}")
    return path
