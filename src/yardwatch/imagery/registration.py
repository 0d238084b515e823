"""Where a picture lies against the tracks of its area: the shift that lays what is seen over what is drawn.

A network says of each pixel how likely it lies on a centre line, and on the bed that tracks lie on. The logarithm of
the odds, summed along the drawn tracks for every shift, is the logarithm of that shift's likelihood (less a constant);
its softmax says how sure the best shift is. Rails 4.5-6 m apart make neighbours of it almost as good, and only what
stands at the edges of a yard, where its spacing changes and where it fans out tells them apart: where that is not
seen, nothing is measured. Along straight tracks no shift can be seen, and none is needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.fft
from affine import Affine
from numpy.typing import NDArray
from scipy.ndimage import zoom
from shapely.geometry import LineString

from yardwatch.imagery.track_map import TRACK_PIXEL_M, halved, track_maps
from yardwatch.records import CORRECTED_UP_TO_M, Chip

PIXEL_WITHIN = 0.15
"""How far a pixel may be from the one that the network was taught at, as a share of it."""

SEARCHED_UP_TO_M = 32.0
"""Farther than what is corrected, so that a picture which lies 25 m off is told from one that lies on an alias."""

RIGHT_WITHIN_M = 1.0
SURE_FROM = 0.98
"""Share of the likelihood that must lie within :data:`RIGHT_WITHIN_M` across the tracks."""

CLEAR_FROM = 0.0
"""Mean logarithm of the odds along the tracks, at least: below it they look more like other ground than like tracks."""

LEAST_TRACK_M = 150.0
TEMPER = 30.0
"""Neighbouring pixels err together; this many of them count as one."""

USUAL_ODDS = -2.1
"""Log odds of a line in what the network was taught on, where a ninth of the map is line: where nothing is seen it says
this, and that is no evidence for or against a track (Bayes)."""

STRAIGHT_BELOW = 0.01
"""Mean squared sine of the angle between tracks and their common direction: 0.01 is about 6 degrees."""

USUAL_M = 10.0
"""Standard deviation of georeferences before anything is seen: what decides where nothing is seen, along the tracks."""

CORE_PX, HALO_PX, MOST_TILES = 224, 16, 6
REACH_PX = math.ceil(SEARCHED_UP_TO_M / TRACK_PIXEL_M)
FINER = 2
"""Scores are interpolated to this many a pixel, so that no peak falls between two."""


class TrackSight(Protocol):
    """What sees tracks in pictures; the detection room has one."""

    def logits(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """float32 (n, 2, row, col): log odds of lines and of beds, of uint8 (n, 3, row, col) at 0.8 m a pixel."""
        ...


@dataclass(frozen=True)
class Registration:
    """How a picture lies.

    Attributes:
        offset_m: east and north, metres of the grid's CRS, by which what is drawn must be moved to lie on what is seen.
        sure: 0-1, likelihood that it is right within 1 m across the tracks.
        odds: mean logarithm of the odds along the tracks there.
        track_m: length of track that was seen.
        spread_m: standard deviations of the offset, the larger first; where the first is large, only the offset across
            the tracks could be seen.
    """

    offset_m: tuple[float, float]
    sure: float
    odds: float
    track_m: float
    spread_m: tuple[float, float]

    @property
    def clear(self) -> bool:
        """Whether the offset may be believed."""
        return self.sure >= SURE_FROM and self.odds >= CLEAR_FROM and self.track_m >= LEAST_TRACK_M

    @property
    def measured_m(self) -> float | None:
        """Length of the offset in metres; None where it is not clear."""
        return math.hypot(*self.offset_m) if self.clear else None

    @property
    def corrected(self) -> bool:
        """Whether the picture is moved: the offset is clear and not beyond 15 m."""
        return self.measured_m is not None and self.measured_m <= CORRECTED_UP_TO_M


def register(
    chip: Chip, tracks: Sequence[LineString], sight: TrackSight, within: NDArray[np.bool_] | None = None
) -> Registration | None:
    """How ``chip`` lies against ``tracks``; None where it cannot be asked: no track in sight, or other pixels.

    Args:
        chip: uint8 red, green and blue of half :data:`TRACK_PIXEL_M` a pixel (within 15 %).
        tracks: in the CRS of its grid.
        within: bool (row, col) on its grid: what of the picture is looked at.
    """
    fits = abs(2 * chip.grid.pixel_m / TRACK_PIXEL_M - 1) <= PIXEL_WITHIN
    if chip.grid.crs is None or not fits or chip.pixels.dtype != np.uint8 or not tracks:
        return None
    pixel_m = 2 * chip.grid.pixel_m
    lines = [_on_grid(track, chip) for track in tracks]
    view = _View(halved(chip.pixels), _halved_mask(chip.seen if within is None else chip.seen & within), lines, pixel_m)
    tiles = view.busiest()
    if not tiles:
        return None
    score, ink = _scores(view, tiles, sight)
    if ink.max() <= 0:
        return None
    return _judged(score, ink, _crossing(lines), pixel_m)


@dataclass(frozen=True, eq=False)
class _View:
    """Picture uint8 (3, row, col), where it is seen (row, col), and tracks (vertex, 2) in its pixels."""

    picture: NDArray[np.uint8]
    seen: NDArray[np.bool_]
    lines: list[NDArray[np.float64]]
    pixel_m: float

    def busiest(self) -> list[tuple[int, int]]:
        """First row and column of the tiles with the most track in sight."""
        line = track_maps(self.lines, self.seen.shape, self.pixel_m)[0] * self.seen
        corners = [(row, col) for row in _starts(self.seen.shape[0]) for col in _starts(self.seen.shape[1])]
        share = {(row, col): float(line[row : row + CORE_PX, col : col + CORE_PX].sum()) for row, col in corners}
        full = [corner for corner in corners if share[corner] > 0]
        return sorted(full, key=lambda corner: -share[corner])[:MOST_TILES]

    def cut(self, row: int, col: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """The tile at a corner: its picture with a halo, and where its core is seen."""
        rows = np.clip(np.arange(row - HALO_PX, row + CORE_PX + HALO_PX), 0, self.seen.shape[0] - 1)
        cols = np.clip(np.arange(col - HALO_PX, col + CORE_PX + HALO_PX), 0, self.seen.shape[1] - 1)
        core = np.zeros((CORE_PX, CORE_PX), np.bool_)
        part = self.seen[row : row + CORE_PX, col : col + CORE_PX]
        core[: part.shape[0], : part.shape[1]] = part
        return self.picture[:, rows[:, None], cols[None, :]], core


def _starts(side: int) -> range:
    return range(0, side, CORE_PX)


def _scores(
    view: _View, tiles: list[tuple[int, int]], sight: TrackSight
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By shift (row, col), :data:`REACH_PX` to every side: log likelihood ratio, and pixels of line that are seen."""
    cuts = [view.cut(*tile) for tile in tiles]
    logits = sight.logits(np.stack([picture for picture, _ in cuts]))
    inner = slice(HALO_PX, HALO_PX + CORE_PX)
    side = 2 * REACH_PX + 1
    score, ink = np.zeros((side, side)), np.zeros((side, side))
    for (row, col), (_, core), logit in zip(tiles, cuts, logits, strict=True):
        evidence = np.clip(logit[0, inner, inner] - USUAL_ODDS, -6, 8) * core
        around = CORE_PX + 2 * REACH_PX
        moved = [line - (col - REACH_PX, row - REACH_PX) for line in view.lines]
        drawn = track_maps(moved, (around, around), view.pixel_m)
        line, under = _correlated(np.stack([evidence, core.astype(np.float32)]), drawn[:1])
        score += line
        ink += under
    return score, ink


def _correlated(evidence: NDArray[np.float32], drawn: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sums of ``evidence`` (n, row, col) under ``drawn`` moved by every shift, float64 (n, down, right)."""
    shape = drawn.shape[1:]
    spectrum = scipy.fft.rfft2(drawn) * np.conj(scipy.fft.rfft2(evidence, shape))
    every = scipy.fft.irfft2(spectrum, shape)[:, : 2 * REACH_PX + 1, : 2 * REACH_PX + 1]
    return np.asarray(every[:, ::-1, ::-1], np.float64)  # index k of the correlation is the shift REACH_PX - k


def _judged(
    score: NDArray[np.float64],
    ink: NDArray[np.float64],
    crossing: NDArray[np.float64],
    pixel_m: float,
) -> Registration:
    """The best shift and how sure it is.

    Args:
        crossing: (2, 2), mean of the outer products of the tracks' normals with themselves, x right and y down.
    """
    step_m = pixel_m / FINER
    fine = zoom(score, (FINER * score.shape[0] - FINER + 1) / score.shape[0], order=3, grid_mode=False)
    places = (np.arange(fine.shape[0]) - fine.shape[0] // 2) * step_m
    right, down = np.meshgrid(places, places)
    belief = fine / TEMPER - (right**2 + down**2) / (2 * USUAL_M**2)
    belief[right**2 + down**2 > SEARCHED_UP_TO_M**2] = -np.inf
    row, col = np.unravel_index(int(np.argmax(belief)), belief.shape)
    best = _peak(belief, int(row), int(col)) * step_m + (places[col], places[row])
    best = _seen_part(best, crossing)
    share = np.exp(belief - belief[row, col])
    share /= share.sum()
    off = np.stack([right - best[0], down - best[1]], axis=-1)
    across = np.sqrt(np.maximum(np.einsum("rci,ij,rcj->rc", off, crossing, off), 0))
    spread = np.sqrt(np.maximum(np.linalg.eigvalsh(np.einsum("rc,rci,rcj->ij", share, off, off)), 0))
    nearest = tuple(round(value / pixel_m) + REACH_PX for value in (best[1], best[0]))
    nearest = tuple(min(max(place, 0), 2 * REACH_PX) for place in nearest)
    seen_px = max(float(ink[nearest]), 1e-6)
    line_px = seen_px / (0.9 / pixel_m * math.sqrt(2 * math.pi))
    return Registration(
        offset_m=(float(best[0]), float(-best[1])),
        sure=float(share[across <= RIGHT_WITHIN_M].sum()),
        odds=float(score[nearest]) / seen_px,
        track_m=line_px * pixel_m,
        spread_m=(float(spread[1]), float(spread[0])),
    )


def _seen_part(shift: NDArray[np.float64], crossing: NDArray[np.float64]) -> NDArray[np.float64]:
    """``shift``; of straight tracks only what of it goes across them, since the rest is noise."""
    shares, directions = np.linalg.eigh(crossing)
    if shares[0] >= STRAIGHT_BELOW:
        return shift
    across: NDArray[np.float64] = directions[:, 1] * float(directions[:, 1] @ shift)
    return across


def _peak(values: NDArray[np.float64], row: int, col: int) -> NDArray[np.float64]:
    """(right, down) of the vertex of the paraboloid through a maximum and its eight neighbours, in steps, at most 1."""
    if not (0 < row < values.shape[0] - 1 and 0 < col < values.shape[1] - 1):
        return np.zeros(2)
    z = values[row - 1 : row + 2, col - 1 : col + 2]
    if not np.isfinite(z).all():
        return np.zeros(2)
    slope = np.array([(z[:, 2] - z[:, 0]).sum(), (z[2] - z[0]).sum()]) / 6
    xx, yy = (z[:, 0] - 2 * z[:, 1] + z[:, 2]).sum() / 3, (z[0] - 2 * z[1] + z[2]).sum() / 3
    xy = (z[2, 2] - z[2, 0] - z[0, 2] + z[0, 0]) / 4
    if xx * yy - xy * xy <= 1e-12:
        return np.zeros(2)
    return np.clip(-np.linalg.solve(np.array([[xx, xy], [xy, yy]]), slope), -1, 1)


def _crossing(lines: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    steps = np.concatenate([np.diff(line, axis=0) for line in lines])
    length = np.hypot(*steps.T)
    normal = np.stack([-steps[:, 1], steps[:, 0]], axis=1) / np.maximum(length, 1e-9)[:, None]
    return np.asarray(np.einsum("n,ni,nj->ij", length, normal, normal) / max(float(length.sum()), 1e-9))


def _halved_mask(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True where all four pixels are."""
    rows, cols = mask.shape[0] // 2, mask.shape[1] // 2
    blocks = mask[: 2 * rows, : 2 * cols].reshape(rows, 2, cols, 2)
    return np.asarray(np.all(blocks, axis=(1, 3)), np.bool_)


def _on_grid(track: LineString, chip: Chip) -> NDArray[np.float64]:
    """(vertex, 2): columns and rows of the halved picture."""
    a, b, c, d, e, f = tuple(~Affine(*chip.grid.transform))[:6]
    points = np.asarray(track.coords)[:, :2]
    return np.asarray((points @ np.array([[a, d], [b, e]]) + (c, f)) / 2, np.float64)
