"""A model release: weights with the facts that decide whether and how they may be used.

Releases lie in ``models/<name>/`` as ``manifest.toml``, the weights and ``CARD.md``; ``models/current.toml`` names
the one in use. A release is verified before it is used, so that a count never stands on weights that nobody measured.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from yardwatch.detection.manifest import Manifest, QualityTable, read_manifest
from yardwatch.errors import BadRelease

MANIFEST = "manifest.toml"
CURRENT = "current.toml"
_GSD_TOLERANCE_M = 1e-6


@dataclass(frozen=True)
class Quality:
    """What was measured of a release in one band of ground sample distance.

    Attributes:
        gsd_m: lower and upper end of the band, both inclusive.
        recall: share of the true freight cars that are found; ``recall_cv`` is the standard deviation of that share
            from scene to scene over its mean.
        precision: share of the accepted freight detections that are freight cars.
        false_positives_per_km2: accepted freight detections that are none, per square kilometre searched and seen.
        cars, scenes: how much it was measured on; ``measured_on`` says what.
        detections_per_car: accepted freight detections on and beside cars, over the cars: what is missed and what is
            doubled together. None where it was not measured; then the recall stands for it.
        detections_per_car_cv: its standard deviation from scene to scene over its mean.
    """

    gsd_m: tuple[float, float]
    recall: float
    recall_cv: float
    precision: float
    false_positives_per_km2: float
    cars: int
    scenes: int
    measured_on: str
    detections_per_car: float | None = None
    detections_per_car_cv: float = 0.0


@dataclass(frozen=True)
class Release:
    """A verified release.

    Attributes:
        name: its folder's name; ``folder`` is that folder.
        sha256: of the weights, as verified.
        classes: in the order of the network's scores; ``bands`` in the order of its input.
        pixel_m: size of a pixel it reads; ``tile_px`` is the side of the tiles it was trained on.
        gsd_range_m: ground sample distances it may be used for, metres, both inclusive.
        score_threshold: detections below it are not accepted.
        suppression_iou: of two boxes whose rotated IoU is above it, one is a duplicate.
        quality: by band of ground sample distance, finest first; empty when never measured.
        max_box_difference_px, max_score_difference: export against checkpoint; None when never compared.
    """

    name: str
    folder: Path
    created: date
    licence: str
    architecture: str
    weights: str
    sha256: str
    classes: tuple[str, ...]
    bands: tuple[str, ...]
    pixel_m: float
    tile_px: int
    gsd_range_m: tuple[float, float]
    score_threshold: float
    suppression_iou: float
    training_data: str
    quality: tuple[Quality, ...] = ()
    max_box_difference_px: float | None = None
    max_score_difference: float | None = None

    @property
    def weights_path(self) -> Path:
        """The weights, an ONNX file."""
        return self.folder / self.weights

    @property
    def card_path(self) -> Path:
        """The model card, Markdown for people."""
        return self.folder / "CARD.md"

    def quality_at(self, gsd_m: float) -> Quality | None:
        """What was measured at ``gsd_m``; where two bands touch, the finer one. None where nothing was measured."""
        for quality in self.quality:
            low, high = quality.gsd_m
            if low - _GSD_TOLERANCE_M <= gsd_m <= high + _GSD_TOLERANCE_M:
                return quality
        return None


@dataclass(frozen=True)
class ReleaseSummary:
    """One line of a list of releases; ``problem`` says why it cannot be used, None when it can."""

    name: str
    current: bool
    created: date | None
    architecture: str | None
    licence: str | None
    gsd_range_m: tuple[float, float] | None
    measured: bool
    problem: str | None


def load_release(folder: Path, name: str | None = None) -> Release:
    """The release ``name`` below ``folder``, or the one that ``current.toml`` names; verified.

    Verified are manifest, checksum, classes, bands and GSD range here; whether the network's output fits the classes
    is checked when the network is first opened, because that starts the inference runtime.

    Raises:
        BadRelease: naming file, field and mend; for an unknown name, the known ones.
    """
    chosen = name if name is not None else current_release(folder)
    known = _release_names(folder)
    if chosen not in known:
        wanted = "" if name is not None else f" (named in {folder / CURRENT})"
        raise BadRelease(f"no model release {chosen!r}{wanted} in {folder}; known: {', '.join(known) or 'none'}")
    manifest = read_manifest(folder / chosen / MANIFEST)
    _verify_weights(folder / chosen, manifest)
    return _release(folder / chosen, manifest)


def current_release(folder: Path) -> str:
    """The name that ``current.toml`` in ``folder`` holds.

    Raises:
        BadRelease: when the file is missing or says nothing.
    """
    path = folder / CURRENT
    try:
        chosen = tomllib.loads(path.read_text(encoding="utf-8")).get("release")
    except FileNotFoundError:
        raise BadRelease(f'{path}: missing; write release = "<name>" into it, or set YARDWATCH_RELEASE') from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadRelease(f'{path}: {error}; it should hold the one line release = "<name>"') from None
    if not isinstance(chosen, str) or not chosen:
        raise BadRelease(f'{path}: release: names none; it should hold the one line release = "<name>"')
    return chosen


def list_releases(folder: Path) -> list[ReleaseSummary]:
    """Every release below ``folder`` by name; one that cannot be used is listed with its problem."""
    try:
        current = current_release(folder)
    except BadRelease:
        current = ""
    return [_summary(folder / name, name == current) for name in _release_names(folder)]


def _release_names(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}"))


def _summary(folder: Path, current: bool) -> ReleaseSummary:
    manifest, problem = None, None
    try:
        manifest = read_manifest(folder / MANIFEST)
        _verify_weights(folder, manifest)
    except BadRelease as error:
        problem = str(error)
    if manifest is None:
        return ReleaseSummary(folder.name, current, None, None, None, None, False, problem)
    return ReleaseSummary(
        name=folder.name,
        current=current,
        created=manifest.created,
        architecture=manifest.architecture,
        licence=manifest.licence,
        gsd_range_m=manifest.gsd_range_m,
        measured=bool(manifest.quality),
        problem=problem,
    )


def _verify_weights(folder: Path, manifest: Manifest) -> None:
    path = folder / manifest.weights
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadRelease(
            f"{path}: weights cannot be read ({error.strerror}); put the release's folder back whole"
        ) from None
    if digest != manifest.sha256:
        raise BadRelease(
            f"{path}: sha256 is {digest[:12]}..., the manifest says {manifest.sha256[:12]}...; "
            "these are not the weights that were measured: fetch them again or release the model anew"
        )


def _release(folder: Path, manifest: Manifest) -> Release:
    facts = manifest.model_dump(exclude={"quality", "export"})
    export = manifest.export
    return Release(
        folder=folder,
        quality=tuple(_quality(table) for table in manifest.quality),
        max_box_difference_px=None if export is None else export.max_box_difference_px,
        max_score_difference=None if export is None else export.max_score_difference,
        **facts,
    )


def _quality(table: QualityTable) -> Quality:
    return Quality(**table.model_dump())
