"""Fixtures of the alert tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from drawn_news import Hook, Outbox, listening_hook


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A webhook on the loopback interface."""
    with listening_hook() as listening:
        yield listening


@pytest.fixture
def outbox() -> Outbox:
    """An empty outbox in memory."""
    return Outbox()
