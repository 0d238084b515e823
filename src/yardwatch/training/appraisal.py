"""All that `yardwatch evaluate` tells of a release: on labelled pictures, on simulated ones, on ground without cars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yardwatch.detection import Detector, Release
from yardwatch.simulate.yards import YardOptions
from yardwatch.training.emptiness import empty_figures, empty_yards, ground_figures, trackless_ground
from yardwatch.training.evaluate import FAINTEST, Examined, examine
from yardwatch.training.figures import calibration, class_figures, figures
from yardwatch.training.labelled import LabelledPicture, empty_pictures, labelled_pictures
from yardwatch.training.quality import BANDS_M, QUALITY_STATIONS, Held, examine_stations, held_out_yards

Progress = Callable[[int, int, str], None]
EMPTY_GSDS_M = (0.4, 0.75, 1.05)
"""At which empty yards are drawn, one for each band."""


def silent(done: int, total: int, at: str) -> None:
    """Progress that nobody follows."""


@dataclass(frozen=True, eq=False)
class Appraisal:
    """What a release was measured as on one collection of pictures, at one score threshold.

    Attributes:
        on: what the pictures are, for people.
        parts: figures of parts of the collection, each with ``on`` (a band or a picture) beside its figures.
        classes: figures by class, see :func:`class_figures`; empty where labels tell no types.
        calibration: see :func:`calibration`.
        empty: false cars where there are none; empty where that was not measured.
        seen: the pictures as they were examined, for drawing.
    """

    on: str
    threshold: float
    parts: list[dict[str, Any]] = field(default_factory=list)
    classes: dict[str, dict[str, Any]] = field(default_factory=dict)
    calibration: dict[str, Any] = field(default_factory=dict)
    empty: list[dict[str, Any]] = field(default_factory=list)
    seen: Sequence[Examined] = ()

    def plain(self) -> dict[str, Any]:
        """All but the pictures, as JSON knows it."""
        names = ("on", "threshold", "parts", "classes", "calibration", "empty")
        return {name: getattr(self, name) for name in names}


class Examiner:
    """One release with one detector that keeps faint detections too; examines pictures and shows how far it is."""

    def __init__(self, release: Release, progress: Progress = silent, threshold: float | None = None) -> None:
        self.release = release
        self.threshold = release.score_threshold if threshold is None else threshold
        self._detector = Detector(release, score_threshold=min(FAINTEST, self.threshold))
        self._progress = progress

    def all(self, pictures: Sequence[LabelledPicture]) -> list[Examined]:
        """Every picture, examined in turn."""
        seen = []
        for done, picture in enumerate(pictures):
            self._progress(done, len(pictures), picture.path.name)
            seen.append(examine(picture, self._detector))
        self._progress(len(pictures), len(pictures), "")
        return seen

    def labelled(self, folder: Path, gsd_m: float | None = None) -> Appraisal:
        """On every labelled picture of a folder: each picture, and each band of ground sample distance."""
        seen = self.all(labelled_pictures(folder, gsd_m))
        parts = [{"on": picture.name, **figures([picture], self.threshold)} for picture in seen]
        by_band = list(bands_of(seen))
        if len(seen) > 1:
            parts += [{"on": band_name(band), **figures(inside, self.threshold)} for band, inside in by_band]
        return self._appraised(f"labelled pictures of {folder.name}", parts, seen)

    def simulated(self, held: Held) -> Appraisal:
        """On simulated yards and stations that nothing was trained on, and on yards with empty tracks."""
        parts, every, empty = [], [], []
        for number, band in enumerate(BANDS_M):
            seen = self.all(held_out_yards(held, number))
            parts.append({"on": f"yards, {band_name(band)}", **figures(seen, self.threshold)})
            options = YardOptions(held.side_m, EMPTY_GSDS_M[number], held.backgrounds)
            yards = empty_yards(
                held.folder / f"empty-{round(EMPTY_GSDS_M[number] * 100)}cm", 2 * held.scenes_per_gsd, options
            )
            bare = self.all([yard.picture for yard in yards])
            empty.append({"on": f"empty yards, {band_name(band)}", **empty_figures(yards, bare, self.threshold)})
            every += seen + bare
        open_ground = self.all(
            trackless_ground(
                held.folder / "trackless", 2 * held.scenes_per_gsd, YardOptions(held.side_m, 0.5, held.backgrounds)
            )
        )
        empty.append({"on": "towns, ports and fields, 0.5 m", **ground_figures(open_ground, self.threshold)})
        every += open_ground
        if held.stations:
            stations = examine_stations(held, self.release, QUALITY_STATIONS)
            parts.append({"on": "stations, 0.5 m", **figures(stations, self.threshold)})
        return self._appraised("simulated, held out", parts, every, empty)

    def negatives(self, folder: Path, gsd_m: float | None = None) -> Appraisal:
        """On pictures of people's own ground that show no railcar."""
        seen = self.all(empty_pictures(folder, gsd_m))
        row = {"on": f"{folder.name}, no railcars", **ground_figures(seen, self.threshold)}
        return Appraisal(f"ground without railcars: {folder.name}", self.threshold, empty=[row], seen=seen)

    def _appraised(
        self, on: str, parts: list[dict[str, Any]], seen: list[Examined], empty: list[dict[str, Any]] | None = None
    ) -> Appraisal:
        classes = class_figures(seen, self.threshold)
        return Appraisal(on, self.threshold, parts, classes, calibration(seen), empty or [], seen)


def band_name(band_m: tuple[float, float]) -> str:
    """A band for people."""
    return f"{band_m[0]}-{band_m[1]} m"


def bands_of(seen: Sequence[Examined]) -> Iterable[tuple[tuple[float, float], list[Examined]]]:
    """The bands of ground sample distance that have pictures, with those; what is finer belongs to the finest."""
    for number, band in enumerate(BANDS_M):
        low = 0.0 if number == 0 else band[0]
        high = float("inf") if number == len(BANDS_M) - 1 else band[1]
        inside = [picture for picture in seen if low <= picture.gsd_m < high]
        if inside:
            yield band, inside
