"""How well the sharpness of a picture tells its ground sample distance, on simulated chips and on labelled pictures.

    python benchmarks/sharpness.py [--chips 400] [--backgrounds DIR] [--data LABELLED]

Chips are drawn at the 0.4 m of the release. Told per GSD band: the measured over the true GSD (median, 5th and 95th
percentile), how often an honest claim is doubted, and how often a claim of half and of a third of the true GSD is.
Labelled pictures are measured as they are, and averaged to 0.8 and 1.2 m, as a picture zoomed beyond its source is.
"""

from __future__ import annotations

import json
from pathlib import Path

import click
import cv2
import numpy as np

from yardwatch.imagery import open_picture
from yardwatch.imagery.sharpness import measured_gsd_m, with_measured_gsd
from yardwatch.records import Chip, Grid
from yardwatch.simulate.chips import ChipOptions, training_chip
from yardwatch.training.labelled import labelled_pictures

BANDS_M = ((0.3, 0.45), (0.45, 0.6), (0.6, 0.9), (0.9, 1.2))
FIRST_SEED = 900_000
PIXEL_M = 0.4


def as_chip(rgb: np.ndarray, gsd_m: float) -> Chip:
    """A picture (row, col, 3) uint8 that claims ``gsd_m``, on pixels of 0.4 m."""
    rows, cols = rgb.shape[:2]
    return Chip(
        pixels=np.ascontiguousarray(rgb.transpose(2, 0, 1)),
        bands=("red", "green", "blue"),
        valid=np.ones((rows, cols), np.bool_),
        hidden=np.zeros((rows, cols), np.uint8),
        grid=Grid("EPSG:32632", (PIXEL_M, 0, 0, 0, -PIXEL_M, 0), cols, rows, PIXEL_M),
        gsd_m=gsd_m,
        effective_gsd_m=gsd_m,
        scenes=("picture",),
    )


def doubted(rgb: np.ndarray, claimed_m: float) -> bool:
    return with_measured_gsd(as_chip(rgb, claimed_m)).effective_gsd_m > claimed_m


def coarser(rgb: np.ndarray, times: int) -> np.ndarray:
    """Averaged to pixels ``times`` as large, and brought back."""
    small = cv2.resize(rgb, None, fx=1 / times, fy=1 / times, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_CUBIC))


@click.command(help=__doc__)
@click.option("--chips", default=400, show_default=True)
@click.option("--backgrounds", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--data", type=click.Path(path_type=Path, file_okay=False, exists=True))
def main(chips: int, backgrounds: Path | None, data: Path | None) -> None:
    options = ChipOptions(backgrounds=backgrounds)
    drawn = [training_chip(FIRST_SEED + number, options) for number in range(chips)]
    for low, high in BANDS_M:
        band = [chip for chip in drawn if low <= chip.gsd_m < high]
        measured = [(measured_gsd_m(as_chip(chip.rgb, chip.gsd_m)), chip) for chip in band]
        ratios = [found / chip.gsd_m for found, chip in measured if found is not None]
        told = {
            "gsd_m": [low, high],
            "chips": len(band),
            "measured": len(ratios),
            "measured_over_true": [round(float(q), 2) for q in np.percentile(ratios, [5, 50, 95])],
            "honest_claims_doubted": round(float(np.mean([doubted(chip.rgb, chip.gsd_m) for chip in band])), 3),
            "claims_of_half_doubted": round(float(np.mean([doubted(chip.rgb, chip.gsd_m / 2) for chip in band])), 3),
            "claims_of_a_third_doubted": round(float(np.mean([doubted(chip.rgb, chip.gsd_m / 3) for chip in band])), 3),
        }
        click.echo(json.dumps(told))
    for picture in labelled_pictures(data) if data is not None else ():
        opened = open_picture(picture.path, picture.gsd_m, None, PIXEL_M).chip
        rgb = np.ascontiguousarray(opened.pixels.transpose(1, 2, 0))
        found = {"as delivered": measured_gsd_m(opened)}
        found |= {f"averaged to {n * PIXEL_M:.1f} m": measured_gsd_m(as_chip(coarser(rgb, n), 0)) for n in (2, 3)}
        told = {name: None if gsd_m is None else round(gsd_m, 2) for name, gsd_m in found.items()}
        click.echo(json.dumps({"picture": picture.path.name, "claimed_m": opened.gsd_m, "measured_m": told}))


if __name__ == "__main__":
    main()
