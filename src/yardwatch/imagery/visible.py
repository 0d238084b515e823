"""How much of what is watched an image shows: the share of track that nothing hides, and what hides the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import geometry_mask
from scipy.ndimage import uniform_filter
from shapely import union_all
from shapely.geometry import LineString

from yardwatch.areas import observable_tracks, searched_mask, utm_crs
from yardwatch.areas.shapes import WGS84, reproject
from yardwatch.records import AreaVersion, Chip, Grid, Hidden, Reason

STEP_M = 2.0
NEGLIGIBLE = 1e-4  # rounding at a border
BESIDE_M: Mapping[str, float] = {"approximate": 12.0, "openstreetmap": 4.0, "surveyed": 2.5}
"""How far to both sides of a drawn track the rails may lie: the visibility of a point is that of its surroundings."""

REASONS: Mapping[Hidden, Reason] = {
    Hidden.CLOUD: Reason.CLOUD,
    Hidden.CLOUD_SHADOW: Reason.CLOUD_SHADOW,
    Hidden.CANOPY: Reason.HIDDEN_BY_CANOPY,
    Hidden.SATURATED: Reason.SATURATED,
    Hidden.HAZE: Reason.HAZE,
    Hidden.SNOW: Reason.SNOW,
}


@dataclass(frozen=True)
class Visibility:
    """What an image shows of an area version.

    Attributes:
        share: 0-1, of the observable track length, or of the searched pixels where no tracks are drawn.
        basis: "tracks" or "pixels".
        by_reason: share hidden, by reason; with ``share`` it adds up to 1.
        main_reason: the largest of them; None where everything is visible.
    """

    share: float
    basis: Literal["tracks", "pixels"]
    by_reason: Mapping[Reason, float] = field(default_factory=dict)
    main_reason: Reason | None = None


def visibility(chip: Chip, version: AreaVersion | None, searched: NDArray[np.bool_] | None = None) -> Visibility:
    """What ``chip`` shows of the observable tracks of ``version`` (permanent canopies are left out).

    Tracks are sampled every 2 m; the visibility of a sample is that of the pixels around it, within the distance by
    which tracks of that kind may be off. Without tracks it is the share of the pixels searched.

    Args:
        searched: bool (row, col); what counts as searched where there is no version (default: the whole chip).
    """
    tracks = [] if version is None or chip.grid.crs is None else observable_tracks(version, chip.grid.crs)
    if version is not None and tracks:
        points = np.concatenate([_sampled(track) for track in tracks])
        return _by_tracks(chip, points, BESIDE_M[version.tracks_kind])
    if searched is None:
        searched = np.ones(chip.valid.shape, np.bool_) if version is None else searched_mask(version, chip.grid)
    if version is not None and version.canopies:
        searched = searched & ~canopy_mask(version, chip.grid)
    total = max(int(np.count_nonzero(searched)), 1)
    return _summed(
        "pixels",
        {reason: float(np.count_nonzero(here & searched)) / total for reason, here in _causes(chip).items()}
        if searched.any()
        else {Reason.NO_DATA: 1.0},
    )


def canopy_mask(version: AreaVersion, grid: Grid) -> NDArray[np.bool_]:
    """bool (row, col): True below a permanent canopy."""
    crs = grid.crs or utm_crs(version)
    roofs = reproject(union_all(list(version.canopies)), WGS84, crs)
    if roofs.is_empty:
        return np.zeros((grid.height, grid.width), np.bool_)
    mask: NDArray[np.bool_] = geometry_mask(
        [roofs], out_shape=(grid.height, grid.width), transform=Affine(*grid.transform), invert=True
    )
    return mask


def _causes(chip: Chip) -> dict[Reason, NDArray[np.bool_]]:
    """Where each reason hides the ground; no two overlap."""
    causes = {Reason.NO_DATA: ~chip.valid}
    for code, reason in REASONS.items():
        causes[reason] = chip.valid & (chip.hidden == code)
    return causes


def _sampled(track: LineString) -> NDArray[np.float64]:
    """(n, 2) points in the middle of equal pieces of about 2 m, so that each stands for the same length."""
    pieces = max(1, round(track.length / STEP_M))
    along = (np.arange(pieces) + 0.5) / pieces
    return np.array([track.interpolate(share, normalized=True).coords[0] for share in along])


def _by_tracks(chip: Chip, points: NDArray[np.float64], beside_m: float) -> Visibility:
    grid = chip.grid
    inverse = ~Affine(*grid.transform)
    cols = np.floor(inverse.a * points[:, 0] + inverse.b * points[:, 1] + inverse.c).astype(np.int64)
    rows = np.floor(inverse.d * points[:, 0] + inverse.e * points[:, 1] + inverse.f).astype(np.int64)
    inside = (cols >= 0) & (cols < grid.width) & (rows >= 0) & (rows < grid.height)
    side = 2 * round(beside_m / grid.pixel_m) + 1
    shares = {Reason.OUTSIDE_SCENE: float(np.mean(~inside))}
    for reason, here in _causes(chip).items():
        if here.any():
            around = uniform_filter(here.astype(np.float32), side, mode="nearest")
            shares[reason] = float(np.sum(around[rows[inside], cols[inside]]) / len(points))
    return _summed("tracks", shares)


def _summed(basis: Literal["tracks", "pixels"], shares: Mapping[Reason, float]) -> Visibility:
    hidden = {reason: min(share, 1.0) for reason, share in shares.items() if share > NEGLIGIBLE}
    share = min(max(1.0 - sum(hidden.values()), 0.0), 1.0)
    main = max(hidden, key=lambda reason: hidden[reason], default=None)
    return Visibility(0.0 if share < NEGLIGIBLE else share, basis, hidden, main)
