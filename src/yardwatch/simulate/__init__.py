"""A simulator of rail yards seen from above: layouts, rolling stock, light, sensor, and the truth of every car.

Nothing of the daily path imports this package, and it imports neither Ultralytics nor PyTorch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yardwatch.simulate.archive import write_archive
    from yardwatch.simulate.chips import ChipOptions, training_chip
    from yardwatch.simulate.yards import preview, write_scenes

_HOMES = {
    "write_archive": "archive",
    "ChipOptions": "chips",
    "training_chip": "chips",
    "preview": "yards",
    "write_scenes": "yards",
}

__all__ = ["ChipOptions", "preview", "training_chip", "write_archive", "write_scenes"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
