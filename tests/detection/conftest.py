"""A verified release that no test changes."""

from __future__ import annotations

import pytest
from drawn_yard import write_release

from yardwatch.detection.release import Release, load_release


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("models")
    write_release(folder)
    return load_release(folder)
