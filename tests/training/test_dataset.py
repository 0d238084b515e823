"""A data set grows where it stopped and never mixes two kinds of chips."""

from __future__ import annotations

from pathlib import Path

import pytest

from yardwatch.errors import BadInput
from yardwatch.simulate.chips import ChipOptions
from yardwatch.training.dataset import DatasetPlan, write_dataset

PLAN = DatasetPlan(chips=3, val_chips=1, options=ChipOptions(size_px=96), workers=1)


def test_a_data_set_is_what_ultralytics_reads(tmp_path: Path) -> None:
    yaml = write_dataset(tmp_path, PLAN)
    assert "0: freight_box" in yaml.read_text()
    pictures = sorted(path.stem for path in (tmp_path / "images" / "train").glob("*.png"))
    labels = sorted(path.stem for path in (tmp_path / "labels" / "train").glob("*.txt"))
    assert pictures == labels == ["0000000", "0000001", "0000002"]


def test_a_second_run_writes_only_what_is_missing(tmp_path: Path) -> None:
    write_dataset(tmp_path, PLAN)
    kept = tmp_path / "images" / "train" / "0000001.png"
    lost = tmp_path / "labels" / "train" / "0000002.txt"
    before, text = kept.stat().st_mtime_ns, lost.read_text()
    lost.unlink()
    written: list[int] = []
    write_dataset(tmp_path, PLAN, lambda done, total: written.append(total))
    assert written == [1]
    assert kept.stat().st_mtime_ns == before
    assert lost.read_text() == text


def test_chips_of_another_kind_are_not_mixed_in(tmp_path: Path) -> None:
    write_dataset(tmp_path, PLAN)
    other = DatasetPlan(chips=3, val_chips=1, options=ChipOptions(size_px=128), workers=1)
    with pytest.raises(BadInput, match="other options"):
        write_dataset(tmp_path, other)


def test_validation_chips_are_never_training_chips() -> None:
    with pytest.raises(BadInput, match="overlap"):
        DatasetPlan(chips=100, first_seed=0, first_val_seed=50)
