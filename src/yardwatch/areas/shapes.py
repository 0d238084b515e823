"""Geometries of an area file: read from GeoJSON (RFC 7946), checked, hashed, moved between coordinate systems.

Every fault names the place it was found at, what is wrong there and the mend.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from yardwatch.errors import BadInput
from yardwatch.records import TracksKind

WGS84 = "EPSG:4326"
UTM_LATITUDES_DEG = (-80.0, 84.0)
HASH_DECIMALS = 7  # a centimetre: finer differences are formatting

G = TypeVar("G", bound=BaseGeometry)


def read_position(position: Any, where: str) -> tuple[float, float]:
    """(longitude, latitude) in degrees of a GeoJSON position; an altitude is dropped.

    Raises:
        BadInput: for anything else, with a word on swapped latitude and longitude.
    """
    numbers = isinstance(position, Sequence) and not isinstance(position, str) and len(position) in (2, 3)
    if not numbers or any(isinstance(n, bool) or not isinstance(n, int | float) for n in position):
        raise BadInput(f"{where}: {position!r} is no position; write [longitude, latitude]")
    lon, lat = float(position[0]), float(position[1])
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise BadInput(f"{where}: {position!r} is not finite; write [longitude, latitude] in degrees")
    if abs(lat) > 90 and abs(lon) <= 90:
        raise BadInput(f"{where}: [{lon}, {lat}] looks like [latitude, longitude]; GeoJSON wants longitude first")
    if abs(lat) > 90 or abs(lon) > 180:
        raise BadInput(
            f"{where}: [{lon}, {lat}] is not on Earth; give degrees of WGS84, not metres of a map projection"
        )
    if not UTM_LATITUDES_DEG[0] <= lat <= UTM_LATITUDES_DEG[1]:
        raise BadInput(f"{where}: latitude {lat} lies outside UTM (80°S to 84°N); yardwatch cannot read such a place")
    return lon, lat


def read_line(geometry: Any, where: str) -> LineString:
    """A GeoJSON LineString in WGS84 that does not cross itself.

    Raises:
        BadInput: see :func:`read_position`; also for other kinds, fewer than two positions, and crossings.
    """
    line = LineString(_positions(_coordinates(geometry, "LineString", where), where, at_least=2))
    if line.length == 0:
        raise BadInput(f"{where}: all positions of the line are the same; draw it or remove the feature")
    if not line.is_simple:
        raise BadInput(f"{where}: the line crosses itself; draw each track as a line of its own")
    return line


def read_polygon(geometry: Any, where: str) -> Polygon:
    """A valid GeoJSON Polygon in WGS84 whose rings are wound by the right-hand rule of RFC 7946, section 3.1.6.

    Raises:
        BadInput: see :func:`read_position`; also for other kinds, open or wrongly wound rings and self-intersection.
    """
    coordinates = _coordinates(geometry, "Polygon", where)
    rings = [_read_ring(ring, f"{where}, ring {number}") for number, ring in enumerate(coordinates)]
    polygon = Polygon(rings[0], rings[1:])
    if polygon.bounds[2] - polygon.bounds[0] > 180:
        raise BadInput(f"{where}: the polygon crosses the 180th meridian; draw one area on each side of it")
    if not polygon.is_valid:
        raise BadInput(
            f"{where}: the polygon is invalid ({explain_validity(polygon)}); redraw it without crossing edges"
        )
    for number, ring in enumerate([polygon.exterior, *polygon.interiors]):
        if ring.is_ccw != (number == 0):
            kind, turn = ("exterior", "counter-clockwise") if number == 0 else ("hole", "clockwise")
            raise BadInput(
                f"{where}, ring {number}: the {kind} is wound the wrong way; RFC 7946 wants it {turn}: "
                "list its positions in reverse order"
            )
    return polygon


def _read_ring(ring: Any, where: str) -> list[tuple[float, float]]:
    positions = _positions(ring, where, at_least=4)
    if positions[0] != positions[-1]:
        raise BadInput(f"{where}: the ring is not closed; repeat its first position at its end")
    return positions


def _coordinates(geometry: Any, kind: str, where: str) -> list[Any]:
    found = geometry.get("type") if isinstance(geometry, dict) else geometry
    if found != kind:
        raise BadInput(f"{where}: the geometry is {found!r}; this role wants a {kind} (split multi-part ones)")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or not coordinates:
        raise BadInput(f"{where}: the {kind} has no coordinates; draw it or remove the feature")
    return coordinates


def _positions(positions: Any, where: str, at_least: int) -> list[tuple[float, float]]:
    if not isinstance(positions, list) or len(positions) < at_least:
        raise BadInput(f"{where}: at least {at_least} positions are needed")
    return [read_position(position, f"{where}, position {number}") for number, position in enumerate(positions)]


def utm_of(point: Point) -> str:
    """ "EPSG:326zz" (north) or "EPSG:327zz" (south) of the regular UTM zone around a WGS84 point.

    The widened zones of Norway and Svalbard are not followed: a regular zone is within a few degrees there as well.
    """
    zone = min(int((point.x + 180) // 6) + 1, 60)
    return f"EPSG:{(32600 if point.y >= 0 else 32700) + zone}"


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(CRS.from_user_input(source), CRS.from_user_input(target), always_xy=True)


def reproject(geometry: G, source: str, target: str) -> G:
    """``geometry`` moved vertex by vertex from CRS ``source`` to ``target`` (x before y in both)."""
    if source == target:
        return geometry
    transformer = _transformer(source, target)

    def moved(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    result: G = shapely.transform(geometry, moved)
    return result


def geometry_hash(outline: Polygon, tracks: Iterable[LineString], kind: TracksKind, canopies: Iterable[Polygon]) -> str:
    """First 12 hex digits of the SHA-256 of a geometry, rounded to 1e-7 degrees.

    The order of features, the direction of lines, the first position of a ring and the formatting of the file do not
    change it; any change of what is drawn, or of ``kind``, does.
    """
    digest = hashlib.sha256(kind.encode())
    for role, shapes in (("outline", [outline]), ("tracks", tracks), ("canopies", canopies)):
        digest.update(role.encode())
        for text in sorted(_canonical(shape) for shape in shapes):
            digest.update(text)
    return digest.hexdigest()[:12]


def _canonical(shape: BaseGeometry) -> bytes:
    rounded = shapely.transform(shape, lambda xy: np.round(xy, HASH_DECIMALS) + 0.0)
    binary: bytes = shapely.to_wkb(shapely.normalize(rounded), byte_order=1)
    return binary
