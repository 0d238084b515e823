"""What an alert says, and to whom it is said."""

from __future__ import annotations

import pytest
from drawn_news import LOOK, NOW, drawn_area, drawn_event, drawn_observation, drawn_verdict
from hypothesis import given
from hypothesis import strategies as st

from yardwatch.alerts import compose, queue_entries, severity_of
from yardwatch.alerts.message import LONGEST_BODY, LONGEST_TITLE
from yardwatch.errors import BadInput
from yardwatch.records import Reason, VerdictKind


def composed(happening="opened", area=None, event=None, verdict=None, observation=None, **extra):
    return compose(
        area or drawn_area(),
        event or drawn_event(),
        verdict or drawn_verdict(),
        observation or drawn_observation(),
        happening,
        **extra,
    )


def test_alert_begins_with_the_claim_and_gives_an_editor_what_is_needed_to_check_it():
    message = composed()
    assert message.title == "Tumangang: surge, 73 freight cars, 2023-10-05"
    assert message.body.startswith(drawn_verdict().sentence)
    for fact in (
        "73 freight cars, 90 % interval 68–81",
        "Expected: 1–24 (95 %), from 20 earlier looks",
        "Smallest count that would have alarmed: 31",
        "Visible: 87 % of the tracks; pixel 0.5 m; confidence normal",
        "Tumangang (두만강), North Korea",
        "2023-10-05 11:12 KST = 2023-10-05 02:12 UTC",
        "deliveries:20231005_021200_ssc7",
        "commercial, do not redistribute; (c) Example Labs 2023",
        "release 2026.1-yolo11n",
    ):
        assert fact in message.body


@pytest.mark.parametrize("where", ["event", "observation"])
def test_simulated_alert_says_so_first_in_title_and_body(where):
    drawn = {"event": drawn_event, "observation": drawn_observation}[where]
    message = composed(**{where: drawn(simulated=True)})
    assert message.title.startswith("SIMULATED: ")
    assert message.body.startswith("SIMULATED: ")
    assert "No satellite saw this" in message.body


def test_real_alert_never_says_simulated():
    message = composed()
    assert "simulated" not in (message.title + message.body).lower()


def test_provisional_alert_says_so_in_title_and_body():
    message = composed(verdict=drawn_verdict(provisional=True))
    assert "provisional surge" in message.title
    assert "Provisional" in message.body


def test_count_without_an_interval_says_why_rather_than_inventing_one():
    message = composed(observation=drawn_observation(low=None, high=None))
    assert "no interval: this release was never measured" in message.body


def test_look_without_a_value_is_told_as_none_and_never_as_zero():
    message = composed(
        "amended", observation=drawn_observation(value=None, low=None, high=None, reason=Reason.REVIEWER)
    )
    assert "Count: none (set aside by a reviewer)" in message.body
    assert "0 freight cars" not in message.title + message.body


def test_new_judgement_that_finds_no_news_withdraws_the_alert():
    message = composed("amended", verdict=drawn_verdict(kind=VerdictKind.CALM, sentence="As usual."))
    assert "surge withdrawn" in message.title
    assert "withdraws an earlier alert" in message.body


def test_measured_sharpness_is_told_when_it_is_worse_than_claimed():
    assert "0.5 m claimed, 0.8 m measured" in composed(observation=drawn_observation(effective_gsd_m=0.8)).body


def test_activity_is_never_called_cars():
    seen = drawn_observation(measure="activity", value=42.0, low=30.0, high=55.0)
    message = composed(observation=seen, verdict=drawn_verdict(measure="activity", sentence="Activity 42."))
    assert "42 points of activity" in message.body
    assert "cars" not in message.title + message.body


@given(
    licence=st.text(max_size=3000),
    scene=st.text(max_size=500),
    sentence=st.text(max_size=3000),
    title=st.text(max_size=500),
)
def test_whatever_a_catalog_says_an_alert_stays_short_and_keeps_its_lines(licence, scene, sentence, title):
    plain = composed()
    message = composed(
        area=drawn_area(title=title),
        verdict=drawn_verdict(sentence=sentence),
        observation=drawn_observation(licence=licence, scene_keys=(scene,)),
    )
    assert len(message.body) <= LONGEST_BODY
    assert len(message.title) <= LONGEST_TITLE
    assert "\n" not in message.title
    assert message.body.count("\n") <= plain.body.count("\n")


def test_text_of_a_catalog_pages_nobody_in_a_chat_room():
    body = composed(observation=drawn_observation(licence="free @everyone <!channel> <@U123>")).body
    assert "@everyone" not in body
    assert "<!channel>" not in body
    assert "<@U123>" not in body


@pytest.mark.parametrize(
    ("kind", "provisional", "happening", "severity"),
    [
        (VerdictKind.SURGE, False, "opened", "surge"),
        (VerdictKind.SURGE, True, "opened", "provisional"),
        (VerdictKind.ESCALATION, False, "escalated", "escalation"),
        (VerdictKind.DROP, False, "opened", "drop"),
        (VerdictKind.NEW_NORMAL, False, "closed", "new_normal"),
        (VerdictKind.RETURN, False, "closed", "closed"),
        (VerdictKind.CALM, False, "closed", "closed"),
        (VerdictKind.CALM, False, "amended", "amended"),
    ],
)
def test_severity_is_how_loud_the_news_is(kind, provisional, happening, severity):
    assert severity_of(drawn_verdict(kind=kind, provisional=provisional), happening) == severity


def test_calm_look_opens_nothing():
    with pytest.raises(BadInput, match="no news"):
        severity_of(drawn_verdict(kind=VerdictKind.CALM), "opened")


def test_same_news_to_the_same_channel_has_the_same_id_and_each_part_of_the_key_another():
    message = composed()
    base = queue_entries(drawn_event(), "opened", LOOK, message, ["log", "desk", "log"], NOW)
    again = queue_entries(drawn_event(), "opened", LOOK, message, ["log", "desk"], NOW)
    assert [e.channel for e in base] == ["log", "desk"]
    assert [e.entry_id for e in base] == [e.entry_id for e in again]
    others = [
        queue_entries(drawn_event(event_id="e2"), "opened", LOOK, message, ["log"], NOW),
        queue_entries(drawn_event(), "escalated", LOOK, message, ["log"], NOW),
        queue_entries(drawn_event(), "opened", "another/look/1", message, ["log"], NOW),
    ]
    ids = {entry.entry_id for entries in [base, *others] for entry in entries}
    assert len(ids) == 5
    assert all(entry.state == "queued" and entry.attempts == 0 for entry in base)
