"""Import me before Prefect: it reads its settings when it is imported, and they must lie below the data root."""

from __future__ import annotations

from yardwatch.settings import contain, load_settings

contain(load_settings())
