"""By how much a count changes when the grid of tiles is shifted; it should not, by more than 0.5 %.

    python benchmarks/tiling.py PICTURE... [--gsd 0.5] [--offsets 20] [--step 1] [--json OUT]

Each picture is read once and its freight cars are counted under random offsets of the tile grid, anything from nothing
to a whole core in both directions. `--step 32` keeps to the network's own stride, on which yardwatch aligns its tiles:
what is left then is the effect of the seams alone.
"""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from yardwatch.detection import Detector, Tiling, load_release
from yardwatch.imagery import open_picture
from yardwatch.records import FREIGHT_PREFIX
from yardwatch.settings import load_settings

TARGET = 0.005


def measure(path: Path, gsd_m: float | None, detector: Detector, offsets: list[tuple[int, int]]) -> dict[str, Any]:
    """Counts of one picture under each of ``offsets`` (rows, columns)."""
    release = detector.release
    picture = open_picture(path, gsd_m, None, release.pixel_m)
    tiling = Tiling.for_pixel(release.pixel_m)
    begun, counts = time.perf_counter(), []
    for offset in [(0, 0), *offsets]:
        found = detector.detect(picture.chip, picture.outline_mask, tiling=tiling.shifted(*offset))
        counts.append(int(found["class"].str.startswith(FREIGHT_PREFIX).sum()))
    usual, *shifted = counts
    return {
        "picture": path.name,
        "count": usual,
        "shifted": shifted,
        "largest_change": max(abs(count - usual) for count in shifted) / max(usual, 1),
        "mean_change": statistics.fmean(abs(count - usual) for count in shifted) / max(usual, 1),
        "seconds_a_count": (time.perf_counter() - begun) / len(counts),
    }


@click.command(help=__doc__)
@click.argument("pictures", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--gsd", "gsd_m", type=float, help="Metres a pixel, for pictures without georeference.")
@click.option("--offsets", default=20, show_default=True)
@click.option("--step", default=1, show_default=True, help="Offsets are multiples of this many pixels.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "json_path", type=click.Path(path_type=Path))
def main(pictures: tuple[Path, ...], gsd_m: float | None, json_path: Path | None, **draw: int) -> None:
    settings = load_settings()
    detector = Detector(load_release(settings.models_folder(), settings.release), settings.inference_threads)
    core_px = Tiling.for_pixel(detector.release.pixel_m).core_px
    random, step = np.random.default_rng(draw["seed"]), draw["step"]
    drawn = random.integers(0, core_px // step, (draw["offsets"], 2)) * step
    results = []
    for path in pictures:
        result = measure(path, gsd_m, detector, [(int(row), int(col)) for row, col in drawn])
        results.append(result)
        click.echo(
            f"{result['picture']:<40} {result['count']:>5} cars, shifted {min(result['shifted'])}-"
            f"{max(result['shifted'])}, largest change {result['largest_change']:.2%}, "
            f"mean {result['mean_change']:.2%}, {result['seconds_a_count']:.1f} s"
        )
    totals = np.sum([[result["count"], *result["shifted"]] for result in results], axis=0)
    change = np.abs(totals[1:] - totals[0]) / max(totals[0], 1)
    click.echo(
        f"all: {totals[0]} cars, largest change {change.max():.2%} (target {TARGET:.1%}), mean {change.mean():.2%}"
    )
    if json_path is not None:
        summary = {
            "release": detector.release.name,
            "step_px": step,
            "largest_change": float(change.max()),
            "mean_change": float(change.mean()),
            "pictures": results,
        }
        json_path.write_text(json.dumps(summary, indent=2) + "\n")


if __name__ == "__main__":
    main()
