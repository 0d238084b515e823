"""Writes a YOLO-OBB data set of simulated chips: pictures, label files and `data.yaml`, ready for Ultralytics.

Chips that exist are kept, so an interrupted run goes on where it stopped. A chip's picture is written before its
label file, both under a temporary name first: a label file that is there means the chip is whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import cv2

from yardwatch.errors import BadInput
from yardwatch.simulate.chips import ChipOptions, training_chip, yolo_lines
from yardwatch.simulate.kinds import CLASSES
from yardwatch.simulate.workers import drawing_pool, one_thread

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class DatasetPlan:
    """Which chips a data set holds: seeds from `first_seed` for training, from `first_val_seed` for validation."""

    chips: int = 8000
    val_chips: int = 300
    first_seed: int = 0
    first_val_seed: int = 800_000
    options: ChipOptions = field(default_factory=ChipOptions)
    workers: int = 2

    def __post_init__(self) -> None:
        if self.first_seed <= self.first_val_seed < self.first_seed + self.chips:
            raise BadInput("dataset plan: validation seeds overlap training seeds; raise first_val_seed")


def write_dataset(out: Path, plan: DatasetPlan, progress: Progress | None = None) -> Path:
    """Writes the missing chips of a plan under `out` and returns the path of its `data.yaml`."""
    _write_plan(out, plan)
    parts = (
        ("val", range(plan.first_val_seed, plan.first_val_seed + plan.val_chips)),
        ("train", range(plan.first_seed, plan.first_seed + plan.chips)),
    )
    for part, seeds in parts:
        (out / "images" / part).mkdir(parents=True, exist_ok=True)
        (out / "labels" / part).mkdir(parents=True, exist_ok=True)
        missing = [seed for seed in seeds if not (out / "labels" / part / f"{seed:07d}.txt").exists()]
        with drawing_pool(plan.workers, one_thread) as pool:
            _follow(
                pool.map(partial(_write_chip, out, part, plan.options), missing, chunksize=8), len(missing), progress
            )
    return out / "data.yaml"


def _follow(done: Iterable[None], total: int, progress: Progress | None) -> None:
    for count, _ in enumerate(done, start=1):
        if progress is not None:
            progress(count, total)


def _write_plan(out: Path, plan: DatasetPlan) -> None:
    """Records what the data set is made of; refuses to mix two kinds of chips in one folder."""
    out.mkdir(parents=True, exist_ok=True)
    options = json.dumps(asdict(plan.options), default=str, sort_keys=True)
    note = out / "options.json"
    if note.exists() and note.read_text() != options:
        raise BadInput(f"{out} holds chips made with other options; choose an empty folder")
    note.write_text(options)
    names = "\n".join(f"  {k}: {name}" for k, name in enumerate(CLASSES))
    (out / "data.yaml").write_text(f"path: {out.resolve()}\ntrain: images/train\nval: images/val\nnames:\n{names}\n")


def _write_chip(out: Path, part: str, options: ChipOptions, seed: int) -> None:
    chip = training_chip(seed, options)
    picture = out / "images" / part / f"{seed:07d}.png"
    labels = out / "labels" / part / f"{seed:07d}.txt"
    beside = picture.with_suffix(".part.png")
    cv2.imwrite(str(beside), chip.rgb[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    os.replace(beside, picture)
    text = labels.with_suffix(".part")
    text.write_text("\n".join(yolo_lines(chip)))
    os.replace(text, labels)
