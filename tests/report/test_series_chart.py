"""The chart tells what was counted and does not make up what was not."""

from __future__ import annotations

import logging
import re
import warnings
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from drawn_story import SURGE_DAY, drawn_area, drawn_observation, drawn_story, drawn_verdict, real_looks
from matplotlib.text import Text
from PIL import Image

from yardwatch.errors import BadInput
from yardwatch.records import KnownEvent, Reason
from yardwatch.report import canvas, series_chart, series_chart_png
from yardwatch.report.chart import draw_chart
from yardwatch.report.palette import LIGHT


@pytest.fixture(autouse=True)
def _no_tofu():
    """A character without a glyph is a warning of matplotlib, and here an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def drawn(story):
    with canvas.DRAWING, canvas.style():
        return draw_chart(story, LIGHT)


def texts(svg):
    return " ".join(ElementTree.fromstring(svg).itertext())


def test_only_looks_with_a_value_are_points_and_nothing_joins_them(story):
    axes, _ = drawn(story).axes
    points = sorted(value for line in axes.lines for value in line.get_ydata())
    assert points == sorted(o.value for o in story.valued)
    assert {line.get_linestyle() for line in axes.lines} == {"None"}
    assert all(len(line.get_ydata()) == 1 for line in axes.lines)


def test_looks_without_a_value_are_marked_below_the_axis_with_their_reason(story):
    _, strip = drawn(story).axes
    assert sum(len(line.get_xdata()) for line in strip.lines) == 3
    svg = texts(series_chart(story))
    assert "not counted: cloud (2)" in svg
    assert "not counted: no image data over the area (1)" in svg


def test_expected_range_is_not_drawn_over_a_look_that_saw_nothing(story):
    from matplotlib.dates import date2num

    withdrawn = {look.look_id: drawn_verdict(look) for look in story.unusable}
    axes, _ = drawn(replace(story, verdicts={**story.verdicts, **withdrawn})).axes
    spans = [path.get_extents() for band in axes.collections for path in band.get_paths() if len(path) > 4]
    for look in story.unusable:
        moment = date2num(look.acquired_from)
        assert not any(span.x0 < moment < span.x1 for span in spans)
    assert len(spans) == sum(1 for v in story.verdicts.values() if v.expected_low is not None)


def test_interval_that_lies_beside_the_count_is_drawn():
    look = drawn_observation(SURGE_DAY, 10.0, low=11.0, high=14.0)
    axes, _ = drawn(drawn_story(observations=(look,), verdicts={}, events=())).axes
    (bar,) = [path for band in axes.collections for path in band.get_paths()]
    assert (bar.get_extents().y0, bar.get_extents().y1) == (11.0, 14.0)


def test_surge_is_labelled_with_its_count_and_local_day(story):
    assert "73" in texts(series_chart(story))
    assert "2023-10-05" in texts(series_chart(story))
    late = drawn_observation(SURGE_DAY.replace(hour=20), 73.0)
    verdict = {late.look_id: replace(story.verdicts[story.observations[-1].look_id], look_id=late.look_id)}
    assert "2023-10-06" in texts(series_chart(drawn_story(observations=(late,), verdicts=verdict, events=())))


def test_no_label_covers_a_mark_a_line_or_another_label_where_there_is_room_elsewhere(story):
    """Counts, intervals and two more pieces of news crowd around the surge."""
    surge = story.observations[-1]
    near = [
        drawn_observation(SURGE_DAY - timedelta(days=days), value, low=value - 9.0, high=value + 30.0)
        for days, value in ((20, 70.0), (90, 74.0), (150, 73.0))
    ]
    verdicts = {look.look_id: replace(story.verdicts[surge.look_id], look_id=look.look_id) for look in near[1:]}
    crowded = replace(
        story,
        observations=(*story.observations[:-1], *near, surge),
        verdicts={**story.verdicts, **verdicts},
    )
    figure = drawn(crowded)
    axes = figure.axes[0]
    with canvas.style():
        labels = [Text.get_window_extent(text) for text in axes.texts if "\n" in text.get_text()]
    assert len(labels) == 3
    marks = [axes.transData.transform((line.get_xdata()[0], line.get_ydata()[0])) for line in axes.lines]
    bars = [
        axes.transData.transform_bbox(path.get_extents())
        for band in axes.collections
        for path in band.get_paths()
        if len(path) == 2
    ]
    for index, label in enumerate(labels):
        assert not any(label.contains(*mark) for mark in marks)
        assert not any(label.overlaps(bar) for bar in bars)
        assert not any(label.overlaps(other) for other in labels[index + 1 :])
        assert axes.bbox.x0 <= label.x0 < label.x1 <= axes.bbox.x1


def test_simulated_chart_says_so_and_a_real_one_does_not(story):
    real = replace(story, simulated=False, observations=real_looks(story.observations))
    assert texts(series_chart(story)).count("SIMULATED") >= 2
    assert "SIMULATED" not in texts(series_chart(real))


def test_published_counts_stand_beside_real_counts_and_never_beside_simulated_ones(story):
    real = replace(story, simulated=False, observations=real_looks(story.observations))
    assert "published by people" in texts(series_chart(real))
    assert "published by people" not in texts(series_chart(story))


def test_a_bound_that_people_published_is_not_drawn_under_the_name_of_a_count(story):
    bound, count = (replace(story.published[0], exactness=said) for said in ("at_most", "about"))
    real = replace(story, simulated=False, observations=real_looks(story.observations), published=(bound, count, count))
    axes, _ = drawn(real).axes
    handles, labels = axes.get_legend_handles_labels()
    marks = {label: handle.get_marker() for label, handle in zip(labels, handles, strict=True) if "people" in label}
    assert marks == {"published by people, at most": "v", "published by people": "s"}


def test_no_word_of_the_legend_leaves_the_chart(story):
    (cloudy,) = story.unusable[:1]
    looks = [replace(cloudy, look_id=f"look-{why}", reason=why) for why in (Reason.CLOUD, Reason.NO_DATA)]
    low = [replace(look, visible=0.6, confidence="low") for look in story.valued[:1]]
    figure = drawn(replace(story, observations=(*looks, *low, *story.valued[1:])))
    (legend,) = figure.legends
    assert len(legend.get_texts()) >= 6
    assert legend.get_window_extent().x1 <= figure.bbox.x1


def test_that_the_font_cache_is_built_is_not_said(story):
    logging.getLogger("matplotlib.font_manager").setLevel(logging.INFO)
    series_chart(story)
    assert not logging.getLogger("matplotlib.font_manager").isEnabledFor(logging.WARNING)


def test_known_events_are_lettered_beside_real_counts_and_never_beside_simulated_ones(story):
    closed = KnownEvent("tumangang", date(2020, 2, 1), date(2022, 10, 31), "border closed", "Press")
    known = replace(story, known_events=(closed, replace(closed, since=date(1990, 1, 1), until=date(1990, 1, 2))))
    real = replace(known, simulated=False, observations=real_looks(story.observations))
    assert "known event (listed by letter)" in texts(series_chart(real))
    axes, _ = drawn(real).axes
    assert [text.get_text().strip() for text in axes.texts if len(text.get_text().strip()) == 1] == ["A"]
    assert "known event (listed by letter)" not in texts(series_chart(known))


def test_a_count_of_other_people_is_drawn_as_theirs_and_credited_to_them(story):
    looks = tuple(
        replace(look, provenance="published:exact", attribution="38 North") for look in real_looks(story.valued)
    )
    lent = replace(story, simulated=False, observations=looks, verdicts={}, events=())
    said = texts(series_chart(lent))
    assert "Counts published by people: 38 North" in said
    assert "Counts by yardwatch" not in said
    axes, _ = drawn(lent).axes
    assert "counted, 90 % interval" not in axes.get_legend_handles_labels()[1]


def test_native_name_is_drawn_only_where_the_font_has_it(story):
    assert "두만강" not in series_chart(story)
    assert "?" not in texts(series_chart(story))
    russian = replace(story, area=drawn_area(title="Khasan", native_title="Хасан"))
    assert "Хасан" in series_chart(russian)


@pytest.mark.parametrize("attribution", ["$x_1$ & <script>alert(1)</script>", "著作権 ©", r"\frac{1}{2} $", "a\nb"])
def test_whatever_a_catalog_says_the_chart_is_drawn_and_is_sound_xml(story, attribution, tmp_path):
    looks = tuple(replace(o, attribution=attribution) for o in story.observations)
    strange = replace(story, observations=looks)
    assert attribution.split()[0].replace("著作権", "???") in texts(series_chart(strange))
    assert "<script" not in series_chart(strange)
    assert series_chart_png(strange, tmp_path / "c.png", dpi=40).exists()


def test_chart_without_looks_and_chart_without_values_say_so(story):
    assert "no looks recorded yet" in texts(series_chart(drawn_story(observations=(), verdicts={}, events=())))
    blind = replace(story, observations=story.unusable, verdicts={}, events=())
    assert "no look permitted a value" in texts(series_chart(blind))


def test_chart_of_one_look_and_of_looks_of_one_day_can_be_drawn():
    one = drawn_observation(SURGE_DAY, 5.0)
    two = drawn_observation(SURGE_DAY + timedelta(minutes=30), 7.0)
    story = drawn_story(observations=(one, two), verdicts={two.look_id: drawn_verdict(two)}, events=())
    ElementTree.fromstring(series_chart(story))


def test_same_story_gives_the_same_chart_byte_for_byte(story):
    assert series_chart(story) == series_chart(story)


def test_chart_asks_for_nothing_from_outside_and_no_id_comes_twice(story):
    svg = series_chart(story)
    assert re.findall(r'(?:href|src)="(?!#)', svg) == []
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))


def test_page_can_set_the_colours_of_an_automatic_chart(story):
    assert f"var(--chart-ink, {LIGHT.ink})" in series_chart(story)
    assert "var(--" not in series_chart(story, theme="dark")


def test_picture_file_follows_its_suffix(story, tmp_path):
    with Image.open(series_chart_png(story, tmp_path / "deep/er/c.jpg", dpi=40)) as picture:
        assert picture.format == "JPEG"
    with pytest.raises(BadInput, match="png"):
        series_chart_png(story, tmp_path / "c.gif")
    assert [p.name for p in (tmp_path / "deep/er").iterdir()] == ["c.jpg"]


@pytest.mark.parametrize("days", [2, 9, 40, 75, 100, 250, 500, 900, 1300, 1650, 1770, 1820, 2400, 5000])
def test_every_length_of_a_series_has_dates_on_its_axis(days):
    looks = tuple(drawn_observation(SURGE_DAY - timedelta(days=days * share), 5.0) for share in (1.0, 0.5, 0.0))
    svg = texts(series_chart(drawn_story(observations=looks, verdicts={}, events=())))
    assert len(re.findall(r"\b(?:20\d\d|[A-Z][a-z]{2}|\d\d:\d\d|\d\d)\b", svg)) >= 3
