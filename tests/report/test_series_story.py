"""Story, table and exports: what is said of each look."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from drawn_story import SURGE_DAY, drawn_observation, drawn_story, real_looks
from hypothesis import given
from hypothesis import strategies as st

from yardwatch.errors import BadInput
from yardwatch.records import Reason
from yardwatch.report import SeriesStory, series_table, write_csv, write_geojson
from yardwatch.report.wording import REASONS, local_time, percent, why_no_value


def test_look_without_a_value_is_a_dash_with_its_reason_and_never_a_zero(story):
    rows = [row for row in series_table(story) if story.by_look[row.look_id].value is None]
    assert [row.count for row in rows] == ["–"] * 3
    assert {row.outcome for row in rows} == {"not counted: cloud", "not counted: no image data over the area"}
    assert {row.interval for row in rows} == {"–"}


def test_look_of_zero_cars_is_a_zero():
    empty = drawn_observation(SURGE_DAY, 0.0)
    (row,) = series_table(drawn_story(observations=(empty,), verdicts={}, events=()))
    assert row.count == "0"
    assert row.outcome == "not judged"


def test_rows_are_in_time_order_whatever_order_they_came_in(story):
    shuffled = replace(story, observations=story.observations[::-1])
    assert [row.look_id for row in series_table(shuffled)] == [row.look_id for row in series_table(story)]


def test_times_are_given_in_the_zone_of_the_station_and_in_utc(story):
    row = series_table(story)[-1]
    assert (row.date, row.utc) == ("2023-10-05 11:12 KST", "2023-10-05 02:12 UTC")
    assert row.is_news
    assert row.simulated


def test_mosaic_of_several_days_is_given_as_a_span():
    zone = ZoneInfo("Asia/Pyongyang")
    assert local_time(SURGE_DAY, SURGE_DAY + timedelta(days=3), zone) == "2023-10-05 to 2023-10-08 KST"
    assert local_time(SURGE_DAY, SURGE_DAY + timedelta(minutes=5), zone) == "2023-10-05 11:12–11:17 KST"


def test_release_that_was_never_measured_shows_no_interval(story):
    bare = tuple(replace(o, low=None, high=None) for o in story.observations)
    assert {row.interval for row in series_table(replace(story, observations=bare))} == {"–"}


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words(reason):
    assert why_no_value(drawn_observation(SURGE_DAY, None, reason=reason)) == REASONS[reason]


@given(st.floats(0, 1))
def test_only_a_wholly_visible_yard_is_100_percent_and_only_nothing_is_0(share):
    assert (percent(share) == "100 %") == (share == 1)
    assert (percent(share) == "0 %") == (share == 0)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"simulated": False}, "never share a series"),
        ({"area": "khasan"}, "is of area khasan"),
        ({"measure": "activity"}, "measures activity"),
    ],
)
def test_series_of_different_kinds_are_never_mixed(story, change, what):
    stranger = replace(story.observations[0], look_id="another", **change)
    with pytest.raises(BadInput, match=what):
        replace(story, observations=(*story.observations, stranger))


def test_look_comes_once(story):
    with pytest.raises(BadInput, match="comes twice"):
        replace(story, observations=(*story.observations, story.observations[0]))


def test_pictures_that_tell_are_the_opening_and_the_counted_look_before_it(story):
    before, opened = [o.look_id for o in story.valued][-2:]
    assert story.telling_looks() == (before, opened)


def test_without_an_event_the_newest_counted_look_tells(story):
    quiet = replace(story, events=())
    assert quiet.telling_looks() == (story.valued[-1].look_id,)
    assert drawn_story(observations=(), verdicts={}, events=()).telling_looks() == ()


def test_csv_keeps_missing_apart_from_zero_and_carries_provenance_in_every_row(story, tmp_path):
    with write_csv(story, tmp_path / "series.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["value"] for row in rows] == ["" if o.value is None else str(o.value) for o in story.observations]
    assert all(row["value"] or row["reason"] for row in rows)
    for name in (
        "source",
        "scenes",
        "licence",
        "attribution",
        "release",
        "pipeline_version",
        "recorded_at",
        "simulated",
    ):
        assert all(row[name] for row in rows), name


def test_spreadsheet_does_not_run_what_a_catalog_says(story, tmp_path):
    looks = tuple(replace(o, attribution='=HYPERLINK("http://example.org")') for o in story.observations)
    with write_csv(replace(story, observations=looks), tmp_path / "s.csv").open(encoding="utf-8", newline="") as file:
        assert {row["attribution"][0] for row in csv.DictReader(file)} == {"'"}


def test_geojson_has_a_point_in_wgs84_and_null_for_a_look_without_a_value(story, tmp_path):
    collection = json.loads(write_geojson(story, tmp_path / "series.geojson").read_text())
    values = [feature["properties"]["value"] for feature in collection["features"]]
    assert values == [o.value for o in story.observations]
    assert collection["features"][0]["geometry"]["coordinates"] == [130.6081, 42.4214]
    assert collection["name"].startswith("simulated")


def test_series_without_looks_still_exports(tmp_path):
    empty = drawn_story(observations=(), verdicts={}, events=())
    assert write_csv(empty, tmp_path / "a.csv").read_text()
    assert json.loads(write_geojson(empty, tmp_path / "a.geojson").read_text())["features"] == []


def test_export_that_fails_leaves_neither_file_nor_half_of_one(story, tmp_path):
    broken = replace(story, observations=tuple(replace(o, visible=float("nan")) for o in story.observations))
    with pytest.raises(ValueError, match="JSON"):
        write_geojson(broken, tmp_path / "a.geojson")
    assert list(tmp_path.iterdir()) == []


def test_real_story_is_not_called_simulated(story, tmp_path):
    real: SeriesStory = replace(story, simulated=False, observations=real_looks(story.observations))
    assert "simulated" not in json.loads(write_geojson(real, tmp_path / "a.geojson").read_text())["name"]
