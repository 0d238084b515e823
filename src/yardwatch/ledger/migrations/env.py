"""Alembic's entry: migrates over the connection of the store that asks, inside its transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from yardwatch.ledger.tables import VERSION_TABLE, metadata
from yardwatch.ledger.times import UtcDateTime


def render_item(kind: str, thing: Any, _autogen: object) -> str | Literal[False]:
    """Write plain SQL types into migrations, which must run when our own types have moved on."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(thing, UtcDateTime) else False


connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("migrations run through `yardwatch init --migrate`; docs/ledger.md tells how to write one")

context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_item=render_item,
    render_as_batch=True,  # SQLite alters a table by making it anew
    transactional_ddl=True,  # on SQLite too: the store sends BEGIN itself
)
with context.begin_transaction():
    context.run_migrations()
