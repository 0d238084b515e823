"""The mean of checkpoints is their mean, and only of what can be averaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from yardwatch.errors import BadInput, NotConfigured
from yardwatch.training.averaging import average_checkpoints

pytestmark = pytest.mark.train


def checkpoint(path: Path, seed: int, classes: tuple[str, ...] = ("freight_box", "coach")) -> Path:
    torch = pytest.importorskip("torch", reason="needs the train extra: pip install 'yardwatch[train]'")
    from yardwatch.training.ultra import ultralytics

    package = ultralytics(path.parent / "settings")
    torch.manual_seed(seed)
    model = package.YOLO("yolo11n-obb.yaml", task="obb").model
    network = type(model)(model.yaml["yaml_file"], nc=len(classes), verbose=False)
    network.names, network.args = dict(enumerate(classes)), {"task": "obb", "imgsz": 96}
    torch.save({"epoch": -1, "model": network, "train_args": network.args, "ema": None}, path)
    return path


def test_every_weight_lies_in_the_middle(tmp_path: Path) -> None:
    from yardwatch.training.ultra import load_checkpoint

    paths = [checkpoint(tmp_path / f"{seed}.pt", seed) for seed in (1, 2)]
    mean = load_checkpoint(average_checkpoints(paths, tmp_path / "mean.pt")).model.state_dict()
    one, two = (load_checkpoint(path).model.float().state_dict() for path in paths)
    assert all(((one[name] + two[name]) / 2 - mean[name].float()).abs().max() < 1e-5 for name in mean)
    assert any((one[name] - mean[name].float()).abs().max() > 1e-3 for name in mean)


def test_what_cannot_be_averaged_is_refused_by_name(tmp_path: Path) -> None:
    one = checkpoint(tmp_path / "one.pt", 1)
    other = checkpoint(tmp_path / "other.pt", 1, ("freight_box", "freight_tank"))
    with pytest.raises(BadInput, match=r"other\.pt holds another network or other classes"):
        average_checkpoints([one, other], tmp_path / "mean.pt")
    with pytest.raises(BadInput, match="two checkpoints or more"):
        average_checkpoints([one], tmp_path / "mean.pt")
    with pytest.raises(NotConfigured, match=r"gone\.pt"):
        average_checkpoints([one, tmp_path / "gone.pt"], tmp_path / "mean.pt")
