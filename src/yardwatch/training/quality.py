"""Quality of a release: what it finds and invents, per band of ground sample distance, from labelled pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from yardwatch.areas import find_area
from yardwatch.detection import Quality, Release
from yardwatch.simulate.demonstration import AREA, set_up, stage_at, truth_of
from yardwatch.simulate.yards import YardOptions, write_scenes
from yardwatch.training.evaluate import Examined, examine_all
from yardwatch.training.figures import best_threshold, figures
from yardwatch.training.labelled import LabelledPicture, simulated_pictures

BANDS_M = ((0.3, 0.6), (0.6, 0.9), (0.9, 1.2))
GSDS_M = ((0.3, 0.4, 0.5), (0.65, 0.75, 0.85), (0.95, 1.05, 1.15))
STATION_BAND = 0
"""The archives of a station are drawn at 0.5 m."""
THRESHOLD_STATIONS, QUALITY_STATIONS = (777, 778), (787, 788)
THRESHOLD_SEED, QUALITY_SEED = 880_000, 900_000
"""Seeds far from any training seed, and those that fix the threshold apart from those that measure."""
WIDEST_SPREAD = 0.6
"""The largest coefficient of variation that a manifest takes."""


def table(quality: Quality) -> dict[str, Any]:
    """One `[[quality]]` table, rounded to what the numbers of cars support; what was not measured is left out."""
    plain = {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(quality).items()}
    if quality.detections_per_car is None:
        del plain["detections_per_car"], plain["detections_per_car_cv"]
    return plain | {"gsd_m": list(quality.gsd_m)}


def quality_of(seen: list[Examined], band_m: tuple[float, float], threshold: float, measured_on: str) -> Quality:
    """The quality of one band from pictures that were examined in it."""
    facts = figures(seen, threshold)
    yielded = facts["per_car"]
    return Quality(
        gsd_m=band_m,
        recall=max(facts["recall"], 1e-3),
        recall_cv=min(facts["recall_cv"], WIDEST_SPREAD),
        precision=max(facts["precision"], 1e-3),
        false_positives_per_km2=facts["false_positives_per_km2"],
        cars=facts["cars"],
        scenes=facts["pictures"],
        measured_on=measured_on,
        detections_per_car=None if yielded is None else yielded[0],
        detections_per_car_cv=0.0 if yielded is None else min(yielded[1], WIDEST_SPREAD),
    )


def quality_rows(pictures: Sequence[LabelledPicture], release: Release, measured_on: str) -> list[Quality]:
    """Quality per band on any labelled pictures, at the release's own threshold; bands without cars are left out."""
    seen = examine_all(pictures, release)
    rows = []
    low, high = release.gsd_range_m
    for band in (b for b in BANDS_M if b[0] < high and b[1] > low):
        inside = [picture for picture in seen if band[0] - 0.01 <= picture.gsd_m < band[1]]
        if sum(picture.loose.cars for picture in inside):
            rows.append(quality_of(inside, band, release.score_threshold, measured_on))
    return rows


@dataclass(frozen=True)
class Held:
    """Simulated pictures held out to fix a release: where they are written, how many yards per GSD, on which ground."""

    folder: Path
    aoi_folder: Path
    scenes_per_gsd: int = 8
    backgrounds: Path | None = None
    side_m: float = 300.0
    stations: bool = True
    """Whether five years of a sparse station are drawn and measured beside the yards."""


def held_out_yards(held: Held, band: int, first_seed: int = QUALITY_SEED) -> list[LabelledPicture]:
    """The crowded yards of one band; written once."""
    pictures = []
    for k, gsd_m in enumerate(GSDS_M[band]):
        seed = first_seed + band * 1000 + k * 100
        folder = held.folder / f"{seed}"
        if not (folder / "catalog.json").exists():
            write_scenes(
                folder,
                scenes=held.scenes_per_gsd,
                gsd_m=gsd_m,
                seed=seed,
                options=YardOptions(side_m=held.side_m, backgrounds=held.backgrounds),
            )
        pictures += simulated_pictures(folder)
    return pictures


def examine_stations(held: Held, release: Release, seeds: Sequence[int]) -> list[Examined]:
    """The clear looks of a sparse station over five years, 0-73 cars, searched as the daily watch searches it."""
    pictures = []
    for seed in seeds:
        stage = stage_at(held.folder / "stations", seed)
        set_up(stage, held.aoi_folder, seed)
        clear = {
            item["id"]
            for item in truth_of(stage)["items"]
            if item["trouble"] == "none" and item["duplicate_of"] is None
        }
        pictures += [picture for picture in simulated_pictures(stage.archive) if picture.path.stem in clear]
    return examine_all(pictures, release, find_area(held.aoi_folder, AREA).versions[0])


@dataclass(frozen=True)
class Fixed:
    """A threshold and the quality per band from simulated pictures, and the figures behind them."""

    threshold: float
    rows: list[Quality]
    figures: list[dict[str, Any]]


def fix_on_simulated(release: Release, held: Held) -> Fixed:
    """Chooses the threshold on some stations and yards; measures quality on others."""
    tried = examine_stations(held, release, THRESHOLD_STATIONS)
    fewer = replace(held, scenes_per_gsd=max(1, held.scenes_per_gsd // 2))
    for band in range(len(BANDS_M)):
        tried += examine_all(held_out_yards(fewer, band, THRESHOLD_SEED), release)
    threshold = best_threshold(tried)
    rows, facts = [], []
    for band, limits in enumerate(BANDS_M):
        seen = examine_all(held_out_yards(held, band), release)
        first = QUALITY_SEED + band * 1000
        told = f"simulated yards, seeds {first}-{first + 200 + held.scenes_per_gsd - 1}"
        facts.append({"on": told, "gsd_m": limits, **figures(seen, threshold)})
        if band == STATION_BAND:
            stations = examine_stations(held, release, QUALITY_STATIONS)
            told_too = f"simulated stations, seeds {', '.join(map(str, QUALITY_STATIONS))}"
            facts.append({"on": told_too, "gsd_m": limits, **figures(stations, threshold)})
            seen, told = seen + stations, f"{told}; {told_too}"
        rows.append(quality_of(seen, limits, threshold, told))
    return Fixed(threshold, rows, facts)
