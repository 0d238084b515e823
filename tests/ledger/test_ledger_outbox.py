from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_data import AREA, DAY, a_look, a_message, an_event, an_observation

from yardwatch.errors import BadInput
from yardwatch.ledger import Ledger, SeriesJudgement
from yardwatch.records import Event, OutboxEntry

MINUTE = timedelta(minutes=1)


@pytest.fixture
def event(ledger: Ledger) -> Event:
    look = a_look()
    ledger.register([look])
    return an_event(ledger.record(an_observation(look)).observation)


def queue(ledger: Ledger, event: Event, *messages: OutboxEntry) -> int:
    return ledger.record_judgement(SeriesJudgement(AREA, "count", False, (), [event], messages)).outbox_added


@pytest.fixture
def entry_id(ledger: Ledger, event: Event) -> str:
    queue(ledger, event, a_message(event))
    return ledger.outbox()[0].entry_id


def test_no_message_is_queued_twice_whatever_it_says(ledger: Ledger, event: Event) -> None:
    message = a_message(event)
    assert queue(ledger, event, message, message) == 1
    assert queue(ledger, event, replace(message, payload={"title": "in other words"}, queued_at=DAY + MINUTE)) == 0
    assert ledger.outbox()[0].payload == message.payload


def test_each_channel_and_each_happening_has_a_message_of_its_own(ledger: Ledger, event: Event) -> None:
    messages = (a_message(event), a_message(event, "radio"), a_message(event, happening="closed"))
    assert queue(ledger, event, *messages) == 3
    assert [(m.channel, m.happening) for m in ledger.outbox(event_id=event.event_id)] == [
        ("desk", "opened"),
        ("radio", "opened"),
        ("desk", "closed"),
    ]
    assert ledger.outbox(event_id="another") == []


def test_an_id_that_its_maker_gave_is_kept(ledger: Ledger, event: Event) -> None:
    queue(ledger, event, a_message(event, entry_id="abc123"))
    assert ledger.outbox()[0].entry_id == "abc123"


def test_only_one_claim_is_granted_until_its_lease_runs_out(ledger: Ledger, entry_id: str) -> None:
    assert ledger.claim(entry_id, DAY, lease_s=600)
    assert not ledger.claim(entry_id, DAY + 9 * MINUTE)
    assert ledger.claim(entry_id, DAY + 10 * MINUTE)
    assert ledger.outbox()[0].attempts == 2


def test_a_sent_message_is_never_sent_again(ledger: Ledger, entry_id: str) -> None:
    ledger.claim(entry_id, DAY)
    ledger.confirm(entry_id, DAY + MINUTE)
    assert not ledger.claim(entry_id, DAY + timedelta(days=99))
    ledger.postpone(entry_id, "a slow sender gave up", DAY + MINUTE)
    ledger.confirm(entry_id, DAY + 5 * MINUTE)
    (sent,) = ledger.outbox(states=["sent"])
    assert (sent.state, sent.sent_at, sent.error, sent.attempts) == ("sent", DAY + MINUTE, None, 1)


def test_a_failed_message_waits_and_stays_queued(ledger: Ledger, entry_id: str) -> None:
    ledger.claim(entry_id, DAY)
    ledger.postpone(entry_id, "connection refused", DAY + 2 * MINUTE)
    (failed,) = ledger.outbox(["failed", "queued"])
    assert (failed.state, failed.error, failed.attempts) == ("failed", "connection refused", 1)
    assert failed.retry_at == DAY + 2 * MINUTE
    assert not ledger.claim(entry_id, DAY + MINUTE)
    assert ledger.claim(entry_id, DAY + 2 * MINUTE)


def test_an_unknown_message_is_an_error_that_names_it(ledger: Ledger) -> None:
    for act in (
        lambda: ledger.claim("nobody", DAY),
        lambda: ledger.confirm("nobody", DAY),
        lambda: ledger.postpone("nobody", "e", DAY),
    ):
        with pytest.raises(BadInput, match="nobody"):
            act()
