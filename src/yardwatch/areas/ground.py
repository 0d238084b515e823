"""The ground of an area version: its UTM zone, its pixel grid, and what of it is searched for cars."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from shapely import intersection, union_all
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from yardwatch.areas.shapes import WGS84, reproject, utm_of
from yardwatch.errors import BadInput
from yardwatch.records import AreaVersion, Grid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CORRIDOR_M = 12.0
"""Half width of the corridor searched along well-placed tracks: half a track spacing, half a car, and registration."""

ON_THE_GROUND = ("surveyed", "openstreetmap")
"""Kinds of tracks that lie where the rails lie, within a few metres."""


def utm_crs(version: AreaVersion) -> str:
    """ "EPSG:326zz" or "EPSG:327zz" of the UTM zone in which the outline's centroid lies."""
    return utm_of(version.outline.centroid)


def area_grid(version: AreaVersion, pixel_m: float) -> Grid:
    """The north-up grid in local UTM that covers the outline; its origin is a multiple of ``pixel_m``.

    Raises:
        BadInput: for a pixel size that is not positive.
    """
    if not (pixel_m > 0 and math.isfinite(pixel_m)):
        raise BadInput(f"pixel_m is {pixel_m}; give the size of a pixel in metres, above zero")
    crs = utm_crs(version)
    return grid_around(reproject(version.outline, WGS84, crs).bounds, crs, pixel_m)


def grid_around(bounds: tuple[float, float, float, float], crs: str, pixel_m: float) -> Grid:
    """The north-up grid in ``crs`` that covers ``bounds`` (left, bottom, right, top), snapped as an area's grid is."""
    left, bottom, right, top = bounds
    first_col, last_col = _snapped(left, right, pixel_m)
    first_row, last_row = _snapped(bottom, top, pixel_m)
    transform = (pixel_m, 0.0, first_col * pixel_m, 0.0, -pixel_m, last_row * pixel_m)
    return Grid(crs, transform, last_col - first_col, last_row - first_row, pixel_m)


def _snapped(low: float, high: float, step: float) -> tuple[int, int]:
    """Whole steps that enclose the span, at least one; a thousandth of a step beyond an edge is rounding."""
    first, last = math.floor(low / step + 1e-3), math.ceil(high / step - 1e-3)
    return first, max(last, first + 1)


def searched_mode(version: AreaVersion) -> Literal["outline", "corridor"]:
    """ "corridor" where the tracks are surveyed or from OpenStreetMap; "outline" where they must not cost cars."""
    return "corridor" if version.tracks_kind in ON_THE_GROUND else "outline"


def searched_ground(version: AreaVersion, crs: str | None = None) -> BaseGeometry:
    """What is searched for cars, as a Polygon or MultiPolygon in ``crs`` (default: the version's UTM).

    The outline where tracks are approximate or absent; else the part of it within 12 m of a track.
    """
    own = utm_crs(version)
    ground: BaseGeometry = reproject(version.outline, WGS84, own)
    if searched_mode(version) == "corridor":
        tracks = [reproject(track, WGS84, own) for track in version.tracks]
        ground = intersection(union_all([track.buffer(CORRIDOR_M) for track in tracks]), ground)
    return ground if crs is None else reproject(ground, own, crs)


def searched_mask(version: AreaVersion, grid: Grid) -> NDArray[np.bool_]:
    """bool (row, col) on ``grid``: True where the pixel's centre lies on searched ground.

    Raises:
        BadInput: when the grid has no CRS: an area cannot be laid over a picture without georeference.
    """
    from affine import Affine
    from rasterio.features import geometry_mask

    if grid.crs is None:
        raise BadInput("the grid has no CRS, so no area can be laid over it; georeference the picture or name no area")
    ground = searched_ground(version, grid.crs)
    mask: NDArray[np.bool_] = geometry_mask(
        [ground], out_shape=(grid.height, grid.width), transform=Affine(*grid.transform), invert=True
    )
    return mask


def observable_tracks(version: AreaVersion, crs: str | None = None) -> list[LineString]:
    """The tracks without the parts under canopies, as LineStrings in ``crs`` (default: the version's UTM)."""
    own = utm_crs(version)
    roofs = union_all([reproject(canopy, WGS84, own) for canopy in version.canopies])
    pieces: list[LineString] = []
    for track in version.tracks:
        open_air = reproject(track, WGS84, own).difference(roofs)
        parts = getattr(open_air, "geoms", [open_air])
        pieces += [part for part in parts if isinstance(part, LineString) and not part.is_empty]
    return pieces if crs is None else [reproject(piece, own, crs) for piece in pieces]
