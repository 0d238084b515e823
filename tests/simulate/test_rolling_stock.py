"""Cars have real sizes and stand as coupled cars do."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import shapely

from yardwatch.simulate.car_shapes import car_solids
from yardwatch.simulate.kinds import BY_NAME, CLASSES, FREIGHT, KINDS
from yardwatch.simulate.light import Light
from yardwatch.simulate.paint import Film
from yardwatch.simulate.paths import Path
from yardwatch.simulate.rolling_stock import Berth, fill, random_model, random_order, stand

STRAIGHT = Path(np.array([[0.0, 0.0], [2000.0, 0.0]]))
BERTH = Berth("1", STRAIGHT, 0.0, 2000.0)


def test_coupled_cars_stand_about_a_metre_apart() -> None:
    rng = np.random.default_rng(1)
    cars = stand(rng, BERTH, random_order(rng), 30)
    ends = [(car.centre[0] - car.length_m / 2, car.centre[0] + car.length_m / 2) for car in cars]
    gaps = [after[0] - before[1] for before, after in itertools.pairwise(ends)]
    assert all(0.9 < gap < 1.5 for gap in gaps)


def test_freight_bodies_are_as_long_as_real_ones() -> None:
    rng = np.random.default_rng(2)
    lengths = np.array([model.length_m - 1.05 for _ in range(400) for model in random_order(rng)])
    assert 12.5 < np.median(lengths) < 15
    assert lengths.min() > 7
    assert lengths.max() < 29  # an auto rack of 89 feet


def test_a_gondola_is_as_long_as_the_12_132() -> None:
    rng = np.random.default_rng(3)
    lengths = [random_model(rng, BY_NAME["gondola"]).length_m for _ in range(300)]
    assert np.median(lengths) == pytest.approx(13.92, abs=0.3)


def test_cars_never_stand_in_each_other() -> None:
    rng = np.random.default_rng(4)
    boxes = [shapely.Polygon(car.footprint) for car in fill(rng, BERTH, 0.9)]
    assert len(boxes) > 40
    tree = shapely.STRtree(boxes)
    one, other = tree.query(boxes, predicate="intersects")
    assert (one == other).all()


def test_locomotives_and_coaches_are_not_freight() -> None:
    assert {kind.label for kind in KINDS} == set(CLASSES)
    assert "locomotive" not in FREIGHT
    assert "coach" not in FREIGHT


def test_yards_hold_every_class() -> None:
    rng = np.random.default_rng(5)
    labels = {car.label for _ in range(60) for car in fill(rng, BERTH, 0.8)}
    assert labels == set(CLASSES)


def test_some_cars_vanish_under_the_colour_of_the_ground_they_stand_on_and_most_do_not() -> None:
    ground = (60.0, 140.0, 60.0)  # no livery is like it once dulled
    rng = np.random.default_rng(6)
    covers = np.array([random_model(rng, kind, ground).film.cover for _ in range(60) for kind in KINDS if kind.share])
    assert 0.2 < (covers > 0.5).mean() < 0.45
    assert covers.max() <= 1
    assert np.median(covers) < 0.35


def test_a_film_covers_load_and_fittings_as_well_as_paint() -> None:
    rng = np.random.default_rng(8)
    model = replace(random_model(rng, BY_NAME["flat"]), load="containers")
    green = (60.0, 200.0, 60.0)
    car = stand(rng, BERTH, [model], 1)[0]
    bare, under = (car_solids(replace(car, film=Film(green, cover)), Light(150, 45)).rgb for cover in (0.0, 1.0))
    assert len(bare) == len(under)
    hue = under / under.sum(axis=1, keepdims=True)
    assert np.allclose(hue, np.array(green) / sum(green), atol=1e-6)
    assert not np.allclose(bare / bare.sum(axis=1, keepdims=True), hue, atol=0.05)
    brightness = under.mean(axis=1)
    assert brightness.max() > brightness.min()  # light and shade of the parts show through


def test_coaches_stand_closer_than_freight_cars() -> None:
    rng = np.random.default_rng(9)
    gaps = {}
    for kind in ("coach", "box"):
        one, other = stand(rng, BERTH, [random_model(rng, BY_NAME[kind])], 2)
        gaps[kind] = float(np.hypot(*(other.centre - one.centre))) - (one.length_m + other.length_m) / 2
    assert 0.4 < gaps["coach"] < 0.8 < gaps["box"] < 1.5


def test_hard_lessons_have_more_low_and_long_cars_than_traffic_has() -> None:
    assert sum(kind.hard_share for kind in KINDS) == pytest.approx(1.0)

    def low_or_long(hard: bool) -> float:
        rng = np.random.default_rng(5)
        models = [model for _ in range(300) for model in random_order(rng, hard=hard)]
        hardest = ("flat", "well", "centre-beam", "autorack")
        return sum(model.kind.name in hardest for model in models) / len(models)

    assert low_or_long(hard=True) > 0.5
    assert low_or_long(hard=False) < 0.35
