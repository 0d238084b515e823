"""Is the share of veiling light over a picture measured right? Simulated yards under even haze, real clear pictures.

    python benchmarks/haze.py [--yards 25]
    YARDWATCH_REAL_IMAGES=FOLDER python benchmarks/haze.py --yards 0

Each yard is drawn once, 260 m wide at 0.5 m, and exposed under each haze by a camera of its own; every fourth lies
under snow. Told by haze: the measured share (median, 5th and 95th percentile), its mean absolute error, and how often
the picture is called hidden. Of real pictures, which are clear, the measured share; those of less than four hectares
are measured in spite of it.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import click
import cv2
import numpy as np
from screening import FINE_M, PIXEL_M, SIDE_M, chip_of

from yardwatch.imagery import haze, open_picture
from yardwatch.simulate.scene import Ground, Wish, draw, random_scene
from yardwatch.simulate.sensor import expose, random_sensor
from yardwatch.simulate.sky import in_season

HAZES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75)
FIRST_SEED = 7_700
SNOW = 0.7


@click.command(help=__doc__)
@click.option("--yards", default=25, show_default=True)
def main(yards: int) -> None:
    cv2.setNumThreads(1)
    found: dict[float, list[float]] = {share: [] for share in HAZES}
    for seed in range(FIRST_SEED, FIRST_SEED + yards):
        rng = np.random.default_rng([seed, 61])
        ground = draw(random_scene(seed, Wish(SIDE_M)), FINE_M, Ground())
        if seed % 4 == 0:
            ground = in_season(rng, ground, 1, SNOW)
        for share in HAZES:
            sensor = replace(random_sensor(rng, (0.4, 0.6)), haze=share)
            measured = haze.veil(chip_of(expose(rng, ground, FINE_M, sensor, PIXEL_M)))
            assert measured is not None
            found[share].append(measured)
    for share, measures in found.items() if yards else ():
        told = {
            "haze": share,
            "measured": [round(float(q), 2) for q in np.percentile(measures, [5, 50, 95])],
            "mean_absolute_error": round(float(np.mean(np.abs(np.array(measures) - share))), 3),
            "hidden": round(float(np.mean(np.array(measures) >= haze.DENSE)), 3),
        }
        click.echo(json.dumps(told))
    if real := os.environ.get("YARDWATCH_REAL_IMAGES"):
        haze.LEAST_M2 = 0.0
        for path in sorted(Path(real).rglob("*.tif")):
            if "naip" not in path.parts:
                chip = open_picture(path, 0.3 if "negatives" in path.parts else None, None, PIXEL_M).chip
                click.echo(json.dumps({"picture": path.name, "measured": round(haze.veil(chip) or 0.0, 2)}))


if __name__ == "__main__":
    main()
