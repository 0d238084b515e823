from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ledger_data import a_chip, a_look, an_observation, daily_looks, some_detections

from yardwatch.errors import Refused
from yardwatch.ledger import Ledger


@pytest.fixture
def root(ledger: Ledger, tmp_path: Path) -> Path:
    """A root that holds the files of one recorded look."""
    look = a_look()
    ledger.register([look])
    ledger.record(an_observation(look), some_detections(), a_chip())
    return tmp_path


def leave(path: Path, *, age_s: float = 7200) -> Path:
    """What a killed run left so long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    moment = time.time() - age_s
    os.utime(path, (moment, moment))
    return path


def test_files_that_no_row_names_go_and_recorded_ones_stay(ledger: Ledger, root: Path) -> None:
    half = leave(root / "chips" / "tumangang" / "x" / ".railcars-1-ab.tif.part")
    whole = leave(root / "detections" / "tumangang" / "x" / "railcars-1-cd.parquet")
    report = leave(root / "reports" / "tumangang.html")
    swept = ledger.sweep()
    assert swept.orphans == tuple(path.relative_to(root).as_posix() for path in (half, whole))
    assert not half.exists()
    assert not whole.exists()
    assert report.exists()
    assert swept.missing == ()
    assert ledger.sweep(older_than_s=0).orphans == ()
    (observation,) = ledger.observations()
    ledger.read_chip(observation)


def test_a_file_that_is_perhaps_about_to_be_recorded_is_left_alone(ledger: Ledger, root: Path) -> None:
    young = leave(root / "chips" / "x.tif", age_s=60)
    assert ledger.sweep().orphans == ()
    assert young.exists()


def test_a_sweep_can_only_list(ledger: Ledger, root: Path) -> None:
    orphan = leave(root / "chips" / "x.tif")
    swept = ledger.sweep(delete=False)
    assert (swept.orphans, swept.deleted) == (("chips/x.tif",), False)
    assert orphan.exists()


def test_a_row_whose_file_is_gone_is_reported_and_kept(ledger: Ledger, root: Path) -> None:
    (observation,) = ledger.observations()
    (root / str(observation.chip_path)).unlink()
    assert ledger.sweep().missing == (observation.chip_path,)
    assert ledger.observations() == [observation]


def test_a_second_ledger_never_sweeps_the_files_of_the_first(ledger: Ledger, root: Path) -> None:
    with (
        Ledger.open(f"sqlite:///{root / 'second.sqlite'}", root) as second,
        pytest.raises(Refused, match="another ledger"),
    ):
        second.sweep(older_than_s=0)
    assert ledger.sweep(older_than_s=0).orphans == ()


def test_row_counts_tell_what_a_second_run_added(ledger: Ledger) -> None:
    assert set(ledger.row_counts().values()) == {0}
    ledger.register(daily_looks(2))
    assert ledger.row_counts()["looks"] == 2
