"""The one place where figures become bytes: no pyplot, no date in the file, one figure at a time.

matplotlib keeps its settings and its font cache for the whole process, so that drawing is not safe from two threads
at once: :data:`DRAWING` is held while a figure is laid out and written.
"""

from __future__ import annotations

import io
import logging
import textwrap
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yardwatch.errors import BadInput
from yardwatch.report.atomic import beside

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWING = threading.RLock()
FONT = "DejaVu Sans"
"""Comes with matplotlib, so that a picture looks the same everywhere."""
_STYLE: dict[Any, Any] = {
    "font.family": FONT,
    "font.size": 9.0,
    "svg.fonttype": "none",
    "svg.hashsalt": "yardwatch",
    "path.simplify": False,
}
_JPEG = {"quality": 90, "subsampling": 0}


def style() -> Any:
    """A context in which figures are built and saved; hold :data:`DRAWING` around it."""
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # that it builds a cache once is no news
    import matplotlib as mpl

    return mpl.rc_context(_STYLE)


def to_svg(figure: Figure) -> str:
    """The figure as an ``<svg>`` element without XML declaration, its text as text."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().replace(f"'{FONT}'", f"'{FONT}', Verdana, Arial, sans-serif")
    return text[text.index("<svg") :]


def to_file(figure: Figure, path: Path, dpi: float) -> Path:
    """Write the figure as PNG or JPEG, by the suffix of ``path``.

    Raises:
        BadInput: for another suffix.
    """
    suffix = path.suffix.lower()
    if suffix not in {".png", ".jpg", ".jpeg"}:
        raise BadInput(f"{path}: pictures are written as .png or .jpg; choose one of them")
    with beside(path) as partial:
        if suffix == ".png":
            figure.savefig(partial, dpi=dpi, format="png", metadata={"Software": "yardwatch"})
        else:
            figure.savefig(partial, dpi=dpi, format="jpeg", pil_kwargs=_JPEG)
    return path


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont(FONT))
    return frozenset(font.get_charmap())


def drawable(text: str, instead: str = "") -> str:
    """``text`` where the font has every character of it, else ``instead``: a picture holds no empty boxes."""
    with DRAWING:
        return text if all(ord(char) in _glyphs() for char in text) else instead


def plain(text: str) -> str:
    """Text from outside for a figure: a dollar sign is no formula, and a character without a glyph is a ``?``."""
    with DRAWING:
        known = "".join(char if ord(char) in _glyphs() or char == "\n" else "?" for char in text)
    return known.replace("$", r"\$")


def text_width_px(text: str, size_pt: float, dpi: float) -> float:
    """How wide ``text`` will be, in pixels."""
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont(FONT))
    font.set_size(size_pt, dpi)
    font.set_text(text)
    return float(font.get_width_height()[0]) / 64.0


def wrapped(text: str, width_px: float, size_pt: float, dpi: float) -> list[str]:
    """``text`` in lines that are at most ``width_px`` wide, broken between words where they have any."""
    widest = max(8, int(len(text) * width_px / max(text_width_px(text, size_pt, dpi), 1.0) * 0.96))
    return textwrap.wrap(text, widest) or [""]
