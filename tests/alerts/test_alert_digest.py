"""Digests, side by side delivery, and messages about areas that fell silent."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from drawn_news import LOOK, NOW, drawn_area, drawn_event, drawn_observation, drawn_verdict
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from yardwatch.alerts import channels, compose, compose_stale, deliver, digest_of, queue_entries
from yardwatch.alerts.message import LONGEST_BODY
from yardwatch.errors import TryAgain
from yardwatch.watchlist import ChannelEntry

DIGEST = ChannelEntry(url_env="YARDWATCH_CHANNEL_DESK", digest_hours=24)


def entries(how_many, channel="desk", **changes):
    found = []
    for number in range(how_many):
        look = f"{LOOK}-{number}"
        message = compose(drawn_area(), drawn_event(), drawn_verdict(), drawn_observation(**changes), "opened")
        found += queue_entries(drawn_event(), "opened", look, message, [channel], NOW + timedelta(hours=number))
    return found


@pytest.fixture
def sent(monkeypatch):
    """What a stand-in notifier was handed; it is named by the scheme `stand-in:`."""
    handed = []
    monkeypatch.setattr(channels, "NOTIFIERS", {**channels.NOTIFIERS, "stand-in": handed.append})
    monkeypatch.setenv("YARDWATCH_CHANNEL_DESK", "stand-in:desk")
    return handed


def test_a_digest_waits_until_its_oldest_message_is_old_enough_and_goes_as_one(outbox, sent, tmp_path):
    outbox.add(*entries(3))
    early = deliver(outbox, {"desk": DIGEST}, tmp_path, lambda: NOW + timedelta(hours=23))
    assert ([o.state for o in early.outcomes], sent) == (["waiting"] * 3, [])
    report = deliver(outbox, {"desk": DIGEST}, tmp_path, lambda: NOW + timedelta(hours=24))
    assert [o.state for o in report.outcomes] == ["sent"] * 3
    [parcel] = sent
    assert parcel.message.title == "yardwatch: 3 messages"
    assert parcel.message.body.count("73 freight cars, 8 times") == 3
    assert parcel.message.body.count("(c) Example Labs") == 3
    assert deliver(outbox, {"desk": DIGEST}, tmp_path, lambda: NOW + timedelta(hours=99)).outcomes == ()


def test_a_digest_that_fails_stays_queued_whole(outbox, sent, tmp_path, monkeypatch):
    def refuse(parcel):
        raise TryAgain("channel desk: not delivered")

    outbox.add(*entries(2))
    monkeypatch.setattr(channels, "NOTIFIERS", {"stand-in": refuse})
    failed = deliver(outbox, {"desk": DIGEST}, tmp_path, lambda: NOW + timedelta(hours=30)).failed
    assert len(failed) == 2
    monkeypatch.setattr(channels, "NOTIFIERS", {"stand-in": sent.append})
    assert len(deliver(outbox, {"desk": DIGEST}, tmp_path, lambda: NOW + timedelta(hours=31)).sent) == 2
    assert len(sent) == 1


def test_a_digest_of_one_message_is_that_message(outbox, sent, tmp_path):
    outbox.add(*entries(1))
    deliver(outbox, {"desk": DIGEST}, tmp_path, lambda: NOW + timedelta(hours=24))
    assert sent[0].entry_id == next(iter(outbox.entries))
    assert "Smallest count that would have alarmed" in sent[0].message.body


@settings(deadline=None)
@given(st.integers(1, 40), st.text(max_size=60))
def test_no_digest_is_longer_than_a_chat_service_takes_and_none_hides_how_many(how_many, words):
    found = [replace(e, payload={**e.payload, "title": words + e.payload["title"]}) for e in entries(how_many)]
    message = digest_of(found)
    assert len(message.body) <= LONGEST_BODY
    if how_many > 1:
        assert str(how_many) in message.title


def test_a_simulated_digest_says_so():
    assert digest_of(entries(2, simulated=True)).title.startswith("SIMULATED")


def test_one_slow_channel_does_not_hold_the_others_up(outbox, tmp_path, monkeypatch):
    """The slow one is let go only when the quick one has been served."""
    quick_served = threading.Event()

    def slow(parcel):
        if not quick_served.wait(30):
            raise TryAgain("nobody else was served meanwhile")

    monkeypatch.setattr(channels, "NOTIFIERS", {"slow": slow, "quick": lambda parcel: quick_served.set()})
    outbox.add(*entries(1, "a-slow"), *entries(1, "b-quick"))
    report = deliver(outbox, {"a-slow": SecretStr("slow:"), "b-quick": SecretStr("quick:")}, tmp_path, lambda: NOW)
    assert [o.state for o in report.outcomes] == ["sent", "sent"]


@pytest.mark.network_loopback
def test_channels_that_fail_side_by_side_show_no_address_of_each_other(outbox, hook, tmp_path, caplog):
    hook.status = 500
    urls = {name: hook.url.replace("s3cretvalue", f"s3cret{name}") for name in ("one", "two", "three")}
    for name in urls:
        outbox.add(*entries(2, name))
    report = deliver(outbox, {name: SecretStr(url) for name, url in urls.items()}, tmp_path, lambda: NOW)
    assert len(report.failed) == 6
    said = f"{report} {outbox.entries} {caplog.text}"
    assert "s3cret" not in said


def test_an_area_that_fell_silent_is_never_called_empty():
    event = drawn_event(kind="stale", event_id="tumangang/stale/x", peak_value=0.0)
    message = compose_stale(drawn_area(), event, "No usable image for 40 days.", ever_usable=True)
    assert "no usable image since 2023-10-05" in message.title
    assert "never zero cars" in message.body
    assert "Last usable look: 2023-10-05 11:12 KST" in message.body
