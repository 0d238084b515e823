"""What label files say of pictures: YOLO-OBB text, GeoJSON polygons, COCO and xView, all in pixels of the picture.

Adding a form is one reader and one line in :data:`READERS`.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning

from yardwatch.errors import BadInput
from yardwatch.imagery.folder import ground_pixel_m
from yardwatch.training.naming import UNKNOWN, XVIEW, plain_name
from yardwatch.training.upright import oriented

PICTURES = (".tif", ".tiff", ".png", ".jpg", ".jpeg")
SHARED = "_labels.geojson"


@dataclass(frozen=True, eq=False)
class Marks:
    """The labelled cars of one picture: polygons in its pixels (x right, y down, 0 at the outer edge), class names."""

    picture: Path
    shapes: tuple[shapely.Polygon, ...]
    names: tuple[str, ...]


def find_marks(folder: Path, gsd_m: float | None = None) -> list[Marks]:
    """The labelled pictures below a folder, by path. ``gsd_m`` is that of pictures without georeference.

    A picture's labels are the first of: a COCO or xView file in the folder that names it; ``<name>.geojson``;
    ``<place>_labels.geojson`` beside it where its name starts with the place; ``<name>.txt`` in YOLO-OBB form beside
    it or under ``labels/`` as Ultralytics lays them out. An empty text file says that there are no cars.

    Raises:
        BadInput: when nothing is found or a file is broken, naming it and the mend.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder of labelled pictures; correct the path")
    pictures = pictures_below(folder)
    by_name = {path.name: path for path in pictures}
    marks: dict[Path, Marks] = {}
    for file in sorted([*folder.glob("*.json"), *folder.glob("*.geojson")]):
        for one in _from_list(file, by_name, gsd_m):
            marks[one.picture] = one
    for path in pictures:
        if path not in marks and (labels := _labels_of(path)) is not None:
            marks[path] = _read_polygons(path, labels) if labels.suffix == ".geojson" else _read_yolo(path, labels)
    if not marks:
        raise BadInput(
            f"{folder}: no picture with labels; wanted is <name>.txt in YOLO-OBB form or <name>.geojson beside "
            "<name>.tif, or a COCO or xView file that names the pictures"
        )
    return [marks[path] for path in sorted(marks)]


def pictures_below(folder: Path) -> list[Path]:
    """Every picture file under a folder, by path."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)


def _labels_of(path: Path) -> Path | None:
    swapped = ["labels" if part == "images" else part for part in path.parts]
    candidates = [
        path.with_suffix(".geojson"),
        *(file for file in sorted(path.parent.glob(f"*{SHARED}")) if path.stem.startswith(_place(file))),
        path.with_suffix(".txt"),
        Path(*swapped).with_suffix(".txt"),
    ]
    return next((file for file in candidates if file.is_file()), None)


def _place(shared: Path) -> str:
    return shared.name.removesuffix(SHARED)


def _from_list(file: Path, pictures: dict[str, Path], gsd_m: float | None) -> Iterable[Marks]:
    """The pictures that a COCO or xView file names; nothing for any other file."""
    with file.open(encoding="utf-8", errors="replace") as opened:
        head = opened.read(65536 if file.suffix == ".geojson" else -1)  # xView's takes most of a gigabyte
    for tells, read in READERS.items():
        if all(f'"{word}"' in head for word in tells):
            return read(file, pictures, gsd_m)
    return []


def _read_xview(file: Path, pictures: dict[str, Path], gsd_m: float | None) -> Iterable[Marks]:
    ids = ", ".join(map(str, XVIEW))
    table = gpd.read_file(file, where=f"type_id IN ({ids})", ignore_geometry=True)
    for name, rows in table.groupby("image_id"):
        if name not in pictures:
            continue  # the file lists every picture of the collection; a part of them may lie here
        try:
            boxes = np.array([[float(v) for v in text.split(",")] for text in rows["bounds_imcoords"]]).reshape(-1, 4)
        except (ValueError, AttributeError):
            raise BadInput(f"{file}: bounds_imcoords of {name} are not four numbers; fetch the file again") from None
        names = [XVIEW[int(kind)] for kind in rows["type_id"]]
        yield _from_upright(pictures[name], boxes, names, gsd_m)


def _read_coco(file: Path, pictures: dict[str, Path], gsd_m: float | None) -> Iterable[Marks]:
    try:
        told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        classes = {entry["id"]: plain_name(entry["name"]) for entry in told["categories"]}
        by_image: dict[Any, list[dict[str, Any]]] = {}
        for annotation in told["annotations"]:
            by_image.setdefault(annotation["image_id"], []).append(annotation)
        images = [(entry["id"], Path(entry["file_name"]).name) for entry in told["images"]]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise BadInput(f"{file}: is not COCO ({type(error).__name__}: {error}); export it again") from None
    for key, name in images:
        if name not in pictures:
            raise BadInput(f"{file}: names {name}, which is not below {file.parent}; put it there")
        try:
            yield _from_coco(pictures[name], by_image.get(key, []), classes, gsd_m)
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(f"{file}: annotations of {name}: {type(error).__name__}: {error}; mend them") from None


def _from_coco(path: Path, rows: list[dict[str, Any]], classes: dict[Any, str], gsd_m: float | None) -> Marks:
    outlined = [row for row in rows if isinstance(row.get("segmentation"), list) and row["segmentation"]]
    boxed = [row for row in rows if row not in outlined]
    shapes = [
        _oriented_envelope(shapely.MultiPoint(np.concatenate([np.reshape(ring, (-1, 2)) for ring in rings])))
        for rings in (row["segmentation"] for row in outlined)
    ]
    names = [classes[row["category_id"]] for row in outlined]
    corners = np.array([row["bbox"] for row in boxed], dtype=float).reshape(-1, 4)
    corners[:, 2:] += corners[:, :2]
    rest = _from_upright(path, corners, [classes[row["category_id"]] for row in boxed], gsd_m)
    return Marks(path, (*shapes, *rest.shapes), (*names, *rest.names))


def _from_upright(path: Path, boxes: np.ndarray, names: list[str], gsd_m: float | None) -> Marks:
    """Cars whose heading nobody can tell keep their upright box, as of unknown kind."""
    if not len(boxes):
        return Marks(path, (), ())
    cars = oriented(boxes, pixel_of(path, gsd_m))
    shapes = tuple(shapely.box(*box) if car is None else car for car, box in zip(cars, boxes, strict=True))
    return Marks(path, shapes, tuple(UNKNOWN if car is None else name for car, name in zip(cars, names, strict=True)))


@contextmanager
def opened_plainly(path: Path) -> Iterator[Any]:
    """A picture as a rasterio dataset; one without georeference is no news here.

    Raises:
        BadInput: for a file that is no picture.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            dataset = rasterio.open(path)
        except rasterio.errors.RasterioIOError as error:
            raise BadInput(f"{path}: cannot be read as a picture ({error}); replace or remove it") from None
    with dataset:
        yield dataset


def pixel_of(path: Path, gsd_m: float | None) -> float:
    """Size of a picture's pixels on the ground, metres.

    Raises:
        BadInput: for a picture without georeference where ``gsd_m`` is not given.
    """
    with opened_plainly(path) as dataset:
        if dataset.crs is not None and not dataset.transform.is_identity:
            return float(ground_pixel_m(dataset))
    told = gsd_m if gsd_m is not None else _described_pixel(path)
    if told is None:
        raise BadInput(f"{path}: has no georeference; give its ground sample distance with --gsd")
    return told


def _described_pixel(path: Path) -> float | None:
    """What a ``data.yaml`` up to three folders above a picture says of its pixels, where it says one thing."""
    import yaml

    described = next((file for folder in list(path.parents)[:4] if (file := folder / "data.yaml").is_file()), None)
    told = None if described is None else yaml.safe_load(described.read_text(encoding="utf-8")).get("pixel_m")
    told = told[0] if isinstance(told, list) and len(told) == 1 else told
    return float(told) if isinstance(told, int | float) else None


def _read_polygons(path: Path, labels: Path) -> Marks:
    table = gpd.read_file(labels)
    with opened_plainly(path) as dataset:
        if dataset.crs is not None and table.crs is not None:
            table = table.to_crs(dataset.crs)
        inverse = rasterio.Affine.identity() if dataset.crs is None else ~dataset.transform
    column = next((name for name in ("class", "label", "name") if name in table), None)
    names = ["freight"] * len(table) if column is None else [plain_name(str(name)) for name in table[column]]
    shapes = tuple(_oriented_envelope(moved(shape, inverse)) for shape in table.geometry)
    return Marks(path, shapes, tuple(names))


def _oriented_envelope(shape: shapely.Geometry) -> shapely.Polygon:
    box = shapely.oriented_envelope(shape)
    return box if isinstance(box, shapely.Polygon) else box.buffer(0.5, cap_style="square")  # a line or a point


def moved(shape: shapely.Geometry, by: rasterio.Affine) -> shapely.Geometry:
    """A shape under an affine map."""

    def move(points: np.ndarray) -> np.ndarray:
        return np.asarray(points @ np.array([[by.a, by.d], [by.b, by.e]]) + np.array([by.c, by.f]))

    return shapely.transform(shape, move)


def _read_yolo(path: Path, labels: Path) -> Marks:
    with opened_plainly(path) as dataset:
        size = np.array([dataset.width, dataset.height])
    known = yolo_names(labels)
    shapes: list[shapely.Polygon] = []
    names: list[str] = []
    for number, line in enumerate(labels.read_text(encoding="utf-8").splitlines(), start=1):
        parts = line.split()
        if not parts:
            continue
        if len(parts) != 9:
            raise BadInput(f"{labels}, line {number}: {len(parts)} values; YOLO-OBB has a class and four corners")
        try:
            index, corners = int(parts[0]), np.array(parts[1:], dtype=float).reshape(4, 2)
        except ValueError:
            raise BadInput(f"{labels}, line {number}: holds a word where a number is wanted; mend it") from None
        if known is not None and index not in known:
            raise BadInput(f"{labels}, line {number}: class {index} has no name in classes.txt or data.yaml; add it")
        shapes.append(_oriented_envelope(shapely.Polygon(corners * size)))
        names.append("freight" if known is None else plain_name(known[index]))
    return Marks(path, tuple(shapes), tuple(names))


def yolo_names(labels: Path) -> dict[int, str] | None:
    """Class names of a YOLO file by index: ``classes.txt`` or ``data.yaml`` beside it or up to three folders above."""
    import yaml

    for folder in (labels.parent, *list(labels.parents)[1:4]):
        listed, described = folder / "classes.txt", folder / "data.yaml"
        if listed.is_file():
            lines = [line.strip() for line in listed.read_text(encoding="utf-8").splitlines()]
            return dict(enumerate(line for line in lines if line))
        if described.is_file():
            names = yaml.safe_load(described.read_text(encoding="utf-8")).get("names", {})
            return dict(enumerate(names)) if isinstance(names, list) else {int(k): str(v) for k, v in names.items()}
    return None


Reader = Callable[[Path, dict[str, Path], "float | None"], Iterable[Marks]]
READERS: dict[tuple[str, ...], Reader] = {
    ("type_id", "bounds_imcoords"): _read_xview,
    ("images", "file_name"): _read_coco,
}
"""How a file of many pictures is read, by the words that it holds."""
