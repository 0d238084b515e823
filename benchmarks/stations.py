"""Counts against truth over a sweep of score thresholds, on simulated archives of a station.

    python benchmarks/stations.py [--seed 777] [--seeds 2] [--root DIR]

Sparse stations are what the daily watch sees; the dense yards of `accuracy.py` are not. Prints, for each threshold, the
mean signed and absolute count error over usable looks, the error on the full look of 5 October, and strays (detections
farther than 3 m from every true car) per square kilometre.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
import geopandas as gpd
import numpy as np

from yardwatch.areas import area_grid, find_area, searched_mask
from yardwatch.detection import Detector, load_release
from yardwatch.imagery import open_picture
from yardwatch.records import FREIGHT_PREFIX
from yardwatch.settings import load_settings
from yardwatch.simulate.demonstration import AREA, set_up, stage_at, truth_of

CLEAR = ("", "none", "clear", None)


@click.command(help=__doc__)
@click.option("--seed", default=777, show_default=True)
@click.option("--seeds", default=2, show_default=True)
@click.option("--root", type=click.Path(path_type=Path), default=Path(tempfile.gettempdir()) / "yardwatch-stations")
def main(seed: int, seeds: int, root: Path) -> None:
    settings = load_settings()
    release = load_release(settings.models_folder(), settings.release)
    detector = Detector(release, score_threshold=0.05)
    version = find_area(settings.areas_folder(), AREA).versions[0]
    searched = searched_mask(version, area_grid(version, release.pixel_m))
    km2 = float(searched.sum()) * release.pixel_m**2 / 1e6
    looks = []
    for number in range(seed, seed + seeds):
        stage = stage_at(root, number)
        set_up(stage, settings.areas_folder(), number)
        for item in truth_of(stage)["items"]:
            if item["trouble"] not in CLEAR or item["duplicate_of"]:
                continue
            path = next(stage.archive.rglob(f"{item['id']}.tif"))
            picture = open_picture(path, None, version, release.pixel_m)
            found = detector.detect(picture.chip, searched)
            found = found[found["class"].str.startswith(FREIGHT_PREFIX)]
            cars = gpd.read_parquet(stage.archive / "truth" / f"{item['id']}.parquet").to_crs(found.crs)
            near = found.sjoin_nearest(cars[["geometry"]], max_distance=3.0, how="left") if len(cars) else found
            known = near.index_right.notna() if len(cars) else near["score"] < 0
            stray = ~known.groupby(level=0).any()
            looks.append((item["freight_visible"], found["score"].to_numpy(), found["score"][stray].to_numpy()))
    for threshold in np.arange(0.10, 0.60, 0.03):
        errors = np.array([(scores >= threshold).sum() - true for true, scores, _ in looks], dtype=float)
        full = np.array([true >= 60 for true, _, _ in looks])
        strays = sum(int((stray >= threshold).sum()) for _, _, stray in looks) / (km2 * len(looks))
        click.echo(
            f"{threshold:.2f}: {len(looks)} looks, signed {errors.mean():+.2f}, absolute {np.abs(errors).mean():.2f}, "
            f"full looks {errors[full].mean():+.1f}, strays {strays:.1f} per km2"
        )


if __name__ == "__main__":
    main()
