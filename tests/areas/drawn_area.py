"""An area file that is right, drawn in metres around a point, to be spoilt by tests one field at a time."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from pyproj import Transformer

EAST, NORTH, UTM = 632_000.0, 4_697_000.0, "EPSG:32652"
TO_WGS84 = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)


def lonlat(x_m: float, y_m: float) -> list[float]:
    """[lon, lat] of a point that many metres east and north of the drawing's corner."""
    lon, lat = TO_WGS84.transform(EAST + x_m, NORTH + y_m)
    return [round(lon, 7), round(lat, 7)]


def rectangle(left: float, bottom: float, right: float, top: float) -> list[list[list[float]]]:
    """Coordinates of a counter-clockwise polygon, in metres from the drawing's corner."""
    corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
    return [[lonlat(*corner) for corner in corners]]


def feature(role: str, kind: str, coordinates: Any, version: str = "v1", **properties: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"role": role, "version": version, **properties},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def area_file() -> dict[str, Any]:
    """A valid file: 600 x 200 m, two tracks of 500 m, one version."""
    return copy.deepcopy(
        {
            "type": "FeatureCollection",
            "yardwatch": {
                "name": "smallton",
                "title": "Smallton",
                "native_title": "작은역",
                "country": "KP",
                "time_zone": "Asia/Pyongyang",
                "watched": True,
                "reference": lonlat(300, 100),
                "versions": [
                    {
                        "id": "v1",
                        "valid_from": "2000-01-01",
                        "valid_to": None,
                        "tracks": "approximate",
                        "provenance": "Drawn by a test.",
                    }
                ],
            },
            "features": [
                feature("outline", "Polygon", rectangle(0, 0, 600, 200)),
                feature("track", "LineString", [lonlat(50, 90), lonlat(550, 90)], name="1"),
                feature("track", "LineString", [lonlat(50, 110), lonlat(300, 112), lonlat(550, 110)], name="2"),
            ],
        }
    )


def written(folder: Path, data: Any, name: str = "smallton") -> Path:
    path = folder / f"{name}.geojson"
    path.write_text(data if isinstance(data, str) else json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path
