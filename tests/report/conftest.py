"""Fixtures of the report tests."""

from __future__ import annotations

import pytest
from drawn_story import drawn_story

from yardwatch.report import SeriesStory


@pytest.fixture(scope="session")
def story() -> SeriesStory:
    """24 simulated looks of Tumangang, the last a surge of 73."""
    return drawn_story()
