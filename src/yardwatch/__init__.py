"""yardwatch counts freight railcars on satellite images and says when a count is news."""

from __future__ import annotations

__version__ = "0.3.0"

PIPELINE_VERSION = "4"
"""Part of every observation's key: raised when reading, screening or counting changes what is counted."""
