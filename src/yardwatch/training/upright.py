"""Oriented boxes out of upright ones: xView and COCO draw a car's box along the picture's edges, however it stands.

An upright box of W x H around a car of known width w that stands at an angle t has W = L cos t + w sin t and
H = L sin t + w cos t, which gives length L and angle t but not on which diagonal the car lies. Its neighbours on the
track tell: coupled cars stand in line. Where there are none, the car is left out rather than guessed.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

CAR_WIDTH_M = 3.1
"""Width of freight cars of the 1435 and 1520 mm gauges, 2.8-3.3 m."""
LENGTH_M = (6.0, 30.0)
SLENDER_M = 4.5
"""A box no wider than this stands along the picture's edges already."""
NEIGHBOUR_M = 32.0
CLEARLY_DEG = 12.0
"""By how much one diagonal must fit the neighbours better than the other."""

Floats = NDArray[np.float64]


def oriented(boxes_px: Floats, pixel_m: float) -> list[shapely.Polygon | None]:
    """The cars inside upright boxes, as polygons in pixels; None for one whose heading nobody can tell.

    Args:
        boxes_px: float64 (box, 4): left, top, right, bottom in pixels.
        pixel_m: size of a pixel on the ground.
    """
    sides_m = (boxes_px[:, 2:] - boxes_px[:, :2]) * pixel_m
    centres = (boxes_px[:, 2:] + boxes_px[:, :2]) / 2
    cars: list[shapely.Polygon | None] = []
    for k, (box, side) in enumerate(zip(boxes_px, sides_m, strict=True)):
        if side.min() <= SLENDER_M:
            cars.append(shapely.box(*box))
            continue
        length_m, angle = _stands(*side)
        sign = _diagonal(k, centres, angle, NEIGHBOUR_M / pixel_m)
        fits = LENGTH_M[0] <= length_m <= LENGTH_M[1]
        cars.append(_car(centres[k], length_m / pixel_m, sign * angle, pixel_m) if fits and sign else None)
    return cars


def _stands(width_m: float, height_m: float) -> tuple[float, float]:
    """Length in metres and angle from the x axis in radians, 0 to pi/2, of the car that fills an upright box best."""
    angles = np.radians(np.linspace(0, 90, 361))
    cos, sin = np.cos(angles), np.sin(angles)
    along_x = (width_m - CAR_WIDTH_M * sin) / np.maximum(cos, 1e-6)
    along_y = (height_m - CAR_WIDTH_M * cos) / np.maximum(sin, 1e-6)
    length = np.where(angles < np.pi / 4, along_x, along_y)
    misfit = np.hypot(length * cos + CAR_WIDTH_M * sin - width_m, length * sin + CAR_WIDTH_M * cos - height_m)
    best = int(np.argmin(misfit))
    return float(length[best]), float(angles[best])


def _diagonal(k: int, centres: Floats, angle: float, reach_px: float) -> int:
    """+1 or -1 for the diagonal on which the nearest cars stand in line with car ``k``; 0 where none does."""
    offset = centres - centres[k]
    distance = np.hypot(*offset.T)
    near = np.flatnonzero((distance > 0) & (distance < reach_px))
    if not near.size:
        return 0
    bearing = np.arctan2(offset[near, 1], offset[near, 0])
    off = {sign: np.abs(np.sin(bearing - sign * angle)).min() for sign in (1, -1)}
    if abs(off[1] - off[-1]) < np.sin(np.radians(CLEARLY_DEG)):
        return 0
    return 1 if off[1] < off[-1] else -1


def _car(centre: Floats, length_px: float, angle: float, pixel_m: float) -> shapely.Polygon:
    along = np.array([np.cos(angle), np.sin(angle)]) * length_px / 2
    across = np.array([-np.sin(angle), np.cos(angle)]) * CAR_WIDTH_M / pixel_m / 2
    return shapely.Polygon(
        [centre + along + across, centre - along + across, centre - along - across, centre + along - across]
    )
