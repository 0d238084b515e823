"""One open database and its root: connections, transactions, and the rule of one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.exc import NoSuchModuleError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from yardwatch.errors import BadInput, NotConfigured
from yardwatch.ledger.address import SETTING, Address
from yardwatch.ledger.faults import RESTORE, explain
from yardwatch.ledger.times import Clock

BUSY_TIMEOUT_S = 60
"""How long a SQLite writer waits for another before it gives up."""

CHUNK = 500
"""Values a statement names at once: below the limit of every database."""

_PURPOSE = "yardwatch_purpose"
_WRITE_LOCK = 0x7961726477617463  # "yardwatc": the advisory lock that every writer of a PostgreSQL ledger takes


class Store:
    """A database and the root that its relative paths start from; the base of every part of the ledger.

    Writers take turns: on SQLite by ``BEGIN IMMEDIATE``, on PostgreSQL by an advisory lock held until the transaction
    ends. So "look whether it is there, else insert" is safe among processes, on every database alike.
    """

    def __init__(self, address: Address, root: Path, clock: Clock) -> None:
        self.address = address
        self.root = root
        self._clock = clock
        self._engine = _engine(address)

    def close(self) -> None:
        """Let go of the database; the store opens it again when asked."""
        self._engine.dispose()

    def raw_connection(self) -> PoolProxiedConnection:
        """A connection of the driver, outside any transaction."""
        return self._engine.raw_connection()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the ledger.

        Raises:
            YardwatchError: for whatever the database complains of, see :mod:`yardwatch.ledger.faults`.
        """
        with self._transaction("read") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer overlaps; committed at the end of the block, undone by an error.

        Raises:
            YardwatchError: for whatever the database complains of, see :mod:`yardwatch.ledger.faults`.
        """
        with self._transaction("write") as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """As :meth:`writing`; SQLite checks foreign keys at the end only, since it alters a table by making it anew.

        Raises:
            YardwatchError: as :meth:`writing`; BadInput when a row has come to refer to nothing.
        """
        with self._transaction("migrate") as connection:
            yield connection
            if self.address.is_sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise BadInput(f"ledger {self.address}: a row of {broken[0]} refers to nothing; {RESTORE}")

    @contextmanager
    def _transaction(self, purpose: Literal["read", "write", "migrate"]) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(**{_PURPOSE: purpose}) as connection, connection.begin():
                yield connection
        except (StatementError, PoolTimeout) as error:
            raise explain(error, self.address) from error


def chunks(values: list[str]) -> Iterator[list[str]]:
    """``values`` in portions that fit into one statement."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _engine(address: Address) -> Engine:
    try:
        engine = create_engine(address.url, hide_parameters=True, pool_pre_ping=not address.is_sqlite)
    except NoSuchModuleError:
        raise BadInput(
            f"{SETTING} names the database {address.url.drivername!r}; known: sqlite, postgresql+psycopg"
        ) from None
    except ModuleNotFoundError as error:
        raise NotConfigured(
            f"{SETTING} needs the driver {error.name!r}: pip install 'yardwatch[postgres]' for PostgreSQL"
        ) from None
    if address.is_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif address.url.get_backend_name() == "postgresql":
        event.listen(engine, "begin", _begin_postgres)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # We send BEGIN ourselves: the driver's own comes late, is never IMMEDIATE, and leaves DDL outside.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    purpose = connection.get_execution_options().get(_PURPOSE)
    connection.exec_driver_sql(f"PRAGMA foreign_keys = {'OFF' if purpose == 'migrate' else 'ON'}")
    connection.exec_driver_sql("BEGIN" if purpose == "read" else "BEGIN IMMEDIATE")


def _begin_postgres(connection: Connection) -> None:
    if connection.get_execution_options().get(_PURPOSE) != "read":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")
