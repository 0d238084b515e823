"""What one look showed: pixels, what of them was searched, what was found, how much was visible."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from yardwatch.detection.release import Release
from yardwatch.records import Chip, Reason


class Visibility(Protocol):
    """How much of an area a look showed; the imagery room measures it."""

    @property
    def share(self) -> float:
        """Share 0-1 of the observable track length that is visible; of valid pixels where there are no tracks."""
        ...

    @property
    def main_reason(self) -> Reason | None:
        """What hides most of the rest, or None."""
        ...


@dataclass(frozen=True, eq=False)
class Sighting:
    """What one look showed.

    Attributes:
        chip: the pixels on the area's grid.
        searched: bool (row, col) on that grid.
        detections: of :meth:`yardwatch.detection.detector.Detector.detect` on ``chip`` and ``searched``.
        visibility: how much of the area was visible.
        release: what detected.
        past: earlier clear looks of the place on the same grid, in time order, for measures that compare.
    """

    chip: Chip
    searched: NDArray[np.bool_]
    detections: gpd.GeoDataFrame
    visibility: Visibility
    release: Release
    past: tuple[Chip, ...] = ()

    @property
    def shown(self) -> NDArray[np.bool_]:
        """bool (row, col): searched, with pixels, and not hidden."""
        return self.searched & self.chip.seen

    @property
    def shown_km2(self) -> float:
        """Area that was searched and seen, square kilometres."""
        return float(np.count_nonzero(self.shown)) * self.chip.grid.pixel_m**2 / 1e6

    def visible_classes(self) -> list[str]:
        """Class of each detection whose centre lies on a pixel that was searched and seen."""
        if self.detections.empty:
            return []
        shown = self.shown
        rows, cols = self._centre_pixels()
        inside = (rows >= 0) & (rows < shown.shape[0]) & (cols >= 0) & (cols < shown.shape[1])
        seen = inside.copy()
        seen[inside] = shown[rows[inside], cols[inside]]
        return [str(name) for name in self.detections["class"].to_numpy()[seen]]

    def _centre_pixels(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """(rows, cols) of the pixels under the centres of the boxes: the affine of the grid, inverted."""
        a, b, c, d, e, f = self.chip.grid.transform
        centres = shapely.centroid(self.detections.geometry.to_numpy())
        x, y = shapely.get_x(centres) - c, shapely.get_y(centres) - f
        scale = a * e - b * d
        if not math.isfinite(scale) or scale == 0:
            raise ValueError(f"the transform {self.chip.grid.transform} maps pixels onto a line")
        cols, rows = (e * x - b * y) / scale, (a * y - d * x) / scale
        return np.floor(rows).astype(np.intp), np.floor(cols).astype(np.intp)
