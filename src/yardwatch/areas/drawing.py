"""Make an area file: from a point, a box or a KML drawing, checked by the loader before it is there."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from shapely import make_valid, simplify, union_all
from shapely.geometry import LineString, Point, Polygon, box, mapping
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from yardwatch.areas.loading import NAME, NAME_RULE, TRACK_LENGTH_M, load_area
from yardwatch.areas.shapes import WGS84, read_line, read_position, reproject, utm_of
from yardwatch.errors import BadInput
from yardwatch.records import Area, TracksKind

RADIUS_M = 500.0
AROUND_LINES_M = 40.0
LARGEST_KML_BYTES = 20_000_000
DECIMALS = 7


@dataclass(frozen=True)
class Drawing:
    """Ground that somebody drew, WGS84."""

    outline: Polygon
    tracks: tuple[LineString, ...] = ()


@dataclass(frozen=True)
class Station:
    """What the file says of the station beside its geometry.

    Attributes:
        provenance: who drew it, from what, under which licence.
    """

    name: str
    title: str
    native_title: str
    country: str
    time_zone: str
    tracks_kind: TracksKind
    provenance: str
    valid_from: date = date(2000, 1, 1)


def around_point(lon: float, lat: float, radius_m: float = RADIUS_M) -> Drawing:
    """A square of twice ``radius_m`` around a point.

    Raises:
        BadInput: for a position that is not on Earth, or looks swapped.
    """
    lon, lat = read_position([lon, lat], "--point")
    middle = Point(lon, lat)
    crs = utm_of(middle)
    ground = reproject(middle, WGS84, crs)
    square = box(ground.x - radius_m, ground.y - radius_m, ground.x + radius_m, ground.y + radius_m)
    return Drawing(reproject(square, crs, WGS84))


def in_box(west: float, south: float, east: float, north: float) -> Drawing:
    """A box of longitudes and latitudes.

    Raises:
        BadInput: for corners that are not on Earth or in another order.
    """
    read_position([west, south], "--bbox")
    read_position([east, north], "--bbox")
    if west >= east or south >= north:
        raise BadInput(
            f"--bbox: {west},{south},{east},{north} is no box; write west,south,east,north (a station across the "
            "180th meridian is drawn as two areas)"
        )
    return Drawing(box(west, south, east, north))


def from_kml(path: Path) -> Drawing:
    """The first polygon of a KML file as outline and its lines as tracks; lines alone are outlined with 40 m around.

    Raises:
        BadInput: for a file that is no KML, or draws neither.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); correct the path") from None
    if content[:2] == b"PK":
        raise BadInput(f"{path}: is a KMZ archive; unpack it and name the doc.kml inside")
    if len(content) > LARGEST_KML_BYTES or b"<!ENTITY" in content.upper() or b"<!DOCTYPE" in content.upper():
        raise BadInput(f"{path}: is larger than a drawing, or declares entities; export it again as plain KML")
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise BadInput(f"{path}: is no XML ({error}); export the drawing as KML") from None
    rings = [_positions(one, path) for one in root.iterfind(".//{*}Polygon/{*}outerBoundaryIs//{*}coordinates")]
    lines = [_positions(one, path) for one in root.iterfind(".//{*}LineString/{*}coordinates")]
    tracks = tuple(read_line({"type": "LineString", "coordinates": line}, str(path)) for line in lines)
    if rings:
        if len(rings[0]) < 4:
            raise BadInput(f"{path}: its first polygon has {len(rings[0])} positions; draw at least three corners")
        return Drawing(_polygon(make_valid(Polygon(rings[0])), path), tracks)
    if not tracks:
        raise BadInput(f"{path}: draws neither a polygon nor a line; draw the station's outline and export it again")
    crs = utm_of(tracks[0].centroid)
    around = union_all([reproject(track, WGS84, crs) for track in tracks]).buffer(AROUND_LINES_M)
    return Drawing(reproject(_polygon(simplify(around, 1.0), path), crs, WGS84), tracks)


def _positions(element: ElementTree.Element, path: Path) -> list[list[float]]:
    try:
        return [[float(part) for part in one.split(",")] for one in (element.text or "").split()]
    except ValueError:
        raise BadInput(f"{path}: has coordinates that are no numbers; export the drawing again") from None


def _polygon(shape: BaseGeometry, path: Path) -> Polygon:
    if not isinstance(shape, Polygon):
        raise BadInput(f"{path}: its outline crosses itself or falls into parts; draw one outline around all tracks")
    return Polygon(shape.exterior)


def cut_to(outline: Polygon, tracks: Sequence[LineString]) -> tuple[LineString, ...]:
    """The parts of ``tracks`` inside ``outline`` that are long enough for a car and do not cross themselves (WGS84)."""
    crs = utm_of(outline.centroid)
    ground = reproject(outline, WGS84, crs).buffer(-0.05)
    parts: list[LineString] = []
    for track in tracks:
        inside = reproject(track, WGS84, crs).intersection(ground)
        for part in getattr(inside, "geoms", [inside]):
            if isinstance(part, LineString) and part.is_simple and part.length >= TRACK_LENGTH_M[0] + 0.1:
                parts.append(reproject(part, crs, WGS84))
    return tuple(parts)


def write_area(folder: Path, station: Station, drawing: Drawing) -> tuple[Path, Area]:
    """Write ``<name>.geojson`` into ``folder``; it is loaded as any area file before it is moved there.

    Raises:
        BadInput: when there is such an area already, or the loader refuses it.
    """
    if not NAME.fullmatch(station.name):
        raise BadInput(f"{station.name!r} is no name of an area; use {NAME_RULE}")
    target = folder / f"{station.name}.geojson"
    if target.exists():
        raise BadInput(f"{target}: exists; choose another name, or edit that file (aoi/README.md)")
    if not folder.is_dir():
        raise BadInput(f"{folder}: is no folder; make it, and name it by YARDWATCH_AOI_DIR")
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as beside:
            draft = Path(beside) / target.name
            draft.write_text(json.dumps(_document(station, drawing), ensure_ascii=False, indent=1) + "\n", "utf-8")
            try:
                area = load_area(draft)
            except BadInput as error:
                raise BadInput(f"{str(error).replace(str(draft), str(target))}; no file was written") from None
            os.link(draft, target)  # unlike a rename it never overwrites
    except FileExistsError:
        raise BadInput(f"{target}: exists; choose another name") from None
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written ({error.strerror}); name another folder with --out") from None
    return target, area


def _document(station: Station, drawing: Drawing) -> dict[str, Any]:
    middle = drawing.outline.centroid
    reference = middle if drawing.outline.contains(middle) else drawing.outline.representative_point()
    about = {
        "name": station.name,
        "title": station.title,
        "native_title": station.native_title,
        "country": station.country,
        "time_zone": station.time_zone,
        "watched": True,
        "reference": _rounded(mapping(reference)["coordinates"]),
        "versions": [
            {
                "id": "v1",
                "valid_from": station.valid_from.isoformat(),
                "valid_to": None,
                "tracks": station.tracks_kind,
                "provenance": station.provenance,
            }
        ],
    }
    features = [_feature("outline", orient(drawing.outline))] + [_feature("track", one) for one in drawing.tracks]
    return {"type": "FeatureCollection", "yardwatch": about, "features": features}


def _feature(role: str, shape: BaseGeometry) -> dict[str, Any]:
    geometry = mapping(shape)
    coordinates = _rounded(geometry["coordinates"])
    return {
        "type": "Feature",
        "properties": {"role": role, "version": "v1"},
        "geometry": {"type": geometry["type"], "coordinates": coordinates},
    }


def _rounded(numbers: Any) -> Any:
    return [_rounded(one) for one in numbers] if isinstance(numbers, list | tuple) else round(float(numbers), DECIMALS)
