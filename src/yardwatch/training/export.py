"""A checkpoint as ONNX, and the proof that both see the same: boxes within 0.1 px, scores within 1e-3."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yardwatch.detection import Release
from yardwatch.detection.network import open_network
from yardwatch.errors import BadInput, BadRelease
from yardwatch.training.compact import store_in_16_bits
from yardwatch.training.ultra import load_checkpoint

MAX_BOX_DIFFERENCE_PX = 0.1
MAX_SCORE_DIFFERENCE = 1e-3
SCORED = 0.02  # boxes nobody believes in are not compared


@dataclass(frozen=True)
class Parity:
    """The largest differences between a checkpoint and its export on the same chips."""

    max_box_difference_px: float
    max_score_difference: float


def checkpoint_classes(checkpoint: Path) -> tuple[str, ...]:
    """The class names that a checkpoint was trained with, in the order of its scores."""
    names: dict[int, str] = load_checkpoint(checkpoint).names
    return tuple(str(names[index]) for index in sorted(names))


def check_classes(given: tuple[str, ...], own: tuple[str, ...], checkpoint: Path) -> None:
    """Refuses class names that would put one class's scores under another's name.

    Names that differ altogether are renamings and pass, as long as there are as many.

    Raises:
        BadInput: naming both lists.
    """
    told = f"--classes {','.join(given)}: {checkpoint} was trained with {','.join(own)}"
    if len(given) != len(own):
        raise BadInput(f"{told}; give {len(own)} names in that order")
    moved = [name for name, old in zip(given, own, strict=True) if name != old and name in own]
    if moved:
        raise BadInput(f"{told}; {', '.join(moved)} stands elsewhere there; keep the checkpoint's order")


def export_onnx(checkpoint: Path, target: Path, image_px: int) -> None:
    """Writes the checkpoint as ONNX with free batch and picture size."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "model.pt"
        shutil.copy(checkpoint, copy)
        model = load_checkpoint(copy)
        made = model.export(format="onnx", dynamic=True, simplify=True, opset=17, imgsz=image_px, device="cpu")
        store_in_16_bits(Path(made))
        shutil.move(str(made), target)


def parity(checkpoint: Path, release: Release, chips: NDArray[np.float32]) -> Parity:
    """Compares a checkpoint with its release on chips float32 (n, 3, rows, cols), 0-1; refuses one that strays.

    Raises:
        BadRelease: when boxes differ by more than 0.1 px or scores by more than 1e-3.
    """
    kept, given = _run_checkpoint(checkpoint, chips), open_network(release, threads=2).run(chips)
    if kept.shape != given.shape:
        raise BadRelease(f"{release.weights_path}: gives {given.shape}, {checkpoint} gives {kept.shape}; export again")
    found = difference(kept, given)
    if found.max_box_difference_px > MAX_BOX_DIFFERENCE_PX or found.max_score_difference > MAX_SCORE_DIFFERENCE:
        raise BadRelease(
            f"{release.weights_path}: strays from {checkpoint} by {found.max_box_difference_px:.3f} px and "
            f"{found.max_score_difference:.5f} in score; it is not released"
        )
    return found


def difference(kept: NDArray[np.float32], given: NDArray[np.float32]) -> Parity:
    """Largest differences of two network outputs (tile, 4 + classes + 1, candidate).

    A difference in angle counts as the way the end of the box moves.
    """
    scores = np.abs(kept[:, 4:-1] - given[:, 4:-1])
    believed = kept[:, 4:-1].max(axis=1) >= SCORED
    boxes = np.abs(kept[:, :4] - given[:, :4]).max(axis=1)[believed]
    turned = (np.abs(kept[:, -1] - given[:, -1]) * kept[:, 2:4].max(axis=1) / 2)[believed]
    return Parity(float(max(boxes.max(initial=0), turned.max(initial=0))), float(scores.max(initial=0)))


def _run_checkpoint(checkpoint: Path, chips: NDArray[np.float32]) -> NDArray[np.float32]:
    model = load_checkpoint(checkpoint)
    import torch

    network: Any = model.model.float().eval()
    with torch.no_grad():
        output = network(torch.from_numpy(chips))
    output = output[0] if isinstance(output, list | tuple) else output
    return np.asarray(output.numpy(), dtype=np.float32)
