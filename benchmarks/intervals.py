"""How often the 90 % interval of a count holds the truth: on simulated yards and stations that fixed nothing.

    python benchmarks/intervals.py FOLDER [--release NAME] [--scenes 40] [--stations 2] [--backgrounds DIR] [--json OUT]

Yards and stations of seeds that neither training nor a release's threshold and quality ever saw are drawn into FOLDER
(kept for the next call), read as the daily watch reads them, and counted. Told is, per band of ground sample distance
and by how many cars stand there, the share of pictures whose true count lies in the interval (targets: 87-94 %, below
ten cars at least 87 %), the share above and below it, and its mean width.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from yardwatch.counting.interval import Exposure, interval_90
from yardwatch.detection import Release, load_release
from yardwatch.settings import load_settings
from yardwatch.simulate.yards import YardOptions, write_scenes
from yardwatch.training.evaluate import Examined, examine_all
from yardwatch.training.labelled import simulated_pictures
from yardwatch.training.quality import BANDS_M, GSDS_M, Held, examine_stations

FIRST_SEED = 1_000_000
FIRST_STATION = 1_001
SIZES = ((0, 10), (10, 50), (50, 300))
TARGET = (0.87, 0.94)


@dataclass(frozen=True)
class Counted:
    """One picture: its band and kind, true count, count, and interval."""

    kind: str
    band: int
    true: int
    count: int
    low: int
    high: int

    @property
    def holds(self) -> bool:
        """Whether the truth lies in the interval."""
        return self.low <= self.true <= self.high


def yards(folder: Path, band: int, scenes: int, backgrounds: Path | None) -> Iterator[Path]:
    """Folders of the drawn yards of one band, one for each ground sample distance."""
    each = -(-scenes // len(GSDS_M[band]))
    for k, gsd_m in enumerate(GSDS_M[band]):
        seed = FIRST_SEED + band * 10_000 + k * 1_000
        place = folder / f"{seed}-{each}"
        if not (place / "catalog.json").exists():
            options = YardOptions(side_m=300.0, backgrounds=backgrounds)
            write_scenes(place, scenes=each, gsd_m=gsd_m, seed=seed, options=options)
        yield place


def counted(seen: list[Examined], release: Release, kind: str, band: int) -> Iterator[Counted]:
    """Each picture with the interval that the release's quality at its resolution gives its count."""
    for picture in seen:
        quality = release.quality_at(max(picture.gsd_m, release.gsd_range_m[0]))
        if quality is None:
            continue
        count = picture.count(release.score_threshold)
        low, high = interval_90(count, Exposure.from_quality(quality, picture.km2))
        yield Counted(kind, band, picture.true_count, count, low, high)


def told(rows: list[Counted]) -> dict[str, Any] | None:
    """Coverage and width of some pictures, with the standard error of the share."""
    if not rows:
        return None
    share = float(np.mean([row.holds for row in rows]))
    return {
        "pictures": len(rows),
        "holds": share,
        "standard_error": float(np.sqrt(max(share * (1 - share), 0.25 / len(rows)) / len(rows))),
        "truth_above": float(np.mean([row.true > row.high for row in rows])),
        "truth_below": float(np.mean([row.true < row.low for row in rows])),
        "mean_width": float(np.mean([row.high - row.low for row in rows])),
        "mean_true": float(np.mean([row.true for row in rows])),
    }


def table(rows: list[Counted]) -> dict[str, dict[str, Any]]:
    """What is told, by band, by how many cars stand there, and by both."""
    groups: dict[str, list[Counted]] = {}
    for row in rows:
        band = f"{BANDS_M[row.band][0]}-{BANDS_M[row.band][1]} m"
        size = next((f"{low}-{high} cars" for low, high in SIZES if low <= row.true < high), "300 cars and more")
        for name in ("all", band, size, f"{band}, {size}", row.kind):
            groups.setdefault(name, []).append(row)
    return {name: found for name in sorted(groups) if (found := told(groups[name])) is not None}


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--release", "name", help="Release; default is the one in use.")
@click.option("--scenes", default=40, show_default=True, help="Yards per band.")
@click.option("--stations", default=2, show_default=True, help="Stations, about 20 clear looks each.")
@click.option("--backgrounds", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--json", "json_path", type=click.Path(path_type=Path))
def main(folder: Path, name: str | None, scenes: int, stations: int, **asked: Path | None) -> None:
    settings = load_settings()
    release = load_release(settings.models_folder(), name or settings.release)
    rows: list[Counted] = []
    for band in range(len(BANDS_M)):
        pictures = [p for place in yards(folder, band, scenes, asked["backgrounds"]) for p in simulated_pictures(place)]
        rows += counted(examine_all(pictures, release), release, "yards", band)
    if stations:
        held = Held(folder, settings.areas_folder())
        seeds = range(FIRST_STATION, FIRST_STATION + stations)
        rows += [
            replace(row, band=0) for row in counted(examine_stations(held, release, seeds), release, "stations", 0)
        ]
    found = table(rows)
    for group, facts in found.items():
        click.echo(
            f"{group:<28} {facts['pictures']:>4} pictures, holds {facts['holds']:6.1%} "
            f"(+- {facts['standard_error']:.1%}), truth above {facts['truth_above']:.1%}, below "
            f"{facts['truth_below']:.1%}, mean width {facts['mean_width']:.1f} at {facts['mean_true']:.1f} cars"
        )
    click.echo(f"targets: {TARGET[0]:.0%}-{TARGET[1]:.0%}; below ten cars at least {TARGET[0]:.0%}")
    if asked["json_path"] is not None:
        summary = {"release": release.name, "groups": found, "pictures": [vars(row) for row in rows]}
        asked["json_path"].write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
