"""Colours of rolling stock (RGB, 0-255, in full sun) and what lies over them."""

from __future__ import annotations

from dataclasses import dataclass

from yardwatch.simulate.solids import Rgb

BROWN, FADED, RUST = (106, 78, 64), (136, 118, 104), (136, 88, 64)
BLACK, DARK, GREY, PALE = (54, 53, 55), (78, 76, 77), (132, 132, 130), (182, 180, 174)
WHITE, BEIGE, TAN, RED = (226, 226, 224), (196, 182, 154), (196, 150, 108), (176, 66, 54)
NAVY, BLUE, SKY, GREEN, OLIVE = (62, 72, 112), (78, 96, 150), (126, 152, 182), (74, 108, 86), (104, 106, 80)
YELLOW, ORANGE, TEAL = (208, 176, 66), (212, 122, 50), (72, 128, 132)
DUST = (112, 100, 88)
"""Brake dust and soil of no yard in particular."""


@dataclass(frozen=True)
class Film:
    """What lies over all of a car, load and fittings: a colour and how much of the paint it covers, 0-1."""

    rgb: Rgb = DUST
    cover: float = 0.0


CLEAN = Film()
