from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from ledger_data import AREA, a_chip, a_look, a_message, an_event, an_observation, daily_looks, some_detections
from sqlalchemy import event, inspect

from yardwatch.errors import BadInput, NeedsMigration, NotConfigured, TryAgain
from yardwatch.ledger import Ledger, SeriesJudgement, schema, store
from yardwatch.ledger.address import parse_address
from yardwatch.ledger.tables import REVISION, VERSION_TABLE, metadata
from yardwatch.records import LookState

NEXT_MIGRATION = f"""
from alembic import op
import sqlalchemy as sa

revision = "9998"
down_revision = "{REVISION}"


def upgrade():
    with op.batch_alter_table("looks", recreate="always") as batch:
        batch.add_column(sa.Column("colour", sa.String()))
    {{more}}
"""


def sqlite(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def later_version(monkeypatch: pytest.MonkeyPatch, folder: Path, more: str = "") -> None:
    """A yardwatch of next year, whose schema has one migration more."""
    ours = schema.alembic_config

    def config() -> Config:
        changed = ours()
        changed.set_main_option("script_location", str(folder))
        return changed

    shutil.copytree(str(ours().get_main_option("script_location")), folder)
    (folder / "versions" / "9998_colour.py").write_text(NEXT_MIGRATION.format(more=more))
    monkeypatch.setattr(schema, "alembic_config", config)
    monkeypatch.setattr(schema, "REVISION", "9998")


# --- a ledger is made, found and told from others -----------------------------------------------------------------


def test_an_empty_place_becomes_a_ledger(tmp_path: Path) -> None:
    root = tmp_path / "not" / "yet"
    with Ledger.open(f"sqlite:///{root / 'ledger.sqlite'}", root) as ledger:
        ledger.register(daily_looks(1))
    with closing(sqlite3.connect(root / "ledger.sqlite")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall() == [(REVISION,)]
    with Ledger.open(f"sqlite:///{root / 'ledger.sqlite'}", root, create=False) as ledger:
        assert len(ledger.looks()) == 1
        ledger.migrate()


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?uri=true",
        "sqlite:///file:a?mode=memory",
    ],
)
def test_a_ledger_in_memory_is_refused_since_all_of_it_would_be_lost(tmp_path: Path, address: str) -> None:
    with pytest.raises(BadInput, match=r"YARDWATCH_LEDGER_URL names a ledger in memory.*; write sqlite:////path"):
        Ledger.open(address, tmp_path)


def test_an_empty_file_becomes_a_ledger(tmp_path: Path, address: str) -> None:
    (tmp_path / "ledger.sqlite").touch()
    Ledger.open(address, tmp_path).close()


def test_where_none_may_be_made_there_is_none_afterwards(tmp_path: Path, address: str) -> None:
    with pytest.raises(NotConfigured, match=r"ledger\.sqlite yet; `yardwatch init`"):
        Ledger.open(address, tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "ledger.sqlite").touch()
    with pytest.raises(NotConfigured, match="`yardwatch init`"):
        Ledger.open(address, tmp_path, create=False)


@pytest.mark.parametrize(
    ("content", "mend"),
    [
        (b"dear diary\n", "is not a ledger.*move it away"),
        (b"PK\x03\x04" * 500, "is not a ledger.*move it away"),
        (b"SQLite format 3\x00" + bytes(range(256)) * 20, "restore it from a copy"),
    ],
    ids=["text", "zip", "damaged"],
)
def test_a_file_that_is_no_ledger_is_named_and_left_as_it_is(
    tmp_path: Path, address: str, content: bytes, mend: str
) -> None:
    file = tmp_path / "ledger.sqlite"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=rf"ledger\.sqlite.*{mend}"):
        Ledger.open(address, tmp_path)
    assert file.read_bytes() == content


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        Ledger.open(f"sqlite:///{tmp_path}", tmp_path)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path, address: str) -> None:
    sqlite(tmp_path / "ledger.sqlite", "CREATE TABLE gpkg_contents (a)")
    with pytest.raises(BadInput, match=r"another program .gpkg_contents."):
        Ledger.open(address, tmp_path)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("gpkg_contents",)]


# --- versions --------------------------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_code_knows(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert ScriptDirectory.from_config(schema.alembic_config()).get_current_head() == REVISION


def test_the_migrations_can_be_undone(ledger: Ledger) -> None:
    with ledger.migrating() as connection:
        config = schema.alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert set(inspect(connection).get_table_names()) == {VERSION_TABLE}


def test_an_older_ledger_asks_for_its_migration_and_loses_nothing(
    ledger: Ledger, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = a_look()
    ledger.register([look])
    ledger.record(an_observation(look))
    counts = ledger.row_counts()
    ledger.close()
    later_version(monkeypatch, tmp_path / "migrations")
    with pytest.raises(NeedsMigration, match=r"older yardwatch .*`yardwatch init --migrate`"):
        Ledger.open(address, tmp_path)
    with Ledger.open(address, tmp_path, migrate=True) as migrated:
        assert migrated.row_counts() == counts
        with migrated.reading() as connection:
            assert "colour" in {column["name"] for column in inspect(connection).get_columns("looks")}
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    Ledger.open(address, tmp_path).close()


def test_a_ledger_of_the_first_release_keeps_its_messages_and_takes_a_second_correction(
    ledger: Ledger, address: str, tmp_path: Path
) -> None:
    look = a_look()
    ledger.register([look])
    event = an_event(ledger.record(an_observation(look)).observation)
    told = SeriesJudgement(AREA, "count", False, (), [event], [a_message(event, happening="amended")])
    ledger.record_judgement(told)
    before = ledger.outbox()
    with ledger.migrating() as connection:
        config = schema.alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    ledger.close()
    with pytest.raises(NeedsMigration):
        Ledger.open(address, tmp_path)
    with Ledger.open(address, tmp_path, migrate=True) as migrated:
        assert migrated.outbox() == before
        again = replace(told, outbox=[a_message(event, happening="amended", entry_id="the second")])
        assert migrated.record_judgement(again).outbox_added == 1


def test_a_migration_that_fails_half_way_has_not_happened(
    ledger: Ledger, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.register(daily_looks(2))
    ledger.close()
    with monkeypatch.context() as patched:
        later_version(patched, tmp_path / "migrations", more='op.execute("DELETE FROM scenes")')
        with pytest.raises(BadInput, match="refers to nothing"):
            Ledger.open(address, tmp_path, migrate=True)
    with Ledger.open(address, tmp_path) as unharmed:
        assert [len(look.scenes) for look in unharmed.looks()] == [1, 1]


@pytest.mark.parametrize("migrate", [False, True])
def test_a_ledger_of_a_newer_yardwatch_is_not_touched(
    ledger: Ledger, address: str, tmp_path: Path, migrate: bool
) -> None:
    ledger.close()
    sqlite(tmp_path / "ledger.sqlite", f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(NeedsMigration, match="newer yardwatch"):
        Ledger.open(address, tmp_path, migrate=migrate)


# --- addresses -------------------------------------------------------------------------------------------------------


def test_an_address_never_shows_its_password() -> None:
    address = parse_address("postgresql://ana:s3cret@db.example.org/watch?sslpassword=s3cret&sslmode=require")
    assert address.url.drivername == "postgresql+psycopg"
    assert "s3cret" not in str(address) + repr(address)
    assert "db.example.org/watch" in str(address)


def test_what_is_no_address_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="YARDWATCH_LEDGER_URL is not a database URL") as raised:
        Ledger.open("ana:s3cret@db", tmp_path)
    assert "s3cret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_an_unknown_database_and_a_missing_driver_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="known: sqlite, postgresql"):
        Ledger.open("clay+tablet://host/db", tmp_path)
    with pytest.raises(NotConfigured, match="needs the driver"):
        Ledger.open("oracle+cx_oracle://host/db", tmp_path)


# --- disks and locks -------------------------------------------------------------------------------------------------


def test_a_full_disk_under_the_database_is_one_clear_error(ledger: Ledger) -> None:
    look = a_look()
    ledger.register([look])
    event.listen(
        ledger._engine, "begin", lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1").close()
    )
    with pytest.raises(NotConfigured, match=r"ledger\.sqlite.*full; free space"):
        ledger.register(daily_looks(400, area="khasan"))


def test_a_full_disk_under_the_files_leaves_neither_file_nor_row(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = a_look()
    ledger.register([look])

    (tmp_path / "detections" / look.look_id).mkdir(parents=True)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(NotConfigured, match=r"detections.*No space left.*free space"):
            ledger.record(an_observation(look), some_detections(), a_chip())
    assert [path for path in (tmp_path / "detections").rglob("*") if path.is_file()] == []
    assert ledger.look(look.look_id).state is LookState.PENDING
    assert ledger.record(an_observation(look), some_detections(), a_chip()).added


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """As a user who may not write into ``folder``."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        folder.chmod(0o555)
        try:
            yield
        finally:
            folder.chmod(0o755)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX rights")
def test_a_root_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with without_rights(root), pytest.raises(NotConfigured, match=r"root.*YARDWATCH_DATA_DIR"):
        Ledger.open(f"sqlite:///{root / 'ledger.sqlite'}", root)


def test_a_file_where_the_root_should_be_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(NotConfigured, match=r"taken.*YARDWATCH_DATA_DIR"):
        Ledger.open(f"sqlite:///{tmp_path / 'taken' / 'ledger.sqlite'}", tmp_path / "taken")


def test_a_ledger_that_somebody_holds_for_too_long_is_asked_again_later(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BUSY_TIMEOUT_S", 0.05)
    ledger.close()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert ledger.looks() == []  # readers go on
        with pytest.raises(TryAgain, match="another process"):
            ledger.register(daily_looks(1))


def test_importing_the_room_loads_no_heavy_library() -> None:
    heavy = "{'sqlalchemy', 'alembic', 'geopandas', 'rasterio', 'pyarrow'}"
    said = f"import sys, yardwatch.ledger; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
