"""What every test stands on: no network but loopback, no user's settings, nothing written outside its own folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

MEASURED_DATA = ("YARDWATCH_REAL_IMAGES", "YARDWATCH_SURGE_BENCH", "YARDWATCH_BACKGROUNDS")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No setting of the person who runs the tests leaks in; only the folders of measured data are kept."""
    for name in list(os.environ):
        if name.startswith("YARDWATCH_") and name not in MEASURED_DATA and not name.startswith("YARDWATCH_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("YARDWATCH_DATA_DIR", str(tmp_path_factory.getbasetemp() / "yardwatch-data"))
    monkeypatch.setenv("YARDWATCH_WATCHLIST", str(tmp_path_factory.getbasetemp() / "no-watchlist.toml"))


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What libraries write goes into the tests' own folder."""
    before = dict(os.environ)
    root = tmp_path_factory.mktemp("libraries")
    for name in ("PREFECT_HOME", "MPLCONFIGDIR", "YOLO_CONFIG_DIR"):
        os.environ[name] = str(root / name.lower())
    os.environ |= {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1", "YOLO_AUTOINSTALL": "False"}
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def real_images() -> Path:
    """The folder of labelled real images."""
    return _measured("YARDWATCH_REAL_IMAGES")


def _measured(setting: str) -> Path:
    value = os.environ.get(setting)
    if not value:
        pytest.skip(f"{setting} is not set")
    return Path(value)
