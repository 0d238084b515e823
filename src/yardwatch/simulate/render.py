"""Draws a scene at a fine pixel: ground, tracks, shadows, cars and everything that stands beside them.

Shadows are cast on levels: the ground, decks and platforms (about 1.2 m), loads and the rims of open cars, roofs, and
the roofs of tall cars. What shades a level stands higher than everything on it, so that a flat car between two box
cars lies in shade while no roof darkens itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from yardwatch.simulate.ground import Image
from yardwatch.simulate.layout import Track, TrackBed
from yardwatch.simulate.light import Light
from yardwatch.simulate.paths import Path, Points, beside, normals
from yardwatch.simulate.solids import Rgb, Solids

SHIFT = 4  # sub-pixel bits of OpenCV's rasteriser
LEVELS_M = (  # tops from, below; shaded at
    (0.0, 0.6, 0.0),
    (0.6, 2.0, 1.2),
    (2.0, 3.4, 2.7),
    (3.4, 4.8, 4.0),
    (4.8, 6.4, 5.5),
    (6.4, 1e9, 1e9),
)


@dataclass(frozen=True, eq=False)
class Canvas:
    """A picture being drawn: uint8 (rows, cols, 3) RGB, north up, `fine_m` metres a pixel.

    `west_m`, `north_m` are the scene coordinates of the outer corner of its first pixel.
    """

    rgb: Image
    west_m: float
    north_m: float
    fine_m: float

    def pixels(self, points: Points) -> NDArray[np.int32]:
        """Points (..., 2) in metres as OpenCV fixed-point pixels (pixel centres at whole numbers)."""
        col = (points[..., 0] - self.west_m) / self.fine_m - 0.5
        row = (self.north_m - points[..., 1]) / self.fine_m - 0.5
        return np.round(np.stack([col, row], axis=-1) * (1 << SHIFT)).astype(np.int32)

    def fill(self, outline: Points, rgb: Rgb) -> None:
        """A flat patch of ground."""
        cv2.fillPoly(self.rgb, [self.pixels(outline)], _colour(rgb), cv2.LINE_AA, SHIFT)

    def stroke(self, lines: Points, rgb: Rgb, width_m: float) -> None:
        """Lines (n, vertices, 2) of one colour; at least one pixel wide."""
        if len(lines):
            thick = max(1, round(width_m / self.fine_m))
            cv2.polylines(self.rgb, list(self.pixels(lines)), False, _colour(rgb), thick, cv2.LINE_AA, SHIFT)


def _colour(rgb: Rgb) -> tuple[float, float, float]:
    return (min(255.0, rgb[0]), min(255.0, rgb[1]), min(255.0, rgb[2]))


def draw_tracks(canvas: Canvas, tracks: list[Track]) -> None:
    """Beds, sleepers and rails of a group of tracks."""
    for track in tracks:
        canvas.stroke(track.path.points[None], track.bed.bed, track.bed.bed_width_m)
    for track in tracks:
        canvas.stroke(_sleepers(canvas, track), track.bed.sleeper, 0.26)
    for track in tracks:
        draw_rails(canvas, track.path, track.bed)


def draw_rails(canvas: Canvas, path: Path, bed: TrackBed) -> None:
    """The two rails of one line."""
    half = bed.gauge_m / 2
    canvas.stroke(np.stack([beside(path.points, half), beside(path.points, -half)]), bed.rail, 0.12)


def _sleepers(canvas: Canvas, track: Track) -> Points:
    along = np.arange(0, track.path.length_m, track.bed.pitch_m)
    middle = track.path.at(along)
    height, width = canvas.rgb.shape[0] * canvas.fine_m, canvas.rgb.shape[1] * canvas.fine_m
    east, north = middle[:, 0] - canvas.west_m, canvas.north_m - middle[:, 1]
    middle = middle[(east > -2) & (east < width + 2) & (north > -2) & (north < height + 2)]
    if len(middle) < 2:
        return np.empty((0, 2, 2))
    reach = normals(middle) * 1.28
    return np.stack([middle - reach, middle + reach], axis=1)


def draw_solids(canvas: Canvas, solids: Solids, light: Light) -> None:
    """Shadows and blocks, level by level from the ground up; blocks of one level in their order."""
    for lowest, below, shaded_at in LEVELS_M:
        level = (solids.top_m >= lowest) & (solids.top_m < below)
        drawn = np.zeros(canvas.rgb.shape[:2], np.uint8)
        _draw_level(canvas, solids.pick(level), light, drawn)
        if lowest == 0:
            drawn[:] = 255
        if shaded_at < 100 and (lowest == 0 or level.any()):
            shadow = shadow_mask(canvas, solids.pick(solids.top_m >= below), light, shaded_at)
            _shade(canvas, shadow & drawn, light)


def shadow_mask(canvas: Canvas, solids: Solids, light: Light, height_m: float) -> Image:
    """255 where something higher keeps the sun from a surface `height_m` above the ground, as it appears."""
    mask = np.zeros(canvas.rgb.shape[:2], np.uint8)
    high = solids.pick(solids.casts & (solids.top_m > height_m))
    if not len(high):
        return mask
    reach, lean = light.shadow_per_m, light.lean_per_m * height_m
    near = high.corners + reach * np.maximum(high.base_m - height_m, 0)[:, None, None] + lean
    far = high.corners + reach * (high.top_m - height_m)[:, None, None] + lean
    for ring in canvas.pixels(np.concatenate([near, far], axis=1)):
        cv2.fillConvexPoly(mask, cv2.convexHull(ring), 255, cv2.LINE_8, SHIFT)
    return mask


def _shade(canvas: Canvas, mask: Image, light: Light) -> None:
    """Darkens the canvas where the mask is set."""
    table = np.arange(256)[:, None] * np.array(light.shade_rgb)
    table = np.clip(table, 0, 255).astype(np.uint8)[None]
    cv2.copyTo(cv2.LUT(canvas.rgb, table), mask, canvas.rgb)


def _draw_level(canvas: Canvas, solids: Solids, light: Light, drawn: Image) -> None:
    lean = light.lean_per_m
    tops = solids.corners + lean * solids.top_m[:, None, None]
    feet = solids.corners + lean * solids.base_m[:, None, None]
    top_px, foot_px = canvas.pixels(tops), canvas.pixels(feet)
    leaning = float(np.hypot(*lean)) > 0.03
    lit = float(light.shadow_per_m @ lean) > 0  # sun and sensor on one side: we see the sunny walls
    walls = solids.wall_rgb * (1.25 if lit else 0.45)
    for k in range(len(solids)):
        if leaning and solids.top_m[k] > solids.base_m[k]:
            hull = cv2.convexHull(np.concatenate([top_px[k], foot_px[k]]))
            cv2.fillConvexPoly(canvas.rgb, hull, _colour(tuple(walls[k])), cv2.LINE_AA, SHIFT)
            cv2.fillConvexPoly(drawn, hull, 255, cv2.LINE_8, SHIFT)
        cv2.fillConvexPoly(canvas.rgb, top_px[k], _colour(tuple(solids.rgb[k])), cv2.LINE_AA, SHIFT)
        cv2.fillConvexPoly(drawn, top_px[k], 255, cv2.LINE_8, SHIFT)
