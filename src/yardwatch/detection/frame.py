"""Boxes as a table on the map: polygons in the CRS of the grid, sizes in metres, heading from true north."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer

from yardwatch.detection.boxes import Boxes
from yardwatch.records import Grid

DETECTION_COLUMNS = ("class", "score", "length_m", "width_m", "heading_deg", "geometry")
"""Columns of every table of detections.

``class`` str; ``score`` 0-1; ``length_m``, ``width_m`` metres; ``heading_deg`` of the length, clockwise from true
north, 0 <= heading < 180; ``geometry`` the oriented box as a polygon in the CRS of the grid. Without a CRS the
geometry is in pixels of the original picture and the heading counts from its top.
"""


def empty_detections(crs: str | None) -> gpd.GeoDataFrame:
    """A table without a row and with the columns and types of any other."""
    return _frame(np.empty(0, dtype=object), [np.empty(0)] * 4, np.empty(0, dtype=object), crs)


def to_frame(boxes: Boxes, classes: tuple[str, ...], grid: Grid) -> gpd.GeoDataFrame:
    """``boxes`` (pixels of ``grid``) as a table with :data:`DETECTION_COLUMNS`, ordered from top to bottom."""
    if not len(boxes):
        return empty_detections(grid.crs)
    boxes = boxes.take(np.lexsort((-boxes.score, boxes.x, boxes.y)))
    numbers = [
        boxes.score,
        boxes.xylwr[:, 2] * grid.pixel_m,
        boxes.xylwr[:, 3] * grid.pixel_m,
        heading_deg(boxes, grid),
    ]
    names = np.array(classes, dtype=object)[boxes.label]
    polygons = np.asarray(shapely.polygons(_on_map(boxes.corners(), grid)), dtype=object)
    return _frame(names, numbers, polygons, grid.crs)


def heading_deg(boxes: Boxes, grid: Grid) -> NDArray[np.float64]:
    """float64 (box,): heading of each length, clockwise from true north, degrees, modulo 180.

    The azimuth is that of the geodesic between two points on the length, so the convergence of the grid's meridians
    is in it. Without a CRS: clockwise from the top of the picture.
    """
    centre, angle = boxes.xylwr[:, :2], boxes.xylwr[:, 4]
    half = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * boxes.xylwr[:, 2:3] / 2
    tail, head = _on_map(centre - half, grid), _on_map(centre + half, grid)
    if grid.crs is None:
        across, down = (head - tail).T
        azimuth = np.degrees(np.arctan2(across, -down))
    else:
        crs = CRS.from_user_input(grid.crs)
        to_degrees = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
        geod = crs.get_geod() or Geod(ellps="WGS84")
        azimuth, _, _ = geod.inv(*to_degrees.transform(*tail.T), *to_degrees.transform(*head.T))
    heading: NDArray[np.float64] = np.mod(np.asarray(azimuth, dtype=np.float64), 180.0)
    heading[heading >= 180.0] = 0.0
    return heading


def _on_map(points: NDArray[np.float64], grid: Grid) -> NDArray[np.float64]:
    """(..., 2) pixels (x right, y down) to (..., 2) coordinates of the grid's CRS."""
    a, b, c, d, e, f = grid.transform
    mapped: NDArray[np.float64] = points @ np.array([[a, d], [b, e]]) + np.array([c, f])
    return mapped


def _frame(
    names: NDArray[np.object_], numbers: list[NDArray[np.float64]], polygons: NDArray[np.object_], crs: str | None
) -> gpd.GeoDataFrame:
    columns: dict[str, object] = {"class": pd.Series(names, dtype="str")}
    columns |= dict(zip(DETECTION_COLUMNS[1:-1], numbers, strict=True))
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(polygons, crs=crs), crs=crs)
