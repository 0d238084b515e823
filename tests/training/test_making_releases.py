"""What becomes a release, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from yardwatch.errors import BadInput
from yardwatch.training.export import difference
from yardwatch.training.release import ReleaseRequest, card
from yardwatch.training.train import TrainPlan, arguments

CLASSES = "freight_box,freight_open,freight_tank,freight_flat,locomotive,coach"


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "my.pt"
    path.write_bytes(b"not looked at yet")
    return path


def request(checkpoint: Path, **changes: str) -> ReleaseRequest:
    words = {"name": "mine-1", "classes": CLASSES, "gsd_range": "0.3-1.2"} | changes
    return ReleaseRequest.parse(checkpoint, pixel_m=0.5, data=None, **words)


def test_a_command_line_is_understood(checkpoint: Path) -> None:
    asked = request(checkpoint)
    assert asked.gsd_range_m == (0.3, 1.2)
    assert asked.classes[0] == "freight_box"


@pytest.mark.parametrize(
    ("option", "value"), [("gsd_range", "1.2-0.3"), ("gsd_range", "half a metre"), ("name", "../up"), ("classes", " ,")]
)
def test_a_wrong_word_is_named(checkpoint: Path, option: str, value: str) -> None:
    with pytest.raises(BadInput, match="--"):
        request(checkpoint, **{option: value})


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such checkpoint"):
        request(tmp_path / "none.pt")


def outputs() -> np.ndarray:
    rng = np.random.default_rng(0)
    output = rng.uniform(20, 300, (1, 4 + 6 + 1, 50)).astype(np.float32)
    output[:, 4:-1] = rng.uniform(0, 1, (1, 6, 50))
    output[:, -1] = rng.uniform(0, 3, (1, 50))
    return output


def test_an_export_that_moves_a_box_is_noticed() -> None:
    kept = outputs()
    given = kept.copy()
    given[0, 0, 7] += 0.5
    assert difference(kept, given).max_box_difference_px == pytest.approx(0.5, abs=1e-3)
    assert difference(kept, given).max_score_difference == 0


def test_an_export_that_turns_a_box_is_noticed() -> None:
    kept = outputs()
    given = kept.copy()
    given[0, -1, 7] += 0.1
    assert difference(kept, given).max_box_difference_px > 1


def test_boxes_nobody_believes_in_may_differ() -> None:
    kept = outputs()
    kept[0, 4:-1, 7] = 0.001
    given = kept.copy()
    given[0, 0, 7] += 50
    assert difference(kept, given).max_box_difference_px == 0


def test_a_card_without_measurements_says_that_counts_have_no_interval(checkpoint: Path) -> None:
    assert "no interval" in card(request(checkpoint), [])


def test_a_run_in_given_hours_asks_for_nothing_from_the_network(tmp_path: Path) -> None:
    asked = arguments(TrainPlan(tmp_path / "data.yaml", tmp_path, hours=1.0))
    assert asked["time"] == 1.0
    assert asked["pretrained"] is False
    assert asked["device"] == "cpu"


def test_a_run_that_goes_on_from_a_network_does_not_first_undo_it(tmp_path: Path) -> None:
    asked = arguments(TrainPlan(tmp_path / "data.yaml", tmp_path, start_from=tmp_path / "kept.pt"))
    assert asked["warmup_bias_lr"] <= asked["lr0"]  # 0.1, Ultralytics' own, is a hundred of AdamW's steps in one
    assert asked["close_mosaic"] == 0  # else the last epochs see chips as the simulator made them


@pytest.mark.train
def test_a_small_run_becomes_a_release_that_the_detector_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ultralytics", reason="needs the train extra: pip install 'yardwatch[train]'")
    from yardwatch.detection import load_release
    from yardwatch.simulate.chips import ChipOptions
    from yardwatch.training import deliveries
    from yardwatch.training.dataset import DatasetPlan, write_dataset
    from yardwatch.training.journal import pixel_of_run, read_record
    from yardwatch.training.release import make_release
    from yardwatch.training.train import train

    os.environ["YOLO_CONFIG_DIR"] = str(tmp_path / "settings")
    plan = DatasetPlan(chips=4, val_chips=2, options=ChipOptions(size_px=96), workers=1)
    data = write_dataset(tmp_path / "data", plan)
    plan_of_run = TrainPlan(data, tmp_path / "run", epochs=1, image_px=96, batch=2)
    shown: list[object] = []
    redelivered = deliveries.redelivered
    monkeypatch.setattr(deliveries, "redelivered", lambda *of: shown.append(of) or redelivered(*of))
    last = train(plan_of_run, {"pixel_m": 0.4})
    assert len(shown) == 4  # the training chips, each under light of its own; those that measure stay as they are
    recorded = read_record(tmp_path / "run")
    assert recorded["parts"][0]["epochs_done"] == 1
    assert len(recorded["curves"]["epoch"]) == 1
    assert train(plan_of_run) == last  # a run that came to its end is left as it is
    assert pixel_of_run(last) == 0.4
    made = make_release(request(last), tmp_path / "models")
    release = load_release(tmp_path / "models", "mine-1")
    assert made == release.folder
    assert release.max_box_difference_px is not None
    assert release.max_box_difference_px < 0.1
    assert not release.quality
    with pytest.raises(BadInput, match="releases do not change"):
        make_release(request(last), tmp_path / "models")
