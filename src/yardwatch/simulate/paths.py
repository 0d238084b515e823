"""Centre lines of tracks: points in metres (east, north), places along them, parallels beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Path:
    """A polyline. `points` is (n, 2) float64, metres east and north of the scene's centre, n >= 2."""

    points: Points

    @cached_property
    def distances_m(self) -> NDArray[np.float64]:
        """Distance of every vertex from the first, along the line, shape (n,)."""
        steps = np.hypot(*np.diff(self.points, axis=0).T)
        return np.concatenate([[0.0], np.cumsum(steps)])

    @property
    def length_m(self) -> float:
        """Length of the whole line in metres."""
        return float(self.distances_m[-1])

    def at(self, along_m: NDArray[np.float64]) -> Points:
        """Points (m, 2) at distances `along_m` (m,) from the start; clamped to the two ends."""
        east = np.interp(along_m, self.distances_m, self.points[:, 0])
        north = np.interp(along_m, self.distances_m, self.points[:, 1])
        return np.stack([east, north], axis=1)

    def chord(self, from_m: float, to_m: float) -> tuple[Points, float]:
        """Middle (2,) and heading (radians, anticlockwise from east) of the chord between two places."""
        ends = self.at(np.array([from_m, to_m]))
        delta = ends[1] - ends[0]
        return ends.mean(axis=0), float(np.arctan2(delta[1], delta[0]))


def normals(points: Points) -> Points:
    """Unit vectors (n, 2) to the left of a polyline at each of its vertices."""
    tangent = np.gradient(points, axis=0)
    tangent /= np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)[:, None]
    return np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)


def beside(points: Points, left_m: NDArray[np.float64] | float) -> Points:
    """The polyline moved to its left by `left_m` metres (one value, or one per vertex)."""
    offset = np.broadcast_to(np.asarray(left_m, dtype=float), (len(points),))[:, None]
    return np.asarray(points + normals(points) * offset)


def strip(points: Points, half_width_m: float) -> Points:
    """Outline (2n, 2) of the ribbon around a polyline."""
    return np.concatenate([beside(points, half_width_m), beside(points, -half_width_m)[::-1]])


def box_corners(centre: Points, heading_rad: float, length_m: float, width_m: float) -> Points:
    """Corners (4, 2) of an oriented rectangle, in order around it."""
    along = np.array([np.cos(heading_rad), np.sin(heading_rad)]) * length_m / 2
    across = np.array([-np.sin(heading_rad), np.cos(heading_rad)]) * width_m / 2
    return np.stack(
        [centre + along + across, centre + along - across, centre - along - across, centre - along + across]
    )
