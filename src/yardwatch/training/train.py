"""Trains an oriented-box YOLO model on a data set, goes on after interruptions and records what it did."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from yardwatch.training.half_precision import train_in_bfloat16
from yardwatch.training.ultra import ultralytics


@dataclass(frozen=True)
class TrainPlan:
    """How to train. `hours` ends the run in time and shapes the learning rate to it; else `epochs` counts."""

    data_yaml: Path
    out: Path
    architecture: str = "yolo11n-obb.yaml"
    start_from: Path | None = None
    """A checkpoint whose weights the run starts from."""
    epochs: int = 100
    hours: float | None = None
    image_px: int = 320
    batch: int = 16
    learning_rate: float = 0.002
    seed: int = 0
    threads: int = 2
    validate: bool = False
    """Whether every epoch is measured on the validation chips; the last one always is."""
    bfloat16: bool = False
    """About half as fast again on processors that have it."""


def train(plan: TrainPlan) -> Path:
    """Runs, or goes on with, the training under `plan.out`; returns the path of its last checkpoint."""
    package = ultralytics(plan.out / "settings")
    import torch

    def use_all_threads(_trainer: object) -> None:
        torch.set_num_threads(plan.threads)  # Ultralytics sets one fewer than there are cores when it picks the device

    if plan.bfloat16:
        train_in_bfloat16()
    last = plan.out / "run" / "weights" / "last.pt"
    began = time.time()
    if last.exists():
        model = package.YOLO(str(last))
        model.add_callback("on_train_start", use_all_threads)
        model.train(resume=True)
    else:
        record(plan, {"started": _now(), "code": code_version()})
        model = package.YOLO(plan.architecture, task="obb")
        if plan.start_from is not None:
            model = model.load(str(plan.start_from))
        model.add_callback("on_train_start", use_all_threads)
        model.train(**arguments(plan))
    record(plan, {"finished": _now(), "hours_of_last_part": round((time.time() - began) / 3600, 3)})
    return last


def arguments(plan: TrainPlan) -> dict[str, Any]:
    """The plan as arguments of Ultralytics' trainer."""
    return {
        "data": str(plan.data_yaml.resolve()),
        "project": str(plan.out.resolve()),
        "name": "run",
        "exist_ok": True,
        "epochs": plan.epochs,
        "time": plan.hours,
        "imgsz": plan.image_px,
        "batch": plan.batch,
        "nbs": plan.batch,
        "device": "cpu",
        "workers": 0,
        "seed": plan.seed,
        "deterministic": True,
        "pretrained": False if plan.start_from is None else str(plan.start_from),
        "amp": False,
        "channels_last": plan.bfloat16,
        "optimizer": "AdamW",
        "lr0": plan.learning_rate,
        "lrf": 0.02,
        "cos_lr": True,
        "warmup_epochs": 0.5,
        "weight_decay": 0.0005,
        "mosaic": 0.0,
        "mixup": 0.0,
        "degrees": 0.0,
        "translate": 0.05,
        "scale": 0.12,
        "flipud": 0.5,
        "fliplr": 0.5,
        "hsv_h": 0.01,
        "hsv_s": 0.25,
        "hsv_v": 0.2,
        "erasing": 0.0,
        "plots": False,
        "save_period": 1,
        "patience": 0,
        "max_det": 600,
        "val": plan.validate,
        "verbose": True,
    }


def record(plan: TrainPlan, facts: dict[str, Any]) -> None:
    """Adds facts to the run's `record.json`: plan, code version, times."""
    path = plan.out / "record.json"
    plan.out.mkdir(parents=True, exist_ok=True)
    known: dict[str, Any] = {"plan": asdict(plan), "parts": []}
    if path.exists():
        known = json.loads(path.read_text())
    known["parts"].append(facts)
    path.write_text(json.dumps(known, indent=1, default=str))


def code_version() -> str:
    """The commit of the code that runs, marked if the tree was changed since; `unknown` outside a checkout."""
    where = Path(__file__).parent
    call = ["git", "-C", str(where), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(call, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
