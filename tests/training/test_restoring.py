"""A release can be taught on: taken apart it sees what it saw, and is normalised as training needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from yardwatch.detection import load_release
from yardwatch.errors import BadRelease
from yardwatch.settings import load_settings
from yardwatch.simulate.chips import ChipOptions, training_chip

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def chips() -> np.ndarray:
    pictures = [training_chip(seed, ChipOptions()).rgb for seed in range(310_000, 310_024)]
    return np.ascontiguousarray(np.moveaxis(np.stack(pictures), 3, 1)).astype(np.float32) / np.float32(255)


def test_a_restored_checkpoint_sees_what_its_release_sees_and_learns_on(tmp_path: Path, chips: np.ndarray) -> None:
    import torch

    from yardwatch.training.restore import restore_checkpoint
    from yardwatch.training.ultra import load_checkpoint

    release = load_release(load_settings().models_folder())
    same = restore_checkpoint(release, chips, tmp_path / "start.pt")
    assert same.max_box_difference_px < 0.1
    assert same.max_score_difference < 1e-3
    model = load_checkpoint(tmp_path / "start.pt")
    assert tuple(model.names.values()) == release.classes
    norms = [layer for layer in model.model.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    seen: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
    for number, norm in enumerate(norms):
        norm.register_forward_hook(
            lambda _norm, _inputs, output, number=number: seen.update(
                {number: (output.mean((0, 2, 3)), output.std((0, 2, 3)))}
            )
        )
    with torch.no_grad():
        model.model.float().eval()(torch.from_numpy(chips))
    for number, norm in enumerate(norms):  # what leaves a normalisation has the offset as mean and the gain as spread
        alive = norm.weight > 0.01
        assert torch.allclose(seen[number][0], norm.bias, atol=0.02)
        assert torch.allclose(seen[number][1][alive], norm.weight[alive], rtol=0.02)


def test_weights_that_do_not_fit_their_architecture_are_refused(tmp_path: Path, chips: np.ndarray) -> None:
    from yardwatch.training.restore import restore_checkpoint

    wider = replace(load_release(load_settings().models_folder()), architecture="yolo11s-obb")
    with pytest.raises(BadRelease, match="does not fit yolo11s-obb"):
        restore_checkpoint(wider, chips, tmp_path / "start.pt")
    assert not (tmp_path / "start.pt").exists()
