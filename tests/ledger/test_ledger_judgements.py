from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pytest
from ledger_data import AREA, DAY, a_look, a_message, a_scene, a_verdict, an_event, an_observation, daily_looks

from yardwatch.errors import BadInput
from yardwatch.ledger import JudgementReceipt, Ledger, SeriesJudgement
from yardwatch.records import Observation, OutboxEntry, Verdict, VerdictKind


@pytest.fixture
def series(ledger: Ledger) -> list[Observation]:
    """Three recorded looks of which the last is a surge."""
    looks = daily_looks(3)
    ledger.register(looks)
    return [
        ledger.record(an_observation(look, value)).observation for look, value in zip(looks, (12, 20, 73), strict=True)
    ]


def judgement(series: list[Observation], *, last: VerdictKind = VerdictKind.SURGE) -> SeriesJudgement:
    verdicts = [a_verdict(o, last if o is series[-1] else VerdictKind.CALM) for o in series]
    event = an_event(series[-1])
    return SeriesJudgement(AREA, "count", False, verdicts, [event], [a_message(event)])


def test_a_judgement_comes_back_as_it_went_in(ledger: Ledger, series: list[Observation]) -> None:
    given = judgement(series)
    assert ledger.record_judgement(given) == JudgementReceipt(3, 0, 1, 0, 1)
    stored = ledger.verdicts(AREA)
    by_ledger = {"verdict_id", "recorded_at"}
    for verdict, expected in zip(stored, given.verdicts, strict=True):
        for name in {field.name for field in fields(Verdict)} - by_ledger:
            assert getattr(verdict, name) == getattr(expected, name), name
    assert ledger.events() == list(given.events)
    (message,) = ledger.outbox()
    (expected_message,) = given.outbox
    for name in {field.name for field in fields(OutboxEntry)} - {"entry_id"}:
        assert getattr(message, name) == getattr(expected_message, name), name


def test_the_same_judgement_again_adds_nothing(ledger: Ledger, series: list[Observation], clock: object) -> None:
    ledger.record_judgement(judgement(series))
    counts = ledger.row_counts()
    clock.advance(days=1)  # type: ignore[attr-defined]
    assert ledger.record_judgement(judgement(series)) == JudgementReceipt()
    assert ledger.row_counts() == counts


def test_a_changed_verdict_supersedes_and_the_old_one_stays_known(
    ledger: Ledger, series: list[Observation], clock: object
) -> None:
    ledger.record_judgement(judgement(series))
    monday = clock()  # type: ignore[operator]
    tuesday = clock.advance(days=1)  # type: ignore[attr-defined]
    receipt = ledger.record_judgement(judgement(series, last=VerdictKind.CALM))
    assert (receipt.verdicts_added, receipt.verdicts_superseded) == (1, 1)

    def kinds(as_of: object) -> list[VerdictKind]:
        return [verdict.kind for verdict in ledger.verdicts(AREA, as_of=as_of)]  # type: ignore[arg-type]

    calm, surge = VerdictKind.CALM, VerdictKind.SURGE
    assert kinds(None) == kinds(tuesday) == [calm, calm, calm]
    assert kinds(monday) == [calm, calm, surge]
    assert kinds(monday - timedelta(seconds=1)) == []


def test_a_verdict_may_return_to_what_it_was(ledger: Ledger, series: list[Observation]) -> None:
    for kind in (VerdictKind.SURGE, VerdictKind.CALM, VerdictKind.SURGE):
        ledger.record_judgement(judgement(series, last=kind))
    assert ledger.verdicts(AREA)[-1].kind is VerdictKind.SURGE
    assert ledger.row_counts()["verdicts"] == 5


def test_looks_that_a_judgement_does_not_name_keep_their_verdicts(ledger: Ledger, series: list[Observation]) -> None:
    ledger.record_judgement(judgement(series))
    ledger.record_judgement(SeriesJudgement(AREA, "count", False, [a_verdict(series[0], sentence="other words")]))
    assert [v.sentence == "other words" for v in ledger.verdicts(AREA)] == [True, False, False]


def test_an_event_takes_new_forms_and_keeps_its_history(ledger: Ledger, series: list[Observation]) -> None:
    opened = an_event(series[1])
    risen = replace(opened, peak_look=series[2].look_id, peak_value=73.0)
    closed = replace(risen, closed_look=series[2].look_id, closed_at=series[2].acquired_from)
    receipts = [
        ledger.record_judgement(SeriesJudgement(AREA, "count", False, (), [form]))
        for form in (opened, risen, risen, closed)
    ]
    assert [(r.events_added, r.events_changed) for r in receipts] == [(1, 0), (0, 1), (0, 0), (0, 1)]
    assert ledger.events(AREA) == [closed]
    assert ledger.event_history(opened.event_id) == [opened, risen, closed]
    assert ledger.events(AREA, open_only=True) == []
    assert ledger.events("khasan") == ledger.events(simulated=True) == []


def test_one_bad_part_records_nothing_of_a_judgement(ledger: Ledger, series: list[Observation]) -> None:
    good = judgement(series)
    event = good.events[0]
    stranger = a_look(a_scene("never-registered", DAY + timedelta(days=99)))
    bad = (
        replace(good, verdicts=[*good.verdicts, a_verdict(an_observation(stranger))]),
        replace(good, verdicts=[*good.verdicts, good.verdicts[0]]),
        replace(good, verdicts=[replace(good.verdicts[0], area="khasan")]),
        replace(good, events=[replace(event, simulated=True)]),
        replace(good, outbox=[*good.outbox, replace(good.outbox[0], event_id="unknown")]),
        replace(good, outbox=[*good.outbox, replace(good.outbox[0], look_id="unknown")]),
    )
    before = ledger.row_counts()
    for judged in bad:
        with pytest.raises(BadInput):
            ledger.record_judgement(judged)
        assert ledger.row_counts() == before


def test_a_simulated_judgement_never_touches_a_real_look(ledger: Ledger, series: list[Observation]) -> None:
    drawn = [replace(verdict) for verdict in judgement(series).verdicts]
    with pytest.raises(BadInput, match="no such simulated look"):
        ledger.record_judgement(SeriesJudgement(AREA, "count", True, drawn))


def test_series_are_asked_for_by_measure_and_simulation(ledger: Ledger, series: list[Observation]) -> None:
    metres = a_verdict(series[0], measure="occupied_m")
    ledger.record_judgement(judgement(series))
    ledger.record_judgement(SeriesJudgement(AREA, "occupied_m", False, [metres]))
    assert len(ledger.verdicts(AREA)) == 4
    assert len(ledger.verdicts(AREA, "occupied_m")) == 1
    assert ledger.verdicts(AREA, simulated=True) == []


def test_infinite_ratios_and_numpy_numbers_are_kept(ledger: Ledger, series: list[Observation]) -> None:
    verdict = a_verdict(series[0], ratio=float("inf"), expected=np.float64(0.0), rank=np.int64(1))
    for _ in range(2):
        receipt = ledger.record_judgement(SeriesJudgement(AREA, "count", False, [verdict]))
    assert receipt.verdicts_added == 0
    (stored,) = ledger.verdicts(AREA)
    assert (stored.ratio, stored.expected, stored.rank) == (float("inf"), 0.0, 1)
