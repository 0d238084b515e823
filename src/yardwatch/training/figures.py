"""Figures of a release from pictures that it was examined on: found, invented, miscounted, and how sure it was."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from yardwatch.training.evaluate import FAINTEST, Examined
from yardwatch.training.matching import Matches, average_precision

SCORE_STEP = 0.1
FEW_CARS = 10.0  # below this a miscounted car weighs no more than a tenth


def count_errors(seen: list[Examined], threshold: float) -> NDArray[np.float64]:
    """Counted less true, float64 (picture,)."""
    return np.array([picture.count(threshold) - picture.true_count for picture in seen], dtype=float)


def best_threshold(seen: list[Examined]) -> float:
    """The score at which counts are least wrong, on a grid of 0.01: the count is the product.

    Wrong is the mean of |counted - true| / max(true, 10): a percentage in yards, a tenth a car in nearly empty places,
    so that neither speaks for the other.
    """
    full = np.maximum([picture.true_count for picture in seen], FEW_CARS)
    grid = np.round(np.arange(0.10, 0.80, 0.01), 2)
    return float(min(grid, key=lambda threshold: (np.abs(count_errors(seen, float(threshold))) / full).mean()))


def totals(seen: list[Examined], threshold: float) -> tuple[int, int]:
    """True and false positives of all pictures."""
    pairs = [picture.loose.above(threshold) for picture in seen]
    return sum(true for true, _ in pairs), sum(false for _, false in pairs)


def recall_spread(seen: list[Examined], threshold: float) -> float:
    """Standard deviation of recall between pictures over its mean, the binomial noise of few cars removed."""
    rows = [picture for picture in seen if picture.loose.cars]
    cars = np.array([picture.loose.cars for picture in rows], dtype=float)
    found = np.array([picture.loose.above(threshold)[0] for picture in rows], dtype=float)
    if len(rows) < 2 or not found.sum():
        return 0.0
    mean = found.sum() / cars.sum()
    return float(min(1.0, _between(found / cars, max(mean * (1 - mean), 1e-6) / cars) / mean))


def per_car(seen: list[Examined], threshold: float) -> tuple[float, float] | None:
    """Detections on and beside cars for each car that stands there, and its coefficient of variation between pictures.

    The random-effects mean (DerSimonian and Laird 1986): where pictures truly differ, a crowded one does not speak for
    the others. Counts carry Poisson noise. None without two pictures that have cars.
    """
    rows = [picture for picture in seen if picture.true_count]
    cars = np.array([picture.true_count for picture in rows], dtype=float)
    found = np.array([picture.count(threshold) - picture.strays(threshold) for picture in rows], dtype=float)
    if len(rows) < 2 or not found.sum():
        return None
    noise = found.sum() / cars.sum() / cars
    spread = _between(found / cars, noise)
    weight = 1 / (noise + spread**2)
    mean = float((weight * found / cars).sum() / weight.sum())
    return mean, spread / mean


def _between(share: NDArray[np.float64], noise: NDArray[np.float64]) -> float:
    """Standard deviation of `share` between pictures, beyond its `noise` (a variance each), by the method of moments.

    DerSimonian and Laird 1986, Controlled Clinical Trials 7:177.
    """
    weight = 1 / noise
    mean = (weight * share).sum() / weight.sum()
    excess = (weight * (share - mean) ** 2).sum() - (len(share) - 1)
    return float(np.sqrt(max(0.0, excess / (weight.sum() - (weight**2).sum() / weight.sum()))))


def figures(seen: list[Examined], threshold: float) -> dict[str, Any]:
    """The figures of a set of pictures at one threshold."""
    true, false = totals(seen, threshold)
    km2 = sum(picture.km2 for picture in seen)
    return {
        "pictures": len(seen),
        "cars": sum(picture.loose.cars for picture in seen),
        "threshold": threshold,
        "precision": true / max(1, true + false),
        "recall": true / max(1, sum(picture.loose.cars for picture in seen)),
        "recall_cv": recall_spread(seen, threshold),
        "false_positives_per_km2": sum(picture.strays(threshold) for picture in seen) / km2,
        "per_car": per_car(seen, threshold),
        "ap30": average_precision([picture.loose for picture in seen]),
        "ap50": average_precision([picture.strict for picture in seen]),
        **count_figures(seen, threshold),
    }


def count_figures(seen: list[Examined], threshold: float) -> dict[str, Any]:
    """How wrong the counts are, in cars a picture and in percent of the cars that stand there."""
    errors = count_errors(seen, threshold)
    full = np.array([picture.true_count for picture in seen], dtype=float)
    large, cars = full >= 20, full.sum()
    return {
        "mean_count_error": float(errors.mean()),
        "mean_absolute_count_error": float(np.abs(errors).mean()),
        "count_error_percent": float(errors.sum() / cars * 100) if cars else None,
        "absolute_count_error_percent": float(np.abs(errors).sum() / cars * 100) if cars else None,
        "mean_absolute_percent_20_or_more": float((np.abs(errors[large]) / full[large]).mean() * 100)
        if large.any()
        else None,
        "counted": sum(picture.count(threshold) for picture in seen),
        "true_count": int(cars),
    }


def class_figures(seen: list[Examined], threshold: float) -> dict[str, dict[str, Any]]:
    """Per class that the labels name: a car found as another class is missed here, and false in that other class."""
    table = {}
    for name in sorted({name for picture in seen for name in picture.by_class}):
        pairs = [picture.by_class[name] for picture in seen if name in picture.by_class]
        loose: list[Matches] = [pair[0] for pair in pairs]
        cars = sum(matches.cars for matches in loose)
        true = sum(matches.above(threshold)[0] for matches in loose)
        false = sum(matches.above(threshold)[1] for matches in loose)
        table[name] = {
            "cars": cars,
            "precision": true / max(1, true + false),
            "recall": true / max(1, cars),
            "ap30": average_precision(loose),
            "ap50": average_precision([pair[1] for pair in pairs]),
        }
    return table


def calibration(seen: list[Examined]) -> dict[str, Any]:
    """How true the scores are: share of detections that are cars, by score, and the mean gap between the two.

    The gap is the expected calibration error (Naeini, Cooper and Hauskrecht 2015, AAAI), over detections of at least
    the faintest score kept.
    """
    scores = [picture.loose.score for picture in seen]
    score = np.concatenate([*scores, np.empty(0)])
    hit = np.concatenate([*(picture.loose.hit for picture in seen), np.empty(0, dtype=bool)]).astype(float)
    rows, gap = [], 0.0
    for low in np.round(np.arange(0, 1, SCORE_STEP), 2):
        inside = (score >= max(low, FAINTEST)) & (score < low + SCORE_STEP + (low + SCORE_STEP >= 1))
        if inside.any():
            told, true = float(score[inside].mean()), float(hit[inside].mean())
            rows.append({"score": float(low), "detections": int(inside.sum()), "mean_score": told, "share_true": true})
            gap += inside.sum() / len(score) * abs(told - true)
    return {"expected_error": gap if len(score) else None, "scores": rows}
