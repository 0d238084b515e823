"""Lay a picture onto the tracks of an area: move its placement by what was measured, and what hangs on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import geometry_mask
from shapely.geometry import LineString, Point, Polygon

from yardwatch.areas.shapes import WGS84, reproject
from yardwatch.imagery.registration import Registration, TrackSight, register
from yardwatch.imagery.visible import canopy_mask
from yardwatch.records import AreaVersion, Chip, Hidden

C = TypeVar("C", bound=Chip)

CUT_WITHIN_M = 3.0
CONTINUED_M = 40.0
"""A track that ends within the first of the outline's edge goes on beyond it: maps are cut there, rails are not."""


def registered(chip: C, version: AreaVersion, sight: TrackSight) -> tuple[C, Registration | None]:
    """``chip`` laid onto the tracks of ``version`` where that is clear, and what was measured; see :func:`register`.

    The chip is moved by whole pixels and not resampled. What lies outside the outline is not looked at, and tracks
    that the outline cuts go on straight beyond it.
    """
    if chip.grid.crs is None or not version.tracks:
        return chip, None
    outline = reproject(version.outline, WGS84, chip.grid.crs)
    tracks = [continued(reproject(track, WGS84, chip.grid.crs), outline) for track in version.tracks]
    within: NDArray[np.bool_] = geometry_mask(
        [outline], out_shape=chip.valid.shape, transform=Affine(*chip.grid.transform), invert=True
    )
    found = register(chip, tracks, sight, within)
    if found is None or not found.corrected:
        return chip, found
    return _under_canopies(moved(chip, found), version), found


def _under_canopies(chip: C, version: AreaVersion) -> C:
    """``chip`` with its canopies where its grid now has them."""
    hidden = np.where(chip.hidden == Hidden.CANOPY, Hidden.SEEN, chip.hidden).astype(np.uint8)
    if version.canopies:
        hidden[(hidden == Hidden.SEEN) & canopy_mask(version, chip.grid)] = Hidden.CANOPY
    return replace(chip, hidden=hidden)


def moved(chip: C, found: Registration) -> C:
    """``chip`` where ``found`` says that it lies, by whole pixels of its grid; as it is where that is not clear."""
    if not found.corrected:
        return chip
    pixel_m = chip.grid.pixel_m
    east, north = (round(metres / pixel_m) * pixel_m for metres in found.offset_m)
    a, b, c, d, e, f = chip.grid.transform
    return replace(chip, grid=replace(chip.grid, transform=(a, b, c - east, d, e, f - north)))


def continued(track: LineString, outline: Polygon) -> LineString:
    """``track`` with 40 m added in its own direction at each end that lies on the edge of ``outline``; metres."""
    points = np.asarray(track.coords)[:, :2]
    for _end in range(2):
        end, before = points[-1], points[-2]
        if outline.exterior.distance(Point(end)) <= CUT_WITHIN_M:
            ahead = (end - before) / max(float(np.hypot(*(end - before))), 1e-9)
            points = np.concatenate([points, [end + ahead * CONTINUED_M]])
        points = points[::-1]
    return LineString(points)
