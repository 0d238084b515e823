"""A simulated yard at 10 m: the same again and again but for its cars, its weather and the aim."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from yardwatch.simulate.sentinel import FIRST_DAY, ROOM_M, coarse_look, coarse_yard, inside_of, pass_days, weather_of
from yardwatch.simulate.station import Station, Traffic


@pytest.fixture(scope="module")
def place() -> Station:
    return coarse_yard(3)


STILL = replace(weather_of(np.random.default_rng(1), FIRST_DAY), shift_m=(0.0, 0.0), wet=0.0, snow=0.0)


def test_the_same_look_is_the_same_picture(place: Station) -> None:
    first, again = (coarse_look(place, Traffic(10), STILL, 5, 6) for _ in range(2))
    assert np.array_equal(first, again)
    assert first.shape == (*inside_of(place).shape, 3)


def test_more_cars_change_more_pixels_inside_the_outline(place: Station) -> None:
    inside = inside_of(place)
    empty = coarse_look(place, Traffic(0), STILL, 5, 6).astype(int)
    changed = []
    for cars in (20, 150):
        picture = coarse_look(place, Traffic(cars), STILL, 5, 6)
        unlike = np.abs(picture - empty).max(axis=2) > 8
        changed.append(np.count_nonzero(unlike & inside))
        assert not (unlike & ~inside).any()
    assert 10 < changed[0] < changed[1] / 2


def test_a_yard_has_room_for_the_surge_that_it_is_asked_for(place: Station) -> None:
    assert sum(track.clear_m[1] - track.clear_m[0] for track in place.group.tracks) >= ROOM_M


def test_passes_are_whole_revisits_apart() -> None:
    days = pass_days(np.random.default_rng(2), 20)
    assert {(later - day).days % 5 for day, later in itertools.pairwise(days)} == {0}
