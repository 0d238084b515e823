from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from ledger_data import AREA, DAY, a_look, an_observation

from yardwatch.errors import BadInput
from yardwatch.ledger import Ledger
from yardwatch.records import PublishedCount, Review

OCTOBER = PublishedCount(
    source="Beyond Parallel",
    area=AREA,
    acquired_from=datetime(2023, 10, 5, tzinfo=UTC),
    acquired_to=datetime(2023, 10, 6, tzinfo=UTC),
    measure="count",
    value=73,
    exactness="about",
    url="https://beyondparallel.csis.org/",
)


def test_published_counts_are_added_once(ledger: Ledger) -> None:
    november = replace(OCTOBER, source="38 North", acquired_from=datetime(2022, 11, 4, tzinfo=UTC), value=3)
    assert ledger.add_published([OCTOBER, november]) == 2
    assert ledger.add_published([OCTOBER, november]) == 0
    assert ledger.published(AREA) == [november, OCTOBER]
    assert ledger.published("khasan") == []


def test_a_corrected_published_count_stands_in_place_of_the_old_one(ledger: Ledger) -> None:
    corrected = replace(OCTOBER, value=70, exactness="exact")
    assert ledger.add_published([OCTOBER]) == ledger.add_published([corrected]) == 1
    assert ledger.published(AREA) == [corrected]
    assert ledger.row_counts()["published_counts"] == 2


def test_cars_and_metres_of_one_report_stand_side_by_side(ledger: Ledger) -> None:
    metres = replace(OCTOBER, measure="occupied_m", value=500)
    ledger.add_published([OCTOBER, metres])
    assert ledger.published(AREA) == [OCTOBER, metres]


def test_reviews_of_a_look_are_kept_in_order_and_once(ledger: Ledger) -> None:
    look = a_look()
    ledger.register([look])
    observation = ledger.record(an_observation(look)).observation
    said = Review(look.look_id, observation.observation_id, "ana", DAY, "corrected", "two cars under the tree")
    agreed = replace(said, reviewer="ben", verdict="accepted", note="")
    assert [ledger.add_review(review) for review in (said, agreed, said)] == [True, True, False]
    assert ledger.reviews(look.look_id) == [said, agreed]


def test_a_review_of_what_was_never_read_is_refused(ledger: Ledger) -> None:
    look = a_look()
    ledger.register([look])
    observation = ledger.record(an_observation(look)).observation
    for review in (
        Review(look.look_id, "unknown", "ana", DAY, "accepted"),
        Review("another/look/x", observation.observation_id, "ana", DAY, "accepted"),
    ):
        with pytest.raises(BadInput, match="has no observation"):
            ledger.add_review(review)


def test_a_naive_time_names_no_moment_and_is_refused(ledger: Ledger) -> None:
    look = a_look()
    ledger.register([look])
    observation = ledger.record(an_observation(look)).observation
    naive = datetime(2023, 10, 5)
    with pytest.raises(BadInput, match="time zone"):
        ledger.add_review(Review(look.look_id, observation.observation_id, "ana", naive, "accepted"))
    with pytest.raises(BadInput, match="time zone"):
        ledger.add_published([replace(OCTOBER, acquired_from=naive)])
    with pytest.raises(BadInput, match="time zone"):
        ledger.looks(since=naive)
