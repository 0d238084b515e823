"""Housekeeping: files that no row names, rows whose file is gone, and how much there is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select

from yardwatch.ledger.faults import explain_file
from yardwatch.ledger.files import FOLDERS
from yardwatch.ledger.owner import check_owner
from yardwatch.ledger.receipts import Sweep
from yardwatch.ledger.retired import Retired
from yardwatch.ledger.tables import identity, metadata, observations


class Housekeeping(Retired):
    """The part of the ledger that counts and cleans."""

    def sweep(self, *, older_than_s: float = 3600, delete: bool = True) -> Sweep:
        """Find files below ``detections/`` and ``chips/`` that no row names, and rows whose file is missing.

        A killed run leaves such files: half written, or whole and not yet recorded. Younger ones are left alone,
        since another process may be about to record them.

        Args:
            older_than_s: seconds since a file was last written.
            delete: False only lists.

        Raises:
            Refused: when the root holds the files of another ledger.
            NotConfigured: when an orphan cannot be removed.
        """
        check_owner(self)
        before = time.time() - older_than_s
        found = [path for path in self._files() if _is_older(path, before)]  # files first: rows come after them
        named = self._named()
        orphans = sorted(set(map(self._relative, found)) - named)
        retired = self.retired()
        missing = sorted(path for path in named if path not in retired and not (self.root / path).is_file())
        for path in orphans if delete else ():
            try:
                (self.root / path).unlink(missing_ok=True)
            except OSError as error:
                raise explain_file(error, self.root / path) from error
        return Sweep(tuple(orphans), tuple(missing), delete)

    def row_counts(self) -> dict[str, int]:
        """Rows by table, superseded ones among them."""
        tables = [table for table in metadata.sorted_tables if table is not identity]
        with self.reading() as connection:
            return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}

    def _files(self) -> Iterator[Path]:
        for folder in FOLDERS:
            for parent, _, names in os.walk(self.root / folder):
                yield from (Path(parent, name) for name in names)

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _named(self) -> set[str]:
        query = select(observations.c.detections_path, observations.c.chip_path)
        with self.reading() as connection:
            return {path for row in connection.execute(query) for path in row if path is not None}


def _is_older(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime <= moment
    except FileNotFoundError:  # renamed or removed since it was listed
        return False
