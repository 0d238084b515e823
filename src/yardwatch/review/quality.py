"""Measured quality: what reviewed looks say of a release, and what that teaches the intervals of the next counts.

A reviewed look tells which of its freight detections were cars, which were none, and which cars nobody detected.

Model of :func:`learnt`. The release was measured elsewhere, with recall r and from scene to scene a coefficient of
variation c: the recall of one more place is Beta(r s, (1 - r) s) with s = (1 - r) / (r c^2) - 1. That is the prior.
Cars of one look are found or missed together, so n cars of L looks say less than n apart would; a beta-binomial of
size s has intra-class correlation 1 / (s + 1), and the counts are divided by the design effect
1 + (n / L - 1) / (s + 1) (Kish 1965, Survey Sampling, 5.4). The posterior is the Beta that the divided counts make of
the prior (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.4). Precision likewise, with the same size. False
positives per square kilometre: a Poisson rate whose Gamma prior has the release's mean and is worth at most
:data:`PRIOR_FALSE_POSITIVES` of them, so that a handful of looks at other ground can move it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from yardwatch.detection.release import Quality
from yardwatch.records import FREIGHT_PREFIX, Observation
from yardwatch.review.boxes import ADDED

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

LEAST_LOOKS, LEAST_CARS = 5, 30
"""Reviewed looks, and cars on them, below which nothing is learnt: one look is one scene, however many cars it has."""
PRIOR_FALSE_POSITIVES = 5.0
LEAST_CV, MOST_CV = 0.02, 0.6
LEAST_SIZE, MOST_SIZE = 2.0, 500.0


@dataclass(frozen=True)
class Tally:
    """One reviewed look against what was detected on it; freight cars in the visible part only.

    Attributes:
        found: detections that stand; ``invented`` those that were rejected; ``missed`` boxes that were added.
        retyped: of those found, the ones whose type was wrong.
        shown_km2: ground that was searched and seen, square kilometres.
        gsd_m: the larger of the claimed and the measured one.
    """

    look_id: str
    area: str
    release: str
    gsd_m: float
    simulated: bool
    found: int
    invented: int
    missed: int
    retyped: int
    shown_km2: float

    @property
    def cars(self) -> int:
        return self.found + self.missed


@dataclass(frozen=True)
class ReviewedQuality:
    """Precision and recall from reviewed looks, with 90 % intervals (Jeffreys' prior; cars taken as independent).

    Attributes:
        area: None for all areas together.
        gsd_m: the band, of the release's manifest.
        recall, precision: None where there was no car, or no detection.
    """

    release: str
    gsd_m: tuple[float, float]
    area: str | None
    looks: int
    cars: int
    detections: int
    recall: float | None
    recall_90: tuple[float, float] | None
    precision: float | None
    precision_90: tuple[float, float] | None
    retyped: int


def tally(
    observation: Observation,
    detected: GeoDataFrame,
    reviewed: GeoDataFrame,
    shown_km2: float,
    counts: Callable[[GeoDataFrame], Sequence[bool]] = lambda table: [True] * len(table),
) -> Tally:
    """Compare a reviewed look with what was detected on it.

    Args:
        observation: the reviewed one.
        detected: the automatic table; ``reviewed`` the one that the review left.
        shown_km2: ground searched and seen.
        counts: which rows of a table lie in the visible part.
    """
    freight = [str(name).startswith(FREIGHT_PREFIX) for name in detected["class"]]
    visible = list(counts(detected)) if len(detected) else []
    standing = {
        int(was): (str(label), bool(here))
        for was, label, here in zip(
            reviewed["was"], reviewed["class"], counts(reviewed) if len(reviewed) else [], strict=True
        )
        if was != ADDED
    }
    found = invented = retyped = 0
    missed = sum(
        bool(here) and str(label).startswith(FREIGHT_PREFIX) and int(was) == ADDED
        for was, label, here in zip(
            reviewed["was"], reviewed["class"], counts(reviewed) if len(reviewed) else [], strict=True
        )
    )
    for row, (is_freight, here) in enumerate(zip(freight, visible, strict=True)):
        label = standing[row][0] if row in standing else ""
        is_car = label.startswith(FREIGHT_PREFIX)
        if not here:
            continue
        found += is_freight and is_car
        invented += is_freight and not is_car
        missed += is_car and not is_freight
        retyped += is_freight and is_car and label != str(detected["class"].iloc[row])
    return Tally(
        look_id=observation.look_id,
        area=observation.area,
        release=observation.release,
        gsd_m=max(observation.gsd_m, observation.effective_gsd_m),
        simulated=observation.simulated,
        found=found,
        invented=invented,
        missed=missed,
        retyped=retyped,
        shown_km2=shown_km2,
    )


def quality_of(tallies: Iterable[Tally], bands: Sequence[tuple[float, float]]) -> list[ReviewedQuality]:
    """Precision and recall by release, band of ground sample distance and area, and of all areas (``area`` None).

    Simulated and real looks are never added up; pass one kind.
    """
    groups: dict[tuple[str, tuple[float, float], str | None], list[Tally]] = {}
    for one in tallies:
        band = band_of(one.gsd_m, bands)
        if band is not None:
            for area in (one.area, None):
                groups.setdefault((one.release, band, area), []).append(one)
    found = [_summed(release, band, area, group) for (release, band, area), group in groups.items()]
    return sorted(found, key=lambda one: (one.release, one.gsd_m, one.area is not None, one.area or ""))


def band_of(gsd_m: float, bands: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """The finest band that holds ``gsd_m``; a finer picture is read at the finest. None beyond the coarsest."""
    for low, high in sorted(bands):
        if max(gsd_m, min(low for low, _ in bands)) <= high + 1e-6 and gsd_m <= high + 1e-6:
            return low, high
    return None


def learnt(quality: Quality, tallies: Sequence[Tally]) -> Quality:
    """The release's quality as the reviewed looks of one place move it; itself where they are too few.

    Args:
        quality: of one band, as measured when the release was made.
        tallies: reviewed looks of this band and place.
    """
    cars, looks = sum(one.cars for one in tallies), len(tallies)
    if looks < LEAST_LOOKS or cars < LEAST_CARS:
        return quality
    found, invented = sum(one.found for one in tallies), sum(one.invented for one in tallies)
    size = _size(quality.recall, quality.recall_cv)
    recall, recall_cv = _posterior(quality.recall, size, (found, cars - found), looks)
    precision, _ = _posterior(quality.precision, size, (found, invented), looks)
    shape = min(PRIOR_FALSE_POSITIVES, quality.recall * quality.cars * (1 / quality.precision - 1)) + 0.5
    km2_before = shape / quality.false_positives_per_km2 if quality.false_positives_per_km2 > 0 else shape
    km2 = sum(one.shown_km2 for one in tallies)
    per_car = quality.detections_per_car
    return replace(
        quality,
        recall=recall,
        recall_cv=recall_cv,
        precision=precision,
        false_positives_per_km2=(shape + invented) / (km2_before + km2),
        measured_on=f"{quality.measured_on}; {looks} reviewed looks with {cars} cars",
        detections_per_car=None if per_car is None else per_car * recall / quality.recall,
    )


def _size(mean: float, cv: float) -> float:
    mean = min(max(mean, 0.01), 0.995)
    return float(np.clip((1 - mean) / (mean * max(cv, LEAST_CV) ** 2) - 1, LEAST_SIZE, MOST_SIZE))


def _posterior(mean: float, size: float, counts: tuple[int, int], looks: int) -> tuple[float, float]:
    """(mean, coefficient of variation) of the share in one more look of the place."""
    mean = min(max(mean, 0.01), 0.995)
    total = sum(counts)
    effect = max(1.0, 1 + (total / looks - 1) / (size + 1))
    a, b = mean * size + counts[0] / effect, (1 - mean) * size + counts[1] / effect
    share = a / (a + b)
    # Looks of one place still differ as scenes do: the spread among scenes stays, the doubt about the mean is added.
    variance = share * (1 - share) * (1 / (size + 1) + 1 / (a + b + 1))
    return share, float(np.clip(np.sqrt(variance) / share, LEAST_CV, MOST_CV))


def _summed(release: str, band: tuple[float, float], area: str | None, group: Sequence[Tally]) -> ReviewedQuality:
    found, invented = sum(one.found for one in group), sum(one.invented for one in group)
    missed = sum(one.missed for one in group)
    return ReviewedQuality(
        release=release,
        gsd_m=band,
        area=area,
        looks=len(group),
        cars=found + missed,
        detections=found + invented,
        recall=found / (found + missed) if found + missed else None,
        recall_90=_jeffreys(found, missed),
        precision=found / (found + invented) if found + invented else None,
        precision_90=_jeffreys(found, invented),
        retyped=sum(one.retyped for one in group),
    )


def _jeffreys(hits: int, others: int) -> tuple[float, float] | None:
    if not hits + others:
        return None
    low, high = stats.beta.ppf([0.05, 0.95], hits + 0.5, others + 0.5)
    return float(low), float(high)
