"""Chips that were let go on purpose: listed in one file of the root, so that they are not missed as lost.

Rows stay as they are: an observation says for good what was seen, its detections stay readable, and whoever asks for
the pixels is told when and why they went. The list is written before a file is removed; a kill between the two leaves a
file that the next call removes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from yardwatch.errors import BadInput
from yardwatch.ledger.faults import explain_file
from yardwatch.ledger.owner import check_owner
from yardwatch.ledger.store import Store
from yardwatch.records import Observation

LIST = "retired-chips.jsonl"


class Retired(Store):
    """The part of the ledger that lets chips go."""

    def retire_chips(self, observations: Sequence[Observation], why: str) -> int:
        """Remove the chips of ``observations``, and say so in the list; how many bytes that freed.

        Raises:
            Refused: when the root holds the files of another ledger.
            NotConfigured: when the list cannot be written or a chip cannot be removed.
        """
        check_owner(self)
        paths = [seen.chip_path for seen in observations if seen.chip_path is not None]
        known, freed = self.retired(), 0
        new = [path for path in dict.fromkeys(paths) if path not in known]
        when = self._clock().isoformat()
        lines = "".join(json.dumps({"path": path, "retired_at": when, "why": why}) + "\n" for path in new)
        try:
            if lines:
                descriptor = os.open(self.root / LIST, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
                try:
                    os.write(descriptor, lines.encode())
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
            for path in paths:
                file = self.root / path
                if file.is_file():
                    freed += file.stat().st_size
                    file.unlink(missing_ok=True)
        except OSError as error:
            raise explain_file(error, self.root / LIST) from error
        return freed

    def retired(self) -> dict[str, str]:
        """Why, by the path of each chip that was let go; a line that a kill cut short is passed over."""
        path = self.root / LIST
        found: dict[str, str] = {}
        if not path.is_file():
            return found
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
                found[entry["path"]] = f"{entry['why']}, {entry['retired_at'][:10]}"
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def check_not_retired(self, path: str) -> None:
        """Say so where a chip was let go.

        Raises:
            BadInput: naming the chip, the day and the rule.
        """
        if (self.root / path).is_file():
            return
        why = self.retired().get(path)
        if why is not None:
            raise BadInput(f"{path}: this chip was let go ({why}); its count and detections are kept")
