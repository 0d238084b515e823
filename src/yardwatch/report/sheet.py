"""The layout of the annotated picture: blocks one below the other, measured in whole pixels of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from yardwatch.report import canvas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

DPI = 100.0
MARGIN_PX = 14
PAPER, INK, QUIET, ALARM = "#14171b", "#f1f3f5", "#b9c0c8", "#ff9060"


class Pen:
    """Draws on a figure in pixels from its top left corner."""

    def __init__(self, width: int, height: int) -> None:
        from matplotlib.figure import Figure

        self.width, self.height = width, height
        self.figure: Figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=PAPER)

    def add(self, artist: Any, clip: tuple[float, float, float, float] | None = None) -> None:
        """Put an artist whose coordinates are (x from the left, y from the top); ``clip`` is (x, y, width, height)."""
        from matplotlib.patches import Rectangle

        artist.set_transform(self._down())
        self.figure.add_artist(artist, clip=False)
        if clip is not None:
            x, y, width, height = clip
            artist.set_clip_path(Rectangle((x, y), width, height, transform=self._down()))

    def text(self, x: float, y: float, words: str, size_pt: float = 9.5, **style: Any) -> None:
        """One line of text, ``y`` its middle."""
        from matplotlib.text import Text

        style.setdefault("color", INK)
        self.add(Text(x, y, canvas.plain(words), fontsize=size_pt, va="center", **style))

    def image(self, x: int, y: int, pixels: Any) -> None:
        """uint8 (row, col, 3), pixel for pixel, its upper left corner at (x, y)."""
        self.figure.figimage(pixels, x, self.height - y - pixels.shape[0], origin="upper")

    def box(self, x: float, y: float, width: float, height: float, **style: Any) -> None:
        """A rectangle."""
        from matplotlib.patches import Rectangle

        self.add(Rectangle((x, y), width, height, **style))

    def line(self, xs: Sequence[float], ys: Sequence[float], **style: Any) -> None:
        """A line through points."""
        from matplotlib.lines import Line2D

        self.add(Line2D(xs, ys, **style))

    def _down(self) -> Any:
        from matplotlib.transforms import Affine2D

        return Affine2D().scale(1, -1).translate(0, self.height)


class Block(Protocol):
    """A strip of the sheet, as wide as the sheet."""

    def height(self, width: int) -> int:
        """Pixels that it takes."""

    def draw(self, pen: Pen, top: int) -> None:
        """Draw it below ``top``."""


@dataclass(frozen=True)
class Words:
    """A paragraph, wrapped to the sheet."""

    text: str
    size_pt: float = 9.5
    colour: str = INK
    bold: bool = False

    def height(self, width: int) -> int:
        return len(self._lines(width)) * self._line_px() + 3

    def draw(self, pen: Pen, top: int) -> None:
        for index, line in enumerate(self._lines(pen.width)):
            middle = top + (index + 0.5) * self._line_px()
            weight = "bold" if self.bold else "normal"
            pen.text(MARGIN_PX, middle, line, self.size_pt, color=self.colour, fontweight=weight)

    def _lines(self, width: int) -> list[str]:
        room = (width - 2 * MARGIN_PX) / (1.12 if self.bold else 1.0)
        return canvas.wrapped(self.text, room, self.size_pt, DPI)

    def _line_px(self) -> int:
        return round(self.size_pt * DPI / 72 * 1.35)


@dataclass(frozen=True)
class Banner:
    """A warning across the whole sheet."""

    text: str

    def height(self, width: int) -> int:
        return 30

    def draw(self, pen: Pen, top: int) -> None:
        pen.box(0, top, pen.width, 26, facecolor=ALARM, edgecolor="none")
        pen.text(MARGIN_PX, top + 13, self.text, 10.5, color="#14171b", fontweight="bold")


@dataclass(frozen=True)
class Gap:
    """Empty space."""

    pixels: int = 8

    def height(self, width: int) -> int:
        return self.pixels

    def draw(self, pen: Pen, top: int) -> None:
        return None


def lay_out(blocks: Sequence[Block], width: int) -> Figure:
    """The blocks, from top to bottom, on a sheet ``width`` pixels wide."""
    pen = Pen(width, sum(block.height(width) for block in blocks))
    top = 0
    for block in blocks:
        block.draw(pen, top)
        top += block.height(width)
    return pen.figure
