"""A picture shows what the truth says: bodies under their boxes, shadows away from the sun, roofs leaning outwards."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from yardwatch.simulate.car_shapes import car_solids
from yardwatch.simulate.light import Light
from yardwatch.simulate.paths import Path, box_corners
from yardwatch.simulate.render import Canvas, draw_solids, shadow_mask
from yardwatch.simulate.rolling_stock import Car
from yardwatch.simulate.solids import Pile, together
from yardwatch.simulate.truth import seen_box

FINE_M = 0.125
NOON = Light(sun_azimuth_deg=180.0, sun_elevation_deg=45.0)


def a_car(kind: str = "box", label: str = "freight_box", north_m: float = 0.0) -> Car:
    return Car(kind, label, "1", np.array([0.0, north_m]), 0.0, 14.0, 3.0, 4.0, (240.0, 240.0, 240.0), "none", 7)


def canvas(level: int = 100) -> Canvas:
    side = int(60 / FINE_M)
    return Canvas(np.full((side, side, 3), level, np.uint8), -30.0, 30.0, FINE_M)


def inside(board: Canvas, corners: np.ndarray) -> np.ndarray:
    mask = np.zeros(board.rgb.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round((corners - [-30, 30]) / [FINE_M, -FINE_M]).astype(np.int32)], 255)
    return mask > 0


def value_at(board: Canvas, east_m: float, north_m: float) -> float:
    return float(board.rgb[int((30 - north_m) / FINE_M), int((east_m + 30) / FINE_M)].mean())


@pytest.mark.parametrize("off_nadir_deg", [0.0, 20.0])
def test_a_true_box_lies_on_the_body_of_the_car_however_the_sensor_looks(off_nadir_deg: float) -> None:
    light = replace(NOON, off_nadir_deg=off_nadir_deg, view_azimuth_deg=250.0)
    board, car = canvas(), a_car()
    draw_solids(board, car_solids(car, light), light)
    body = board.rgb.mean(axis=2) > 110  # brighter than the ground; shadow is darker
    box = inside(board, seen_box(car, light))
    assert body[box].mean() > 0.95
    assert box[body].mean() > 0.75  # the rest is the sunny wall that a slanting sensor sees


def test_a_shadow_falls_away_from_the_sun_and_is_as_long_as_the_car_is_high_at_45_degrees() -> None:
    board = canvas()
    draw_solids(board, car_solids(a_car(), NOON), NOON)
    assert value_at(board, 0, 1.5 + 3.5) < 40  # north of the car, within four metres of its side
    assert value_at(board, 0, 1.5 + 4.6) == 100
    assert value_at(board, 0, -1.5 - 1.0) == 100  # the sunny side


def test_a_low_sun_casts_longer_shadows() -> None:
    solids = car_solids(a_car(), NOON)
    low = shadow_mask(canvas(), solids, replace(NOON, sun_elevation_deg=20.0), 0.0)
    high = shadow_mask(canvas(), solids, NOON, 0.0)
    assert (low > 0).sum() > 1.8 * (high > 0).sum()


def test_a_flat_car_beside_a_box_car_lies_in_its_shade_while_a_roof_stays_lit() -> None:
    deck = Pile()
    deck.add(box_corners(np.array([0.0, 4.6]), 0.0, 14.0, 2.8), (0.5, 1.2), (200.0, 200.0, 200.0))
    roof = Pile()
    roof.add(box_corners(np.array([0.0, 4.6]), 0.0, 14.0, 2.8), (0.5, 4.0), (200.0, 200.0, 200.0))
    shown = {}
    for name, neighbour in (("deck", deck), ("roof", roof)):
        board, tall = canvas(), Pile()
        tall.add(box_corners(np.array([0.0, 0.0]), 0.0, 14.0, 3.0), (0.3, 4.5), (90.0, 90.0, 90.0))
        both = [tall.solids(), neighbour.solids()]
        draw_solids(board, together(both), NOON)
        shown[name] = value_at(board, 0, 3.6)
    assert shown["deck"] < 60
    assert shown["roof"] == 200


@pytest.mark.parametrize("height_m", np.arange(2.9, 6.0, 0.1).round(1))
def test_no_car_however_tall_lies_in_its_own_shadow(height_m: float) -> None:
    board, low = canvas(), replace(NOON, sun_elevation_deg=25.0)
    car = replace(a_car(), height_m=float(height_m), look=3)
    draw_solids(board, car_solids(car, low), low)
    roof = board.rgb.mean(axis=2)[inside(board, box_corners(np.zeros(2), 0.0, 12.0, 2.0))]
    assert np.median(roof) > 120  # white paint, half of it turned from the sun


def test_a_roof_leans_away_from_the_sensor() -> None:
    light = replace(NOON, off_nadir_deg=30.0, view_azimuth_deg=0.0)  # the sensor stands in the north
    shift = seen_box(a_car(), light).mean(axis=0)
    assert shift[0] == pytest.approx(0, abs=1e-9)
    assert shift[1] == pytest.approx(-4.0 * np.tan(np.radians(30)), rel=1e-6)


def test_the_sunny_half_of_an_arched_roof_is_brighter() -> None:
    low = replace(NOON, sun_elevation_deg=25.0)
    facing_south, facing_north = low.brightness(0.6, -np.pi / 2), low.brightness(0.6, np.pi / 2)
    assert facing_south > 1 > facing_north


def test_a_chord_of_a_curved_track_gives_the_heading_between_the_bogies() -> None:
    angle = np.linspace(0, np.pi / 2, 200)
    quarter = Path(100 * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    _, heading = quarter.chord(quarter.length_m / 2 - 5, quarter.length_m / 2 + 5)
    assert np.degrees(heading) == pytest.approx(135, abs=0.5)
