"""Boxes between the chip's pixels and the map: the same car on both sides, whatever way it lies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_yard import grid_of
from hypothesis import given
from hypothesis import strategies as st

from yardwatch.detection.boxes import Boxes
from yardwatch.detection.frame import to_frame
from yardwatch.review import ReviewedBox, boxes_of_table, paired_with, reviewed_table

GRID = grid_of(300, 400)
CAR = ReviewedBox(100, 50, 28, 6, 30, "freight_box", 0.9, was=0)
cars = st.builds(
    ReviewedBox,
    x_px=st.floats(0, 400),
    y_px=st.floats(0, 300),
    length_px=st.floats(14, 60),
    width_px=st.floats(4, 10),
    angle_deg=st.floats(0, 179.9),
    label=st.sampled_from(["freight_box", "freight_tank"]),
    score=st.floats(0, 1),
)


@given(st.lists(cars, max_size=5))
def test_a_box_written_to_the_map_and_read_back_is_the_same_car(boxes: list[ReviewedBox]) -> None:
    back = boxes_of_table(reviewed_table(boxes, (), GRID), GRID)
    assert len(back) == len(boxes)
    for one, other in zip(sorted(boxes, key=lambda box: (box.y_px, box.x_px, -box.score)), back, strict=True):
        assert (other.x_px, other.y_px) == pytest.approx((one.x_px, one.y_px), abs=1e-5)
        assert (other.length_px, other.width_px) == pytest.approx((one.length_px, one.width_px), abs=1e-5)
        assert abs((other.angle_deg - one.angle_deg + 90) % 180 - 90) < 1e-4
        assert (other.label, other.was) == (one.label, -1)


def test_a_detection_of_the_release_opens_as_it_was_drawn() -> None:
    drawn = Boxes(np.array([[100.0, 50.0, 28.0, 6.0, np.radians(30)]]), np.array([0.9]), np.array([0]))
    (box,) = boxes_of_table(to_frame(drawn, ("freight_box",), GRID), GRID)
    assert (box.x_px, box.y_px, box.length_px, box.width_px) == pytest.approx((100, 50, 28, 6))
    assert box.angle_deg == pytest.approx(30)
    assert box.was == 0


@pytest.mark.parametrize(
    ("after", "fate"),
    [
        (CAR, "kept"),
        (replace(CAR, x_px=100.8), "kept"),
        (replace(CAR, x_px=102), "moved"),
        (replace(CAR, angle_deg=35), "moved"),
        (replace(CAR, length_px=32), "moved"),
        (replace(CAR, label="freight_tank"), "retyped"),
        (replace(CAR, was=-1), "added"),
    ],
)
def test_what_became_of_a_box_is_told_from_where_it_came(after: ReviewedBox, fate: str) -> None:
    table = reviewed_table([after], [CAR], GRID)
    assert list(table["review"]) == [fate]


def test_a_box_turned_by_half_a_circle_was_not_moved() -> None:
    upright = replace(CAR, angle_deg=0.0)
    assert list(reviewed_table([replace(upright, angle_deg=179.9)], [upright], GRID)["review"]) == ["kept"]


def test_sides_drawn_the_wrong_way_round_make_the_same_box() -> None:
    crossed = replace(CAR, length_px=6, width_px=28, angle_deg=120).upright()
    assert crossed == CAR


def test_boxes_drawn_elsewhere_find_their_detection_and_never_share_one() -> None:
    neighbour = replace(CAR, x_px=CAR.x_px + 30, was=1)
    twice = [replace(CAR, was=-1, x_px=101), replace(CAR, was=-1, y_px=51), replace(CAR, was=-1, y_px=200)]
    assert sorted(box.was for box in paired_with(twice, [CAR, neighbour])) == [-1, -1, 0]


def test_coupled_neighbours_are_not_taken_for_one_car() -> None:
    behind = replace(CAR, x_px=CAR.x_px + 29 * np.cos(np.radians(30)), y_px=CAR.y_px + 29 * np.sin(np.radians(30)))
    assert paired_with([replace(behind, was=-1)], [CAR])[0].was == -1
