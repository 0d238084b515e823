"""How far one search of a catalog goes: what pages for ever, or is too large to walk, is cut, and the user is told.

A catalog is written by others. One whose pages never end would otherwise keep a scheduled run for ever; one that is
merely large gives what was found until then, and says that there is more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True)
class Limits:
    """Where a search ends.

    Attributes:
        fetches: pages of an API, documents of a static catalog.
        items: taken from them.
        seconds: spent waiting for the catalog; what is done with its items does not count.
    """

    fetches: int
    items: int
    seconds: float


API = Limits(fetches=1_000, items=50_000, seconds=1_800.0)
STATIC = Limits(fetches=100_000, items=50_000, seconds=1_800.0)


class Leash:
    """What one search has spent of its limits."""

    def __init__(self, limits: Limits, unit: str) -> None:
        """``unit`` names what is fetched: pages, documents."""
        self._limits, self._unit = limits, unit
        self.fetches, self.items, self._seconds = 0, 0, 0.0

    @contextmanager
    def fetching(self) -> Iterator[None]:
        """Counts one fetch and the time that the block takes."""
        begun = monotonic()
        try:
            yield
        finally:
            self.fetches += 1
            self._seconds += monotonic() - begun

    def at_end(self) -> str | None:
        """How much was read, where a limit is reached; None while the search may go on."""
        limits = self._limits
        if self.fetches < limits.fetches and self.items < limits.items and self._seconds < limits.seconds:
            return None
        return f"{self.fetches} {self._unit} with {self.items} items in {self._seconds:.0f} s"
