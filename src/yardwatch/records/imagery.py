"""What was imaged: scenes, their files, and the pixels of a look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from yardwatch.records.places import Grid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from shapely.geometry import MultiPolygon, Polygon


@dataclass(frozen=True, eq=False)
class Asset:
    """One file of a scene. ``role`` is "visual", "data" (raw bands) or "cloud" (a mask)."""

    href: str
    role: str
    bands: tuple[str, ...] = ()
    mask_hidden_values: tuple[int, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Scene:
    """One item of a catalog, one file, or one tile mosaic.

    Attributes:
        source: name of the configured source that found it.
        scene_id: identifier within the source.
        acquired_from, acquired_to: aware UTC, equal for a snapshot.
        pass_id: the catalog's datatake or strip id where it has one.
        gsd_m: claimed ground sample distance.
        footprint: WGS84.
        cloud_cover: share 0-1 over the whole scene as the catalog claims it, or None.
        updated: when the catalog last changed the item; a later delivery of one acquisition is preferred.
    """

    source: str
    scene_id: str
    acquired_from: datetime
    acquired_to: datetime
    platform: str
    gsd_m: float
    licence: str
    attribution: str
    footprint: Polygon | MultiPolygon
    assets: tuple[Asset, ...]
    simulated: bool = False
    pass_id: str | None = None
    cloud_cover: float | None = None
    off_nadir_deg: float | None = None
    sun_azimuth_deg: float | None = None
    sun_elevation_deg: float | None = None
    updated: datetime | None = None

    @property
    def key(self) -> str:
        """``source:scene_id``, unique in a ledger."""
        return f"{self.source}:{self.scene_id}"


class Hidden(IntEnum):
    """Why a pixel does not show the ground; 0 where it does."""

    SEEN = 0
    CLOUD = 1
    CLOUD_SHADOW = 2
    CANOPY = 3
    SATURATED = 4
    HAZE = 5
    SNOW = 6


@dataclass(frozen=True, eq=False)
class Chip:
    """Pixels of one look on the area's grid, resampled once from the native pixels.

    Attributes:
        pixels: uint8 or float32, (band, row, col), in the order of ``bands``; uint8 0-255 as a display shows it.
        bands: names such as ("red", "green", "blue").
        valid: bool, (row, col); False where no source pixel was: never black ground.
        hidden: uint8 of :class:`Hidden`, (row, col).
        grid: where it lies.
        gsd_m: claimed GSD of the coarsest scene used.
        effective_gsd_m: measured GSD, or the claimed one where it was not measured.
        scenes: keys of the scenes it was read from.
        bytes_read: bytes fetched, where the reader knows.
    """

    pixels: NDArray[Any]
    bands: tuple[str, ...]
    valid: NDArray[np.bool_]
    hidden: NDArray[np.uint8]
    grid: Grid
    gsd_m: float
    effective_gsd_m: float
    scenes: tuple[str, ...]
    bytes_read: int | None = None

    @property
    def seen(self) -> NDArray[np.bool_]:
        """bool, (row, col): valid and not hidden."""
        seen: NDArray[np.bool_] = self.valid & (self.hidden == Hidden.SEEN)
        return seen
