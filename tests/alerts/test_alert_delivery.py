"""Delivery: once to each channel, never in silence, and without a secret in any word of it."""

from __future__ import annotations

import base64
import json
import logging
import socket
from datetime import timedelta

import pytest
from drawn_news import LOOK, NOW, drawn_event, drawn_observation, drawn_verdict
from drawn_news import drawn_area as area
from pydantic import SecretStr

from yardwatch.alerts import channels, compose, deliver, queue_entries, send_test
from yardwatch.alerts.message import Message
from yardwatch.errors import YardwatchError
from yardwatch.watchlist import ChannelEntry

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def queued(outbox, *channels, happening="opened", pictures=(), message=None):
    message = message or compose(
        area(), drawn_event(), drawn_verdict(), drawn_observation(), happening, pictures=pictures
    )
    outbox.add(*queue_entries(drawn_event(), happening, LOOK, message, channels, NOW))
    return message


def run(outbox, channels, root, at=NOW):
    return deliver(outbox, channels, root, lambda: at)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# --- the file channel ---------------------------------------------------------------------------------------------


def test_file_channel_writes_for_people_and_for_scripts(outbox, tmp_path):
    message = queued(outbox, "log", pictures=("pictures/a.png",))
    report = run(outbox, {"log": SecretStr("file:alerts/alerts.log")}, tmp_path)
    assert [o.state for o in report.outcomes] == ["sent"]
    text = (tmp_path / "alerts/alerts.log").read_text()
    assert message.title in text
    assert message.body in text
    (line,) = (tmp_path / "alerts/alerts.jsonl").read_text().splitlines()
    assert json.loads(line)["title"] == message.title
    assert json.loads(line)["attachments"] == ["pictures/a.png"]


@pytest.mark.parametrize(
    "address", ["file:../outside.log", "file:///etc/yardwatch.log", "file:a/../../b.log", "file:."]
)
def test_file_channel_refuses_to_leave_the_data_root(outbox, tmp_path, address):
    root = tmp_path / "root"
    root.mkdir()
    queued(outbox, "log")
    report = run(outbox, {"log": SecretStr(address)}, root)
    assert "outside the data root" in report.failed[0].detail
    assert [p.name for p in tmp_path.iterdir()] == ["root"]


def test_file_channel_refuses_a_link_that_leads_out(outbox, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.log").symlink_to(tmp_path / "outside.log")
    queued(outbox, "log")
    assert run(outbox, {"log": SecretStr("file:link.log")}, root).failed
    assert not (tmp_path / "outside.log").exists()


def test_file_channel_says_everything_once_even_after_a_crash_before_the_confirmation(outbox, tmp_path):
    queued(outbox, "log")
    channels = {"log": SecretStr("file:alerts.log")}
    outbox.confirm = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        run(outbox, channels, tmp_path)
    del outbox.confirm
    report = run(outbox, channels, tmp_path, NOW + timedelta(hours=1))
    assert len(report.sent) == 1
    assert len((tmp_path / "alerts.jsonl").read_text().splitlines()) == 1
    assert (tmp_path / "alerts.log").read_text().count("Alert ") == 1


def test_line_that_a_kill_cut_short_does_not_swallow_the_next_alert(outbox, tmp_path):
    queued(outbox, "log")
    (entry,) = outbox.outbox()
    (tmp_path / "alerts.jsonl").write_text(f'{{"id": "{entry.entry_id}", "title": "Tum')
    run(outbox, {"log": SecretStr("file:alerts.log")}, tmp_path)
    last = (tmp_path / "alerts.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["id"] == entry.entry_id


# --- claims, failures, retries ------------------------------------------------------------------------------------


def test_second_run_sends_nothing_again(outbox, tmp_path):
    queued(outbox, "log")
    channels = {"log": SecretStr("file:alerts.log")}
    assert len(run(outbox, channels, tmp_path).sent) == 1
    assert run(outbox, channels, tmp_path).outcomes == ()


def test_entry_that_another_run_holds_is_left_alone(outbox, tmp_path):
    queued(outbox, "log")
    outbox.refuse_claims = True
    report = run(outbox, {"log": SecretStr("file:alerts.log")}, tmp_path)
    assert [o.state for o in report.outcomes] == ["waiting"]
    assert not (tmp_path / "alerts.log").exists()


def test_unset_channel_variable_keeps_the_alert_queued_and_names_the_setting(outbox, tmp_path, monkeypatch):
    monkeypatch.delenv("YARDWATCH_CHANNEL_DESK", raising=False)
    queued(outbox, "desk", "log")
    channels = {
        "desk": ChannelEntry(url_env="YARDWATCH_CHANNEL_DESK"),
        "log": ChannelEntry(url="file:alerts.log"),
    }
    report = run(outbox, channels, tmp_path)
    assert [o.channel for o in report.sent] == ["log"]
    assert "YARDWATCH_CHANNEL_DESK" in report.failed[0].detail
    monkeypatch.setenv("YARDWATCH_CHANNEL_DESK", "file:desk.log")
    assert [o.channel for o in run(outbox, channels, tmp_path, NOW + timedelta(minutes=2)).sent] == ["desk"]


def test_channel_that_left_the_watch_list_keeps_its_alerts_and_lists_the_known_ones(outbox, tmp_path):
    queued(outbox, "gone")
    report = run(outbox, {"log": SecretStr("file:a.log")}, tmp_path)
    assert "known: log" in report.failed[0].detail
    assert outbox.outbox(("failed",))


def test_failed_alert_waits_longer_each_time_and_is_tried_once_a_run(outbox, tmp_path):
    queued(outbox, "gone")
    waits, at = [], NOW
    for _ in range(12):
        report = run(outbox, {}, tmp_path, at)
        (failed,) = report.failed
        assert run(outbox, {}, tmp_path, at).failed == ()
        waits.append((failed.retry_at - at).total_seconds())
        at = failed.retry_at
    assert waits[:4] == [60, 120, 240, 480]
    assert max(waits) == waits[-1] == 6 * 3600
    assert waits == sorted(waits)


def test_alert_that_fails_for_the_same_reason_is_logged_once(outbox, tmp_path, caplog):
    caplog.set_level("INFO", logger="yardwatch")
    queued(outbox, "gone")
    at = NOW
    for _ in range(3):
        at = run(outbox, {}, tmp_path, at).failed[0].retry_at
    assert caplog.text.count("stays queued") == 1


def test_alert_that_waits_says_why_and_until_when(outbox, tmp_path):
    queued(outbox, "gone")
    run(outbox, {}, tmp_path)
    (waiting,) = run(outbox, {}, tmp_path, NOW + timedelta(seconds=1)).waiting
    assert "not in yardwatch.toml" in waiting.detail
    assert waiting.retry_at == NOW + timedelta(minutes=1)


def test_notifier_that_breaks_does_not_stop_the_others(outbox, tmp_path, monkeypatch):
    def broken(parcel):
        raise RuntimeError(f"no such host in {parcel.address.get_secret_value()}")

    monkeypatch.setattr(channels, "NOTIFIERS", {**channels.NOTIFIERS, "odd": broken})
    queued(outbox, "first", "log")
    report = run(outbox, {"first": SecretStr("odd://tokenvalue"), "log": SecretStr("file:a.log")}, tmp_path)
    assert [o.channel for o in report.sent] == ["log"]
    assert "RuntimeError" in report.failed[0].detail
    assert "tokenvalue" not in report.failed[0].detail


# --- Apprise ------------------------------------------------------------------------------------------------------


@pytest.mark.network_loopback
def test_webhook_gets_text_picture_and_a_key_that_stays_the_same(outbox, hook, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures/a.png").write_bytes(PNG)
    message = queued(outbox, "desk", pictures=("pictures/a.png",))
    assert run(outbox, {"desk": SecretStr(hook.url)}, tmp_path).sent
    (body,), (headers,) = hook.bodies, hook.headers
    assert body["title"] == message.title
    assert body["message"].startswith(message.body)
    assert base64.b64decode(body["attachments"][0]["base64"]) == PNG
    (entry,) = outbox.outbox()
    assert headers["Idempotency-Key"] == entry.entry_id
    assert entry.entry_id in body["message"]
    assert headers["X-Token"] == "s3cretvalue"


@pytest.mark.network_loopback
def test_picture_that_was_tidied_away_does_not_hold_the_alert_back(outbox, hook, tmp_path):
    queued(outbox, "desk", pictures=("pictures/gone.png",))
    assert run(outbox, {"desk": SecretStr(hook.url)}, tmp_path).sent
    assert "pictures/gone.png is no longer there" in hook.bodies[0]["message"]


@pytest.mark.network_loopback
def test_file_outside_the_data_root_is_never_attached(outbox, hook, tmp_path):
    (tmp_path / "secret.txt").write_text("key")
    root = tmp_path / "root"
    root.mkdir()
    queued(outbox, "desk", message=Message("t", "b", ("../secret.txt", str(tmp_path / "secret.txt"))))
    assert run(outbox, {"desk": SecretStr(hook.url)}, root).sent
    assert hook.bodies[0]["attachments"] == []


@pytest.mark.network_loopback
@pytest.mark.parametrize("status", [401, 500, 503])
def test_webhook_that_says_no_leaves_the_alert_queued_and_gets_it_later(outbox, hook, tmp_path, status):
    queued(outbox, "desk")
    channels = {"desk": SecretStr(hook.url)}
    hook.status = status
    (failed,) = run(outbox, channels, tmp_path).failed
    assert len(hook.bodies) == 1
    assert outbox.outbox(("failed",))
    hook.status = 200
    assert run(outbox, channels, tmp_path, failed.retry_at).sent
    assert len(hook.bodies) == 2
    assert hook.headers[0]["Idempotency-Key"] == hook.headers[1]["Idempotency-Key"]


@pytest.mark.network_loopback
def test_no_word_of_a_failure_holds_the_address_or_its_secrets(outbox, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    url = f"json://watchuser:hunter%2Btwo@127.0.0.1:{closed_port()}/hooks/T0KENPATH?+X-Token=s3cretvalue"
    queued(outbox, "desk")
    (failed,) = run(outbox, {"desk": SecretStr(url)}, tmp_path).failed
    (entry,) = outbox.outbox(("failed",))
    said = f"{failed} {entry} {caplog.text}"
    assert "desk" in failed.detail
    for secret in ("watchuser", "hunter%2Btwo", "hunter+two", "T0KENPATH", "s3cretvalue"):
        assert secret not in said


def test_a_service_that_does_not_answer_is_named_as_that_by_a_program_that_logs_errors_only(outbox, tmp_path, capsys):
    root, before = logging.getLogger(), logging.getLogger().level
    root.setLevel(logging.ERROR)
    try:
        queued(outbox, "desk")
        (failed,) = run(outbox, {"desk": SecretStr(f"json://127.0.0.1:{closed_port()}/s3cretpath")}, tmp_path).failed
    finally:
        root.setLevel(before)
    assert "Connection error" in failed.detail
    assert "s3cretpath" not in failed.detail
    assert logging.getLogger("apprise").level == logging.NOTSET


def test_address_that_is_none_is_refused_without_being_repeated(outbox, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    queued(outbox, "desk")
    (failed,) = run(outbox, {"desk": SecretStr("nosuchservice://t0kenvalue/room")}, tmp_path).failed
    assert "desk" in failed.detail
    assert "t0kenvalue" not in failed.detail + caplog.text


@pytest.mark.network_loopback
def test_delivery_writes_nothing_but_below_the_data_root(outbox, hook, tmp_path, monkeypatch):
    home, root = tmp_path / "home", tmp_path / "root"
    home.mkdir()
    root.mkdir()
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(home))
    queued(outbox, "desk")
    assert run(outbox, {"desk": SecretStr(hook.url)}, root).sent
    assert list(home.rglob("*")) == []


@pytest.mark.network_loopback
def test_test_message_says_that_it_is_one(hook, tmp_path):
    send_test("desk", SecretStr(hook.url), tmp_path)
    assert "test" in hook.bodies[0]["title"]


def test_test_message_that_fails_raises(tmp_path):
    with pytest.raises(YardwatchError, match="channel desk"):
        send_test("desk", SecretStr("file:../x.log"), tmp_path)


@pytest.mark.network_loopback
def test_mail_arrives_with_its_picture(outbox, tmp_path):
    controller = pytest.importorskip("aiosmtpd.controller", reason="aiosmtpd is not installed")
    mails = []

    class Keep:
        async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the name that aiosmtpd calls
            mails.append(envelope.content.decode())
            return "250 OK"

    (tmp_path / "a.png").write_bytes(PNG)
    message = queued(outbox, "mail", pictures=("a.png",))
    port = closed_port()
    smtp = controller.Controller(Keep(), hostname="127.0.0.1", port=port)
    smtp.start()
    try:
        url = f"mailto://127.0.0.1:{port}/?from=watch@example.org&to=desk@example.org&mode=insecure"
        assert run(outbox, {"mail": SecretStr(url)}, tmp_path).sent
    finally:
        smtp.stop()
    assert "image/png" in mails[0]
    assert message.title in mails[0].replace("\r\n ", " ")
