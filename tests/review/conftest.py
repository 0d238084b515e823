"""An observation to review."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from yardwatch.records import Observation


@pytest.fixture
def drawn_observation() -> Observation:
    """Ten cars seen on a clear look."""
    when = datetime(2023, 10, 5, 2, tzinfo=UTC)
    return Observation(
        look_id="smallton/drawn-1/x",
        area="smallton",
        area_version="v",
        release="test-1",
        pipeline_version="1",
        acquired_from=when,
        acquired_to=when,
        platform="drawn-1",
        measure="count",
        value=10.0,
        low=9.0,
        high=12.0,
        visible=1.0,
        gsd_m=0.5,
        effective_gsd_m=0.5,
        source="drawn",
        licence="CC0-1.0",
        attribution="A test",
        simulated=True,
    )
