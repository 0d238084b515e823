"""A folder of rasters from any vendor: GeoTIFF or JPEG 2000, their times in sidecars, tags or file names."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pyproj import CRS
from rasterio.warp import transform_geom
from shapely import segmentize
from shapely.geometry import MultiPolygon, Polygon, box, shape

from yardwatch.errors import BadInput, YardwatchError
from yardwatch.imagery.acquired import PROCESSING_TAG, Acquired, TimePattern, from_name, from_sidecar, from_tags
from yardwatch.imagery.addresses import Address, allowed
from yardwatch.imagery.placing import applied, check_georeference
from yardwatch.imagery.rasters import opened
from yardwatch.imagery.scene_reading import COARSER_THAN_CLAIMED, ReadChip, read_scene
from yardwatch.records import Asset, Grid, Scene
from yardwatch.watchlist import SourceEntry

log = logging.getLogger(__name__)

LARGEST_PIXEL_M = 1_000_000.0
PICTURE_SUFFIXES = (".tif", ".tiff", ".jp2", ".j2k")


class FolderSource:
    """Every GeoTIFF and JPEG 2000 below one folder, each a scene."""

    def __init__(self, entry: SourceEntry) -> None:
        """Checks the entry; the folder is read at each search, since files arrive while yardwatch runs.

        Raises:
            BadInput: where the entry has no path, or a time pattern that does not work.
        """
        if entry.path is None:
            raise BadInput(f"source {entry.name}: path: a folder source needs the folder; add it in yardwatch.toml")
        self._entry = entry
        self._root = entry.path.expanduser()
        self._pattern = None if entry.time_pattern is None else TimePattern(entry.time_pattern, entry.name)
        self._warnings: list[str] = []

    @property
    def name(self) -> str:
        return self._entry.name

    def search(self, footprint: Polygon | MultiPolygon, since: datetime, until: datetime) -> Iterator[Scene]:
        """See :class:`yardwatch.imagery.source.ImagerySource`; a file that says no time is passed over."""
        if not self._root.is_dir():
            raise BadInput(f"source {self.name}: path: {self._root} is not a folder; correct it in yardwatch.toml")
        for path in sorted(self._root.rglob("*")):
            if path.suffix.lower() not in PICTURE_SUFFIXES or not path.is_file():
                continue
            try:
                scene = self._scene(path)
            except YardwatchError as error:
                self._warn(str(error))
                continue
            if scene.acquired_to >= since and scene.acquired_from < until and scene.footprint.intersects(footprint):
                yield scene

    def read(self, scene: Scene, grid: Grid) -> ReadChip:
        """See :class:`yardwatch.imagery.source.ImagerySource`."""
        return read_scene(scene, grid, self.address)

    def take_warnings(self) -> tuple[str, ...]:
        """One sentence for each file passed over since this was last asked."""
        taken, self._warnings = tuple(self._warnings), []
        return taken

    def _warn(self, sentence: str) -> None:
        log.warning("source %s: %s", self.name, sentence)
        self._warnings.append(sentence)

    def address(self, asset: Asset) -> Address:
        """Where a file of one of its scenes may be opened, signed where it needs to be."""
        return allowed(asset.href, self._root)

    def _scene(self, path: Path) -> Scene:
        said = read_sidecar(path)
        with opened(allowed(str(path), self._root)) as dataset:
            check_georeference(dataset, str(path))
            outline, pixel_m = ground_outline(dataset), ground_pixel_m(dataset)
            if not outline.is_valid or not 0 < pixel_m < LARGEST_PIXEL_M:
                raise BadInput(f"{path}: its georeference leads nowhere on Earth; correct it with `gdal_edit.py`")
            tags = {**dataset.tags(), **dataset.tags(ns="IMAGERY")}
        when = self._when(path, said, tags)
        entry = self._entry
        return Scene(
            source=entry.name,
            scene_id=path.relative_to(self._root).as_posix(),
            acquired_from=when.begin,
            acquired_to=when.end,
            platform=str(said.get("platform") or entry.platform or tags.get("SATELLITEID") or "unknown"),
            gsd_m=_sharpness(entry.gsd_m or _number(said.get("gsd")), pixel_m),
            licence=entry.licence or str(said.get("license") or "unknown"),
            attribution=entry.attribution or str(said.get("attribution") or ""),
            footprint=outline,
            assets=(Asset(str(path), "visual"),),
            simulated=said.get("yardwatch:simulated") is True,
            pass_id=None if said.get("pass_id") is None else str(said["pass_id"]),
        )

    def _when(self, path: Path, said: Mapping[str, Any], tags: Mapping[str, str]) -> Acquired:
        """The time its sidecar says, or the source's pattern, tags of the acquisition, its name, or TIFF's own tag."""
        name = path.relative_to(self._root).as_posix()
        found = from_sidecar(said, str(path)) or (self._pattern and self._pattern.find(name))
        found = found or from_tags(tags) or from_name(path.name) or from_tags(tags, [PROCESSING_TAG])
        if found is None:
            raise BadInput(
                f"{path}: says no time; put it into the name (20231005T021500Z), a time_pattern of the source, or "
                f'{path.stem}.json beside it ({{"datetime": "2023-10-05T02:15:00Z"}})'
            )
        return found


def read_sidecar(path: Path) -> dict[str, Any]:
    """What ``<stem>.json`` beside a picture says; of a STAC item its properties. Empty where there is none.

    Raises:
        BadInput: where it is no JSON object.
    """
    sidecar = path.with_suffix(".json")
    if not sidecar.is_file():
        return {}
    try:
        said = json.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{sidecar}: cannot be read as JSON ({error}); correct or remove it") from None
    if not isinstance(said, dict):
        raise BadInput(f"{sidecar}: must be a JSON object with a datetime; correct or remove it")
    properties = said.get("properties")
    return properties if isinstance(properties, dict) else said


def ground_outline(dataset: Any) -> Polygon:
    """The raster's border in WGS84, its edges followed in between."""
    border = segmentize(box(0, 0, dataset.width, dataset.height), max(dataset.width, dataset.height) / 8)
    ring = [applied(dataset.transform, col, row) for col, row in border.exterior.coords]
    outline = {"type": "Polygon", "coordinates": [ring]}
    polygon = shape(transform_geom(dataset.crs, "EPSG:4326", outline))
    assert isinstance(polygon, Polygon)
    return polygon


def ground_pixel_m(dataset: Any) -> float:
    """Size of a pixel on the ground at the raster's centre, metres."""
    from yardwatch.areas.shapes import utm_of

    centre = ground_outline(dataset).centroid
    middle = (dataset.width / 2, dataset.height / 2)
    points = [applied(dataset.transform, middle[0] + dx, middle[1] + dy) for dx, dy in ((0, 0), (1, 0), (0, 1))]
    utm = CRS.from_user_input(utm_of(centre)).to_wkt()
    line = transform_geom(dataset.crs, utm, {"type": "LineString", "coordinates": points})["coordinates"]
    (x, y), (x1, y1), (x2, y2) = [position[:2] for position in line]
    return float(abs((x1 - x) * (y2 - y) - (x2 - x) * (y1 - y)) ** 0.5)


def _sharpness(claimed_m: float | None, pixel_m: float) -> float:
    """The claimed GSD in metres, where a file's pixels of ``pixel_m`` can hold it; else their size."""
    if claimed_m is None or pixel_m > claimed_m * COARSER_THAN_CLAIMED:
        return float(pixel_m)
    return float(claimed_m)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None
