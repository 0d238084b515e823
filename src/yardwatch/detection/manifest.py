"""``manifest.toml`` of a model release: what the file may hold, and what is wrong with it where.

The file is an edge, so pydantic reads it; :mod:`yardwatch.detection.release` turns it into a frozen dataclass. Fields
that this version does not know are left alone: a newer trainer may write more.
"""

from __future__ import annotations

import tomllib
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from yardwatch.errors import BadRelease
from yardwatch.records import FREIGHT_PREFIX

Share = Annotated[float, Field(gt=0, le=1)]
GsdBand = tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]


def _ascending(band: GsdBand) -> GsdBand:
    if band[0] >= band[1]:
        raise ValueError(f"the lower end {band[0]} must be below the upper end {band[1]}")
    return band


class QualityTable(BaseModel):
    """One ``[[quality]]`` table: what was measured in one band of ground sample distance."""

    model_config = ConfigDict(frozen=True)

    gsd_m: GsdBand
    recall: Share
    recall_cv: float = Field(ge=0, le=0.6)
    precision: Share
    false_positives_per_km2: float = Field(ge=0)
    cars: int = Field(ge=1)
    scenes: int = Field(ge=1)
    measured_on: str = Field(min_length=1)
    detections_per_car: float | None = Field(None, gt=0)
    detections_per_car_cv: float = Field(0.0, ge=0, le=0.6)

    _ordered = field_validator("gsd_m")(_ascending)


class ExportTable(BaseModel):
    """``[export]``: how far the exported network strays from the checkpoint it came from."""

    model_config = ConfigDict(frozen=True)

    max_box_difference_px: float = Field(ge=0)
    max_score_difference: float = Field(ge=0)


class Manifest(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    created: date
    licence: str = Field(min_length=1)
    architecture: str = Field(min_length=1)
    weights: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    classes: tuple[str, ...] = Field(min_length=1)
    bands: tuple[str, ...] = Field(min_length=1)
    pixel_m: float = Field(gt=0)
    tile_px: int = Field(gt=0, multiple_of=32)
    gsd_range_m: GsdBand
    score_threshold: Share
    suppression_iou: Share
    training_data: str = Field(min_length=1)
    quality: tuple[QualityTable, ...] = ()
    export: ExportTable | None = None

    _ordered = field_validator("gsd_range_m")(_ascending)

    @field_validator("classes", "bands")
    @classmethod
    def _named_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError("a name stands there twice; list each once")
        return names

    @field_validator("classes")
    @classmethod
    def _counts_something(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        if not any(name.startswith(FREIGHT_PREFIX) for name in classes):
            raise ValueError(f"no class starts with {FREIGHT_PREFIX!r}, so nothing would ever be counted; name one so")
        return classes

    @field_validator("quality")
    @classmethod
    def _bands_apart(cls, quality: tuple[QualityTable, ...]) -> tuple[QualityTable, ...]:
        ordered = tuple(sorted(quality, key=lambda table: table.gsd_m))
        for finer, coarser in pairwise(ordered):
            if coarser.gsd_m[0] < finer.gsd_m[1]:
                raise ValueError(f"the bands gsd_m = {finer.gsd_m} and {coarser.gsd_m} overlap; let them touch at most")
        return ordered


def read_manifest(path: Path) -> Manifest:
    """Read and validate ``path``.

    Raises:
        BadRelease: naming file, field and mend.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadRelease(f"{path}: there is no manifest; put the release's folder back whole") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadRelease(f"{path}: cannot be read as TOML: {error}; put the release's folder back whole") from None
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        raise BadRelease(f"{path}: {_explain(error)}; correct the manifest or release the model again") from None
    if manifest.name != path.parent.name:
        raise BadRelease(
            f"{path}: name: says {manifest.name!r} in a folder named {path.parent.name!r}; let the two agree"
        )
    return manifest


def _explain(error: ValidationError) -> str:
    first: Any = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {str(first['msg']).removeprefix('Value error, ')}"
