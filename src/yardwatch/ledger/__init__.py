"""What was seen and decided, for good: looks, observations, verdicts, events, messages and what people say.

The only room that knows SQL. Tables lie in SQLite or PostgreSQL, detections (GeoParquet) and chips (COG) beside them
below the data root; a file is written before the row that names it, and rows that belong together are one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yardwatch.ledger.away import LedgerAway
from yardwatch.ledger.receipts import (
    ChipProfile,
    JudgementReceipt,
    ReadKey,
    Recorded,
    Registration,
    SeriesJudgement,
    Sweep,
)

if TYPE_CHECKING:
    from yardwatch.ledger.ledger import Ledger

__all__ = [
    "ChipProfile",
    "JudgementReceipt",
    "Ledger",
    "LedgerAway",
    "ReadKey",
    "Recorded",
    "Registration",
    "SeriesJudgement",
    "Sweep",
]


def __getattr__(name: str) -> Any:
    """``Ledger`` brings SQLAlchemy, GeoPandas and rasterio: only for who asks for it."""
    if name == "Ledger":
        from yardwatch.ledger.ledger import Ledger

        return Ledger
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
