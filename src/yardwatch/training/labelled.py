"""Labelled pictures to measure a detector on: simulated scenes, YOLO-OBB text files, GeoJSON polygons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely

from yardwatch.errors import BadInput
from yardwatch.records import FREIGHT_PREFIX

PICTURES = (".tif", ".tiff", ".png", ".jpg", ".jpeg")
SEEN_AT_LEAST = 0.5  # a car less than half in sight is neither demanded nor forbidden
KINDS = ("freight", "other", "ignored")


@dataclass(frozen=True, eq=False)
class LabelledPicture:
    """A picture file and its labels.

    Attributes:
        gsd_m: ground sample distance, for a picture without georeference; else None.
        cars: `kind` (one of KINDS), `inside` (whether the centre lies in the picture) and geometry: polygons in a
            CRS, or in pixels of the picture (CRS None).
    """

    path: Path
    gsd_m: float | None
    cars: gpd.GeoDataFrame


def simulated_pictures(folder: Path) -> list[LabelledPicture]:
    """The scenes that the simulator wrote under a folder: yards, or the archive of a station."""
    pictures = []
    for truth in sorted((folder / "truth").glob("*.parquet")):
        path = next(folder.rglob(f"{truth.stem}.tif"))
        with rasterio.open(path) as dataset:
            frame = shapely.box(*dataset.bounds)
        table = gpd.read_parquet(truth)
        kind = [
            "ignored" if seen < SEEN_AT_LEAST or not frame.contains(shape) else kind_of(label)
            for label, seen, shape in zip(table["class"], table["visible"], table.geometry, strict=True)
        ]
        inside = [frame.contains(shape.centroid) for shape in table.geometry]
        cars = gpd.GeoDataFrame({"kind": kind, "inside": inside}, geometry=table.geometry.values, crs=table.crs)
        pictures.append(LabelledPicture(path, None, cars[cars.intersects(frame)]))
    return pictures


def kind_of(label: str) -> str:
    """Whether a class name is one that is counted."""
    return "freight" if label.startswith(FREIGHT_PREFIX) or label in ("freight", "railcar") else "other"


def labelled_pictures(folder: Path, gsd_m: float | None = None) -> list[LabelledPicture]:
    """Every picture of a folder that has labels beside it; boxes that its edge cuts are ignored.

    Labels of `<name>.tif` are `<name>.geojson`, else `<place>_labels.geojson` where the name starts with the place
    (polygons shared by pictures of one place, whole where an edge cuts them), else `<name>.txt` in YOLO-OBB form.
    """
    found = [
        read_labelled(path, labels, gsd_m)
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in PICTURES and (labels := _labels_of(path)) is not None
    ]
    if not found:
        raise BadInput(f"{folder}: no picture with labels (<name>.txt in YOLO-OBB form, or <name>.geojson) beside it")
    return found


def _labels_of(path: Path) -> Path | None:
    shared = [
        file
        for file in sorted(path.parent.glob("*_labels.geojson"))
        if path.stem.startswith(file.stem.removesuffix("_labels"))
    ]
    candidates = [path.with_suffix(".geojson"), *shared, path.with_suffix(".txt")]
    return next((file for file in candidates if file.exists()), None)


def read_labelled(path: Path, labels: Path, gsd_m: float | None = None) -> LabelledPicture:
    """One picture with its labels; boxes that the picture's edge cuts are ignored in precision and recall."""
    with rasterio.open(path) as dataset:
        placed = dataset.crs is not None
        frame = shapely.box(0, 0, dataset.width, dataset.height)
        if labels.suffix == ".txt":
            shapes, names = _read_yolo(labels, dataset.width, dataset.height)
        else:
            table = gpd.read_file(labels)
            table = table.to_crs(dataset.crs) if placed and table.crs is not None else table
            inverse = ~dataset.transform if placed else rasterio.Affine.identity()
            shapes = [shapely.oriented_envelope(_moved(shape, inverse)) for shape in table.geometry]
            names = [str(name) for name in table.get("class", ["freight"] * len(table))]
        kind = [
            kind_of(name) if frame.buffer(-0.5).contains(shape) else "ignored"
            for name, shape in zip(names, shapes, strict=True)
        ]
        inside = [frame.contains(shapely.centroid(shape)) for shape in shapes]
        if placed:
            shapes = [_moved(shape, dataset.transform) for shape in shapes]
        cars = gpd.GeoDataFrame({"kind": kind, "inside": inside}, geometry=shapes, crs=dataset.crs if placed else None)
    if not placed and gsd_m is None:
        raise BadInput(f"{path}: has no georeference; give its ground sample distance")
    return LabelledPicture(path, None if placed else gsd_m, cars)


def _moved(shape: shapely.Geometry, by: rasterio.Affine) -> shapely.Geometry:
    def move(points: np.ndarray) -> np.ndarray:
        return np.asarray(points @ np.array([[by.a, by.d], [by.b, by.e]]) + np.array([by.c, by.f]))

    return shapely.transform(shape, move)


def _read_yolo(labels: Path, width: int, height: int) -> tuple[list[shapely.Geometry], list[str]]:
    names_file = labels.parent / "classes.txt"
    known = names_file.read_text().split() if names_file.exists() else None
    shapes: list[shapely.Geometry] = []
    names: list[str] = []
    for number, line in enumerate(labels.read_text().splitlines(), start=1):
        parts = line.split()
        if not parts:
            continue
        if len(parts) != 9:
            raise BadInput(f"{labels}, line {number}: {len(parts)} values; YOLO-OBB has a class and four corners")
        shapes.append(shapely.Polygon(np.array(parts[1:], dtype=float).reshape(4, 2) * [width, height]))
        names.append(known[int(parts[0])] if known else "freight")
    return shapes, names
