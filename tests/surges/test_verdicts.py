"""What counts as news, what does not, and what happens to an event once it is there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from drawn_series import continued, look, quiet, sparse_station

from yardwatch.errors import BadInput
from yardwatch.records import VerdictKind
from yardwatch.surges import Judgement, SurgePolicy, judge, judge_series

NEWS = (VerdictKind.SURGE, VerdictKind.ESCALATION, VerdictKind.DROP)
DEMO = SurgePolicy(alarm_budget=0.05)


def alarms(verdicts: list[Judgement]) -> list[Judgement]:
    return [verdict for verdict in verdicts if verdict.kind in NEWS]


def test_73_cars_are_news_and_the_20_before_them_are_not() -> None:
    earlier = flagged = 0
    for seed in range(20):
        verdicts = judge_series(sparse_station(seed), DEMO)
        flagged += verdicts[-1].kind is VerdictKind.SURGE and verdicts[-1].happening == "opened"
        earlier += len(alarms(verdicts[:-1]))
    assert flagged == 20
    assert earlier <= 4


def test_an_ordinary_station_is_silent() -> None:
    assert sum(len(alarms(judge_series(quiet(40, seed=seed), DEMO))) for seed in range(4)) <= 1


def test_half_the_cars_on_half_the_view_are_ordinary() -> None:
    series = quiet(mean=30)
    day = 12.0 * len(series)
    whole, half = judge(series, look(day, 40)), judge(series, look(day, 20, visible=0.5))
    assert half.expected == pytest.approx(whole.expected / 2, rel=0.05)  # type: ignore[operator]
    assert half.kind is VerdictKind.CALM
    assert half.smallest_alarming < whole.smallest_alarming  # type: ignore[operator]


def test_a_partial_view_is_less_sure_than_a_whole_one() -> None:
    series = quiet(mean=30)
    day = 12.0 * len(series)
    whole, half = judge(series, look(day, 30)), judge(series, look(day, 15, visible=0.5))
    assert half.expected_high / half.expected > 1.1 * whole.expected_high / whole.expected  # type: ignore[operator]


def test_a_wide_interval_of_the_count_needs_more_cars_to_alarm() -> None:
    series = quiet(mean=20)
    day = 12.0 * len(series)
    sure, vague = look(day, 60, low=58, high=75), look(day, 60, low=20, high=140)
    assert judge(series, vague).smallest_alarming > judge(series, sure).smallest_alarming  # type: ignore[operator]


def test_days_without_a_look_are_missing_and_not_zero() -> None:
    gappy = [past for i, past in enumerate(quiet(60)) if i % 3 == 0]
    seen = sum(past.value for past in gappy) / len(gappy) / 0.9
    assert judge(gappy, look(731, 8, recall=1.0)).expected == pytest.approx(seen, rel=0.25)
    assert not alarms(judge_series([*gappy, look(731 + 200, 8)]))


def test_a_new_release_that_counts_far_more_is_no_surge() -> None:
    steady = [look(12.0 * i, 16.0 + i % 7) for i in range(40)]
    more = [42.0, 45.0, 40.0, 44.0]

    def told(break_key: str) -> list[VerdictKind]:
        after = [look(480 + 12.0 * i, v, break_key=break_key) for i, v in enumerate(more)]
        return [v.kind for v in judge_series([*steady, *after], SurgePolicy(alarm_budget=0.5))[-4:]]

    assert VerdictKind.SURGE in told("")
    assert set(told("release-2")) == {VerdictKind.CALM}


def test_a_new_release_does_not_hide_a_surge() -> None:
    series = quiet(40, mean=8)
    assert judge(series, look(480, 90, break_key="release-2")).kind is VerdictKind.SURGE


def test_one_event_is_one_alarm() -> None:
    verdicts = judge_series(continued(quiet(), [45, 50, 40, 48]))
    assert [v.kind for v in verdicts[-4:]] == [VerdictKind.SURGE, *[VerdictKind.CALM] * 3]
    assert {v.event_key for v in verdicts[-4:]} == {verdicts[-4].look_id}


def test_much_more_within_an_event_is_said_again() -> None:
    verdicts = judge_series(continued(quiet(), [45, 50, 40, 255]))
    assert verdicts[-1].kind is VerdictKind.ESCALATION
    assert verdicts[-1].happening == "escalated"
    assert verdicts[-1].event_key == verdicts[-4].look_id


def test_an_event_closes_when_the_counts_are_ordinary_again() -> None:
    verdicts = judge_series(continued(quiet(), [60, 62, 7, 8, 6, 9, 7]))
    closed = [v for v in verdicts if v.happening == "closed"]
    assert [v.kind for v in closed] == [VerdictKind.RETURN]
    assert closed[0].event_key == verdicts[40].look_id
    assert verdicts[-1].event_key is None


def test_one_low_look_does_not_close_an_event() -> None:
    verdicts = judge_series(continued(quiet(), [60, 62, 9, 58, 61]))
    assert [v.happening for v in verdicts[-5:]] == ["opened", None, None, None, None]


def test_an_event_that_nobody_saw_for_months_is_over_and_the_next_is_news() -> None:
    series = continued(quiet(), [60])
    verdicts = judge_series([*series, look(12.0 * 41 + 200, 75)])
    assert (verdicts[-1].kind, verdicts[-1].happening) == (VerdictKind.SURGE, "opened")
    assert verdicts[-1].also_closed == verdicts[-2].look_id


def test_a_level_that_stays_becomes_the_new_normal() -> None:
    rng_values = [27, 22, 30, 25, 24, 33, 20, 28, 26, 23, 31, 25, 27, 22, 29, 26]
    verdicts = judge_series(continued(quiet(), rng_values))
    kinds = [v.kind for v in verdicts]
    assert kinds.count(VerdictKind.NEW_NORMAL) == 1
    assert len(alarms(verdicts)) <= 1
    accepted = kinds.index(VerdictKind.NEW_NORMAL)
    shifted_at = 12.0 * 40
    assert 78 <= 12.0 * accepted - shifted_at <= 180  # dated to within a look of the shift
    assert verdicts[-1].expected == pytest.approx(26, rel=0.35)
    assert verdicts[-1].event_key is None


def test_back_to_the_level_before_a_new_normal_is_no_surge() -> None:
    low = [0, 1, 1, 0, 2, 1, 0, 1, 1, 0, 1, 2, 0, 1]
    verdicts = judge_series(continued(quiet(mean=20), [*low, 21, 18, 24]))
    kinds = [v.kind for v in verdicts]
    assert VerdictKind.DROP in kinds
    assert VerdictKind.NEW_NORMAL in kinds
    assert VerdictKind.SURGE not in kinds
    assert VerdictKind.RETURN in kinds[-3:]


def test_a_yard_that_empties_is_a_drop() -> None:
    verdicts = judge_series(continued(quiet(mean=20), [1, 0, 1, 2, 0, 1]))
    assert VerdictKind.DROP in [v.kind for v in verdicts[-6:]]


def test_a_surge_inside_a_drop_is_news() -> None:
    verdicts = judge_series(continued(quiet(mean=20), [1, 0, 1, 2, 0, 1, 150]))
    assert (verdicts[-1].kind, verdicts[-1].happening) == (VerdictKind.SURGE, "opened")


def test_the_story_20_73_255_is_told_and_ends() -> None:
    series = [look(30.0 * i, v) for i, v in enumerate([3, 5, 8, 4, 20, 6, 2, 7, 3, 9, 5, 4, 6, 8, 3, 5])]
    story = [*series, look(480, 73), look(736, 255)]
    told = [v.kind for v in alarms(judge_series(story, DEMO))]
    assert told == [VerdictKind.SURGE, VerdictKind.SURGE]
    later = [look(780 + 20.0 * i, 250 + 10 * (i % 3)) for i in range(12)]
    assert judge_series([*story, *later], DEMO)[-1].event_key is None


def test_few_looks_give_no_verdict_and_some_more_a_provisional_one() -> None:
    verdicts = judge_series(continued(quiet(8), [90]))
    assert [v.kind for v in verdicts[:4]] == [VerdictKind.UNJUDGED] * 4
    assert all("short history" in (v.reason or "") for v in verdicts[:4])
    assert all(v.provisional for v in verdicts[:8])
    assert not verdicts[8].provisional
    early = judge_series(continued(quiet(5), [120]))[-1]
    assert (early.kind, early.provisional) == (VerdictKind.SURGE, True)
    assert "Provisional" in early.sentence


def test_a_surge_is_at_least_four_cars_and_half_as_many_again() -> None:
    rare = judge_series([*[look(10.0 * i, 0) for i in range(60)], look(600, 3)], SurgePolicy(5.0))[-1]
    assert (rare.p_up or 1) < 0.05
    assert rare.kind is VerdictKind.CALM


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"visible": 0.0}, "visible 0.0"),
        ({"recall": 1.2}, "recall 1.2"),
    ],
)
def test_an_impossible_exposure_is_named(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(BadInput, match=f"look-wrong.*{said}"):
        judge(quiet(), look(600, 3, name="look-wrong", **wrong))


def test_a_time_without_a_zone_and_a_count_below_zero_are_named() -> None:
    fine = look(600, 3, name="odd")
    naive = type(fine)(**{**vars(fine), "acquired": fine.acquired.replace(tzinfo=None)})
    with pytest.raises(BadInput, match=r"odd: acquired .* no time zone"):
        judge([], naive)
    with pytest.raises(BadInput, match="odd: value -1"):
        judge([], type(fine)(**{**vars(fine), "value": -1}))


def test_the_interval_holds_about_95_of_100_ordinary_looks() -> None:
    inside = total = 0
    for seed in range(3):
        series = quiet(60, seed=seed)
        for past, verdict in zip(series, judge_series(series), strict=True):
            if verdict.expected_low is not None and not verdict.provisional:
                inside += verdict.expected_low <= past.value <= (verdict.expected_high or 0)
                total += 1
    assert 0.92 <= inside / total <= 1.0


def test_the_smallest_alarming_count_is_exact() -> None:
    for series in (quiet(), continued(quiet(), [60]), sparse_station(3)[:-1]):
        following = series[-1].acquired + timedelta(days=11)
        asked = type(series[0])(**{**vars(look(0, 5, name="next")), "acquired": following})
        smallest = judge(series, asked).smallest_alarming
        assert smallest is not None
        above, below = (type(asked)(**{**vars(asked), "value": smallest - i}) for i in (0, 1))
        assert judge(series, above).kind in NEWS
        assert judge(series, below).kind not in NEWS
