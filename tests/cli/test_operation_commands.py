"""doctor, channels, costs and sweep: what a person or a monitor asks of a watch that runs by itself."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from small_station import NOW, Drawn, settings_for, with_stand_in

from yardwatch.cli import app
from yardwatch.cli.logs import JsonLines
from yardwatch.errors import BadInput
from yardwatch.workspace import Workspace

SPAN = ["--since", "2023-09-01", "--until", "2023-10-05"]
DESK = '[channels.desk]\nurl_env = "YARDWATCH_CHANNEL_DESK"\n'
KEEP = '[[retention]]\nlicence = "cc0*"\nchips_days = 30\n'


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a station on disk that the commands read with the stand-in network, at a time that a test chooses."""

    def make(watchlist: str = "", now: datetime = NOW) -> Path:
        settings = settings_for(
            tmp_path, [Drawn("2023-09-20T02:00:00", 4), Drawn("2023-10-05T02:12:00", 73)], watchlist
        )
        for name in ("data_dir", "aoi_dir", "models_dir", "watchlist"):
            monkeypatch.setenv(f"YARDWATCH_{name.upper()}", str(getattr(settings, name)))
        for module in ("watching", "operation"):
            monkeypatch.setattr(
                f"yardwatch.cli.{module}.open_workspace", lambda: with_stand_in(Workspace(settings, now=lambda: now))
            )
        monkeypatch.chdir(tmp_path)
        return settings.root

    return make


def run(*arguments: str, code: int = 0) -> str:
    said = CliRunner().invoke(app, arguments)
    assert said.exit_code == code, (said.output, said.exception)
    return said.stdout


def checks(*arguments: str, code: int = 0) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in json.loads(run("doctor", "--json", *arguments, code=code))["checks"]}


def test_a_watch_that_works_is_good_throughout(at: Any) -> None:
    at()
    run("watch", "smallton", *SPAN)
    run("watch", "smallton", *SPAN)
    found = checks()
    assert {name: check["said"] for name, check in found.items() if check["state"] == "bad"} == {}
    assert "2 looks, 2 observations" in found["ledger"]["said"]
    assert "1 asked, none silent" in found["stale areas"]["said"]


def test_without_a_ledger_the_mend_is_named_and_none_is_made(at: Any) -> None:
    root = at()
    found = checks(code=78)
    assert found["ledger"]["state"] == "bad"
    assert "yardwatch init" in found["ledger"]["mend"]
    assert not (root / "ledger.sqlite").exists()


def test_an_unset_channel_and_a_lost_folder_are_named_with_their_mend(at: Any, tmp_path: Path) -> None:
    at(DESK)
    run("watch", "smallton", *SPAN)
    (tmp_path / "archive" / "catalog.json").unlink()
    found = checks(code=78)
    assert "YARDWATCH_CHANNEL_DESK is not set" in found["channel desk"]["said"]
    assert "Apprise URL" in found["channel desk"]["mend"]
    assert "catalog.json is not there" in found["source drawn"]["said"]
    assert found["source drawn"]["mend"]


def test_what_the_watch_list_means_and_does_not_say_is_told(at: Any, tmp_path: Path) -> None:
    at('[area.smalltown]\nalarm_budget = 0.1\n[[source]]\nname = "drop"\nkind = "folder"\n')
    run("init")
    text = (tmp_path / "yardwatch.toml").read_text()
    (tmp_path / "yardwatch.toml").write_text(text.replace("file:alerts.log", "file:../../x"))
    found = checks(code=78)
    assert found["watch list"]["state"] == "warning"
    assert "[area.smalltown]:4 speaks of no area and does nothing" in found["watch list"]["said"]
    assert "correct the name to one of smallton" in found["watch list"]["mend"]
    assert found["source drop"]["state"] == "bad"
    assert "source drop: path: a folder source needs the folder" in found["source drop"]["said"]
    assert found["channel log"]["state"] == "bad"
    assert "../../x lies outside the data root" in found["channel log"]["said"]


def test_a_service_that_cannot_be_is_bad_and_its_address_is_not_shown(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(DESK)
    run("init")
    monkeypatch.setenv("YARDWATCH_CHANNEL_DESK", "slakc://s3cret/s3cret/s3cret")
    said = run("doctor", "--json", code=78)
    assert "not an address that Apprise understands" in said
    assert "s3cret" not in said


def test_a_source_that_is_none_is_one_bad_check_that_names_its_table(at: Any, tmp_path: Path) -> None:
    at('[area.smallton]\nsources = ["nope"]\n')
    run("init")
    found = checks("--offline", code=78)
    assert "yardwatch.toml:5: area.smallton.sources: there is no source 'nope'" in found["source nope"]["said"]
    failed = CliRunner().invoke(app, ["watch", "smallton", *SPAN])
    assert failed.exit_code == 65
    assert "yardwatch.toml:5: area.smallton.sources: there is no source 'nope'" in failed.stderr


def test_a_name_that_is_no_area_ends_no_check(at: Any, tmp_path: Path) -> None:
    at()
    run("init")
    text = (tmp_path / "yardwatch.toml").read_text()
    (tmp_path / "yardwatch.toml").write_text(text.replace('["smallton"]', '["smalltown", "smallton"]'))
    found = checks("--offline", code=78)
    assert "there is no area 'smalltown'" in found["watch list"]["said"]
    assert found["source drawn"]["state"] == "good"


def test_a_variable_that_nothing_reads_is_a_warning(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(DESK)
    run("init")
    monkeypatch.setenv("YARDWATCH_CHANNEL_DESK", "json://127.0.0.1:9/x")
    assert checks("--offline")["settings"]["state"] == "good"
    monkeypatch.setenv("YARDWATCH_INFERENCE_THREAD", "8")
    found = checks("--offline")["settings"]
    assert (found["state"], found["said"]) == ("warning", "nothing reads YARDWATCH_INFERENCE_THREAD")
    assert "perhaps YARDWATCH_INFERENCE_THREAD for YARDWATCH_INFERENCE_THREADS" in found["mend"]


def test_a_channel_whose_address_may_lie_in_a_block_of_prefect_is_a_warning(
    at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DESK)
    run("watch", "smallton", *SPAN)
    monkeypatch.setenv("PREFECT_API_URL", "https://prefect.example.org/api")
    found = checks("--offline")["channel desk"]
    assert found["state"] == "warning"
    assert "yardwatch-channel-desk" in found["said"]


def test_an_area_that_fell_silent_is_a_warning(at: Any) -> None:
    at("[area.smallton]\nstale_after_days = 10\n", datetime(2023, 11, 1, tzinfo=UTC))
    run("watch", "smallton", *SPAN)
    assert "smallton (27 days)" in checks()["stale areas"]["said"]
    checks("--strict", code=75)


def test_a_message_that_cannot_be_sent_is_bad_and_shows_no_secret(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(DESK + 'severities = ["stale"]\n[area.smallton]\nstale_after_days = 10\n', datetime(2023, 11, 1, tzinfo=UTC))
    monkeypatch.setenv("YARDWATCH_CHANNEL_DESK", "json://127.0.0.1:9/s3cretpath")
    run("watch", "smallton", *SPAN)
    from yardwatch import operations
    from yardwatch.cli import operation

    with operation.open_workspace() as workspace:
        assert operations.note_staleness(workspace, "smallton")
        assert operations.deliver(workspace).failed
    said = run("doctor", code=78)
    assert "desk" in said
    assert "s3cretpath" not in said


@pytest.mark.network_loopback
@pytest.mark.parametrize(("status", "state"), [(200, "good"), (405, "good"), (401, "warning"), (503, "bad")])
def test_a_source_is_asked_for_its_head_and_its_key_is_not_shown(at: Any, status: int, state: str) -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/v1?key=s3cret"
        at(
            '[area.smallton]\nsources = ["api"]\n[[source]]\nname = "api"\nkind = "stac"\n'
            f'url = "{url}"\ncollections = ["a"]\nassets = ["visual"]\n'
        )
        run("init")
        said = run("doctor", "--json", code=78 if state == "bad" else 0)
        run("doctor", "--offline")
    finally:
        server.shutdown()
        server.server_close()
    assert len(asked) == 1
    assert "s3cret" not in said
    assert next(c for c in json.loads(said)["checks"] if c["name"] == "source api")["state"] == state


def test_channels_are_listed_without_their_addresses_and_tried(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    root = at(DESK)
    monkeypatch.setenv("YARDWATCH_CHANNEL_DESK", "json://127.0.0.1:9/s3cretpath")
    said = run("channels")
    assert "desk" in said
    assert "s3cretpath" not in said
    assert "delivered" in run("channels", "test", "log")
    assert "test of channel log" in (root / "alerts.log").read_text()
    failed = run("channels", "test", "desk", code=75)
    assert "not delivered" in failed
    assert "s3cretpath" not in failed
    unknown = CliRunner().invoke(app, ["channels", "test", "dsek"])
    assert isinstance(unknown.exception, BadInput)
    assert "known: desk, log" in str(unknown.exception)


def test_costs_are_told_by_source_and_stage(at: Any) -> None:
    at()
    run("watch", "smallton", *SPAN)
    [source] = json.loads(run("costs", "--json"))["sources"]
    assert (source["source"], source["looks"], source["usable"]) == ("drawn", 2, 2)
    assert {"read", "screen", "detect"} <= set(source["median_s"])
    assert "drawn" in run("costs", "smallton")


def test_chips_go_when_their_licence_says_so_and_counts_and_detections_stay(at: Any) -> None:
    from yardwatch import operations
    from yardwatch.cli import operation

    root = at(KEEP)
    run("watch", "smallton", *SPAN)
    with operation.open_workspace() as workspace:
        seen = workspace.ledger.observations(area="smallton")
        operations.picture_of(workspace, seen[1])
    assert "chip" not in run("sweep").split("orphan")[0]
    at(KEEP, datetime(2023, 11, 20, tzinfo=UTC))
    assert "2 chip(s) and 1 picture(s) past their time would be removed" in run("sweep", "--dry-run")
    assert len(list((root / "chips").rglob("*.tif"))) == 2
    assert "2 chip(s) and 1 picture(s) past their time removed" in run("sweep")
    assert list((root / "chips").rglob("*.tif")) == list((root / "pictures").iterdir()) == []
    assert "0 file(s) missing" in run("sweep")
    with operation.open_workspace() as workspace:
        after = workspace.ledger.observations(area="smallton")
        assert after == seen
        assert len(workspace.ledger.read_detections(after[1])) == 73
        with pytest.raises(BadInput, match=r"let go .30 days for licence cc0.*, 2023-11-20"):
            workspace.ledger.read_chip(after[1])
        assert operations.judge(workspace, "smallton").verdicts_added == 0


def test_a_chip_that_was_lost_is_still_missed(at: Any) -> None:
    root = at(KEEP)
    run("watch", "smallton", *SPAN)
    next((root / "chips").rglob("*.tif")).unlink()
    run("sweep", code=65)


def test_an_age_on_the_command_line_is_only_for_the_licence_named_there(at: Any) -> None:
    root = at()
    run("watch", "smallton", *SPAN)
    run("sweep", "--chips-older-than", "0", "--licence", "commercial*")
    assert len(list((root / "chips").rglob("*.tif"))) == 2
    run("sweep", "--chips-older-than", "0", "--licence", "CC0*")
    assert list((root / "chips").rglob("*.tif")) == []


def test_log_lines_are_json_when_asked_for(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        raise ValueError("torn tile")
    except ValueError:
        record = logging.makeLogRecord({"msg": "look %s", "args": ("a",), "levelname": "ERROR", "name": "yardwatch.x"})
        record.exc_info = sys.exc_info()
    line = json.loads(JsonLines().format(record))
    assert (line["level"], line["logger"], line["message"]) == ("error", "yardwatch.x", "look a")
    assert "torn tile" in line["error"]
    monkeypatch.setenv("YARDWATCH_LOG_FORMAT", "xml")
    done = subprocess.run([sys.executable, "-m", "yardwatch", "areas"], capture_output=True, text=True, check=False)
    assert (done.returncode, "YARDWATCH_LOG_FORMAT" in done.stderr) == (65, True)
