"""Blocks of the annotated picture: the image with its boxes, scale and north, and the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from yardwatch.errors import BadInput
from yardwatch.records import FREIGHT_PREFIX, Chip
from yardwatch.report import canvas
from yardwatch.report.bearings import north_on_screen, round_length_m, to_pixels
from yardwatch.report.palette import class_colours
from yardwatch.report.pixels import Window, as_rgb, resized, unseen_shares, with_marks
from yardwatch.report.sheet import DPI, INK, MARGIN_PX, QUIET, Pen
from yardwatch.report.wording import percent

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

NOT_COUNTED = "not counted"
_ROW_PX = 22
_SWATCH_PX = 22


@dataclass(frozen=True, eq=False)
class Boxes:
    """Outlines of detections in pixels of the chip.

    Attributes:
        corners: per detection float64 (point, 2) of (col, row).
        names: class of each, or "not counted".
        colours: by name.
    """

    corners: tuple[NDArray[np.float64], ...] = ()
    names: tuple[str, ...] = ()
    colours: dict[str, str] | None = None

    @classmethod
    def of(cls, chip: Chip, detections: GeoDataFrame | None) -> Boxes:
        """From detections in the CRS of the chip's grid.

        Raises:
            BadInput: for detections without the column ``class``.
        """
        if detections is None or len(detections) == 0:
            return cls()
        if "class" not in detections:
            raise BadInput(f"detections have columns {', '.join(map(str, detections.columns))}; add the column 'class'")
        corners = []
        for outline in detections.geometry:
            x, y = np.asarray(outline.exterior.coords, dtype=np.float64)[:, :2].T
            corners.append(to_pixels(chip.grid, x, y))
        counted = detections["counted"] if "counted" in detections else [_is_seen(chip, c) for c in corners]
        names = [str(n) if c else NOT_COUNTED for n, c in zip(detections["class"], counted, strict=True)]
        return cls(tuple(corners), tuple(names), class_colours({*names} - {NOT_COUNTED}) | {NOT_COUNTED: QUIET})

    def centres(self) -> NDArray[np.float64]:
        """float64 (detection, 2) of (col, row)."""
        return np.array([c[:4].mean(axis=0) for c in self.corners]).reshape(-1, 2)

    def key(self) -> list[tuple[str, str, int]]:
        """(name, colour, how many), freight first and the commonest of it first."""
        numbers = {name: self.names.count(name) for name in self.names}
        order = sorted(numbers, key=lambda n: (n == NOT_COUNTED, not n.startswith(FREIGHT_PREFIX), -numbers[n], n))
        return [(name, (self.colours or {})[name], numbers[name]) for name in order]


def _is_seen(chip: Chip, corners: NDArray[np.float64]) -> bool:
    """Whether the centre of a box lies on a pixel that shows the ground: the rule by which cars are counted."""
    col, row = np.floor(corners[:4].mean(axis=0)).astype(int)
    inside = 0 <= row < chip.valid.shape[0] and 0 <= col < chip.valid.shape[1]
    return bool(inside and chip.seen[row, col])


def windows_of(chip: Chip, boxes: Boxes, max_px: int) -> tuple[Window, ...]:
    """What to show: all of the chip, and where that must shrink by a fifth or more, the densest part at full size."""
    height, width = chip.valid.shape
    fit = max_px / max(height, width)
    whole = Window(0, 0, height, width, float(min(2, int(fit))) if fit >= 1 else fit)
    if fit > 0.8 or not boxes.corners:
        return (whole,)
    part_width, part_height = min(width, whole.shown_px[1]), min(height, max_px // 3)
    centres = boxes.centres()
    inside = (np.abs(centres[:, None, :] - centres[None]) <= (part_width / 2, part_height / 2)).all(axis=2)
    col, row = centres[int(inside.sum(axis=1).argmax())]
    left = int(np.clip(col - part_width / 2, 0, width - part_width))
    top = int(np.clip(row - part_height / 2, 0, height - part_height))
    return whole, Window(top, left, part_height, part_width, 1.0)


@dataclass(frozen=True, eq=False)
class Panel:
    """A window of the chip with its boxes; ``framed`` is outlined on it."""

    chip: Chip
    boxes: Boxes
    window: Window
    framed: Window | None = None

    def height(self, width: int) -> int:
        return self.window.shown_px[0]

    def draw(self, pen: Pen, top: int) -> None:
        window = self.window
        left = (pen.width - window.shown_px[1]) // 2
        pen.image(left, top, with_marks(resized(as_rgb(self.chip), window), self.chip, window))
        self._draw_boxes(pen, left, top)
        if self.framed is not None:
            x, y = left + self.framed.col * window.scale, top + self.framed.row * window.scale
            size = self.framed.width * window.scale, self.framed.height * window.scale
            pen.box(x, y, *size, facecolor="none", edgecolor=INK, linewidth=1.2)

    def _draw_boxes(self, pen: Pen, left: int, top: int) -> None:
        from matplotlib.patches import Polygon

        window = self.window
        thin_px = 1.3 if window.scale >= 2 else 1.0 if window.scale >= 1 else 0.8
        clip = (left, top, window.shown_px[1], window.shown_px[0])
        for corners, name in zip(self.boxes.corners, self.boxes.names, strict=True):
            points = (corners - (window.col, window.row)) * window.scale + (left, top)
            dashes = ":" if name == NOT_COUNTED else "-" if name.startswith(FREIGHT_PREFIX) else "--"
            colour = (self.boxes.colours or {})[name]
            outline = Polygon(points, fill=False, edgecolor=colour, linewidth=thin_px * 72 / DPI, linestyle=dashes)
            pen.add(outline, clip)


@dataclass(frozen=True, eq=False)
class Bearings:
    """Scale bar and true north, for the windows above."""

    chip: Chip
    windows: tuple[Window, ...]

    def height(self, width: int) -> int:
        return 44

    def draw(self, pen: Pen, top: int) -> None:
        window, middle = self.windows[-1], top + 22
        screen_m = self.chip.grid.pixel_m / window.scale
        length_m = round_length_m(max(0.3 * min(pen.width, window.shown_px[1]) * screen_m, screen_m))
        right = MARGIN_PX + length_m / screen_m
        pen.line(
            [MARGIN_PX, MARGIN_PX, right, right], [middle - 5, middle + 3, middle + 3, middle - 5], color=INK, lw=1.2
        )
        zoom = f"{window.scale:.2g} screen pixel{'' if window.scale == 1 else 's'} to {self.chip.grid.pixel_m:.2g} m"
        which = " (detail)" if len(self.windows) > 1 else ""
        pen.text(right + 10, middle, f"{length_m:g} m{which}; {zoom}", color=INK)
        self._draw_north(pen, pen.width - MARGIN_PX - 20, middle)

    def _draw_north(self, pen: Pen, x: float, y: float) -> None:
        north = north_on_screen(self.chip.grid)
        if north is None:
            pen.text(x + 20, y, "north unknown: no georeference", color=QUIET, ha="right")
            return
        from matplotlib.patches import FancyArrowPatch

        along, up = north
        tail, tip = (x - 15 * along, y + 15 * up), (x + 15 * along, y - 15 * up)
        pen.add(FancyArrowPatch(tail, tip, arrowstyle="-|>", mutation_scale=12, color=INK, linewidth=1.4))
        pen.text(x - 22, y, "true N", color=INK, ha="right")


@dataclass(frozen=True, eq=False)
class Key:
    """What the colours and stripes mean, with numbers."""

    chip: Chip
    boxes: Boxes

    def height(self, width: int) -> int:
        return max((row for _, row in self._places(width)), default=-1) * _ROW_PX + _ROW_PX + 4

    def draw(self, pen: Pen, top: int) -> None:
        for (words, colour, style), (x, row) in zip(self._items(), self._places(pen.width), strict=True):
            y = top + row * _ROW_PX + _ROW_PX / 2
            if style:
                hatch = {"hatch": "////", "facecolor": "#3a4048", "edgecolor": colour, "linewidth": 0.0}
                pen.box(x, y - 6, _SWATCH_PX, 12, **hatch)
            else:
                dashes = ":" if words.startswith(NOT_COUNTED) else "-" if words.startswith(FREIGHT_PREFIX) else "--"
                pen.box(x, y - 5, _SWATCH_PX, 10, facecolor="none", edgecolor=colour, linewidth=1.2, linestyle=dashes)
            pen.text(x + _SWATCH_PX + 6, y, words.replace("_", " "))

    def _items(self) -> list[tuple[str, str, bool]]:
        """(words, colour, striped)."""
        cars = [(f"{name}: {number}", colour, False) for name, colour, number in self.boxes.key()]
        unseen = [
            (f"{name}: {percent(share)} of the picture", colour, True)
            for name, (colour, share) in unseen_shares(self.chip).items()
        ]
        return cars + unseen

    def _places(self, width: int) -> list[tuple[float, int]]:
        """(x, row) of each item."""
        places, x, row = [], float(MARGIN_PX), 0
        for words, _, _ in self._items():
            wide = _SWATCH_PX + 6 + canvas.text_width_px(words, 9.5, DPI) + 22
            if x > MARGIN_PX and x + wide > width - MARGIN_PX:
                x, row = float(MARGIN_PX), row + 1
            places.append((x, row))
            x += wide
        return places
