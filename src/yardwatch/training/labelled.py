"""Labelled pictures to measure a detector on or to train it with: simulated scenes, people's labels, empty ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from yardwatch.errors import BadInput
from yardwatch.training.label_files import Marks, find_marks, moved, opened_plainly, pictures_below, pixel_of
from yardwatch.training.naming import kind_of, plain_name

SEEN_AT_LEAST = 0.5  # a car less than half in sight is neither demanded nor forbidden
KINDS = ("freight", "other", "ignored")


@dataclass(frozen=True, eq=False)
class LabelledPicture:
    """A picture file and its labels.

    Attributes:
        gsd_m: ground sample distance, for a picture without georeference; else None.
        cars: ``class`` (empty where unknown), ``kind`` (one of :data:`KINDS`; cars that the edge cuts or that hardly
            show are ignored), ``counts`` (whether it belongs to the true count: freight, its centre in the picture
            and in sight) and geometry: boxes in a CRS, or in pixels of the picture (CRS None).
    """

    path: Path
    gsd_m: float | None
    cars: gpd.GeoDataFrame


def simulated_pictures(folder: Path) -> list[LabelledPicture]:
    """The scenes that the simulator wrote under a folder: yards, or the archive of a station."""
    pictures = []
    for truth in sorted((folder / "truth").glob("*.parquet")):
        path = next(folder.rglob(f"{truth.stem}.tif"), None)
        if path is None:
            raise BadInput(f"{truth}: tells the truth of a picture that is not below {folder}; draw it again")
        with opened_plainly(path) as dataset:
            frame = shapely.box(*dataset.bounds)
        table = gpd.read_parquet(truth)
        table = table[table.intersects(frame)]
        seen = table["visible"].to_numpy() >= SEEN_AT_LEAST
        names = [str(name) for name in table["class"]]
        shapes = np.asarray(table.geometry.values, dtype=object)
        whole, centred = shapely.contains(frame, shapes), shapely.contains(frame, shapely.centroid(shapes))
        cars = _cars(names, list(shapes), whole=seen & whole, centred=seen & centred, crs=table.crs)
        pictures.append(LabelledPicture(path, None, cars))
    return pictures


def labelled_pictures(folder: Path, gsd_m: float | None = None) -> list[LabelledPicture]:
    """Every picture below a folder that has labels, see :func:`find_marks`; boxes that its edge cuts are ignored."""
    return [labelled(marks, gsd_m) for marks in find_marks(folder, gsd_m)]


def empty_pictures(folder: Path, gsd_m: float | None = None) -> list[LabelledPicture]:
    """Every picture of a folder, known to show no railcar: whatever is found there is false."""
    paths = pictures_below(folder) if folder.is_dir() else []
    if not paths:
        raise BadInput(f"{folder}: holds no picture; name a folder of pictures without railcars")
    return [labelled(Marks(path, (), ()), gsd_m) for path in paths]


def labelled(marks: Marks, gsd_m: float | None = None) -> LabelledPicture:
    """One picture with its labels; boxes that the picture's edge cuts are ignored in precision and recall."""
    path = marks.picture
    shapes: list[shapely.Geometry] = list(marks.shapes)
    with opened_plainly(path) as dataset:
        placed = dataset.crs is not None and not dataset.transform.is_identity
        frame = shapely.box(0, 0, dataset.width, dataset.height)
        whole = [frame.buffer(-0.5).contains(shape) for shape in shapes]
        centred = [frame.contains(shapely.centroid(shape)) for shape in shapes]
        if placed:
            shapes = [moved(shape, dataset.transform) for shape in shapes]
        crs = dataset.crs if placed else None
    own_m = None if placed else pixel_of(path, gsd_m)
    return LabelledPicture(path, own_m, _cars(list(marks.names), shapes, whole=whole, centred=centred, crs=crs))


def _cars(
    names: list[str],
    shapes: list[shapely.Geometry],
    *,
    whole: Sequence[bool],
    centred: Sequence[bool],
    crs: object,
) -> gpd.GeoDataFrame:
    columns = {
        "class": [plain_name(name) for name in names],
        "kind": [kind_of(name) if seen else "ignored" for name, seen in zip(names, whole, strict=True)],
        "counts": [kind_of(name) == "freight" and bool(inside) for name, inside in zip(names, centred, strict=True)],
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)
