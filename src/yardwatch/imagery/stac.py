"""A STAC API, or a static STAC catalog on disk or on the web.

An API is searched through pystac-client, page by page as scenes are taken. A static catalog is walked through pystac,
only into collections whose extent meets the search.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pystac_client import Client
from pystac_client.stac_api_io import StacApiIO
from pystac_client.warnings import NoConformsTo
from shapely.geometry import MultiPolygon, Polygon, mapping

from yardwatch.errors import BadInput, YardwatchError
from yardwatch.imagery import leash as leash_limits
from yardwatch.imagery.addresses import Address, allowed, is_url, redacted
from yardwatch.imagery.catalog_io import TIMEOUT_S, CatalogIO, catalog_faults, read_headers
from yardwatch.imagery.catalog_walk import Walk, Wanted
from yardwatch.imagery.hosts import HostRule
from yardwatch.imagery.items import CollectionFacts, collection_facts, scene_from_item
from yardwatch.imagery.leash import Leash
from yardwatch.imagery.scene_reading import ReadChip, read_scene
from yardwatch.imagery.signing import CATALOG_HOST, PlanetaryComputerSigner
from yardwatch.imagery.terms import check_licence
from yardwatch.imagery.web import Web
from yardwatch.records import Asset, Grid, Scene
from yardwatch.watchlist import SourceEntry

log = logging.getLogger(__name__)

PAGE_SIZE = 100
MOST_EMPTY_PAGES = 20
"""So many in a row with a next link are followed: a server may filter after it has paged."""

ITEM_SEARCH = "ITEM_SEARCH"


class StacSource:
    """One STAC API or static catalog."""

    def __init__(self, entry: SourceEntry) -> None:
        """Checks the entry; nothing is fetched.

        Raises:
            BadInput: where the entry names no catalog, or two.
            NotConfigured: where the variable that ``headers_env`` names is not set.
        """
        if (entry.url is None) == (entry.path is None):
            raise BadInput(f"source {entry.name}: give either the url or the path of its catalog in yardwatch.toml")
        self._entry = entry
        self._local = not is_url(entry.url) if entry.url is not None else True
        self._href = self._catalog_href(entry)
        self._root = Path(self._href).parent if self._local else None
        self._headers = read_headers(entry)
        host = urlsplit(self._href).hostname
        self._signer = PlanetaryComputerSigner() if host == CATALOG_HOST else None
        self._rule = HostRule.of(None if self._local else self._href, entry.allow_private_addresses)
        self._web = Web(self._rule, tuple(self._headers.items()), urlsplit(self._href).netloc)
        self._warnings: list[str] = []
        self._collections: dict[str, CollectionFacts] = {}

    @staticmethod
    def _catalog_href(entry: SourceEntry) -> str:
        if entry.url is not None and is_url(entry.url):
            return entry.url
        path = Path(entry.path if entry.path is not None else str(entry.url)).expanduser().resolve()
        return str(path / "catalog.json" if path.is_dir() else path)

    @property
    def name(self) -> str:
        return self._entry.name

    def search(self, footprint: Polygon | MultiPolygon, since: datetime, until: datetime) -> Iterator[Scene]:
        """See :class:`yardwatch.imagery.source.ImagerySource`."""
        for data, href, facts in self._items(footprint, since, until):
            try:
                scene = scene_from_item(data, href, self._entry, facts)
                check_licence(scene.licence, f"item {scene.scene_id}", self._entry)
            except YardwatchError as error:
                self._warn(str(error))
                continue
            if scene.acquired_to >= since and scene.acquired_from < until and scene.footprint.intersects(footprint):
                yield scene

    def read(self, scene: Scene, grid: Grid) -> ReadChip:
        """See :class:`yardwatch.imagery.source.ImagerySource`."""
        return read_scene(scene, grid, self.address)

    def take_warnings(self) -> tuple[str, ...]:
        """One sentence for each item passed over since this was last asked."""
        taken, self._warnings = tuple(self._warnings), []
        return taken

    def _warn(self, sentence: str) -> None:
        log.warning("source %s: %s", self.name, sentence)
        self._warnings.append(sentence)

    def address(self, asset: Asset) -> Address:
        """Where a file of one of its scenes may be opened, signed where it needs to be."""
        href = self._signer.sign(asset.href) if self._signer is not None else asset.href
        return replace(allowed(href, self._root), web=self._web)

    def _items(
        self, footprint: Polygon | MultiPolygon, since: datetime, until: datetime
    ) -> Iterator[tuple[Mapping[str, Any], str, CollectionFacts]]:
        """(item, where it was read, what its collection says) of items that may meet the search."""
        io = CatalogIO(self._href, self._headers, self._rule)
        if not self._local:
            with catalog_faults(redacted(self._href)), warnings.catch_warnings():
                warnings.simplefilter("ignore", NoConformsTo)  # a static catalog promises nothing
                client = Client.open(self._href, stac_io=io, timeout=TIMEOUT_S)  # it resets the timeout otherwise
            if client.conforms_to(ITEM_SEARCH):
                yield from self._api_items(client, io, Wanted(footprint, since, until))
                return
        walk = Walk(io, self._root, self._entry.collections, self._warn)
        yield from walk.items(self._href, Wanted(footprint, since, until))

    def _api_items(
        self, client: Client, io: StacApiIO, wanted: Wanted
    ) -> Iterator[tuple[Mapping[str, Any], str, CollectionFacts]]:
        search = client.search(
            collections=list(self._entry.collections) or None,
            intersects=mapping(wanted.footprint),
            datetime=(wanted.since, wanted.until - timedelta(milliseconds=1)),
            limit=PAGE_SIZE,
        )
        label, leash = redacted(self._href), Leash(leash_limits.API, "pages")
        pages = io.get_pages(search.url, search.method, search.get_parameters())
        known: set[tuple[str, str]] = set()
        empty = 0
        while True:
            with leash.fetching(), catalog_faults(label):
                page = next(pages, None)
                if page is None:
                    return
                items = list(page.get("features") or ())
                more = any(link["rel"] == "next" for link in page.get("links", ()))
            new = self._new(items, known, label)
            leash.items += len(new)
            for item in new:
                yield item, self._href, self._facts(io, item.get("collection"))
            if not more:
                return
            empty = 0 if items else empty + 1
            if (items and not new) or empty > MOST_EMPTY_PAGES:
                self._warn(f"{label}: page {leash.fetches} holds nothing new; the search was ended there")
                return
            if cut := leash.at_end():
                self._warn(
                    f"{label}: has more than was read ({cut}); the rest was not seen: ask for a shorter span, or name "
                    "collections of the source in yardwatch.toml"
                )
                return

    def _new(self, items: Sequence[Any], known: set[tuple[str, str]], label: str) -> list[Mapping[str, Any]]:
        """Those of a page that no page had before; ``known`` grows by them."""
        new = []
        for item in items:
            if not isinstance(item, Mapping):
                self._warn(f"{label}: holds an item that is no JSON object; mend the catalog")
                continue
            name = (str(item.get("collection")), str(item.get("id")))
            if name not in known:
                known.add(name)
                new.append(item)
        return new

    def _facts(self, io: StacApiIO, collection: Any) -> CollectionFacts:
        """Licence and providers of an API's collection, asked for once."""
        if not isinstance(collection, str):
            return CollectionFacts()
        if collection not in self._collections:
            href = f"{self._href.rstrip('/')}/collections/{quote(collection, safe='')}"
            try:
                with catalog_faults(redacted(href)):
                    self._collections[collection] = collection_facts(io.read_json(href))
            except YardwatchError as error:
                self._warn(f"collection {collection}: its licence is not known ({error})")
                self._collections[collection] = CollectionFacts()
        return self._collections[collection]
