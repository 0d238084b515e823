"""A web server on loopback, and no long waits between retries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from drawn_web import Web

from yardwatch.imagery import web as web_client


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A server of files below ``tmp_path / "web"``; a request is tried twice, at once."""
    monkeypatch.setattr(web_client, "PATIENCE", web_client.Patience(tries=2, first_wait_s=0.01, longest_wait_s=0.1))
    (tmp_path / "web").mkdir()
    server = Web(tmp_path / "web")
    yield server
    server.close()
