"""Quality tables of a release: what it finds and invents, per band of ground sample distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yardwatch.detection import Release
from yardwatch.simulate.yards import YardOptions, write_scenes
from yardwatch.training.evaluate import Examined, best_threshold, examine_all, figures
from yardwatch.training.labelled import LabelledPicture, simulated_pictures

BANDS_M = ((0.3, 0.6), (0.6, 0.9), (0.9, 1.2))
GSDS_M = ((0.3, 0.4, 0.5), (0.65, 0.75, 0.85), (0.95, 1.05, 1.15))
THRESHOLD_SEED, QUALITY_SEED = 880_000, 900_000  # far from any training seed, and from each other


@dataclass(frozen=True)
class QualityRow:
    """One `[[quality]]` table of a manifest; `gsd_m` in metres, the rest as the manifest says."""

    gsd_m: tuple[float, float]
    recall: float
    recall_cv: float
    precision: float
    false_positives_per_km2: float
    cars: int
    scenes: int
    measured_on: str
    detections_per_car: float | None = None

    def table(self) -> dict[str, Any]:
        """As plain values, rounded to what the numbers of cars support."""
        return {
            "gsd_m": list(self.gsd_m),
            "recall": round(self.recall, 4),
            "recall_cv": round(self.recall_cv, 4),
            "precision": round(self.precision, 4),
            "false_positives_per_km2": round(self.false_positives_per_km2, 2),
            "cars": self.cars,
            "scenes": self.scenes,
            "measured_on": self.measured_on,
        } | ({} if self.detections_per_car is None else {"detections_per_car": round(self.detections_per_car, 4)})


def row_of(seen: list[Examined], band_m: tuple[float, float], threshold: float, measured_on: str) -> QualityRow:
    """The quality of one band from pictures that were examined in it."""
    facts = figures(seen, threshold)
    return QualityRow(
        band_m,
        max(facts["recall"], 1e-3),
        facts["recall_cv"],
        max(facts["precision"], 1e-3),
        facts["false_positives_per_km2"],
        facts["cars"],
        facts["pictures"],
        measured_on,
        facts["detections_per_car"],
    )


def quality_rows(pictures: Sequence[LabelledPicture], release: Release, measured_on: str) -> list[QualityRow]:
    """Quality per band on any labelled pictures, at the release's own threshold; bands without cars are left out."""
    seen = examine_all(pictures, release)
    rows = []
    low, high = release.gsd_range_m
    for band in (b for b in BANDS_M if b[0] < high and b[1] > low):
        inside = [picture for picture in seen if band[0] - 0.01 <= picture.gsd_m < band[1]]
        if sum(picture.loose.cars for picture in inside):
            rows.append(row_of(inside, band, release.score_threshold, measured_on))
    return rows


@dataclass(frozen=True)
class Held:
    """Simulated scenes held out to fix a release: how many per GSD, where they are written, on which ground."""

    folder: Path
    scenes_per_gsd: int = 12
    backgrounds: Path | None = None
    side_m: float = 300.0


def held_out(held: Held, first_seed: int, band: int) -> list[LabelledPicture]:
    """The scenes of one band, from seeds never trained on; written once."""
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


@dataclass(frozen=True)
class Fixed:
    """A threshold and quality tables from simulated scenes, and the figures behind them per band."""

    threshold: float
    rows: list[QualityRow]
    figures: list[dict[str, Any]]


def fix_on_simulated(release: Release, held: Held) -> Fixed:
    """Chooses the threshold on one set of held-out scenes and measures quality on another."""
    tuning = [picture for band in range(2) for picture in held_out(held, THRESHOLD_SEED, band)]
    threshold = best_threshold(examine_all(tuning, release))
    rows, facts = [], []
    for band, limits in enumerate(BANDS_M):
        seen = examine_all(held_out(held, QUALITY_SEED, band), release)
        seeds = f"{QUALITY_SEED + band * 1000}-{QUALITY_SEED + band * 1000 + 200 + held.scenes_per_gsd - 1}"
        rows.append(row_of(seen, limits, threshold, f"simulated held-out scenes, seeds {seeds}"))
        facts.append({"gsd_m": limits, **figures(seen, threshold)})
    return Fixed(threshold, rows, facts)
