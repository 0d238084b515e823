"""What an imagery source is, and the registry of those that yardwatch knows.

A new source is one module with a class that follows :class:`ImagerySource` and one line in ``_KINDS``; a new catalog
of a known kind is one entry in ``presets.OFFERS``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from shapely.geometry import MultiPolygon, Polygon

from yardwatch.errors import BadInput
from yardwatch.imagery.presets import PRESETS
from yardwatch.imagery.terms import check_terms
from yardwatch.records import Chip, Grid, Scene
from yardwatch.watchlist import SourceEntry, Watchlist


class ImagerySource(Protocol):
    """Something that can be asked for scenes and can read them."""

    @property
    def name(self) -> str:
        """Name of its entry in the watch list; the ``source`` of its scenes."""
        ...

    def search(self, footprint: Polygon | MultiPolygon, since: datetime, until: datetime) -> Iterator[Scene]:
        """Scenes that touch ``footprint`` (WGS84) and were acquired within [since, until); lazy.

        An item that is broken is passed over with a warning; see :meth:`take_warnings`.

        Raises:
            TryAgain: when the source does not answer.
            NotConfigured: when it wants a login.
            BadInput: when it is no such source.
        """
        ...

    def read(self, scene: Scene, grid: Grid) -> Chip:
        """The pixels of ``scene`` on ``grid``, resampled once from native pixels; ``hidden`` from its own mask.

        Raises:
            TryAgain: when pixels could not be fetched.
            BadInput: when the file is broken or cannot be placed on the ground.
            Refused: when its address is not one that yardwatch opens.
        """
        ...

    def take_warnings(self) -> tuple[str, ...]:
        """One sentence for each item passed over since this was last asked."""
        ...


def _open_stac(entry: SourceEntry) -> ImagerySource:
    from yardwatch.imagery.stac import StacSource

    return StacSource(entry)


def _open_folder(entry: SourceEntry) -> ImagerySource:
    from yardwatch.imagery.folder import FolderSource

    return FolderSource(entry)


def _open_tiles(entry: SourceEntry) -> ImagerySource:
    from yardwatch.imagery.tiles import TileSource

    return TileSource(entry)


_KINDS: dict[str, Callable[[SourceEntry], ImagerySource]] = {
    "folder": _open_folder,
    "stac": _open_stac,
    "xyz": _open_tiles,
    "wmts": _open_tiles,
}
KINDS = tuple(sorted(_KINDS))


def preset(name: str) -> SourceEntry:
    """The built-in source ``name``.

    Raises:
        BadInput: listing the built-in ones.
    """
    if name not in PRESETS:
        raise BadInput(f"there is no built-in source {name!r}; known: {', '.join(sorted(PRESETS))}")
    return PRESETS[name]


def open_source(entry: SourceEntry) -> ImagerySource:
    """The source that ``entry`` describes; nothing is fetched yet.

    ``entry.kind`` may be the name of a preset, which then fills the fields that the entry leaves out.

    Raises:
        BadInput: for an unknown kind, listing the known ones, or a field that the kind needs.
        Refused: where its terms forbid to read it by machine, or its licence wants a purpose that was not confirmed.
    """
    entry = completed(entry)
    if entry.kind not in _KINDS:
        known = sorted({*_KINDS, *PRESETS})
        raise BadInput(f"source {entry.name}: kind {entry.kind!r} is unknown; known: {', '.join(known)}")
    _check_url(entry)
    check_terms(entry)
    return _KINDS[entry.kind](entry)


def _check_url(entry: SourceEntry) -> None:
    try:
        _ = None if entry.url is None else urlsplit(entry.url).port
    except ValueError as error:
        # The url itself may hold a key, so it is not shown.
        raise BadInput(f"source {entry.name}: url: is no address ({error}); correct it in yardwatch.toml") from None


def own_entries(watchlist: Watchlist) -> dict[str, SourceEntry]:
    """The sources that a watch list describes, by name.

    Raises:
        BadInput: where two have one name.
    """
    entries = {entry.name: entry for entry in watchlist.source}
    if len(entries) < len(watchlist.source):
        names = [entry.name for entry in watchlist.source]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadInput(f"yardwatch.toml: two [[source]] have the name {twice!r}; give each its own")
    return entries


def completed(entry: SourceEntry) -> SourceEntry:
    """``entry`` with what the preset that its kind names says where the entry says nothing."""
    if entry.kind not in PRESETS:
        return entry
    given = {field: getattr(entry, field) for field in entry.model_fields_set - {"kind"}}
    return PRESETS[entry.kind].model_copy(update=given)


def resolve_sources(names: Sequence[str], watchlist: Watchlist) -> list[ImagerySource]:
    """The sources of these names, in this order: those of the watch list, else the built-in ones.

    Raises:
        BadInput: for a name that is neither, listing the known ones, and for one that two sources have.
    """
    entries = {**PRESETS, **own_entries(watchlist)}
    sources = []
    for name in dict.fromkeys(names):
        if name not in entries:
            close = difflib.get_close_matches(name, entries, n=2)
            hint = f" Did you mean {' or '.join(close)}?" if close else ""
            raise BadInput(
                f"there is no source {name!r}.{hint} Known: {', '.join(sorted(entries))}; "
                "describe others as [[source]] in yardwatch.toml"
            )
        sources.append(open_source(entries[name]))
    return sources
