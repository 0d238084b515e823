"""Where map tiles lie: the web Mercator pyramid that XYZ services and WMTS share."""

from __future__ import annotations

import math
from dataclasses import dataclass

EQUATOR_M = 2 * math.pi * 6_378_137.0  # web Mercator takes the Earth for a sphere of this radius (EPSG:3857)


@dataclass(frozen=True)
class TileSpan:
    """Tiles from ``left`` to below ``right`` and ``top`` to below ``bottom``, at one zoom level."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def tiles(self) -> list[tuple[int, int]]:
        return [(x, y) for y in range(self.top, self.bottom) for x in range(self.left, self.right)]


def ground_pixel_m(zoom: int, latitude_deg: float, tile_px: int) -> float:
    """Size of a pixel on the ground, metres: the equator over 2^zoom tiles, shrunk by the cosine of the latitude.

    Source: OGC 07-057r7 (WMTS), annex E.4, well-known scale set GoogleMapsCompatible; Snyder, Map Projections (1987),
    p. 44: the scale of Mercator grows with the secant of the latitude.
    """
    size_m: float = EQUATOR_M * math.cos(math.radians(latitude_deg)) / (2**zoom * tile_px)
    return size_m


def quadkey(x: int, y: int, zoom: int) -> str:
    """The digits of a tile in a quadtree, coarsest first."""
    return "".join(str((x >> bit & 1) + 2 * (y >> bit & 1)) for bit in range(zoom - 1, -1, -1))
