"""How many bytes one read fetched, counted where they arrive."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Tally:
    """Bytes fetched over HTTP by the thread that opened it; None while nothing was."""

    fetched_bytes: int | None = None


class _Open(threading.local):
    tallies: tuple[Tally, ...] = ()


_OPEN = _Open()


@contextmanager
def tally() -> Iterator[Tally]:
    """Counts what this thread's reads fetch within the block."""
    counted, before = Tally(), _OPEN.tallies
    _OPEN.tallies = (*before, counted)
    try:
        yield counted
    finally:
        _OPEN.tallies = before


def count(fetched_bytes: int) -> None:
    """Adds to every tally that this thread has open."""
    for one in _OPEN.tallies:
        one.fetched_bytes = (one.fetched_bytes or 0) + fetched_bytes
