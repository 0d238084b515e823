"""What a look is counted as, and when it is not counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from drawn_sighting import COARSE, FINE, RELEASE, Visible, cars_at, chip_of, provenance_of, scene_of, sighting_of
from hypothesis import given, settings
from hypothesis import strategies as st

from yardwatch.counting import count_look, estimator_for, unusable_look
from yardwatch.detection import empty_detections
from yardwatch.errors import BadInput
from yardwatch.records import Grid, Hidden, Observation, Reason

THREE = ((20.0, 20.0), (60.0, 40.0), (100.0, 60.0))


def count_at(gsd_m: float, effective_gsd_m: float = 0.0, **changes: object) -> Observation:
    chip = chip_of(gsd_m=gsd_m, effective_gsd_m=effective_gsd_m or gsd_m)
    return count_look(sighting_of(cars_at(*THREE), chip=chip, **changes), provenance_of())


def test_a_clear_look_counts_its_cars() -> None:
    observation = count_look(sighting_of(cars_at(*THREE)), provenance_of())
    assert (observation.measure, observation.value, observation.count) == ("count", 3.0, 3)
    assert observation.confidence == "normal"
    assert observation.reason is None
    assert observation.low is not None
    assert observation.high is not None
    assert observation.low <= 3 <= observation.high


def test_an_empty_yard_is_zero_cars_and_says_how_many_could_be_missed() -> None:
    observation = count_look(sighting_of(empty_detections("EPSG:32652")), provenance_of())
    assert observation.value == 0.0
    assert observation.low == 0
    assert 0 < (observation.high or 0) <= 2
    assert observation.by_class == {}


def test_black_tile_is_no_image_not_zero_cars() -> None:
    chip = chip_of(valid=np.zeros((80, 120), dtype=np.bool_), pixels=np.zeros((3, 80, 120), dtype=np.uint8))
    sighting = sighting_of(empty_detections("EPSG:32652"), chip=chip, visibility=Visible(0.0, Reason.NO_DATA))
    observation = count_look(sighting, provenance_of())
    assert observation.value is None
    assert observation.count is None
    assert (observation.low, observation.high) == (None, None)
    assert observation.reason is Reason.NO_DATA


@pytest.mark.parametrize("minimum_visible", [0.0, 0.2])
def test_a_look_without_a_pixel_is_never_zero_cars_whatever_the_visibility_says(minimum_visible: float) -> None:
    chip = chip_of(valid=np.zeros((80, 120), dtype=np.bool_))
    for share in (0.0, 1.0):
        sighting = sighting_of(empty_detections("EPSG:32652"), chip=chip, visibility=Visible(share))
        observation = count_look(sighting, provenance_of(), minimum_visible=minimum_visible)
        assert observation.value is None
        assert observation.reason is Reason.NO_DATA


@pytest.mark.parametrize("hidden", [Hidden.CLOUD, Hidden.CLOUD_SHADOW, Hidden.CANOPY, Hidden.SATURATED])
def test_cars_under_cloud_shadow_or_canopy_are_not_counted(hidden: Hidden) -> None:
    chip = chip_of()
    chip.hidden[:, 40:] = hidden
    sighting = sighting_of(cars_at(*THREE), chip=chip, visibility=Visible(0.33, Reason.CLOUD))
    observation = count_look(sighting, provenance_of())
    assert observation.value == 1.0
    assert observation.visible == 0.33
    assert observation.confidence == "low"


def test_the_pixel_under_the_centre_decides() -> None:
    chip = chip_of()
    chip.hidden[:, 60:] = Hidden.CLOUD
    sighting = sighting_of(cars_at((59.9, 40.0), (60.1, 60.0)), chip=chip)
    assert count_look(sighting, provenance_of()).value == 1.0


def test_cars_outside_what_is_searched_are_not_counted() -> None:
    sighting = sighting_of(cars_at(*THREE, (-5.0, 20.0), (60.0, 95.0)))
    sighting.searched[:30] = False
    assert count_look(sighting, provenance_of()).value == 2.0


def test_centres_are_found_on_a_picture_without_georeference() -> None:
    grid = Grid(None, (2.0, 0.0, 10.0, 0.0, 2.0, 20.0), 120, 80, 0.5)
    chip = chip_of(grid=grid)
    chip.valid[:, :50] = False
    assert count_look(sighting_of(cars_at(*THREE, grid=grid), chip=chip), provenance_of()).value == 2.0


def test_centres_are_found_on_a_turned_grid() -> None:
    grid = Grid("EPSG:32652", (0.3, 0.4, 467_700.0, 0.4, -0.3, 4_696_700.0), 120, 80, 0.5)
    chip = chip_of(grid=grid)
    chip.valid[:, :50] = False
    assert count_look(sighting_of(cars_at(*THREE, grid=grid), chip=chip), provenance_of()).value == 2.0


def test_locomotives_and_coaches_are_listed_and_not_counted() -> None:
    detections = pd.concat(
        [cars_at(*THREE[:1], name=name) for name in ("locomotive", "coach", "freight_tank", "freight_box", "coach")]
    )
    observation = count_look(sighting_of(detections), provenance_of())
    assert observation.value == 2.0
    assert observation.by_class == {"freight_box": 1, "freight_tank": 1, "locomotive": 1, "coach": 2}


@pytest.mark.parametrize(
    ("gsd_m", "confidence"), [(0.25, "normal"), (0.5, "normal"), (0.6, "normal"), (0.61, "low"), (1.2, "low")]
)
def test_up_to_0_6_m_a_count_and_up_to_1_2_m_a_count_of_low_confidence(gsd_m: float, confidence: str) -> None:
    observation = count_at(gsd_m)
    assert observation.value == 3.0
    assert observation.confidence == confidence


@pytest.mark.parametrize("gsd_m", [1.21, 3.0, 10.0, float("inf"), float("nan")])
def test_coarser_than_1_2_m_is_too_coarse_to_count(gsd_m: float) -> None:
    observation = count_at(gsd_m)
    assert observation.value is None
    assert observation.reason is Reason.TOO_COARSE
    assert observation.by_class == {}
    assert (observation.low, observation.high) == (None, None)


def test_the_larger_of_claimed_and_measured_sharpness_decides() -> None:
    assert count_at(0.5, effective_gsd_m=0.8).confidence == "low"
    assert count_at(0.5, effective_gsd_m=0.8).recall == COARSE.recall
    assert count_at(0.5, effective_gsd_m=1.5).reason is Reason.TOO_COARSE
    assert count_at(1.5, effective_gsd_m=0.5).reason is Reason.TOO_COARSE


def test_a_release_is_not_used_coarser_than_it_was_made_for() -> None:
    release = replace(RELEASE, gsd_range_m=(0.3, 0.55))
    assert count_at(0.55, release=release).value == 3.0
    assert count_at(0.6, release=release).reason is Reason.TOO_COARSE


def test_a_finer_picture_is_read_like_the_finest_that_was_measured() -> None:
    assert count_at(0.1).recall == FINE.recall


def test_exposure_comes_from_the_quality_at_this_resolution_and_the_ground_that_was_seen() -> None:
    chip = chip_of(gsd_m=0.8, effective_gsd_m=0.8)
    chip.hidden[:40] = Hidden.CLOUD
    observation = count_look(sighting_of(cars_at(*THREE), chip=chip), provenance_of())
    assert (observation.recall, observation.recall_cv) == (COARSE.recall, COARSE.recall_cv)
    assert observation.false_positives == pytest.approx(9.0 * (20 * 60 / 1e6))


def test_a_release_that_was_never_measured_counts_without_an_interval() -> None:
    observation = count_at(0.5, release=replace(RELEASE, quality=()))
    assert observation.value == 3.0
    assert (observation.low, observation.high, observation.recall, observation.false_positives) == (None,) * 4
    assert observation.confidence == "low"


@pytest.mark.parametrize(
    ("share", "main_reason", "reason"),
    [
        (0.19, Reason.CLOUD, Reason.CLOUD),
        (0.0, Reason.HIDDEN_BY_CANOPY, Reason.HIDDEN_BY_CANOPY),
        (0.19, None, Reason.TOO_LITTLE_VISIBLE),
        (0.2, Reason.CLOUD, None),
    ],
)
def test_below_the_least_visible_share_there_is_no_value_and_the_main_reason_says_why(
    share: float, main_reason: Reason | None, reason: Reason | None
) -> None:
    sighting = sighting_of(cars_at(*THREE), visibility=Visible(share, main_reason))
    observation = count_look(sighting, provenance_of(), minimum_visible=0.2)
    assert observation.reason is reason
    assert (observation.value is None) == (reason is not None)
    assert observation.visible == share


@pytest.mark.parametrize(("share", "confidence"), [(0.79, "low"), (0.8, "normal")])
def test_a_poorly_visible_look_has_low_confidence(share: float, confidence: str) -> None:
    sighting = sighting_of(cars_at(*THREE), visibility=Visible(share, Reason.CLOUD))
    assert count_look(sighting, provenance_of()).confidence == confidence


@pytest.mark.parametrize(
    ("searched", "registration_m", "confidence"),
    [("outline", None, "normal"), ("corridor", None, "low"), ("corridor", 15.0, "normal"), ("corridor", 15.1, "low")],
)
def test_a_corridor_that_may_lie_beside_the_tracks_has_low_confidence(
    searched: str, registration_m: float | None, confidence: str
) -> None:
    provenance = provenance_of(searched=searched, registration_m=registration_m)
    observation = count_look(sighting_of(cars_at(*THREE)), provenance)
    assert observation.confidence == confidence
    assert observation.searched == searched
    assert observation.registration_m == registration_m


def test_an_observation_names_the_scenes_that_were_read_and_their_licences_once() -> None:
    read = [scene_of("scene-1"), scene_of("scene-2"), scene_of("scene-3", licence="CC0-1.0", source="mirror")]
    chip = chip_of(scenes=tuple(scene.key for scene in read), bytes_read=1234)
    unread = scene_of("scene-4", licence="secret")
    observation = count_look(sighting_of(cars_at(*THREE), chip=chip), provenance_of(*read, unread))
    assert observation.scene_keys == ("archive:scene-1", "archive:scene-2", "mirror:scene-3")
    assert observation.licence == "CC-BY-4.0; CC0-1.0"
    assert observation.source == "archive; mirror"
    assert observation.bytes_read == 1234


def test_what_is_simulated_says_so() -> None:
    assert count_look(sighting_of(cars_at(*THREE)), provenance_of()).simulated
    real = provenance_of(scene_of("scene-1", simulated=False))
    assert not count_look(sighting_of(cars_at(*THREE)), real).simulated


def test_a_look_that_gave_no_pixels_has_an_observation_without_value() -> None:
    observation = unusable_look(provenance_of(), RELEASE.name, Reason.OUTSIDE_SCENE)
    assert (observation.value, observation.visible, observation.reason) == (None, 0.0, Reason.OUTSIDE_SCENE)
    assert observation.gsd_m == 0.5
    assert observation.simulated


def test_an_unknown_measure_lists_the_known_ones() -> None:
    with pytest.raises(BadInput, match=r"no estimator for measure 'wagons'; known: activity, count"):
        estimator_for("wagons")


@settings(deadline=None, max_examples=40)
@given(
    cars=st.lists(st.tuples(st.floats(-20, 140), st.floats(-20, 100)), max_size=12),
    hidden_from=st.integers(0, 120),
    share=st.floats(0, 1),
    gsd_m=st.floats(0.2, 2),
)
def test_a_value_stands_exactly_where_no_reason_speaks_against_it(
    cars: list[tuple[float, float]], hidden_from: int, share: float, gsd_m: float
) -> None:
    chip = chip_of(gsd_m=gsd_m, effective_gsd_m=gsd_m)
    chip.hidden[:, hidden_from:] = Hidden.CLOUD
    sighting = sighting_of(cars_at(*cars), chip=chip, visibility=Visible(share))
    observation = count_look(sighting, provenance_of())
    assert (observation.value is None) == (observation.reason is not None)
    if observation.value is not None:
        assert 0 <= observation.value <= len(cars)
        assert sum(observation.by_class.values()) == observation.value
        assert observation.low is not None
        assert observation.high is not None
        assert 0 <= observation.low <= observation.high
