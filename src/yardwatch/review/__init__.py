"""Check: what people say of detections and looks, what that teaches, and the labels that training takes back.

Names are loaded when asked for, so that importing the package starts none of the heavy libraries.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yardwatch.review.boxes import ReviewedBox, boxes_of_table, paired_with, reviewed_table
    from yardwatch.review.coco import write_coco
    from yardwatch.review.correction import Correction, Limits, automatic_of, checked, reviewed_observation
    from yardwatch.review.gallery import Failure, failure_sheet
    from yardwatch.review.label_studio import read_label_studio, write_label_studio
    from yardwatch.review.labels import LabelledLook, Said
    from yardwatch.review.lesson import Lesson, lessons
    from yardwatch.review.quality import ReviewedQuality, Tally, learnt, quality_of, tally
    from yardwatch.review.yolo import write_yolo

_HOMES = {
    "Correction": "correction",
    "Failure": "gallery",
    "LabelledLook": "labels",
    "Lesson": "lesson",
    "Limits": "correction",
    "ReviewedBox": "boxes",
    "ReviewedQuality": "quality",
    "Said": "labels",
    "Tally": "quality",
    "automatic_of": "correction",
    "boxes_of_table": "boxes",
    "checked": "correction",
    "failure_sheet": "gallery",
    "learnt": "quality",
    "lessons": "lesson",
    "paired_with": "boxes",
    "quality_of": "quality",
    "read_label_studio": "label_studio",
    "reviewed_observation": "correction",
    "reviewed_table": "boxes",
    "tally": "quality",
    "write_coco": "coco",
    "write_label_studio": "label_studio",
    "write_yolo": "yolo",
}

__all__ = [
    "Correction",
    "Failure",
    "LabelledLook",
    "Lesson",
    "Limits",
    "ReviewedBox",
    "ReviewedQuality",
    "Said",
    "Tally",
    "automatic_of",
    "boxes_of_table",
    "checked",
    "failure_sheet",
    "learnt",
    "lessons",
    "paired_with",
    "quality_of",
    "read_label_studio",
    "reviewed_observation",
    "reviewed_table",
    "tally",
    "write_coco",
    "write_label_studio",
    "write_yolo",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
