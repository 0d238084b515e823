"""One look becomes one observation: a value with its interval, or null with the reason; never a zero for no image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from yardwatch.counting.estimate import Estimate
from yardwatch.counting.estimators import estimator_for
from yardwatch.counting.sighting import Sighting
from yardwatch.records import Look, Measure, Observation, Reason, Scene, well_placed

MINIMUM_VISIBLE = 0.2
"""Share of the tracks below which a look is not counted, where no watch list says otherwise."""

WELL_VISIBLE = 0.8
"""Share below which a count has low confidence: whole trains stand in what is hidden."""


@dataclass(frozen=True)
class LookProvenance:
    """Where an observation comes from.

    Attributes:
        look: what was looked at.
        area_version: hash of the geometry in force, empty where there was none.
        pipeline_version: of the code and settings that read it.
        searched: "outline" where tracks are approximate or absent, else "corridor".
        registration_m: by how much the image lay beside the tracks, metres, before it was moved; None where that was
            not measured or not clear.
    """

    look: Look
    area_version: str
    pipeline_version: str
    searched: Literal["outline", "corridor"] = "outline"
    registration_m: float | None = None


def count_look(
    sighting: Sighting,
    provenance: LookProvenance,
    *,
    measure: Measure = "count",
    minimum_visible: float = MINIMUM_VISIBLE,
) -> Observation:
    """The observation of a look that was read.

    Args:
        sighting: what it showed.
        provenance: where it comes from.
        measure: which estimator reads it.
        minimum_visible: share of the tracks below which the value is null.

    Raises:
        BadInput: for an unknown measure, listing the known ones.
    """
    estimate = estimator_for(measure).estimate(sighting)
    blind = _why_blind(sighting, minimum_visible)
    if blind is not None and estimate.reason in (None, Reason.TOO_FEW_CLEAR_LOOKS, Reason.TOO_LITTLE_VISIBLE):
        estimate = Estimate(value=None, reason=blind)
    chip, exposure = sighting.chip, estimate.exposure
    return Observation(
        **_origin(provenance, chip.scenes),
        release=sighting.release.name,
        measure=measure,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        visible=sighting.visibility.share,
        gsd_m=chip.gsd_m,
        effective_gsd_m=chip.effective_gsd_m,
        confidence=_confidence(estimate, sighting.visibility.share, provenance),
        by_class=estimate.by_class,
        reason=estimate.reason,
        recall=None if exposure is None else exposure.recall,
        recall_cv=None if exposure is None else exposure.recall_cv,
        false_positives=None if exposure is None else exposure.false_positives,
        bytes_read=chip.bytes_read,
    )


def unusable_look(
    provenance: LookProvenance, release: str, reason: Reason, *, measure: Measure = "count"
) -> Observation:
    """The observation of a look that gave no pixels at all: nothing visible, no value, and why."""
    gsd_m = max((scene.gsd_m for scene in provenance.look.scenes), default=float("nan"))
    return Observation(
        **_origin(provenance, tuple(scene.key for scene in provenance.look.scenes)),
        release=release,
        measure=measure,
        value=None,
        low=None,
        high=None,
        visible=0.0,
        gsd_m=gsd_m,
        effective_gsd_m=gsd_m,
        confidence="low",
        reason=reason,
    )


def _why_blind(sighting: Sighting, minimum_visible: float) -> Reason | None:
    """Why too little was visible for any value, or None when enough was."""
    share = sighting.visibility.share
    if share > 0 and share >= minimum_visible and sighting.shown.any():
        return None
    if sighting.visibility.main_reason is not None:
        return sighting.visibility.main_reason
    if not (sighting.searched & sighting.chip.valid).any():
        return Reason.NO_DATA
    return Reason.TOO_LITTLE_VISIBLE


def _confidence(estimate: Estimate, visible: float, provenance: LookProvenance) -> Literal["normal", "low"]:
    placed = well_placed(provenance.searched, provenance.registration_m)
    sure = estimate.value is not None and estimate.confident and visible >= WELL_VISIBLE and placed
    return "normal" if sure else "low"


def _origin(provenance: LookProvenance, read: tuple[str, ...]) -> dict[str, Any]:
    """The fields of an observation that say where it comes from; ``read`` are keys of the scenes it was read from."""
    look = provenance.look
    scenes = [scene for scene in look.scenes if scene.key in read] or list(look.scenes)
    return {
        "look_id": look.look_id,
        "area": look.area,
        "area_version": provenance.area_version,
        "pipeline_version": provenance.pipeline_version,
        "acquired_from": look.acquired_from,
        "acquired_to": look.acquired_to,
        "platform": look.platform,
        "source": _each_once(scenes, "source"),
        "licence": _each_once(scenes, "licence"),
        "attribution": _each_once(scenes, "attribution"),
        "simulated": any(scene.simulated for scene in scenes),
        "searched": provenance.searched,
        "registration_m": provenance.registration_m,
        "scene_keys": tuple(scene.key for scene in scenes),
    }


def _each_once(scenes: Sequence[Scene], field: Literal["source", "licence", "attribution"]) -> str:
    return "; ".join(dict.fromkeys(getattr(scene, field) for scene in scenes))
