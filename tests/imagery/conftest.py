"""A web server on loopback, and no long waits between retries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from drawn_web import Web

from yardwatch.imagery import rasters


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A server of files below ``tmp_path / "web"``; GDAL retries once and at once."""
    monkeypatch.setitem(rasters.NETWORK, "GDAL_HTTP_MAX_RETRY", "1")
    monkeypatch.setitem(rasters.NETWORK, "GDAL_HTTP_RETRY_DELAY", "0.01")
    (tmp_path / "web").mkdir()
    server = Web(tmp_path / "web")
    yield server
    server.close()
