"""The fault of a ledger that cannot be asked just now; imports nothing heavy."""

from __future__ import annotations

from yardwatch.errors import TryAgain

AGAIN_AFTER_S = 60.0


class LedgerAway(TryAgain):
    """The ledger's database does not answer, or another process holds it. It says nothing of what was asked for."""

    def __init__(self, message: str, retry_after_s: float | None = AGAIN_AFTER_S) -> None:
        super().__init__(message, retry_after_s)
