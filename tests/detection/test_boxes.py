"""Oriented boxes: what the network's numbers mean, and which of two boxes is a duplicate."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from yardwatch.detection.boxes import Boxes, decode, overlapping_pairs, suppress, survivors


def candidates(*boxes: tuple[float, float, float, float, float, list[float]]) -> NDArray[np.float32]:
    """(4 + classes + 1, candidate) of boxes given as x, y, w, h, angle, scores."""
    return np.array([[x, y, w, h, *scores, angle] for x, y, w, h, angle, scores in boxes], dtype=np.float32).T


def boxes_of(*rows: tuple[float, float, float, float, float, float]) -> Boxes:
    """Boxes given as x, y, length, width, angle, score."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 6)
    return Boxes(table[:, :5], table[:, 5], np.zeros(len(table), dtype=np.int64))


def coupled_string(cars: int, angle: float, tracks: int = 1) -> Boxes:
    """Cars of 28 x 6 pixels (14 x 3 m) with gaps of 2 pixels on parallel tracks 9 pixels (4.5 m) apart."""
    along, across = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
    centres = [500 + 30 * car * along + 9 * track * across for track in range(tracks) for car in range(cars)]
    return boxes_of(*[(x, y, 28, 6, angle % math.pi, 0.5 + 0.001 * i) for i, (x, y) in enumerate(centres)])


def test_a_box_has_the_class_that_scores_best_and_its_score() -> None:
    boxes = decode(candidates((50, 60, 28, 6, 0.2, [0.31, 0.72, 0.4])), 0.3, pixel_m=0.5)
    assert boxes.label.tolist() == [1]
    assert boxes.score.tolist() == pytest.approx([0.72])


def test_a_score_at_the_threshold_is_accepted_and_one_below_is_not() -> None:
    found = decode(candidates((9, 9, 28, 6, 0, [0.25]), (9, 9, 28, 6, 0, [0.2499])), 0.25, pixel_m=0.5)
    assert len(found) == 1


@settings(deadline=None)
@given(w=st.floats(20, 50), h=st.floats(4, 11), angle=st.floats(-math.pi / 4, 3 * math.pi / 4))
def test_width_and_height_of_the_network_may_be_swapped_by_a_quarter_turn(w: float, h: float, angle: float) -> None:
    one = decode(candidates((70, 80, w, h, angle, [0.9])), 0.3, pixel_m=0.5)
    other = decode(candidates((70, 80, h, w, angle + math.pi / 2, [0.9])), 0.3, pixel_m=0.5)
    assert one.xylwr[0, 2] >= one.xylwr[0, 3]
    assert 0 <= one.xylwr[0, 4] < math.pi
    ours, theirs = shapely.polygons(one.corners())[0], shapely.polygons(other.corners())[0]
    assert ours.intersection(theirs).area == pytest.approx(ours.area, rel=1e-3)


@settings(deadline=None)
@given(x=st.floats(0, 600), y=st.floats(0, 600), w=st.floats(20, 50), h=st.floats(4, 11), angle=st.floats(-0.78, 2.35))
def test_corners_are_those_of_ultralytics(x: float, y: float, w: float, h: float, angle: float) -> None:
    """``xywhr2xyxyxyxy`` of ultralytics/utils/ops.py: w along (cos, sin), h along (-sin, cos), y downwards."""
    along = np.array([math.cos(angle), math.sin(angle)]) * w / 2
    across = np.array([-math.sin(angle), math.cos(angle)]) * h / 2
    centre = np.array([x, y])
    theirs = shapely.Polygon(
        [centre + along + across, centre + along - across, centre - along - across, centre - along + across]
    )
    ours = shapely.polygons(decode(candidates((x, y, w, h, angle, [0.9])), 0.3, pixel_m=0.5).corners())[0]
    assert ours.symmetric_difference(theirs).area < 0.01


@pytest.mark.parametrize(
    ("length_m", "width_m", "is_a_car"),
    [(14, 3.2, True), (26.4, 2.9, True), (8, 3, True), (3.5, 2, False), (45, 3, False), (14, 7, False), (14, 1, False)],
)
def test_what_has_not_the_size_of_a_railcar_is_dropped(length_m: float, width_m: float, is_a_car: bool) -> None:
    for pixel_m in (0.3, 0.5):
        box = (99, 99, length_m / pixel_m, width_m / pixel_m, 0.3, [0.9])
        assert len(decode(candidates(box), 0.3, pixel_m)) == is_a_car


def test_numbers_that_are_none_are_dropped() -> None:
    assert len(decode(candidates((math.nan, 9, 28, 6, 0, [0.9])), 0.3, pixel_m=0.5)) == 0


def test_no_candidate_gives_no_box() -> None:
    assert len(decode(np.empty((8, 0), dtype=np.float32), 0.3, pixel_m=0.5)) == 0
    assert len(suppress(Boxes.none(), 0.3)) == 0


@pytest.mark.parametrize("degrees", range(0, 180, 15))
def test_neighbours_on_oblique_parallel_tracks_all_stay(degrees: int) -> None:
    yard = coupled_string(12, math.radians(degrees), tracks=6)
    assert len(suppress(yard, 0.3)) == 72


@pytest.mark.parametrize("degrees", range(0, 180, 15))
def test_of_two_boxes_on_one_car_the_better_stays_whatever_the_class(degrees: int) -> None:
    yard = coupled_string(12, math.radians(degrees), tracks=3)
    doubles = Boxes(yard.xylwr + np.array([2, 1, 1, 0.5, 0.02]), yard.score + 0.2, yard.label + 1)
    left = suppress(Boxes.joined([yard, doubles]), 0.3)
    assert len(left) == 36
    assert set(left.label.tolist()) == {1}


def test_a_removed_box_removes_none_itself() -> None:
    chain = boxes_of((100, 9, 28, 6, 0, 0.9), (112, 9, 28, 6, 0, 0.8), (124, 9, 28, 6, 0, 0.7))
    assert suppress(chain, 0.3).x.tolist() == [100, 124]


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 80), st.floats(0, 80), st.floats(0, 3.1), st.floats(0.3, 1)), max_size=25))
def test_suppression_agrees_with_the_definition(rows: list[tuple[float, float, float, float]]) -> None:
    boxes = boxes_of(*[(x, y, 28, 6, angle, score) for x, y, angle, score in rows])
    kept: list[int] = []
    polygons = [shapely.Polygon(corners) for corners in boxes.corners()]

    def iou(i: int, j: int) -> float:
        shared = polygons[i].intersection(polygons[j]).area
        return float(shared / (polygons[i].area + polygons[j].area - shared))

    for i in np.lexsort((boxes.x, boxes.y, -boxes.score)).tolist():
        if all(iou(i, j) <= 0.3 for j in kept):
            kept.append(i)
    assert sorted(suppress(boxes, 0.3).xylwr.tolist()) == sorted(
        boxes.take(np.array(kept, dtype=np.intp)).xylwr.tolist()
    )


def test_each_overlapping_pair_is_named_once() -> None:
    boxes = boxes_of((10, 10, 28, 6, 0, 0.9), (12, 10, 28, 6, 0, 0.8), (300, 10, 28, 6, 0, 0.7))
    assert overlapping_pairs(boxes, 0.3).tolist() == [[0, 1]]


def test_the_strongest_survives_its_rivals() -> None:
    pairs = np.array([[0, 1], [1, 2]], dtype=np.intp)
    assert survivors(np.array([1, 0, 2]), pairs).tolist() == [False, True, False]
    assert survivors(np.array([0, 1, 2]), pairs).tolist() == [True, False, True]


def test_a_car_of_doubtful_type_is_no_less_a_car() -> None:
    doubtful = candidates((50, 60, 28, 6, 0.2, [0.2, 0.3, 0.1]))
    assert len(decode(doubtful, 0.5, pixel_m=0.5)) == 0
    boxes = decode(doubtful, 0.5, pixel_m=0.5, classes=("freight_box", "freight_tank", "freight_flat"))
    assert boxes.score == pytest.approx([0.6])
    assert boxes.label.tolist() == [1]


def test_freight_types_never_outvote_a_surer_locomotive() -> None:
    classes = ("freight_box", "freight_tank", "locomotive")
    boxes = decode(candidates((50, 60, 28, 6, 0.2, [0.2, 0.2, 0.5])), 0.3, pixel_m=0.5, classes=classes)
    assert boxes.label.tolist() == [2]
    assert boxes.score == pytest.approx([0.5])
    boxes = decode(candidates((50, 60, 28, 6, 0.2, [0.6, 0.9, 0.5])), 0.3, pixel_m=0.5, classes=classes)
    assert boxes.score == pytest.approx([1.0])
