"""Areas: where stations lie, read from one GeoJSON file each, and the ground that is searched for cars."""

from __future__ import annotations

from yardwatch.areas.ground import (
    area_grid,
    observable_tracks,
    searched_ground,
    searched_mask,
    searched_mode,
    utm_crs,
)
from yardwatch.areas.loading import area_names, find_area, load_area, load_areas

__all__ = [
    "area_grid",
    "area_names",
    "find_area",
    "load_area",
    "load_areas",
    "observable_tracks",
    "searched_ground",
    "searched_mask",
    "searched_mode",
    "utm_crs",
]
