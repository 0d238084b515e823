"""Area files: one GeoJSON FeatureCollection per station, checked whole before anything is read from it.

The foreign member ``yardwatch`` says who the station is and lists its dated versions; each feature says by its
properties which ``role`` (outline, track, canopy) it plays in which ``version``.
The format is described in ``aoi/README.md``.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from shapely.geometry import LineString, Point, Polygon

from yardwatch.areas.shapes import WGS84, geometry_hash, read_line, read_polygon, read_position, reproject, utm_of
from yardwatch.errors import BadInput, NotConfigured
from yardwatch.records import Area, AreaVersion, TracksKind

Role = Literal["outline", "track", "canopy"]

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
NAME_RULE = "lower-case letters, digits and hyphens, 64 at most"
TRACK_LENGTH_M = (20.0, 30_000.0)
OUTLINE_AREA_KM2 = (0.001, 100.0)
INSIDE_TOLERANCE_M = 0.1  # rounding of a vertex that was snapped onto the outline
LONGITUDE_LATITUDE = re.compile(r"(CRS:?84|EPSG:{1,2}4326)$")


class _VersionHeader(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    valid_from: date
    valid_to: date | None
    tracks: TracksKind
    provenance: str = Field(min_length=1)


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str = Field(min_length=1)
    native_title: str = Field(min_length=1)
    country: str = Field(pattern=r"^[A-Z]{2}$")
    time_zone: str
    watched: bool
    reference: list[Any]
    versions: tuple[_VersionHeader, ...] = Field(min_length=1)


@dataclass
class _Drawn:
    """What the features of one version draw, with the place of each for messages."""

    outlines: list[tuple[str, Polygon]] = field(default_factory=list)
    tracks: list[tuple[str, LineString]] = field(default_factory=list)
    canopies: list[tuple[str, Polygon]] = field(default_factory=list)


def load_area(path: Path) -> Area:
    """The area of one file, validated whole.

    Raises:
        BadInput: saying what is wrong where (file, feature, version, field) and the mend.
    """
    data = _read_json(path)
    header = _read_header(path, data)
    drawn = _read_features(path, data, {version.id for version in header.versions})
    reference = Point(*read_position(header.reference, f"{path}: yardwatch.reference"))
    versions = [_build_version(path, version, drawn[version.id], reference) for version in header.versions]
    return Area(
        name=header.name,
        title=header.title,
        native_title=header.native_title,
        country=header.country,
        time_zone=header.time_zone,
        reference=reference,
        watched=header.watched,
        versions=tuple(_in_time_order(path, header.versions, versions)),
    )


def load_areas(folder: Path) -> dict[str, Area]:
    """Every ``*.geojson`` of ``folder`` as an area, by name in alphabetical order.

    Raises:
        BadInput: for the first file that is wrong.
        NotConfigured: when there is no such folder.
    """
    return {path.stem: load_area(path) for path in _area_files(folder)}


def area_names(folder: Path) -> tuple[str, ...]:
    """Names of the area files of ``folder``, in alphabetical order; none is read.

    Raises:
        NotConfigured: when there is no such folder.
    """
    return tuple(path.stem for path in _area_files(folder))


def find_area(folder: Path, name: str) -> Area:
    """The area ``name`` of ``folder``; no other file is read.

    Raises:
        BadInput: for an unknown name, listing the known ones and those that are close, and for a wrong file.
        NotConfigured: when there is no such folder.
    """
    own = folder / f"{name}.geojson"
    if own.parent == folder and os.path.isfile(own):  # a folder of thousands is not listed for each
        return load_area(own)
    files = {path.stem: path for path in _area_files(folder)}
    close = difflib.get_close_matches(name.lower(), files, n=3)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    raise BadInput(f"there is no area {name!r} in {folder}.{hint} Known: {', '.join(files) or 'none'}.")


def _area_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise NotConfigured(f"{folder} is not a folder of area files; set YARDWATCH_AOI_DIR to one")
    return sorted(folder.glob("*.geojson"))


def _read_json(path: Path) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON number")

    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{path}: cannot be read as JSON ({error}); open it in an editor or draw it again") from None
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        raise BadInput(f"{path}: type: an area file is a GeoJSON FeatureCollection; see aoi/README.md")
    crs = data.get("crs")
    name = str(crs.get("properties", {}).get("name")) if isinstance(crs, dict) else "CRS84"
    if not LONGITUDE_LATITUDE.search(name):
        raise BadInput(f"{path}: crs: {name} is not WGS84; save the layer as GeoJSON in EPSG:4326")
    return data


def _read_header(path: Path, data: Mapping[str, Any]) -> _Header:
    if not isinstance(data.get("yardwatch"), dict):
        raise BadInput(
            f"{path}: yardwatch: this member names the station and its versions and is missing; see aoi/README.md"
        )
    try:
        header = _Header.model_validate(data["yardwatch"])
    except ValidationError as error:
        raise BadInput(f"{path}: {_first_fault(error)}; see aoi/README.md") from None
    if header.name != path.stem or not NAME.fullmatch(header.name):
        raise BadInput(
            f"{path}: yardwatch.name: {header.name!r} must equal the file's name {path.stem!r}, "
            f"in {NAME_RULE}; rename one of them"
        )
    try:
        ZoneInfo(header.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            f"{path}: yardwatch.time_zone: {header.time_zone!r} is unknown; use an IANA name such as Asia/Pyongyang"
        ) from None
    ids = [version.id for version in header.versions]
    for number, version in enumerate(header.versions):
        where = f"{path}: yardwatch.versions[{number}] ({version.id!r})"
        if ids.index(version.id) != number:
            raise BadInput(f"{where}: id: two versions have this id; give each its own")
        if version.valid_to is not None and version.valid_to <= version.valid_from:
            raise BadInput(
                f"{where}: valid_to {version.valid_to} is not after valid_from {version.valid_from}; correct one"
            )
    return header


def _first_fault(error: ValidationError) -> str:
    first = error.errors()[0]
    place = "yardwatch" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    if first["loc"] == ("country",):
        return f"{place}: {first['input']!r} is no country; write two capital letters of ISO 3166, such as KP"
    return f"{place}: {first['msg']}"


def _read_features(path: Path, data: Mapping[str, Any], known: set[str]) -> dict[str, _Drawn]:
    features = data.get("features")
    if not isinstance(features, list):
        raise BadInput(f"{path}: features: must be a list; see aoi/README.md")
    drawn = {name: _Drawn() for name in known}
    for number, feature in enumerate(features):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            raise BadInput(f"{path}: feature {number}: has no properties; give it a role and a version")
        role, version = properties.get("role"), properties.get("version")
        where = f"{path}: feature {number} ({properties.get('name') or role}, version {version!r})"
        if role not in get_args(Role):
            raise BadInput(f"{where}: role {role!r} is unknown; use one of {', '.join(get_args(Role))}")
        if version not in drawn:
            raise BadInput(f"{where}: no such version in yardwatch.versions; known: {', '.join(sorted(known))}")
        if role == "track":
            drawn[version].tracks.append((where, read_line(feature.get("geometry"), where)))
        else:
            shapes = drawn[version].outlines if role == "outline" else drawn[version].canopies
            shapes.append((where, read_polygon(feature.get("geometry"), where)))
    return drawn


def _build_version(path: Path, header: _VersionHeader, drawn: _Drawn, reference: Point) -> AreaVersion:
    where = f"{path}: version {header.id!r}"
    if len(drawn.outlines) != 1:
        raise BadInput(f"{where}: has {len(drawn.outlines)} features of role outline; draw exactly one")
    if (header.tracks == "none") != (not drawn.tracks):
        raise BadInput(
            f"{where}: tracks is {header.tracks!r} but {len(drawn.tracks)} tracks are drawn; correct one of them"
        )
    outline = drawn.outlines[0][1]
    _check_reference(path, header.id, outline, reference)
    _check_ground(drawn)
    tracks, canopies = [line for _, line in drawn.tracks], [roof for _, roof in drawn.canopies]
    return AreaVersion(
        area_version=geometry_hash(outline, tracks, header.tracks, canopies),
        valid_from=header.valid_from,
        valid_to=header.valid_to,
        outline=outline,
        tracks=tuple(tracks),
        tracks_kind=header.tracks,
        canopies=tuple(canopies),
        provenance=header.provenance,
    )


def _check_reference(path: Path, version: str, outline: Polygon, reference: Point) -> None:
    if outline.covers(reference):
        return
    where = f"{path}: yardwatch.reference: [{reference.x}, {reference.y}]"
    if outline.covers(Point(reference.y, reference.x)):
        raise BadInput(f"{where} looks like [latitude, longitude]; write longitude first")
    crs = utm_of(outline.centroid)
    away_m = reproject(outline, WGS84, crs).distance(reproject(reference, WGS84, crs))
    raise BadInput(
        f"{where} lies {away_m:.0f} m outside the outline of version {version!r}; move the outline or correct it"
    )


def _check_ground(drawn: _Drawn) -> None:
    """Sizes in metres, and tracks and canopies inside the outline."""
    where, outline = drawn.outlines[0]
    crs = utm_of(outline.centroid)
    ground = reproject(outline, WGS84, crs)
    if not OUTLINE_AREA_KM2[0] <= ground.area / 1e6 <= OUTLINE_AREA_KM2[1]:
        raise BadInput(
            f"{where}: the outline covers {ground.area / 1e6:.4g} km2; between 0.001 and 100 km2 are plausible"
        )
    for where, shape in [*drawn.tracks, *drawn.canopies]:
        local = reproject(shape, WGS84, crs)
        outside = local.difference(ground.buffer(INSIDE_TOLERANCE_M))
        if not outside.is_empty:
            x, y = reproject(outside.representative_point(), crs, WGS84).coords[0]
            raise BadInput(f"{where}: leaves the outline near [{x:.6f}, {y:.6f}]; shorten it or widen the outline")
        if isinstance(local, LineString) and not TRACK_LENGTH_M[0] <= local.length <= TRACK_LENGTH_M[1]:
            raise BadInput(f"{where}: the track is {local.length:.1f} m long; between 20 m and 30 km are plausible")


def _in_time_order(
    path: Path, headers: Sequence[_VersionHeader], versions: Sequence[AreaVersion]
) -> Iterator[AreaVersion]:
    ordered = sorted(zip(headers, versions, strict=True), key=lambda pair: pair[0].valid_from)
    for (earlier, version), (later, _) in pairwise(ordered):
        if earlier.valid_to is None or earlier.valid_to > later.valid_from:
            end = earlier.valid_to or "open"
            raise BadInput(
                f"{path}: versions {earlier.id!r} (valid_to {end}) and {later.id!r} (valid_from {later.valid_from}) "
                "overlap; let the earlier one end on the day the later one begins"
            )
        yield version
    yield ordered[-1][1]
