"""Does the activity index tell a full yard from an everyday one on 10 m pictures? Simulated Sentinel-2 series.

    python benchmarks/activity.py --series FOLDER [--yards 20] [--every 2]

Draws 60 looks of each yard into FOLDER (kept for the next call; about 15 s a yard) with 0 to 20 freight cars, and six
days of each again with 36, 73 and 150. Every look is read against the looks before it alone, by the estimator that the
daily watch uses and by the recipe it started from: bands over their median in the yard, robust z-scores, root mean
square. Shown is the area under the ROC of each number of cars against everyday looks (read: how often a full yard
scores higher than an everyday one), over all yards in one pool, and within each yard, averaged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from yardwatch.counting.activity import MOST_CLEAR_LOOKS, UNLIKE_FROM
from yardwatch.counting.background import learn

LOOKS, DAYS, FEWEST = 60, 6, 10
CARS = (36, 73, 150)
TARGETS = {36: 0.80, 73: 0.93, 150: 0.98}


@dataclass(frozen=True, eq=False)
class Drawn:
    """One yard's pictures: (look, band, row, col), cars of each everyday look, and the surges' days and pictures."""

    looks: np.ndarray
    freight: np.ndarray
    inside: np.ndarray
    days: np.ndarray
    surges: dict[int, np.ndarray]


@dataclass(frozen=True)
class Scored:
    """A look's scores; ``cars`` is 0 for an everyday look, whose true number is ``freight``."""

    yard: int
    cars: int
    freight: int
    past: int
    points: float
    recipe: float


@click.command(help=__doc__)
@click.option("--series", "folder", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--yards", default=20, show_default=True)
@click.option("--every", default=2, show_default=True, help="Score every so many everyday looks.")
def main(folder: Path, yards: int, every: int) -> None:
    scores = [score for yard in range(yards) for score in score_yard(yard, drawn(folder, yard), every)]
    click.echo(json.dumps(told(scores), indent=1))


def drawn(folder: Path, seed: int) -> Drawn:
    """The series of a seed, from the folder or drawn into it."""
    path = folder / f"yard-{seed:03d}.npz"
    if not path.exists():
        from yardwatch.simulate.sentinel import coarse_series

        made = coarse_series(seed, LOOKS, CARS, DAYS, FEWEST)
        surges = {f"surge{cars}": np.stack([picture for _, picture in made.surges[cars]]) for cars in CARS}
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            path,
            looks=np.stack([look.rgb for look in made.looks]),
            freight=np.array([look.freight for look in made.looks]),
            inside=made.inside,
            days=np.array([day for day, _ in made.surges[CARS[0]]]),
            **surges,
        )
    with np.load(path) as kept:
        pictures = {cars: np.moveaxis(kept[f"surge{cars}"], 3, 1) for cars in CARS}
        return Drawn(np.moveaxis(kept["looks"], 3, 1), kept["freight"], kept["inside"], kept["days"], pictures)


def score_yard(yard: int, series: Drawn, every: int) -> Iterator[Scored]:
    """Everyday looks and surges of a yard, each against the everyday looks before it."""
    seen = np.ones((len(series.looks), *series.inside.shape), bool)
    for at in range(FEWEST, len(series.looks)):
        surged = np.flatnonzero(series.days == at)
        if at % every and not surged.size:
            continue
        past = slice(max(0, at - MOST_CLEAR_LOOKS), at)
        background = learn(series.looks[past], seen[past], series.inside, FEWEST - 2)
        assert background is not None
        here = [(0, series.looks[at])] + [(cars, series.surges[cars][day]) for cars in CARS for day in surged]
        for cars, picture in here:
            points = int(np.count_nonzero(background.unlike(picture, seen[0]) > UNLIKE_FROM))
            freight = cars or int(series.freight[at])
            recipe = by_recipe(series.looks[:at], picture, series.inside)
            yield Scored(yard, cars, freight, at, points, recipe)


def by_recipe(past: np.ndarray, picture: np.ndarray, inside: np.ndarray) -> float:
    """Root mean square of robust z-scores of bands over their median in the yard."""
    known = past[:, :, inside] / np.median(past[:, :, inside], axis=2, keepdims=True)
    look = picture[:, inside] / np.median(picture[:, inside], axis=1, keepdims=True)
    middle = np.median(known, axis=0)
    scale = np.maximum(1.4826 * np.median(np.abs(known - middle), axis=0), 0.01)
    return float(np.sqrt(np.mean(((look - middle) / scale) ** 2)))


def told(scores: list[Scored]) -> dict[str, object]:
    """The figures."""
    everyday = [score for score in scores if score.cars == 0]
    figures: dict[str, object] = {
        "everyday_looks": len(everyday),
        "everyday_points": _quartiles([score.points for score in everyday]),
        "everyday_points_after_10_to_19_looks": _quartiles([score.points for score in everyday if score.past < 20]),
        "everyday_points_after_40_looks": _quartiles([score.points for score in everyday if score.past >= 40]),
    }
    for cars in CARS:
        full = [score for score in scores if score.cars == cars]
        figures[f"{cars}_cars"] = {
            "looks": len(full),
            "points": _quartiles([score.points for score in full]),
            "target": TARGETS[cars],
            "area_under_roc": areas_under(everyday, full, "points"),
            "area_under_roc_of_recipe": areas_under(everyday, full, "recipe"),
        }
    return figures


def areas_under(everyday: list[Scored], full: list[Scored], name: str) -> dict[str, float]:
    """Area under the ROC over all yards in one pool, and the mean of those within each yard."""
    within = [
        _area([s for s in everyday if s.yard == yard], [s for s in full if s.yard == yard], name)
        for yard in sorted({score.yard for score in full})
    ]
    return {"pooled": round(_area(everyday, full, name), 3), "within_yards": round(float(np.mean(within)), 3)}


def _area(low: list[Scored], high: list[Scored], name: str) -> float:
    a = np.array([getattr(score, name) for score in low])
    b = np.array([getattr(score, name) for score in high])[:, None]
    return float(np.mean(b > a) + 0.5 * np.mean(b == a))


def _quartiles(values: list[float]) -> list[float]:
    return [round(float(value), 1) for value in np.quantile(values, (0.25, 0.5, 0.75))]


if __name__ == "__main__":
    main()
