"""Kinds of railway vehicles, their real dimensions and the classes a detector learns.

Lengths over couplers follow the manufacturers' and operators' tables quoted in the project's notes (gondola
12-132 13.92 m, tank 15-9049 12.02 m, container flat 14.62 m, box 11-066 14.73 m, grain hopper 14.72 m, locomotive
M62 17.55 m), with European and American kinds beside them (auto racks, well and centre-beam cars of 89, 53 and
73 ft). Bodies end about half a metre short of the coupling.
"""

from __future__ import annotations

from dataclasses import dataclass

from yardwatch.simulate.paint import (
    BEIGE,
    BLACK,
    BLUE,
    BROWN,
    DARK,
    FADED,
    GREEN,
    GREY,
    NAVY,
    OLIVE,
    ORANGE,
    PALE,
    RED,
    RUST,
    SKY,
    TAN,
    WHITE,
    YELLOW,
)
from yardwatch.simulate.solids import Rgb

CLASSES = ("freight_box", "freight_open", "freight_tank", "freight_flat", "locomotive", "coach")
FREIGHT = CLASSES[:4]


@dataclass(frozen=True)
class Kind:
    """One kind of vehicle. Lengths are over couplers, heights above the rail, all in metres."""

    name: str
    label: str
    lengths_m: tuple[float, ...]
    width_m: tuple[float, float]
    height_m: tuple[float, float]
    liveries: tuple[Rgb, ...]
    share: float
    """Among the freight cars of everyday traffic, 0-1."""
    hard_share: float = 0.0
    """The same where a detector is taught what it finds hardest: low, long and thin cars."""


KINDS = (
    Kind(
        "box",
        "freight_box",
        (14.73, 14.73, 16.97, 14.0, 15.4, 16.9, 18.3, 21.0, 10.6, 23.2),
        (2.8, 3.3),
        (3.9, 4.7),
        (BROWN, BROWN, RUST, FADED, FADED, RED, GREEN, GREY, DARK, NAVY, BEIGE, OLIVE),
        0.17,
        0.08,
    ),
    Kind(
        "sliding",
        "freight_box",
        (14.2, 15.5, 15.5, 21.7, 23.2, 14.0),
        (2.7, 3.0),
        (4.0, 4.4),
        (WHITE, WHITE, PALE, GREY, BLUE, NAVY, BEIGE, SKY, RED),
        0.09,
        0.04,
    ),
    Kind(
        "hopper",
        "freight_box",
        (14.72, 12.02, 14.0, 12.5, 16.0, 18.0, 19.8),
        (2.8, 3.25),
        (4.0, 4.7),
        (PALE, WHITE, GREY, GREY, FADED, BROWN, BEIGE, TAN, NAVY, GREEN, DARK),
        0.12,
        0.06,
    ),
    Kind(
        "gondola",
        "freight_open",
        (13.92, 13.92, 13.92, 14.04, 15.74, 12.0, 10.0, 16.2),
        (2.8, 3.16),
        (2.9, 3.8),
        (BROWN, BROWN, RUST, FADED, DARK, BLACK, GREY, NAVY, GREEN),
        0.22,
        0.18,
    ),
    Kind(
        "tank",
        "freight_tank",
        (12.02, 12.02, 12.4, 14.0, 15.3, 16.4, 18.0, 9.8),
        (2.6, 3.0),
        (3.9, 4.6),
        (BLACK, BLACK, DARK, DARK, GREY, PALE, WHITE, BEIGE, TAN, BROWN, ORANGE, BLUE),
        0.20,
        0.08,
    ),
    Kind(
        "flat",
        "freight_flat",
        (14.62, 14.62, 15.02, 18.4, 19.74, 19.74, 25.9, 27.1, 13.9, 20.7),
        (2.6, 3.0),
        (1.15, 1.3),
        (BROWN, DARK, RUST, GREY, FADED),
        0.20,
        0.38,
    ),
    Kind(
        "autorack",
        "freight_box",
        (25.9, 27.4, 27.4, 28.4),
        (3.0, 3.2),
        (4.9, 5.8),
        (PALE, PALE, GREY, FADED, WHITE, RUST, YELLOW),
        0.03,
        0.06,
    ),
    Kind(
        "well",
        "freight_flat",
        (17.4, 18.3, 20.1, 23.2),
        (2.7, 3.0),
        (0.9, 1.1),
        (RUST, DARK, GREY, YELLOW, FADED),
        0.05,
        0.08,
    ),
    Kind(
        "centre-beam",
        "freight_flat",
        (22.3, 24.4),
        (2.7, 2.9),
        (1.1, 1.25),
        (RUST, YELLOW, GREEN, FADED, RED),
        0.02,
        0.04,
    ),
    Kind(
        "locomotive",
        "locomotive",
        (17.55, 17.55, 16.9, 21.0, 12.0, 19.1, 18.9),
        (2.8, 3.2),
        (3.9, 4.5),
        (RED, GREEN, BLUE, ORANGE, YELLOW, GREY, DARK),
        0.0,
    ),
    Kind(
        "coach",
        "coach",
        (24.5, 23.9, 26.4, 25.5),
        (2.8, 3.2),
        (3.9, 4.4),
        (PALE, GREY, DARK, BLUE, GREEN, WHITE, RED, FADED),
        0.0,
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}
FREIGHT_KINDS = tuple(kind for kind in KINDS if kind.share)
