"""What the network that finds tracks is taught with: chips of simulated yards, and where their tracks lie.

The chips are those of :func:`yardwatch.simulate.training_chip`; the detector's own, drawn by ``yardwatch train``, serve
here as well, since the tracks of a chip are known from its seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from yardwatch.errors import BadInput
from yardwatch.imagery.track_map import TRACK_PIXEL_M, halved, track_maps
from yardwatch.simulate.chips import ChipOptions, chip_scene, training_chip
from yardwatch.simulate.workers import drawing_pool, one_thread
from yardwatch.training.material import FIRST_VAL_SEED

Lines = list[NDArray[np.float64]]


@dataclass(frozen=True)
class TrackMaterial:
    """What to learn from.

    Attributes:
        chips: how many, of seeds from ``seed`` on.
        drawn: folder of chips that were drawn with the same options, ``<seed>.png``; what is not there is drawn.
        options: how chips are made; of 0.4 m, half the pixel that tracks are looked for at.
    """

    chips: int = 3000
    seed: int = 300_000
    drawn: Path | None = None
    options: ChipOptions = field(default_factory=ChipOptions)
    workers: int = 1

    def __post_init__(self) -> None:
        if self.seed + self.chips > FIRST_VAL_SEED:
            raise BadInput(
                f"--seed {self.seed}, --chips {self.chips}: seeds from {FIRST_VAL_SEED} on are held out to measure "
                "with; choose a lower seed or fewer chips"
            )


def track_samples(material: TrackMaterial) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pictures uint8 (n, 3, row, col), red, green, blue, and track maps uint8 (n, 2, row, col), 255 for one."""
    seeds = range(material.seed, material.seed + material.chips)
    with drawing_pool(material.workers, one_thread) as pool:
        made = list(pool.map(partial(track_sample, material), seeds, chunksize=50))
    return np.stack([picture for picture, _ in made]), np.stack([maps for _, maps in made])


def track_sample(material: TrackMaterial, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """One picture uint8 (3, row, col) and its maps uint8 (2, row, col), at :data:`TRACK_PIXEL_M`."""
    picture = halved(np.moveaxis(_chip(material, seed), 2, 0))
    side_m = material.options.size_px * material.options.pixel_m
    lines = [in_pixels(line, side_m, TRACK_PIXEL_M) for line in chip_tracks(seed, material.options)]
    maps = track_maps(lines, (picture.shape[1], picture.shape[2]), TRACK_PIXEL_M)
    return picture, np.rint(maps * 255).astype(np.uint8)


def chip_tracks(seed: int, options: ChipOptions) -> Lines:
    """Centre lines in the chip of a seed, float64 (vertex, 2), metres east and north of its centre.

    Crossovers are left out: maps of tracks often lack them.
    """
    scene = chip_scene(seed, options)
    return [] if scene is None else [track.path.points for group in scene.groups for track in group.tracks]


def in_pixels(line: NDArray[np.float64], side_m: float, pixel_m: float) -> NDArray[np.float64]:
    """Metres east and north of the centre of a square as columns and rows of its picture, both (vertex, 2)."""
    return np.stack([line[:, 0] + side_m / 2, side_m / 2 - line[:, 1]], axis=1) / pixel_m


def _chip(material: TrackMaterial, seed: int) -> NDArray[np.uint8]:
    """uint8 (row, col, 3)."""
    import cv2

    path = None if material.drawn is None else material.drawn / f"{seed:07d}.png"
    if path is None or not path.exists():
        return training_chip(seed, material.options).rgb
    image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise BadInput(f"{path}: is no picture; remove it, and it is drawn again")
    return np.asarray(image, dtype=np.uint8)
