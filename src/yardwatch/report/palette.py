"""Colours, chosen to be told apart by colour-blind readers: Okabe and Ito (2008), https://jfly.uni-koeln.de/color/."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import cycle
from typing import Literal

from yardwatch.records import Hidden

Theme = Literal["light", "dark", "auto"]


@dataclass(frozen=True)
class ChartColours:
    """Colours of the chart in one theme. No two are equal: in an SVG each stands for its role."""

    paper: str
    ink: str
    quiet: str
    grid: str
    band: str
    band_mean: str
    point: str
    news: str
    unusable: str
    published: str
    simulated: str


LIGHT = ChartColours(
    paper="#ffffff",
    ink="#1b1f24",
    quiet="#57606a",
    grid="#e3e6ea",
    band="#d5e4f1",
    band_mean="#8ab2d4",
    point="#0072b2",
    news="#c4420c",
    unusable="#6b7178",
    published="#8c5a7a",
    simulated="#f2d9d0",
)
DARK = ChartColours(
    paper="#14171b",
    ink="#e8eaed",
    quiet="#a6adb5",
    grid="#2b3138",
    band="#1f3a50",
    band_mean="#3f6d92",
    point="#56b4e9",
    news="#ff9060",
    unusable="#979ea6",
    published="#d9a6c6",
    simulated="#46291f",
)


def colours_of(theme: Theme) -> ChartColours:
    """The colours that a chart is drawn with; "auto" is drawn light."""
    return DARK if theme == "dark" else LIGHT


def as_variables(svg: str) -> str:
    """``svg``, drawn in the light colours, with each colour as a CSS variable that a page can set.

    The light colour stays as the fallback, so that the picture also stands alone.
    """
    for role in fields(ChartColours):
        colour: str = getattr(LIGHT, role.name)
        svg = svg.replace(f": {colour}", f": var(--chart-{role.name.replace('_', '-')}, {colour})")
    return svg


def style_sheet(colours: ChartColours) -> str:
    """CSS declarations of the chart's variables."""
    return " ".join(
        f"--chart-{role.name.replace('_', '-')}: {getattr(colours, role.name)};" for role in fields(ChartColours)
    )


_CLASS_COLOURS = {
    "freight_gondola": "#56b4e9",
    "freight_hopper": "#f0e442",
    "freight_tank": "#e69f00",
    "freight_box": "#cc79a7",
    "freight_flat": "#00d6a0",
    "freight": "#f0e442",
    "locomotive": "#ff5a1f",
    "coach": "#ffffff",
}
_SPARE = ("#56b4e9", "#f0e442", "#e69f00", "#cc79a7", "#00d6a0", "#ff5a1f", "#ffffff")


def class_colours(classes: Iterable[str]) -> dict[str, str]:
    """A colour for each class of car, bright enough to show on ballast and on shadow; known classes keep theirs."""
    chosen: dict[str, str] = {}
    ordered = sorted(classes)
    for name in ordered:
        if name in _CLASS_COLOURS:
            chosen[name] = _CLASS_COLOURS[name]
    spare = cycle([colour for colour in _SPARE if colour not in chosen.values()] or _SPARE)
    for name in ordered:
        chosen.setdefault(name, next(spare)) if name not in chosen else None
    return chosen


HIDDEN_COLOURS = {
    Hidden.CLOUD: "#ffffff",
    Hidden.CLOUD_SHADOW: "#7a5cff",
    Hidden.CANOPY: "#ff9f1c",
    Hidden.SATURATED: "#ff4fa3",
    Hidden.HAZE: "#b8e0ff",
    Hidden.SNOW: "#7fffd4",
}
INVALID_COLOUR = "#8a8f96"
