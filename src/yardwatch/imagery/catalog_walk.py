"""Walk a static STAC catalog, down only where date and area may be met."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pystac.utils import make_absolute_href
from pystac_client.stac_api_io import StacApiIO
from shapely.geometry import MultiPolygon, Polygon, box

from yardwatch.errors import BadInput, Refused
from yardwatch.imagery import leash as leash_limits
from yardwatch.imagery.acquired import parse_time
from yardwatch.imagery.addresses import is_url, local_file, redacted
from yardwatch.imagery.catalog_io import catalog_faults
from yardwatch.imagery.items import CollectionFacts, collection_facts
from yardwatch.imagery.leash import Leash

DEEPEST = 12
LARGEST_DOCUMENT_BYTES = 20_000_000


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is searched for: a footprint in WGS84 and the span [since, until)."""

    footprint: Polygon | MultiPolygon
    since: datetime
    until: datetime

    def may_be_in(self, collection: Mapping[str, Any]) -> bool:
        """Whether the extent of a collection meets it; a collection without a readable extent may hold anything."""
        return self._in_time(collection) and self._in_space(collection)

    def _in_time(self, collection: Mapping[str, Any]) -> bool:
        try:
            begin, end = collection["extent"]["temporal"]["interval"][0]
        except (KeyError, TypeError, IndexError, ValueError):
            return True
        first, last = parse_time(str(begin)), parse_time(str(end))
        return not ((last is not None and last < self.since) or (first is not None and first >= self.until))

    def _in_space(self, collection: Mapping[str, Any]) -> bool:
        try:
            bounds = [float(bound) for bound in collection["extent"]["spatial"]["bbox"][0]]
            half = len(bounds) // 2  # three numbers a corner where heights are given
            west, south, east, north = bounds[0], bounds[1], bounds[half], bounds[half + 1]
            # West beyond east crosses the antimeridian: do not prune on it.
            return west > east or bool(box(west, south, east, north).intersects(self.footprint))
        except (KeyError, TypeError, IndexError, ValueError):
            return True


@dataclass
class Walk:
    """One walk through a catalog.

    Attributes:
        io: reads from the web.
        root: folder below which local documents may lie; None for a catalog on the web.
        collections: ids to go into; all where empty.
        warn: told of each document that is passed over.
    """

    io: StacApiIO
    root: Path | None
    collections: Sequence[str]
    warn: Callable[[str], None]
    _visited: set[str] = field(default_factory=set)
    _leash: Leash = field(default_factory=lambda: Leash(leash_limits.STATIC, "documents"))
    _cut: bool = False

    def items(self, href: str, wanted: Wanted) -> Iterator[tuple[Mapping[str, Any], str, CollectionFacts]]:
        """(item, where it was read, what its collection says) below the catalog at ``href``; lazy.

        A document that is broken or missing is passed over with a warning, and so is all that lies beyond
        :data:`yardwatch.imagery.leash.STATIC`.

        Raises:
            TryAgain: when the web does not answer: an item that was not seen is not an item that is not there.
            BadInput: when the catalog itself cannot be read.
        """
        self._visited, self._leash, self._cut = {href}, Leash(leash_limits.STATIC, "documents"), False
        yield from self._below(self._document(href), href, wanted, CollectionFacts(), 0)
        if self._cut:
            self.warn(
                f"{redacted(href)}: has more than was read ({self._leash.at_end()}); the rest was not seen: point the "
                "source at a catalog further down, or name collections of it in yardwatch.toml"
            )

    def _below(
        self, parent: Mapping[str, Any], href: str, wanted: Wanted, facts: CollectionFacts, depth: int
    ) -> Iterator[tuple[Mapping[str, Any], str, CollectionFacts]]:
        if parent.get("type") == "Collection":
            if (self.collections and parent.get("id") not in self.collections) or not wanted.may_be_in(parent):
                return
            facts = collection_facts(parent)
        for relation, target in self._links(parent, href):
            if self._leash.at_end():
                self._cut = True
                return
            try:
                document = self._document(target)
            except (BadInput, Refused) as error:
                self.warn(str(error))
                continue
            if relation == "item":
                self._leash.items += 1
                yield document, target, facts
            elif depth < DEEPEST:
                yield from self._below(document, target, wanted, facts, depth + 1)
            else:
                self.warn(
                    f"{redacted(target)}: lies {DEEPEST} catalogs deep; point the source at a catalog further down"
                )

    def _links(self, parent: Mapping[str, Any], href: str) -> Iterator[tuple[str, str]]:
        """(relation, absolute href) of items and children not yet visited."""
        links = parent.get("links")
        for link in links if isinstance(links, list) else []:
            if not isinstance(link, Mapping) or not isinstance(link.get("href"), str):
                continue
            try:
                target = make_absolute_href(link["href"], href)
            except ValueError as error:
                self.warn(f"{redacted(href)}: a link is no address ({error}); mend the catalog")
                continue
            if link.get("rel") in ("item", "child") and target not in self._visited:
                self._visited.add(target)
                yield str(link["rel"]), target

    def _document(self, href: str) -> Mapping[str, Any]:
        with self._leash.fetching():
            return self._read(href)

    def _read(self, href: str) -> Mapping[str, Any]:
        label = redacted(href)
        if is_url(href):
            with catalog_faults(label):
                text = self.io.read_text(href)
        else:
            path = local_file(href, self.root)
            try:
                if path.stat().st_size > LARGEST_DOCUMENT_BYTES:
                    raise BadInput(f"{label}: is larger than a catalog's document can be; correct the link to it")
                text = path.read_text(encoding="utf-8")
            except FileNotFoundError:
                raise BadInput(f"{label}: there is no such file; correct the path or the link to it") from None
            except (OSError, UnicodeDecodeError) as error:
                raise BadInput(f"{label}: cannot be read ({error.__class__.__name__}); mend the file") from None
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{label}: is not JSON ({error}); mend the catalog") from None
        if not isinstance(document, Mapping):
            raise BadInput(f"{label}: is no JSON object; mend the catalog")
        return document
