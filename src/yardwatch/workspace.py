"""One user's watch: settings, watch list, areas, ledger, model release and sources, each opened when first asked for.

Flows, command line and notebooks make one :class:`Workspace` and hand it to the verbs of
:mod:`yardwatch.operations`. It may be shared by the threads of a process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from yardwatch.errors import BadInput
from yardwatch.settings import Settings, load_settings
from yardwatch.watchlist import Watchlist, line_of, load_watchlist

if TYPE_CHECKING:
    from yardwatch.detection import Detector, Release
    from yardwatch.detection.track_sight import TrackSight
    from yardwatch.imagery import ImagerySource
    from yardwatch.ledger import Ledger
    from yardwatch.records import Area

T = TypeVar("T")


class Workspace:
    """What the verbs work with.

    Args:
        settings: default is the environment's.
        now: the clock; tests stop it.
    """

    def __init__(self, settings: Settings | None = None, *, now: Callable[[], datetime] | None = None) -> None:
        self.settings = settings or load_settings()
        self.now = now or (lambda: datetime.now(UTC))
        self._lock = threading.RLock()
        self._areas: dict[str, tuple[tuple[int, int] | None, Area]] = {}
        self._held: dict[Hashable, tuple[float, object]] = {}
        self._sources: dict[tuple[str, ...], dict[str, ImagerySource]] = {}

    @cached_property
    def watchlist(self) -> Watchlist:
        """The user's ``yardwatch.toml``."""
        return load_watchlist(self.settings.watchlist)

    @cached_property
    def areas(self) -> Mapping[str, Area]:
        """Every area file of the areas folder, by name."""
        from yardwatch.areas import load_areas

        return load_areas(self.settings.areas_folder())

    def area(self, name: str) -> Area:
        """The area ``name``.

        Raises:
            BadInput: naming the known ones when there is none, or what is wrong in its file.
        """
        from yardwatch.areas import find_area

        folder = self.settings.areas_folder()
        stamp = _stamp(folder / f"{name}.geojson")
        with self._lock:
            read_at, known = self._areas.get(name, (None, None))
            if known is None or stamp is None or read_at != stamp:  # a run asks for each area several times
                known = find_area(folder, name)
                self._areas[name] = stamp, known
            return known

    def watched_areas(self) -> tuple[str, ...]:
        """Names on the watch list; without one, the areas whose files say ``watched``."""
        if self.watchlist.areas:
            for name in self.watchlist.areas:
                self.area(name)
            return self.watchlist.areas
        return tuple(name for name, area in self.areas.items() if area.watched)

    def listed_areas(self) -> tuple[str, ...]:
        """Names on the watch list as they stand there, each once; without one, the areas whose files say ``watched``.

        For runs that must not end for all because of one: a name that is no area, and a file that is broken, are among
        them, and :meth:`area` says what is wrong.
        """
        from yardwatch.areas import area_names

        return tuple(dict.fromkeys(self.watchlist.areas)) or tuple(
            name for name in area_names(self.settings.areas_folder()) if self._may_be_watched(name)
        )

    def _may_be_watched(self, name: str) -> bool:
        try:
            return self.area(name).watched
        except BadInput:
            return True  # nobody can know, and somebody must be told

    @property
    def ledger(self) -> Ledger:
        """The ledger, its schema brought to date when it is new."""
        return self._once("_ledger", self._open_ledger)

    def _open_ledger(self) -> Ledger:
        from yardwatch.ledger import Ledger

        return Ledger.open(self.settings.ledger_address(), self.settings.root, clock=self.now)

    def migrate(self) -> None:
        """Bring an older ledger to this version's schema."""
        from yardwatch.ledger import Ledger

        Ledger.open(self.settings.ledger_address(), self.settings.root, migrate=True).close()

    @property
    def release(self) -> Release:
        """The model release in use, verified."""
        return self._once("_release", self._load_release)

    def _load_release(self) -> Release:
        from yardwatch.detection import load_release

        return load_release(self.settings.models_folder(), self.settings.release)

    @property
    def detector(self) -> Detector:
        """The detector of the release in use; one a process."""
        return self._once("_detector", self._open_detector)

    def _open_detector(self) -> Detector:
        from yardwatch.detection import Detector

        return Detector(self.release, threads=self.settings.inference_threads)

    @property
    def track_sight(self) -> TrackSight | None:
        """What sees tracks in pictures, verified; None where the models folder holds none."""
        return self._once("_track_sight", self._open_track_sight)

    def _open_track_sight(self) -> TrackSight | None:
        from yardwatch.detection.track_sight import open_track_sight

        return open_track_sight(self.settings.models_folder(), self.settings.inference_threads)

    def sources(self, area: str) -> Mapping[str, ImagerySource]:
        """The sources asked for ``area``, most preferred first."""
        names = self.watchlist.sources_of(area)
        with self._lock:
            if names not in self._sources:
                self._sources[names] = {name: self.source(area, name) for name in names}
            return self._sources[names]

    def source(self, area: str, name: str) -> ImagerySource:
        """The source ``name`` as ``area`` asks it.

        Raises:
            BadInput: naming file, line and table that ask a source which is none, or is described wrongly.
        """
        from yardwatch.imagery import resolve_sources

        try:
            [source] = resolve_sources([name], self.watchlist)
        except BadInput as error:
            path, entry = self.settings.watchlist, self.watchlist.area.get(area)
            table = "sources" if entry is None or entry.sources is None else f"area.{area}.sources"
            raise BadInput(f"{path}{line_of(path, name)}: {table}: {error}") from None
        return source

    def _once(self, slot: str, make: Callable[[], T]) -> T:
        with self._lock:
            if slot not in self.__dict__:
                self.__dict__[slot] = make()
            made: T = self.__dict__[slot]
            return made

    def held(self, key: Hashable, for_s: float, make: Callable[[], T]) -> T:
        """What ``make`` gives, made again when it is older than ``for_s`` seconds; ``key`` names it."""
        with self._lock:
            at, value = self._held.get(key, (float("-inf"), None))
            if time.monotonic() - at > for_s:
                at, value = time.monotonic(), make()
                self._held[key] = at, value
            return cast(T, value)

    def close(self) -> None:
        """Let go of the ledger."""
        if "_ledger" in self.__dict__:
            self.__dict__.pop("_ledger").close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes when a file does; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
