"""Turns a checkpoint into a release: exported, compared, measured where there are labels, described."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import tomlkit
from numpy.typing import NDArray

from yardwatch.detection import Quality, Release, load_release
from yardwatch.errors import BadInput, BadRelease
from yardwatch.records import FREIGHT_PREFIX
from yardwatch.training.export import Parity, check_classes, checkpoint_classes, export_onnx, parity
from yardwatch.training.journal import pixel_of_run, record_of
from yardwatch.training.labelled import LabelledPicture, labelled_pictures
from yardwatch.training.quality import quality_rows, table

MAX_WEIGHTS_MB = 12
UNTOLD_PIXEL_M = 0.5
"""Pixel of a checkpoint whose run told none, unless --pixel says otherwise."""
UNCOUNTED = ("locomotive", "coach", "other")
"""Classes that are listed beside the count and never in it."""


@dataclass(frozen=True)
class ReleaseRequest:
    """What a release is made of. `pixel_m` and `gsd_range_m` are metres; `data` a folder of labelled pictures."""

    checkpoint: Path
    name: str
    classes: tuple[str, ...]
    gsd_range_m: tuple[float, float]
    pixel_m: float = 0.5
    data: Path | None = None
    architecture: str = "yolo11n-obb"
    training_data: str = "the user's own; not told"
    tile_px: int = 320
    score_threshold: float = 0.3
    licence: str = "AGPL-3.0-or-later"

    @classmethod
    def parse(
        cls,
        checkpoint: Path,
        *,
        name: str,
        classes: str,
        gsd_range: str,
        pixel_m: float | None = None,
        data: Path | None = None,
    ) -> ReleaseRequest:
        """From the words of a command line; the pixel size is that of the checkpoint's run where none is given.

        Raises:
            BadInput: naming the option and the mend.
        """
        if not checkpoint.is_file():
            raise BadInput(f"{checkpoint}: there is no such checkpoint; give an Ultralytics .pt file")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise BadInput(f"--name {name}: use letters, digits, dots and dashes")
        found = re.fullmatch(r"\s*([0-9.]+)\s*-\s*([0-9.]+)\s*", gsd_range)
        if not found or float(found[1]) >= float(found[2]):
            raise BadInput(f"--gsd {gsd_range}: give two ascending numbers in metres, such as 0.3-1.2")
        names = class_list(classes)
        size_m = pixel_m if pixel_m is not None else pixel_of_run(checkpoint)
        return cls(
            checkpoint,
            name,
            names,
            (float(found[1]), float(found[2])),
            UNTOLD_PIXEL_M if size_m is None else size_m,
            data,
            training_data=told_data(checkpoint),
        )


def class_list(classes: str) -> tuple[str, ...]:
    """The class names of a command line, each one that the count knows what to do with.

    Raises:
        BadInput: naming the class, and those that are known.
    """
    names = tuple(part.strip() for part in classes.split(",") if part.strip())
    if not names:
        raise BadInput("--classes: name at least one, in the checkpoint's order")
    unknown = [name for name in names if not name.startswith(FREIGHT_PREFIX) and name not in UNCOUNTED]
    if unknown:
        raise BadInput(
            f"--classes {classes}: {', '.join(unknown)} is not known; freight cars are called freight_..., others "
            f"{', '.join(UNCOUNTED)}"
        )
    return names


def told_data(checkpoint: Path) -> str:
    """What the record of a checkpoint's run says it was trained on, in one line."""
    facts = record_of(checkpoint)
    material = facts.get("material", {})
    parts = []
    if "simulated" in material:
        first, last = material["simulated"]["training_seeds"]
        parts.append(f"simulated chips of seeds {first}-{last}")
    parts += [f"{own['chips']} chips of {Path(own['folder']).name}" for own in material.get("own", [])]
    hours = sum(part.get("hours", 0.0) for part in facts.get("parts", []))
    return f"{'; '.join(parts)}; {hours:.1f} hours" if parts else "the user's own; not told"


def make_release(request: ReleaseRequest, folder: Path) -> Path:
    """Makes `folder/<name>/` with weights, manifest and card; returns it. Nothing half made is left behind.

    Raises:
        BadInput: when the name is taken, or the classes are not those of the checkpoint.
        BadRelease: when the export strays from its checkpoint or is too large.
    """
    target = folder / request.name
    if target.exists():
        raise BadInput(f"{target}: there is a release of this name; choose another, releases do not change")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as place:
        made = Path(place) / request.name
        made.mkdir()
        check_classes(request.classes, checkpoint_classes(request.checkpoint), request.checkpoint)
        _export(request, made)
        write_manifest(made, manifest(request, made / "model.onnx"))
        release = load_release(made.parent, request.name)
        found = parity(request.checkpoint, release, comparison_chips(request))
        rows = _measured(request, release)
        write_manifest(made, manifest(request, made / "model.onnx", found, rows))
        (made / "CARD.md").write_text(card(request, rows), encoding="utf-8")
        load_release(made.parent, request.name)
        shutil.move(str(made), target)
    return target


def _export(request: ReleaseRequest, made: Path) -> None:
    export_onnx(request.checkpoint, made / "model.onnx", request.tile_px)
    size_mb = (made / "model.onnx").stat().st_size / 1e6
    if size_mb > MAX_WEIGHTS_MB:
        raise BadRelease(
            f"{request.checkpoint}: its export takes {size_mb:.1f} MB, at most {MAX_WEIGHTS_MB} may be "
            "released; train a smaller model"
        )


def _measured(request: ReleaseRequest, release: Release) -> list[Quality]:
    if request.data is None:
        return []
    pictures: list[LabelledPicture] = labelled_pictures(request.data, request.pixel_m)
    return quality_rows(pictures, release, f"labelled pictures of {request.data.name}")


def comparison_chips(request: ReleaseRequest) -> NDArray[np.float32]:
    """Eight chips float32 (8, 3, n, n), 0-1: simulated yards and noise, the same for every release."""
    from yardwatch.simulate.chips import ChipOptions, training_chip

    options = ChipOptions(size_px=request.tile_px, pixel_m=request.pixel_m)
    chips = [training_chip(990_000 + k, options).rgb for k in range(7)]
    chips.append(np.random.default_rng(0).integers(0, 256, chips[0].shape, dtype=np.uint8))
    shares: NDArray[np.float32] = np.stack(chips).transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
    return np.ascontiguousarray(shares)


def manifest(
    request: ReleaseRequest, weights: Path, found: Parity | None = None, rows: list[Quality] | None = None
) -> dict[str, Any]:
    """The manifest as plain values, in the order in which it is written."""
    facts: dict[str, Any] = {
        "name": request.name,
        "created": datetime.now(UTC).date().isoformat(),
        "licence": request.licence,
        "architecture": request.architecture,
        "weights": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "classes": list(request.classes),
        "bands": ["red", "green", "blue"],
        "pixel_m": request.pixel_m,
        "tile_px": request.tile_px,
        "gsd_range_m": list(request.gsd_range_m),
        "score_threshold": request.score_threshold,
        "suppression_iou": 0.3,
        "training_data": request.training_data,
    }
    if rows:
        facts["quality"] = [table(row) for row in rows]
    if found is not None:
        facts["export"] = {
            "max_box_difference_px": round(found.max_box_difference_px, 6),
            "max_score_difference": round(found.max_score_difference, 8),
        }
    return facts


def write_manifest(made: Path, facts: dict[str, Any]) -> None:
    """Writes `manifest.toml`, beside first, then renamed."""
    part = made / "manifest.toml.part"
    part.write_text(tomlkit.dumps(facts), encoding="utf-8")
    part.replace(made / "manifest.toml")


def requalify(release: Release, threshold: float, rows: list[Quality]) -> None:
    """Writes a threshold and quality tables into the manifest of a release that is not in use yet."""
    path = release.folder / "manifest.toml"
    facts = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
    facts["score_threshold"] = threshold
    export = facts.pop("export", None)
    facts["quality"] = [table(row) for row in rows]
    if export is not None:
        facts["export"] = export
    write_manifest(release.folder, facts)


def card(request: ReleaseRequest, rows: list[Quality], notes: str = "") -> str:
    """The card: what the model is for, what it was made of, how well it does, where it fails."""
    low, high = request.gsd_range_m
    lines = [
        f"# {request.name}",
        "",
        f"Finds railcars as oriented boxes on overhead pictures of {low}-{high} m ground sample distance, read at "
        f"{request.pixel_m} m a pixel. Architecture {request.architecture}, licence {request.licence}.",
        "",
        f"Classes: {', '.join(request.classes)}. What starts with `freight_` is counted.",
        "",
        f"Trained on: {request.training_data}.",
        "",
        "## Measured",
        "",
    ]
    lines += quality_lines(rows) if rows else ["Never measured on labelled pictures: its counts carry no interval."]
    lines += [
        "",
        "## Use",
        "",
        "Intended: counts of standing freight cars in yards and stations, read by a person who can look at the "
        "picture. Not intended: decisions about people, targeting, or counts nobody checks. Cars under roofs, "
        "clouds or tarpaulins over several cars are not seen; direction of travel and cargo are not told.",
        "",
    ]
    return "\n".join(lines) + notes


def quality_lines(rows: list[Quality]) -> list[str]:
    """The quality tables for people."""
    head = [
        "| GSD m | cars | scenes | recall | its spread | precision | detections per car | its spread | "
        "strays per km2 | measured on |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    return head + [
        f"| {row.gsd_m[0]}-{row.gsd_m[1]} | {row.cars} | {row.scenes} | {row.recall:.3f} | {row.recall_cv:.3f} | "
        f"{row.precision:.3f} | {_or_dash(row.detections_per_car)} | {row.detections_per_car_cv:.3f} | "
        f"{row.false_positives_per_km2:.1f} | {row.measured_on} |"
        for row in rows
    ]


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
