"""What was seen: looks, and the observations they were read as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from yardwatch.records.imagery import Scene

Measure = Literal["count", "occupied_m", "activity"]

CORRECTED_UP_TO_M = 15.0
"""An image that lies farther beside the tracks than this is not moved onto them."""

FREIGHT_PREFIX = "freight"
"""A detection counts as a freight car when its class starts with this; locomotives and coaches do not."""


class LookState(StrEnum):
    """``unusable`` and ``observed`` are final: a time-out is not a judgement on the sky."""

    PENDING = "pending"
    FAILED = "failed"
    UNUSABLE = "unusable"
    OBSERVED = "observed"


class Reason(StrEnum):
    """The closed list of why an observation has no value."""

    NO_DATA = "no_data"
    CLOUD = "cloud"
    CLOUD_SHADOW = "cloud_shadow"
    HAZE = "haze"
    SATURATED = "saturated"
    SNOW = "snow"
    HIDDEN_BY_CANOPY = "hidden_by_canopy"
    OUTSIDE_SCENE = "outside_scene"
    TOO_LITTLE_VISIBLE = "too_little_visible"
    TOO_COARSE = "too_coarse"
    NO_AREA_VERSION = "no_area_version"
    UNREADABLE = "unreadable"
    TOO_FEW_CLEAR_LOOKS = "too_few_clear_looks"
    REVIEWER = "reviewer"


@dataclass(frozen=True, eq=False)
class Look:
    """One acquisition over one area; its key is (area, platform, pass).

    Attributes:
        look_id: ``area/platform/pass``, safe in a path.
        scenes: what it can be read from, best first; tiles and duplicate deliveries of one pass together.
        attempts: reads tried so far; ``retry_at`` is set while ``failed``.
        error: the last failure in words.
    """

    look_id: str
    area: str
    platform: str
    pass_id: str
    acquired_from: datetime
    acquired_to: datetime
    scenes: tuple[Scene, ...]
    state: LookState = LookState.PENDING
    attempts: int = 0
    retry_at: datetime | None = None
    error: str | None = None

    @property
    def simulated(self) -> bool:
        return any(scene.simulated for scene in self.scenes)


def well_placed(searched: Literal["outline", "corridor"], registration_m: float | None) -> bool:
    """Whether what was searched lies where the cars are: the whole outline, or along tracks under the picture."""
    return searched == "outline" or (registration_m is not None and registration_m <= CORRECTED_UP_TO_M)


@dataclass(frozen=True)
class Observation:
    """What a look was read as. Append-only, key (look, area_version, release, pipeline_version, revision).

    Attributes:
        value: in the unit of ``measure``; None when the imagery does not permit one, and then ``reason`` says why.
        low, high: 90 % interval for what stands in the visible part, same unit; None when the release was never
            measured. Hidden parts are never extrapolated.
        confidence: "normal", or "low" at 0.6-1.2 m and where registration or visibility is poor.
        by_class: accepted detections in the visible part by class, locomotives and coaches among them.
        visible: share 0-1 of the observable track length (of valid pixels where the area has no tracks).
        searched: "outline" where tracks are approximate or absent, else "corridor".
        recall, recall_cv, false_positives: exposure for the surge model; None when never measured.
        registration_m: how far the image lay beside the tracks, metres (across them where they are straight). Up to
            15 m it was moved onto them before it was read; None where that was not measured or not clear.
        detections_path, chip_path: relative to the data root.
        provenance: "automatic" or "review:<who>".
    """

    look_id: str
    area: str
    area_version: str
    release: str
    pipeline_version: str
    acquired_from: datetime
    acquired_to: datetime
    platform: str
    measure: Measure
    value: float | None
    low: float | None
    high: float | None
    visible: float
    gsd_m: float
    effective_gsd_m: float
    source: str
    licence: str
    attribution: str
    simulated: bool
    confidence: Literal["normal", "low"] = "normal"
    by_class: Mapping[str, int] = field(default_factory=dict)
    searched: Literal["outline", "corridor"] = "outline"
    reason: Reason | None = None
    recall: float | None = None
    recall_cv: float | None = None
    false_positives: float | None = None
    registration_m: float | None = None
    detections_path: str | None = None
    chip_path: str | None = None
    revision: int = 0
    provenance: str = "automatic"
    scene_keys: tuple[str, ...] = ()
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    bytes_read: int | None = None
    observation_id: str = ""
    recorded_at: datetime | None = None

    @property
    def well_placed(self) -> bool:
        """See :func:`well_placed`."""
        return well_placed(self.searched, self.registration_m)

    @property
    def placed(self) -> str:
        """In words, where the image lay against the tracks; empty where the tracks do not decide what is searched."""
        if self.searched == "outline" or self.value is None:
            return ""
        if self.registration_m is None:
            return "where the picture lies against the tracks is not clear"
        if not self.well_placed:
            return f"the picture lies {self.registration_m:.0f} m beside the tracks, which is not corrected"
        return f"the picture was moved {self.registration_m:.1f} m onto the tracks"

    @property
    def count(self) -> int | None:
        """Accepted freight detections in the visible part, uncorrected; None when no count is permitted."""
        if self.measure != "count" or self.value is None:
            return None
        return round(self.value)
