"""Where the railcars are on a chip: a verified model release, tiles, oriented boxes, map coordinates.

The only room that imports the inference runtime. Names are loaded when asked for, so that importing the package, or
reading a release's card, starts none of the heavy libraries.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yardwatch.detection.detector import Detector
    from yardwatch.detection.frame import DETECTION_COLUMNS, empty_detections
    from yardwatch.detection.release import Quality, Release, ReleaseSummary, list_releases, load_release
    from yardwatch.detection.tiles import Tiling

_HOMES = {
    "Detector": "detector",
    "DETECTION_COLUMNS": "frame",
    "empty_detections": "frame",
    "Quality": "release",
    "Release": "release",
    "ReleaseSummary": "release",
    "list_releases": "release",
    "load_release": "release",
    "Tiling": "tiles",
}

__all__ = [
    "DETECTION_COLUMNS",
    "Detector",
    "Quality",
    "Release",
    "ReleaseSummary",
    "Tiling",
    "empty_detections",
    "list_releases",
    "load_release",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
