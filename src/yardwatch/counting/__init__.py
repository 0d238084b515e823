"""From detections and what was visible to an observation: how many freight cars stand in the visible part.

Names are loaded when asked for, so that importing the package starts none of the heavy libraries.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yardwatch.counting.activity import CLEAR_FROM, MOST_CLEAR_LOOKS, family_of
    from yardwatch.counting.estimators import ESTIMATORS, Estimate, Estimator, estimator_for
    from yardwatch.counting.interval import Exposure, interval_90
    from yardwatch.counting.observing import LookProvenance, count_look, unusable_look
    from yardwatch.counting.resolution import may_count, measure_at
    from yardwatch.counting.sighting import Sighting

_HOMES = {
    "CLEAR_FROM": "activity",
    "MOST_CLEAR_LOOKS": "activity",
    "family_of": "activity",
    "ESTIMATORS": "estimators",
    "Estimate": "estimators",
    "Estimator": "estimators",
    "estimator_for": "estimators",
    "Exposure": "interval",
    "interval_90": "interval",
    "LookProvenance": "observing",
    "count_look": "observing",
    "unusable_look": "observing",
    "may_count": "resolution",
    "measure_at": "resolution",
    "Sighting": "sighting",
}

__all__ = [
    "CLEAR_FROM",
    "ESTIMATORS",
    "MOST_CLEAR_LOOKS",
    "Estimate",
    "Estimator",
    "Exposure",
    "LookProvenance",
    "Sighting",
    "count_look",
    "estimator_for",
    "family_of",
    "interval_90",
    "may_count",
    "measure_at",
    "unusable_look",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
