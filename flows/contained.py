"""Import me before Prefect: it reads its settings when it is imported, and they must lie below the data root."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from yardwatch.settings import contain, load_settings

contain(load_settings())
with suppress(OSError):  # Prefect makes its folder but not those above it; what cannot be written it tells itself
    Path(os.environ["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
