"""A station of 300 x 110 m, a static STAC catalog of drawn scenes of it, and a workspace that watches it.

Cars are bright patches on grey ground, found by the stand-in network of ``drawn_yard``: everything but the network is
the real path.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pystac
import rasterio
from drawn_yard import CAR, GROUND, BrightPatchNetwork, write_release
from rasterio.transform import from_origin
from shapely.geometry import LineString, Point, Polygon, box, mapping

from yardwatch.areas.shapes import WGS84, reproject
from yardwatch.detection import Detector
from yardwatch.settings import Settings, load_settings
from yardwatch.workspace import Workspace

WEST, NORTH, WIDTH_M, HEIGHT_M, PIXEL_M = 467_700.0, 4_696_700.0, 300.0, 110.0, 0.5
CRS = "EPSG:32652"
NOW = datetime(2023, 10, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Drawn:
    """One scene to draw; ``sky`` is "clear", "cloud", "black" or "half" (the western half is without data)."""

    when: str
    cars: int = 0
    sky: str = "clear"
    suffix: str = ""
    gsd_m: float = PIXEL_M


def write_area(folder: Path, name: str = "smallton") -> Path:
    """The station's area file."""
    folder.mkdir(parents=True, exist_ok=True)
    outline = box(WEST, NORTH - HEIGHT_M, WEST + WIDTH_M, NORTH)
    tracks = [
        LineString([(WEST + 10, NORTH - 5 - 10 * row), (WEST + WIDTH_M - 10, NORTH - 5 - 10 * row)])
        for row in range(10)
    ]
    ring = Polygon(outline.exterior.coords).normalize()
    middle = reproject(Point(WEST + WIDTH_M / 2, NORTH - HEIGHT_M / 2), CRS, WGS84)
    about = {
        "name": name,
        "title": "Smallton",
        "native_title": "작은역",
        "country": "KP",
        "time_zone": "Asia/Pyongyang",
        "watched": True,
        "reference": [middle.x, middle.y],
        "versions": [
            {"id": "v1", "valid_from": "2000-01-01", "valid_to": None, "tracks": "approximate", "provenance": "A test."}
        ],
    }
    features = [_feature("outline", ring.reverse() if not ring.exterior.is_ccw else ring)]
    features += [_feature("track", track) for track in tracks]
    path = folder / f"{name}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "yardwatch": about, "features": features}))
    return path


def _feature(role: str, shape: Polygon | LineString) -> dict[str, object]:
    rounded = reproject(shape, CRS, WGS84)
    return {"type": "Feature", "properties": {"role": role, "version": "v1"}, "geometry": mapping(rounded)}


def draw(path: Path, scene: Drawn) -> None:
    """The scene as a tiled GeoTIFF with nodata 0; cars stand in rows of 15 on ten tracks, 14 x 3 m each."""
    rows, cols = round(HEIGHT_M / PIXEL_M), round(WIDTH_M / PIXEL_M)
    rng = np.random.default_rng(sum(map(ord, scene.when)))
    pixels = np.clip(rng.normal(GROUND, 4, (3, rows, cols)), 60, 120).astype(np.uint8)
    for number in range(scene.cars):
        top, left = 7 + 20 * (number // 15), 20 + 36 * (number % 15)
        pixels[:, top : top + 6, left : left + 28] = CAR
        pixels[1, top : top + 6, left : left + 28] = 5
    if scene.sky == "cloud":
        pixels = np.clip(rng.normal(246, 2, pixels.shape), 0, 255).astype(np.uint8)
    if scene.sky == "black":
        pixels[:] = 0
    if scene.sky == "half":
        pixels[:, :, : cols // 2] = 0
    profile = {
        "driver": "GTiff",
        "width": cols,
        "height": rows,
        "count": 3,
        "dtype": "uint8",
        "crs": CRS,
        "nodata": 0,
        "tiled": True,
        "blockxsize": 128,
        "blockysize": 128,
    }
    with rasterio.open(path, "w", transform=from_origin(WEST, NORTH, PIXEL_M, PIXEL_M), **profile) as file:
        file.write(pixels)


def write_catalog(folder: Path, scenes: Sequence[Drawn]) -> Path:
    """A static catalog of ``scenes``; they say that they are simulated."""
    folder.mkdir(parents=True, exist_ok=True)
    footprint = reproject(box(WEST, NORTH - HEIGHT_M, WEST + WIDTH_M, NORTH), CRS, WGS84)
    catalog = pystac.Catalog("drawn", "Drawn by a test.")
    for scene in scenes:
        when = datetime.fromisoformat(scene.when).replace(tzinfo=UTC)
        name = f"SIMULATED-{when:%Y%m%dT%H%M%S}{scene.suffix}"
        draw(folder / f"{name}.tif", scene)
        item = pystac.Item(
            name,
            mapping(footprint),
            list(footprint.bounds),
            when,
            {"platform": "drawn-1", "gsd": scene.gsd_m, "license": "CC0-1.0", "yardwatch:simulated": True},
        )
        item.add_asset("visual", pystac.Asset(f"../{name}.tif", media_type=pystac.MediaType.COG, roles=["visual"]))
        catalog.add_item(item)
    catalog.normalize_and_save(str(folder), pystac.CatalogType.SELF_CONTAINED)
    return folder / "catalog.json"


def station(
    tmp: Path, scenes: Sequence[Drawn], *, watchlist: str = "", now: Callable[[], datetime] | None = None
) -> Workspace:
    """A workspace below ``tmp`` that watches the station through a static catalog of ``scenes``."""
    settings = settings_for(tmp, scenes, watchlist)
    return with_stand_in(Workspace(settings, now=now or (lambda: NOW)))


def settings_for(tmp: Path, scenes: Sequence[Drawn], watchlist: str = "") -> Settings:
    """Area, release, catalog and watch list on disk, and the settings that name them."""
    write_area(tmp / "aoi")
    if not (tmp / "models").exists():
        write_release(tmp / "models")
    write_catalog(tmp / "archive", scenes)
    return watching(tmp, "smallton", watchlist)


def watching(tmp: Path, area: str, watchlist: str = "") -> Settings:
    """A watch list of one area and one static catalog below ``tmp``, and the settings that name all that lies there."""
    text = f"""
areas = ["{area}"]
sources = ["drawn"]
{watchlist}
[[source]]
name = "drawn"
kind = "stac"
path = "archive/catalog.json"
assets = ["visual"]

[channels.log]
url = "file:alerts.log"
severities = ["provisional", "surge", "escalation", "drop", "new_normal", "amended", "closed"]
"""
    (tmp / "yardwatch.toml").write_text(text)
    return load_settings(
        data_dir=tmp / "data", aoi_dir=tmp / "aoi", models_dir=tmp / "models", watchlist=tmp / "yardwatch.toml"
    )


def with_stand_in(workspace: Workspace) -> Workspace:
    """The workspace with the network that finds bright patches."""
    workspace.__dict__["_detector"] = Detector(workspace.release, network=BrightPatchNetwork())
    return workspace
