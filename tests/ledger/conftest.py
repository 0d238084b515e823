from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from yardwatch.ledger import Ledger


class StoppedClock:
    """Moves when told to."""

    def __init__(self) -> None:
        self.now = datetime(2024, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}"


@pytest.fixture(scope="session")
def empty_ledger_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger without rows: copying it is faster than migrating one a test."""
    folder = tmp_path_factory.mktemp("empty-ledger")
    Ledger.open(f"sqlite:///{folder / 'ledger.sqlite'}", folder).close()
    return folder / "ledger.sqlite"


@pytest.fixture
def ledger(tmp_path: Path, address: str, clock: StoppedClock, empty_ledger_file: Path) -> Iterator[Ledger]:
    shutil.copy(empty_ledger_file, tmp_path / "ledger.sqlite")
    with Ledger.open(address, tmp_path, clock=clock) as opened:
        yield opened
