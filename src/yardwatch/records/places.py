"""Where: stations, their dated geometries, and the grids that pictures are read onto."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from shapely.geometry import LineString, Point, Polygon

TracksKind = Literal["approximate", "surveyed", "openstreetmap", "none"]


@dataclass(frozen=True, eq=False)
class AreaVersion:
    """A station's geometry as it stood from ``valid_from`` (inclusive) to ``valid_to`` (exclusive).

    Attributes:
        area_version: first 12 hex digits of the SHA-256 of the geometry; a new one is a break the series knows of.
        outline: what is searched where tracks are approximate or absent; WGS84.
        tracks: centre lines, WGS84; empty where ``tracks_kind`` is "none".
        canopies: permanent roofs that hide cars, WGS84; their track length is not observable.
        provenance: who drew it, from what, under which licence.
    """

    area_version: str
    valid_from: date
    valid_to: date | None
    outline: Polygon
    tracks: tuple[LineString, ...]
    tracks_kind: TracksKind
    canopies: tuple[Polygon, ...]
    provenance: str


@dataclass(frozen=True, eq=False)
class Area:
    """A station: who it is, and its dated geometries.

    Attributes:
        name: key, lower case, as in ``aoi/<name>.geojson``.
        title: name in Latin script; ``native_title`` in the script of the place.
        time_zone: IANA name; ``--since/--until`` are days of this zone.
        reference: a published coordinate of the station (WGS84) that its outline must contain.
        watched: whether the area is on the default watch list.
    """

    name: str
    title: str
    native_title: str
    country: str
    time_zone: str
    reference: Point
    watched: bool
    versions: tuple[AreaVersion, ...]

    def at(self, moment: datetime) -> AreaVersion | None:
        """The version valid on the day (in the area's zone) of an aware ``moment``, or None."""
        day = moment.astimezone(ZoneInfo(self.time_zone)).date()
        for version in self.versions:
            if version.valid_from <= day and (version.valid_to is None or day < version.valid_to):
                return version
        return None


@dataclass(frozen=True)
class Grid:
    """Pixels on the ground: where an image is read onto.

    Attributes:
        crs: anything PROJ reads, normally "EPSG:326xx"; None for a picture without georeference (then the unit is
            the pixel of the picture).
        transform: (a, b, c, d, e, f) of the affine from (col, row) to (x, y), as in rasterio's ``Affine``.
        width, height: pixels.
        pixel_m: size of a pixel, metres.
    """

    crs: str | None
    transform: tuple[float, float, float, float, float, float]
    width: int
    height: int
    pixel_m: float

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) in the units of the CRS, for a north-up grid."""
        a, _, c, _, e, f = self.transform
        x, y = c + a * self.width, f + e * self.height
        return min(c, x), min(f, y), max(c, x), max(f, y)
