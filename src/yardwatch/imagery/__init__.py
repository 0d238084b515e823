"""Imagery: scenes found in catalogs and folders, read once onto an area's grid, and screened.

The only room that opens rasters from outside. A source is one file and one line in :mod:`yardwatch.imagery.source`.
"""

from __future__ import annotations

from yardwatch.imagery.estimating import Estimate, estimate
from yardwatch.imagery.mosaic import read_look
from yardwatch.imagery.passes import group_into_looks
from yardwatch.imagery.picture import Picture, open_picture, picture_time
from yardwatch.imagery.screening import screen
from yardwatch.imagery.source import ImagerySource, open_source, preset, resolve_sources
from yardwatch.imagery.visible import Visibility, visibility

__all__ = [
    "Estimate",
    "ImagerySource",
    "Picture",
    "Visibility",
    "estimate",
    "group_into_looks",
    "open_picture",
    "open_source",
    "picture_time",
    "preset",
    "read_look",
    "resolve_sources",
    "screen",
    "visibility",
]
