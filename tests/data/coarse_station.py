"""A yard of 1,000 x 200 m seen at 10 m by two like satellites: a static catalog of drawn scenes of it.

Ground is blotchy and changes its brightness from look to look; ``changed`` pixels in the middle rows are darker.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pystac
import rasterio
from drawn_yard import write_release
from rasterio.transform import from_origin
from scipy.ndimage import gaussian_filter
from shapely.geometry import LineString, Polygon, box, mapping
from small_station import NOW, _feature, watching

from yardwatch.areas.shapes import WGS84, reproject
from yardwatch.workspace import Workspace

WEST, NORTH, COLS, ROWS, PIXEL_M = 467_700.0, 4_696_700.0, 100, 20, 10.0
CRS = "EPSG:32652"
YARD = box(WEST, NORTH - ROWS * PIXEL_M, WEST + COLS * PIXEL_M, NORTH)


@dataclass(frozen=True)
class Coarse:
    """One scene to draw; ``clouded`` is the share of its columns under cloud, as its own mask says."""

    when: str
    changed: int = 0
    platform: str = "sentinel-2a"
    clouded: float = 0.0


def pixels_of(scene: Coarse) -> np.ndarray:
    """uint8 (3, row, col)."""
    ground = 110 + 12 * np.stack(
        [gaussian_filter(np.random.default_rng(band).normal(size=(ROWS, COLS)), 1.5) * 4 for band in range(3)]
    )
    rng = np.random.default_rng(sum(ord(letter) * place for place, letter in enumerate(scene.when, 1)))
    picture = ground * rng.normal(1, 0.06) + rng.normal(0, 1.2, ground.shape)
    where = rng.permutation(6 * COLS)[: scene.changed]
    picture[:, 7 + where // COLS, where % COLS] -= 30
    return np.clip(np.rint(picture), 1, 255).astype(np.uint8)


def write_coarse_catalog(folder: Path, scenes: Sequence[Coarse]) -> None:
    """A static catalog of ``scenes``; they say that they are simulated."""
    folder.mkdir(parents=True, exist_ok=True)
    footprint = reproject(YARD, CRS, WGS84)
    catalog = pystac.Catalog("coarse", "Drawn by a test.")
    for scene in scenes:
        when = datetime.fromisoformat(scene.when).replace(tzinfo=UTC)
        name = f"SIMULATED-{when:%Y%m%dT%H%M%S}"
        _write(folder / f"{name}.tif", pixels_of(scene))
        said = {"platform": scene.platform, "gsd": PIXEL_M, "license": "CC0-1.0", "yardwatch:simulated": True}
        item = pystac.Item(name, mapping(footprint), list(footprint.bounds), when, said)
        item.add_asset("visual", pystac.Asset(f"../{name}.tif", media_type=pystac.MediaType.COG, roles=["visual"]))
        mask = np.full((1, ROWS, COLS), 4, np.uint8)
        mask[:, :, : round(scene.clouded * COLS)] = 9
        _write(folder / f"{name}-scl.tif", mask)
        item.add_asset("scl", pystac.Asset(f"../{name}-scl.tif", media_type=pystac.MediaType.COG, roles=["data"]))
        catalog.add_item(item)
    catalog.normalize_and_save(str(folder), pystac.CatalogType.SELF_CONTAINED)


def _write(path: Path, bands: np.ndarray) -> None:
    profile = {"driver": "GTiff", "width": COLS, "height": ROWS, "count": len(bands), "dtype": "uint8", "crs": CRS}
    with rasterio.open(path, "w", transform=from_origin(WEST, NORTH, PIXEL_M, PIXEL_M), **profile) as file:
        file.write(bands)


def write_coarse_area(folder: Path) -> None:
    """The yard's area file, its tracks approximate."""
    folder.mkdir(parents=True, exist_ok=True)
    ring = Polygon(YARD.exterior.coords).normalize()
    middle = reproject(YARD.centroid, CRS, WGS84)
    version = {
        "id": "v1",
        "valid_from": "2000-01-01",
        "valid_to": None,
        "tracks": "approximate",
        "provenance": "A test.",
    }
    about = {
        "name": "coarseton",
        "title": "Coarseton",
        "native_title": "거친역",
        "country": "KP",
        "time_zone": "Asia/Pyongyang",
        "watched": True,
        "reference": [middle.x, middle.y],
        "versions": [version],
    }
    track = LineString([(WEST + 20, NORTH - 100), (WEST + 980, NORTH - 100)])
    features = [_feature("outline", ring if ring.exterior.is_ccw else ring.reverse()), _feature("track", track)]
    text = json.dumps({"type": "FeatureCollection", "yardwatch": about, "features": features})
    (folder / "coarseton.geojson").write_text(text)


def coarse_station(tmp: Path, scenes: Sequence[Coarse]) -> Workspace:
    """A workspace below ``tmp`` that watches the yard through a static catalog of ``scenes``."""
    write_coarse_area(tmp / "aoi")
    write_release(tmp / "models")
    write_coarse_catalog(tmp / "archive", scenes)
    return Workspace(watching(tmp, "coarseton"), now=lambda: NOW)
