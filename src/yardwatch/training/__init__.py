"""Data sets, Ultralytics training, evaluation and releases. Only this package imports Ultralytics or PyTorch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yardwatch.training.dataset import DatasetPlan, write_dataset
    from yardwatch.training.release import ReleaseRequest, make_release
    from yardwatch.training.train import TrainPlan

_HOMES = {
    "DatasetPlan": "dataset",
    "write_dataset": "dataset",
    "ReleaseRequest": "release",
    "make_release": "release",
    "TrainPlan": "train",
}

__all__ = ["DatasetPlan", "ReleaseRequest", "TrainPlan", "make_release", "write_dataset"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
