"""The one door to Ultralytics: imported late, offline, and writing only where it is told to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from yardwatch.errors import NotConfigured


def ultralytics(home: Path | None = None) -> Any:
    """The Ultralytics package with installs, downloads and telemetry switched off.

    `home` is where it keeps its settings; a folder already named in YOLO_CONFIG_DIR wins.
    """
    os.environ.setdefault("YOLO_AUTOINSTALL", "False")
    os.environ.setdefault("YOLO_OFFLINE", "true")
    if home is not None:
        home.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault("YOLO_CONFIG_DIR", str(home.resolve()))
    try:
        import ultralytics as package
    except ImportError as missing:
        raise NotConfigured("training needs the extra: pip install 'yardwatch[train]'") from missing
    package.settings.update({"sync": False})
    return package


def load_checkpoint(path: Path) -> Any:
    """A YOLO model from a checkpoint of the user's own."""
    if not path.is_file():
        raise NotConfigured(f"no checkpoint at {path}")
    return ultralytics().YOLO(str(path), task="obb")
