"""A replay held against the user's own labels: what was found, how late, what was false, what is still open."""

from __future__ import annotations

from datetime import timedelta

from drawn_series import START, continued, look, quiet

from yardwatch.records import VerdictKind
from yardwatch.surges import Backtest, Judgement, Label, SeriesLook, backtest, judge_series

SPIKE = continued(quiet(24), [60, 55, 7, 8, 6, 9, 7])
END = SPIKE[-1].acquired + timedelta(days=1)


def label(first_day: float, last_day: float, **more: object) -> Label:
    return Label(START + timedelta(days=first_day), START + timedelta(days=last_day), **more)  # type: ignore[arg-type]


def replayed(looks: list[SeriesLook], *labels: Label, after_days: float = 1.0) -> Backtest:
    now = looks[-1].acquired + timedelta(days=after_days)
    return backtest(looks, judge_series(looks), labels, allowed_per_year=0.2, now=now)


def said(look: SeriesLook, kind: VerdictKind, happening: str | None = None, key: str | None = None) -> Judgement:
    return Judgement(look.look_id, kind, f"{look.value:.0f} cars.", happening=happening, event_key=key)  # type: ignore[arg-type]


def test_a_labelled_surge_is_found_with_its_delay_and_nothing_is_false() -> None:
    found = replayed(SPIKE, label(280, 310, text="the convoy"))
    [detection] = found.detections
    assert detection.delay_days == 24 * 12 - 280
    assert detection.delay_looks == 1
    assert found.false_alarms == ()
    [alarm] = found.openings
    assert (alarm.value, alarm.label, alarm.ending) == (60, 0, "return")


def test_a_later_look_of_the_label_that_tells_is_counted_from_the_labels_first_day() -> None:
    looks = [look(10.0 * i, 5) for i in range(5)]
    kinds = [VerdictKind.CALM] * 4 + [VerdictKind.SURGE]
    told = [said(k, kind) for k, kind in zip(looks, kinds, strict=True)]
    told[-1] = said(looks[-1], VerdictKind.SURGE, "opened", looks[-1].look_id)
    [detection] = backtest(looks, told, [label(15, 45)], allowed_per_year=0.2, now=END).detections
    assert (detection.delay_days, detection.delay_looks, detection.looks_within) == (25, 3, 3)


def test_an_alarm_outside_every_label_is_false_and_a_label_without_an_alarm_is_missed() -> None:
    found = replayed(SPIKE, label(0, 100, text="never happened"))
    assert len(found.false_alarms) == 1
    assert found.detections[0].delay_days is None
    assert found.detections[0].looks_within == 9


def test_a_drop_does_not_find_a_labelled_surge() -> None:
    looks = [look(10.0 * i, 5) for i in range(5)]
    told = [said(k, VerdictKind.CALM) for k in looks[:-1]]
    told.append(said(looks[-1], VerdictKind.DROP, "opened", looks[-1].look_id))
    for kind, found in (("surge", False), ("drop", True)):
        result = backtest(looks, told, [label(35, 45, kind=kind)], allowed_per_year=0.2, now=END)
        assert (result.detections[0].delay_days is not None) is found


def test_a_label_within_which_nothing_was_seen_says_so() -> None:
    found = replayed(SPIKE, label(1000, 1010))
    assert found.detections[0].looks_within == 0


def test_an_event_that_nobody_sees_any_more_does_not_stay_open_for_good() -> None:
    series = SPIKE[:25]
    assert replayed(series, after_days=30).openings[0].closed is None
    [alarm] = replayed(series, after_days=400).openings
    assert alarm.ending == "unseen"
    assert alarm.closed == series[-1].acquired + timedelta(days=90)


def test_rates_are_of_judged_time_and_withheld_below_half_a_year() -> None:
    long, short = replayed(SPIKE), replayed(SPIKE[:12])
    assert long.judged == len(SPIKE) - 4
    assert long.per_year(1) == 1 / long.years
    assert short.per_year(1) is None
