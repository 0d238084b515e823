"""Is this a ledger, is it ours, is it of our time? An empty database is made one; the rest is told, never guessed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import stamina
from sqlalchemy import Connection, column, inspect, select, table
from sqlalchemy.exc import StatementError

from yardwatch.errors import BadInput, NeedsMigration, NotConfigured
from yardwatch.ledger.address import SETTING
from yardwatch.ledger.faults import explain, explain_file
from yardwatch.ledger.store import BUSY_TIMEOUT_S, Store
from yardwatch.ledger.tables import REVISION, VERSION_TABLE, metadata

if TYPE_CHECKING:
    from alembic.config import Config

SQLITE_MAGIC = b"SQLite format 3\x00"
MIGRATE_COMMAND = "yardwatch init --migrate"


def prepare(store: Store, *, create: bool, migrate: bool) -> None:
    """Make sure that the store holds a ledger of this version.

    Raises:
        NotConfigured: when there is no ledger and ``create`` is False, or the place cannot be written.
        BadInput: when the file or database is something else than a ledger.
        NeedsMigration: when it is of another version, and older ones are not to be migrated.
    """
    file = store.address.file
    if file is not None:
        _check_file(file, create)
    with store.reading() as connection:
        found = _revision(connection, store)
    if found == REVISION:
        return
    if found is None and not create:
        raise NotConfigured(f"no ledger in {store.address} yet; `yardwatch init` makes one")
    if found is not None:
        _judge_revision(found, store, migrate)
    if store.address.is_sqlite:
        _write_ahead(store)
    upgrade(store)


def upgrade(store: Store) -> None:
    """Bring the ledger to this version's schema in one transaction: a killed migration has not happened.

    Raises:
        NeedsMigration: when the ledger was written by a newer yardwatch.
    """
    from alembic import command

    with store.migrating() as connection:
        found = _revision(connection, store)  # again: another process may have been faster
        if found == REVISION:
            return
        if found is not None:
            _judge_revision(found, store, migrate=True)
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, REVISION)


def alembic_config() -> Config:
    """Alembic's configuration: the migrations inside this package, no ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _check_file(file: Path, create: bool) -> None:
    try:
        if file.is_dir():
            raise BadInput(f"ledger {file} is a folder; point {SETTING} at a file")
        if file.exists():
            with file.open("rb") as opened:
                begin = opened.read(len(SQLITE_MAGIC))
            if begin and begin != SQLITE_MAGIC:
                raise BadInput(
                    f"{file} is not a ledger (no SQLite file); point {SETTING} at another file or move it away"
                )
        elif not create:
            raise NotConfigured(f"no ledger at {file} yet; `yardwatch init` makes one")
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain_file(error, file) from error


def _revision(connection: Connection, store: Store) -> str | None:
    """The revision of the ledger; None where the database has room for a new one."""
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE in names:
        versions = table(VERSION_TABLE, column("version_num"))
        found: str | None = connection.execute(select(versions.c.version_num)).scalar()
        if found is not None:
            return found
    # A SQLite file of others (a GeoPackage, say) is left alone; a server's database may hold other tables than ours.
    others = (names if store.address.is_sqlite else names & set(metadata.tables)) - {VERSION_TABLE}
    if others:
        raise BadInput(
            f"{store.address} holds tables of another program ({', '.join(sorted(others)[:3])}); "
            f"point {SETTING} at a database or schema of the ledger's own"
        )
    return None


def _judge_revision(found: str, store: Store, migrate: bool) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if found not in known:
        raise NeedsMigration(
            f"ledger {store.address} was written by a newer yardwatch (schema {found}, this one knows {REVISION}); "
            "install that version or a later one"
        )
    if not migrate:
        raise NeedsMigration(
            f"ledger {store.address} was written by an older yardwatch (schema {found}, this one has {REVISION}); "
            f"make a copy of it, then run `{MIGRATE_COMMAND}`"
        )


def _write_ahead(store: Store) -> None:
    """Let readers and a writer work at once; the file remembers it. Where the file system cannot, it stays as it was.

    SQLite does not wait for others here, whatever its busy timeout; we do.
    """
    patience = stamina.retry_context(
        on=_is_locked, attempts=None, timeout=BUSY_TIMEOUT_S, wait_initial=0.02, wait_max=0.5, wait_jitter=0.05
    )
    try:
        for attempt in patience:
            with attempt, closing(store.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        raise explain(StatementError(str(error), "PRAGMA journal_mode", None, error), store.address) from error


def _is_locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
