"""Things that stand up: upright blocks over four-cornered outlines, kept as arrays for quick drawing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from yardwatch.simulate.paths import Points, box_corners

Rgb = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Solids:
    """n blocks: `corners` (n, 4, 2) metres, `base_m`/`top_m` (n,), colours (n, 3) 0-255, `casts` (n,) bool."""

    corners: NDArray[np.float64]
    base_m: NDArray[np.float64]
    top_m: NDArray[np.float64]
    rgb: NDArray[np.float64]
    wall_rgb: NDArray[np.float64]
    casts: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.base_m)

    def pick(self, chosen: NDArray[np.bool_]) -> Solids:
        """The blocks where `chosen` (n,) is true, in their order."""
        return Solids(
            self.corners[chosen],
            self.base_m[chosen],
            self.top_m[chosen],
            self.rgb[chosen],
            self.wall_rgb[chosen],
            self.casts[chosen],
        )


@dataclass
class Pile:
    """Collects blocks one by one; `solids()` freezes them."""

    corners: list[Points] = field(default_factory=list)
    rows: list[tuple[float, ...]] = field(default_factory=list)

    def add(self, corners: Points, heights_m: tuple[float, float], rgb: Rgb, casts: bool = True) -> None:
        """A block from `heights_m[0]` to `heights_m[1]`; its walls are darker than its top."""
        self.corners.append(corners)
        self.rows.append((*heights_m, *rgb, float(casts)))

    def box(self, place: tuple[float, float, float], size: tuple[float, float, float], rgb: Rgb) -> None:
        """A block on the ground: `place` is east, north, heading (radians); `size` length, width, height."""
        centre = np.array(place[:2])
        self.add(box_corners(centre, place[2], size[0], size[1]), (0.0, size[2]), rgb)

    def solids(self) -> Solids:
        """Everything collected, as arrays."""
        rows = np.array(self.rows, dtype=float).reshape(-1, 6)
        corners = np.array(self.corners, dtype=float).reshape(-1, 4, 2)
        return Solids(corners, rows[:, 0], rows[:, 1], rows[:, 2:5], rows[:, 2:5] * 0.62, rows[:, 5] > 0)


def together(groups: list[Solids]) -> Solids:
    """Several groups as one, in order."""
    return Solids(
        *(
            np.concatenate([getattr(g, name) for g in groups])
            for name in ("corners", "base_m", "top_m", "rgb", "wall_rgb", "casts")
        )
    )
