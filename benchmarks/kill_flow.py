"""The real backfill, with the network that finds bright patches: what the kill benchmark deploys."""

from __future__ import annotations

import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "tests" / "data"), str(CHECKOUT / "tests" / "detection")]

from small_station import with_stand_in  # noqa: E402

from flows import stages  # noqa: E402
from flows.backfill import backfill  # noqa: E402

with_stand_in(stages.workspace())

__all__ = ["backfill"]
