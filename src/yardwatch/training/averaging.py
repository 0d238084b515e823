"""The mean of several checkpoints of one network, often steadier on pictures unlike its chips than each of them.

Wortsman et al. 2022, "Model soups" (ICML); with the release that a run went on from among them, "Robust fine-tuning of
zero-shot models" (CVPR). It only works for checkpoints that went on from one another or from the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from yardwatch.errors import BadInput
from yardwatch.training.ultra import load_checkpoint


def average_checkpoints(checkpoints: Sequence[Path], out: Path) -> Path:
    """Writes at `out` (ending in .pt) a checkpoint whose weights are the plain mean of those given; returns `out`.

    Raises:
        BadInput: for fewer than two, or checkpoints whose networks or classes differ.
        NotConfigured: for one that is not there.
    """
    import torch

    if len(checkpoints) < 2:
        raise BadInput("averaging: name two checkpoints or more")
    first, *others = (load_checkpoint(path).model.float() for path in checkpoints)
    total = {name: value.clone() for name, value in first.state_dict().items()}
    for path, other in zip(checkpoints[1:], others, strict=True):
        weights = other.state_dict()
        shapes = {name: value.shape for name, value in weights.items()}
        if shapes != {name: value.shape for name, value in total.items()} or other.names != first.names:
            raise BadInput(
                f"averaging: {path} holds another network or other classes than {checkpoints[0]}; "
                "name checkpoints of one training"
            )
        for name, value in weights.items():
            if value.is_floating_point():
                total[name] += value
    for name, value in total.items():
        if value.is_floating_point():
            total[name] = value / len(checkpoints)
    first.load_state_dict(total)
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"epoch": -1, "model": first, "train_args": first.args, "ema": None}, out)
    return out
