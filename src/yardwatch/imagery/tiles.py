"""Map tiles, XYZ or WMTS: pictures of 256 or 512 pixels in web Mercator, one mosaic for each time that is named.

The zoom level is always the user's: without one a tile service answers with its finest, which may be a thousand times
as many tiles as a station needs.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.io import MemoryFile
from shapely.geometry import MultiPolygon, Polygon, box

from yardwatch.errors import BadInput, Refused
from yardwatch.imagery.acquired import Acquired, parse_time
from yardwatch.imagery.bands import RGB
from yardwatch.imagery.catalog_io import read_headers
from yardwatch.imagery.hosts import HostRule
from yardwatch.imagery.reading import Patch, read_open
from yardwatch.imagery.scene_reading import ReadChip
from yardwatch.imagery.tally import count
from yardwatch.imagery.tile_grid import EQUATOR_M, TileSpan, ground_pixel_m, quadkey
from yardwatch.imagery.web import Web
from yardwatch.imagery.wmts import read_layer
from yardwatch.records import Asset, Grid, Scene
from yardwatch.watchlist import SourceEntry

MOST_TILES = 600
LARGEST_TILE_BYTES = 4_000_000
LARGEST_TILE_SIDE = 1024
CONNECTIONS = 4  # as few as a browser opens: tile servers ask for it
WORLD = box(-180.0, -85.0511, 180.0, 85.0511)
PLACEHOLDERS = {"z", "x", "y", "-y", "q", "time"}


def acquired(text: str, source: str) -> Acquired:
    """From when to when a mosaic named by a year, a month, a day or an ISO 8601 time was taken.

    Raises:
        BadInput: for anything else.
    """
    match = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text)
    try:
        if match:
            year, month, day = (int(part) if part else None for part in match.groups())
            assert year is not None
            begin = datetime(year, month or 1, day or 1, tzinfo=UTC)
            if day:
                noon = begin + timedelta(hours=12)  # it falls on that date in nearly every zone
                return Acquired(noon, noon)
            later = (begin + timedelta(days=32)).replace(day=1) if month else begin.replace(year=year + 1)
            return Acquired(begin, later - timedelta(seconds=1))
    except ValueError:
        raise BadInput(f"source {source}: times: {text!r} is no date; write 2023, 2023-10 or 2023-10-05") from None
    moment = parse_time(text)
    if moment is None:
        raise BadInput(f"source {source}: times: {text!r} is no time; write 2023, 2023-10, 2023-10-05 or ISO 8601")
    return Acquired(moment, moment)


class TileSource:
    """One layer of a tile service."""

    def __init__(self, entry: SourceEntry) -> None:
        """Checks the entry; nothing is fetched.

        Raises:
            BadInput: where it has no url, zoom or times, a time is none, or the template lacks a placeholder.
        """
        self._entry = entry
        if entry.url is None or urlsplit(entry.url).scheme not in ("http", "https"):
            raise BadInput(f"source {entry.name}: url: give the http(s) address of its tiles in yardwatch.toml")
        if entry.zoom is None:
            raise BadInput(
                f"source {entry.name}: zoom: name the level to read (18 is about 0.5 m, 17 about 1 m): "
                "without one a service sends its finest"
            )
        if entry.kind == "wmts" and entry.layer is None:
            raise BadInput(f"source {entry.name}: layer: name the layer of its capabilities")
        if entry.kind == "xyz":
            self._check_template(entry.url)
        elif not entry.times:
            raise BadInput(f"source {entry.name}: times: name the times of the layer to watch")
        for time in entry.times:
            acquired(time, entry.name)
        self._headers = read_headers(entry)
        rule = HostRule.of(entry.url, entry.allow_private_addresses)
        self._web = Web(rule, tuple(self._headers.items()), urlsplit(entry.url).netloc)
        self._template: str | None = entry.url if entry.kind == "xyz" else None
        self._matrix = str(entry.zoom)

    def _check_template(self, url: str) -> None:
        name, found = self._entry.name, set(re.findall(r"\{([^}]*)\}", url))
        if found - PLACEHOLDERS or not (({"z", "x"} <= found and found & {"y", "-y"}) or "q" in found):
            raise BadInput(
                f"source {name}: url: a template holds {{z}}, {{x}} and {{y}} (or {{-y}} from the south, or {{q}} for a"
                f" quadkey) and may hold {{time}}; this one holds {', '.join(sorted(found)) or 'none'}"
            )
        times = self._entry.times
        if not times or ("time" not in found and len(times) > 1):
            raise BadInput(
                f"source {name}: times: say when its pictures were taken, one time for a mosaic, several where the url "
                "holds {time}: a picture without a date cannot be watched"
            )

    @property
    def name(self) -> str:
        return self._entry.name

    def search(self, footprint: Polygon | MultiPolygon, since: datetime, until: datetime) -> Iterator[Scene]:
        """See :class:`yardwatch.imagery.source.ImagerySource`: one scene for each time of the layer."""
        zoom, entry = self._entry.zoom, self._entry
        assert zoom is not None
        pixel_m = ground_pixel_m(zoom, footprint.centroid.y, entry.tile_px)
        for time in entry.times:
            when = acquired(time, entry.name)
            if when.end < since or when.begin >= until or not footprint.intersects(WORLD):
                continue
            yield Scene(
                source=entry.name,
                scene_id=f"{entry.layer or 'tiles'}-{time}-z{zoom}",
                acquired_from=when.begin,
                acquired_to=when.end,
                platform=entry.platform or "mosaic",
                gsd_m=max(pixel_m, entry.gsd_m or 0.0),
                licence=entry.licence or "unknown",
                attribution=entry.attribution or "",
                footprint=WORLD,
                assets=(Asset(redacted_template(str(entry.url)), "visual", extra={"time": time}),),
            )

    def read(self, scene: Scene, grid: Grid) -> ReadChip:
        """See :class:`yardwatch.imagery.source.ImagerySource`; a tile that is not there is invalid."""
        time = str(scene.assets[0].extra.get("time", ""))
        span = self._span(grid)
        before = self._web.fetched_bytes
        with self._mosaic(span, time) as dataset:
            patch: Patch = read_open(dataset, grid, f"source {self.name}")
        fetched = self._web.fetched_bytes - before
        count(fetched)
        native_m = patch.native_pixel_m or scene.gsd_m
        return ReadChip(
            pixels=patch.pixels,
            bands=RGB,
            valid=patch.valid,
            hidden=np.zeros_like(patch.valid, np.uint8),
            grid=grid,
            gsd_m=scene.gsd_m,
            effective_gsd_m=max(native_m, scene.gsd_m),
            scenes=(scene.key,),
            bytes_read=fetched,
            judged=np.zeros_like(patch.valid),
        )

    def take_warnings(self) -> tuple[str, ...]:
        """Nothing is passed over."""
        return ()

    def _span(self, grid: Grid) -> TileSpan:
        if grid.crs is None:
            raise BadInput(f"source {self.name}: a grid without CRS has no tiles; name an area")
        zoom = self._entry.zoom
        assert zoom is not None
        left, bottom, right, top = Transformer.from_crs(grid.crs, "EPSG:3857", always_xy=True).transform_bounds(
            *grid.bounds
        )
        side, half, most = EQUATOR_M / 2**zoom, EQUATOR_M / 2, 2**zoom
        rim = 4 * side / self._entry.tile_px  # what the kernel reaches
        span = TileSpan(
            max(math.floor((left - rim + half) / side), 0),
            max(math.floor((half - top - rim) / side), 0),
            min(math.ceil((right + rim + half) / side), most),
            min(math.ceil((half - bottom + rim) / side), most),
        )
        number = max(span.right - span.left, 0) * max(span.bottom - span.top, 0)
        if number > MOST_TILES:
            raise Refused(
                f"source {self.name}: zoom {zoom} would take {number} tiles a look, more than {MOST_TILES}; set a "
                "smaller zoom, or draw a smaller outline"
            )
        return span

    @contextmanager
    def _mosaic(self, span: TileSpan, time: str) -> Iterator[Any]:
        """The tiles as one dataset in web Mercator, with an alpha band."""
        size, zoom = self._entry.tile_px, self._entry.zoom
        assert zoom is not None
        rows, cols = max(span.bottom - span.top, 1) * size, max(span.right - span.left, 1) * size
        canvas = np.zeros((4, rows, cols), np.uint8)
        template = self._resolved()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            fetched = pool.map(lambda tile: self._tile(template, tile, time), span.tiles)
            for (x, y), picture in zip(span.tiles, fetched, strict=True):
                if picture is not None:
                    row, col = (y - span.top) * size, (x - span.left) * size
                    canvas[:, row : row + size, col : col + size] = picture
        side = EQUATOR_M / 2**zoom
        where = Affine(
            side / size, 0, span.left * side - EQUATOR_M / 2, 0, -side / size, EQUATOR_M / 2 - span.top * side
        )
        profile = {"driver": "GTiff", "dtype": "uint8", "count": 4, "crs": "EPSG:3857", "transform": where}
        with MemoryFile() as memory:
            with memory.open(height=rows, width=cols, photometric="RGB", alpha="YES", **profile) as file:
                file.write(canvas)
            with memory.open() as dataset:
                yield dataset

    def _resolved(self) -> str:
        if self._template is None:
            zoom = self._entry.zoom
            assert zoom is not None
            assert self._entry.layer is not None
            layer = read_layer(self._web, str(self._entry.url), self._entry.layer, zoom)
            self._template, self._matrix = layer.template, layer.matrix
        return self._template

    def _tile(self, template: str, tile: tuple[int, int], time: str) -> NDArray[np.uint8] | None:
        x, y = tile
        zoom = self._entry.zoom
        assert zoom is not None
        for name, value in {
            "z": self._matrix,
            "x": str(x),
            "y": str(y),
            "-y": str(2**zoom - 1 - y),
            "q": quadkey(x, y, zoom),
            "time": quote(time),
        }.items():
            template = template.replace(f"{{{name}}}", value)
        try:
            content = self._web.get(template, most_bytes=LARGEST_TILE_BYTES).content
        except BadInput as error:
            if "HTTP 404" in str(error) or "HTTP 410" in str(error):
                return None
            raise
        return picture_of(content, self._entry) if content else None


def redacted_template(url: str) -> str:
    """The template without its query, where keys stand; what is read comes from the watch list, never from here."""
    return url.partition("?")[0]


def picture_of(content: bytes, entry: SourceEntry) -> NDArray[np.uint8]:
    """uint8 (band, row, col) of a PNG, JPEG or WebP tile: red, green, blue, alpha.

    Raises:
        BadInput: for anything else, or a tile of another size than the entry says.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as tile:
            if max(tile.size) > LARGEST_TILE_SIDE or tile.size != (entry.tile_px, entry.tile_px):
                raise BadInput(
                    f"source {entry.name}: its tiles are {tile.width} x {tile.height} pixels, not {entry.tile_px}; "
                    "set tile_px (512 for retina tiles)"
                )
            return np.moveaxis(np.asarray(tile.convert("RGBA"), np.uint8), 2, 0)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        kind = "a web page" if content.lstrip()[:1] == b"<" else error.__class__.__name__
        raise BadInput(
            f"source {entry.name}: a tile is no PNG, JPEG or WebP picture ({kind}); check its url and login"
        ) from None
