"""Surges: tell news from noise in a series of counts.

A pure function of a series of observations; nothing is read, written or remembered elsewhere.
"""

from __future__ import annotations

from .backtest import UNSEEN, Alarm, Backtest, Detection, Label, backtest
from .judge import judge, judge_series
from .judgement import Judgement, SeriesLook
from .monitor import monitor
from .policy import Priors, SurgePolicy
from .pool import pooled_priors
from .units import UNITS, Unit

__all__ = [
    "UNITS",
    "UNSEEN",
    "Alarm",
    "Backtest",
    "Detection",
    "Judgement",
    "Label",
    "Priors",
    "SeriesLook",
    "SurgePolicy",
    "Unit",
    "backtest",
    "judge",
    "judge_series",
    "monitor",
    "pooled_priors",
]
