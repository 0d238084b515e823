"""Trains an oriented-box YOLO model on a data set, goes on after interruptions and records what it did."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from yardwatch.training.deliveries import redelivering_trainer
from yardwatch.training.half_precision import train_in_bfloat16
from yardwatch.training.journal import Journal
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
    device: str = "cpu"
    """As Ultralytics names it: `cpu`, or the number of a GPU."""
    loaders: int = 0
    """Processes that read pictures beside the training; a GPU waits without them."""


def train(plan: TrainPlan, material: dict[str, Any] | None = None) -> Path:
    """Runs, or goes on with, the training under `plan.out`; returns the path of its last checkpoint.

    `material` says for the record what the data set holds. A run that came to its end is left as it is.
    """
    package = ultralytics(plan.out / "settings")
    import torch

    journal, last = Journal.at(plan.out), plan.out / "run" / "weights" / "last.pt"
    if journal.finished and last.exists():
        return last

    def use_all_threads(_trainer: object) -> None:
        torch.set_num_threads(plan.threads)  # Ultralytics sets one fewer than there are cores when it picks the device

    if plan.bfloat16:
        train_in_bfloat16()
    resumes, spent_hours = last.exists(), journal.hours
    model = package.YOLO(str(last)) if resumes else package.YOLO(plan.architecture, task="obb")
    if plan.start_from is not None and not resumes:
        model = model.load(str(plan.start_from))
    model.add_callback("on_train_start", use_all_threads)
    model.add_callback("on_model_save", lambda trainer: journal.epoch(trainer.epoch + 1))
    journal.begin(asdict(plan), material)
    if resumes:
        if plan.hours is not None:
            model.add_callback("on_pretrain_routine_end", lambda trainer: take_what_is_left(trainer, plan, spent_hours))
        model.train(trainer=redelivering_trainer(), resume=True, time=None)
    else:
        model.train(trainer=redelivering_trainer(), **arguments(plan))
    journal.finish()
    return last


def take_what_is_left(trainer: Any, plan: TrainPlan, spent_hours: float) -> None:
    """Sets how many epochs a resumed run still has, from the hours that are left and what an epoch took.

    Ultralytics would begin to count the hours anew.
    """
    done = trainer.start_epoch
    if not done or not spent_hours or plan.hours is None:
        return
    more = max(1, math.floor((plan.hours - spent_hours) / (spent_hours / done)))
    trainer.epochs = trainer.args.epochs = done + more
    trainer._setup_scheduler()
    trainer.scheduler.last_epoch = done - 1


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
        "device": plan.device,
        "workers": plan.loaders,
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
        "warmup_bias_lr": 0.0,  # theirs, 0.1, is SGD's: under AdamW it undoes a network that a run goes on from
        "weight_decay": 0.0005,
        "mosaic": 0.0,
        "close_mosaic": 0,  # closing it would rebuild the transforms, without ours
        "mixup": 0.0,
        "degrees": 0.0,
        "translate": 0.05,
        "scale": 0.15,
        "flipud": 0.5,
        "fliplr": 0.5,
        "hsv_h": 0.015,
        "hsv_s": 0.0,
        "hsv_v": 0.0,
        "erasing": 0.0,
        "plots": False,
        "save_period": 1,
        "patience": 0,
        "max_det": 600,
        "val": plan.validate,
        "verbose": True,
    }
