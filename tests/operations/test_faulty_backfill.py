"""A backfill over a server that fails in every way loses nothing, doubles nothing and explains the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from faulty_backfill import backfill
from faulty_web import LASTING, PASSING

pytestmark = pytest.mark.network_loopback


def test_every_fault_once_costs_no_look(tmp_path: Path) -> None:
    outcome = backfill(tmp_path, healthy=len(PASSING), times=1, seed=5)
    assert outcome.lost == []
    assert outcome.doubled == []
    assert outcome.unexplained == []
    assert set(outcome.reasons) == set(LASTING)
    assert outcome.reasons["http-403"] == {"due again": 1}, "a login may be given tomorrow"
    assert outcome.reasons["truncated"] == {"unusable": 1}
