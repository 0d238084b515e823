"""Precision, recall and their spread mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from yardwatch.training.matching import Matches, average_precision, match, overlaps


def car(east_m: float, north_m: float = 0.0, turn_deg: float = 0.0) -> shapely.Polygon:
    box = shapely.box(east_m - 7, north_m - 1.5, east_m + 7, north_m + 1.5)
    return shapely.affinity.rotate(box, turn_deg) if turn_deg else box


def shapes(*polygons: shapely.Polygon) -> np.ndarray:
    return np.array(polygons, dtype=object)


NONE = np.empty(0, dtype=object)


def test_overlap_of_rotated_cars_is_that_of_their_shapes_not_of_upright_frames() -> None:
    oblique, neighbour = car(0, 0, 45), shapely.affinity.translate(car(0, 0, 45), 3.6, -3.6)  # a track away
    assert overlaps(shapes(oblique), shapes(neighbour)).get(0, []) == []
    assert oblique.envelope.intersection(neighbour.envelope).area > 20


def test_each_car_is_found_once_and_a_second_box_on_it_is_false() -> None:
    found = match(shapes(car(0), car(0.5)), np.array([0.9, 0.8]), shapes(car(0)), NONE, 0.3)
    assert found.hit.tolist() == [True, False]


def test_the_best_score_takes_the_car() -> None:
    found = match(shapes(car(2), car(0)), np.array([0.5, 0.9]), shapes(car(0)), NONE, 0.3)
    assert found.score.tolist() == [0.9, 0.5]
    assert found.hit.tolist() == [True, False]


def test_a_box_on_an_ignored_car_counts_neither_way() -> None:
    found = match(shapes(car(0), car(50)), np.array([0.9, 0.8]), shapes(car(50)), shapes(car(0)), 0.3)
    assert found.above(0.1) == (1, 0)


def test_half_a_car_off_is_a_miss_at_half_overlap_and_a_hit_at_three_tenths() -> None:
    shifted = shapes(car(6))  # 8 of 14 m in common: 0.4
    assert match(shifted, np.array([0.9]), shapes(car(0)), NONE, 0.3).hit.all()
    assert not match(shifted, np.array([0.9]), shapes(car(0)), NONE, 0.5).hit.any()


def test_everything_found_and_nothing_invented_has_an_average_precision_of_one() -> None:
    assert average_precision([Matches(np.array([0.9, 0.8]), np.array([True, True]), 2)]) == pytest.approx(1.0)


def test_an_invention_above_every_hit_halves_it() -> None:
    assert average_precision([Matches(np.array([0.9, 0.8]), np.array([False, True]), 1)]) == pytest.approx(0.5)


@given(st.lists(st.floats(0.06, 1), min_size=1, max_size=20), st.integers(0, 19))
def test_true_and_false_positives_add_up_to_the_detections_above_the_threshold(scores: list[float], cars: int) -> None:
    boxes = shapes(*(car(20.0 * k) for k in range(len(scores))))
    truth = shapes(*(car(20.0 * k) for k in range(cars))) if cars else NONE
    found = match(boxes, np.array(scores), truth, NONE, 0.3)
    true, false = found.above(0.5)
    assert true + false == sum(score >= 0.5 for score in scores)
    assert true <= cars
