"""Whose files a root holds: a note in the root names the ledger, so that no other one clears its files away."""

from __future__ import annotations

from sqlalchemy import select

from yardwatch.errors import Refused
from yardwatch.ledger.files import write_whole
from yardwatch.ledger.store import Store
from yardwatch.ledger.tables import identity

NOTE = "ledger-id"


def claim_root(store: Store) -> None:
    """Leave the note, unless some ledger has left its own."""
    if not (store.root / NOTE).exists():
        write_whole(store.root, NOTE, _id_of(store).encode("ascii"))


def check_owner(store: Store) -> None:
    """Two ledgers can come to share a root: a new URL, the old folder.

    Raises:
        Refused: when the note names another ledger.
    """
    note = store.root / NOTE
    if note.exists() and note.read_text(encoding="ascii", errors="replace").strip() != _id_of(store):
        raise Refused(
            f"{store.root} holds files of another ledger, which {note} names and {store.address} does not know; "
            f"give each ledger its own YARDWATCH_DATA_DIR, or remove {note} if those files may go"
        )


def _id_of(store: Store) -> str:
    with store.reading() as connection:
        return str(connection.execute(select(identity.c.ledger_id)).scalar_one())
