"""The command line: help that reads well, JSON for scripts, exit codes for cron, errors that name the mend."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_station import Drawn, draw, settings_for, with_stand_in

from yardwatch.cli import app, main
from yardwatch.cli.watching import open_workspace
from yardwatch.errors import BadInput, BadRelease, TryAgain, YardwatchError
from yardwatch.workspace import Workspace

COMMANDS = sorted(app.commands)
SPAN = ["--since", "2023-09-01", "--until", "2023-10-05"]


@pytest.fixture
def station_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A station on disk, named by settings, read with the stand-in network."""
    settings = settings_for(tmp_path, [Drawn("2023-09-20T02:00:00", 4), Drawn("2023-10-05T02:12:00", 73)])
    for name in ("data_dir", "aoi_dir", "models_dir", "watchlist"):
        monkeypatch.setenv(f"YARDWATCH_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setattr("yardwatch.cli.watching.open_workspace", lambda: with_stand_in(Workspace(settings)))
    monkeypatch.setattr("yardwatch.cli.telling.open_workspace", lambda: with_stand_in(Workspace(settings)))
    monkeypatch.setattr("yardwatch.cli.making.open_workspace", lambda: with_stand_in(Workspace(settings)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, code: int = 0) -> str:
    said = CliRunner().invoke(app, arguments)
    assert said.exit_code == code, (said.output, said.exception)
    return said.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    said = run(command, "--help")
    assert "Usage:" in said
    assert len(said.splitlines()) > 5


def test_every_command_of_the_daily_path_is_there() -> None:
    wanted = {
        "init",
        "areas",
        "find",
        "watch",
        "judge",
        "series",
        "alerts",
        "deliver",
        "report",
        "models",
        "look",
        "release",
    }
    assert wanted <= set(COMMANDS)


def test_the_list_of_commands_has_whole_sentences() -> None:
    assert "..." not in run("--help").split("Commands:")[1]


def test_watching_prints_a_table_and_is_quiet_the_second_time(station_at: Path) -> None:
    said = run("watch", "smallton", *SPAN)
    assert "2 scenes make 2 looks; 2 new" in said
    assert "SIMULATED Smallton" in said
    assert "73" in said
    assert "nothing new to read" in run("watch", "smallton", *SPAN)


def test_scripts_get_one_json_document(station_at: Path) -> None:
    [watched] = json.loads(run("watch", "smallton", *SPAN, "--json"))
    assert [seen["value"] for seen in watched["recorded"]] == [4, 73]
    series = json.loads(run("series", "smallton", "--simulated", "--json"))
    assert [seen["look_id"] for seen in series["observations"]] == [seen["look_id"] for seen in watched["recorded"]]
    assert json.loads(run("areas", "--json"))[0]["native_title"] == "작은역"
    assert json.loads(run("models", "--json"))[0]["name"] == "test-1"
    assert json.loads(run("alerts", "--json")) == []
    assert json.loads(run("deliver", "--json"))["outcomes"] == []


def test_a_look_that_must_be_tried_again_is_exit_code_75(station_at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> None:
        raise TryAgain("the archive did not answer")

    monkeypatch.setattr("yardwatch.operations.looking.read_look", slow)
    run("watch", "smallton", *SPAN, code=75)


def test_exports_are_written(station_at: Path) -> None:
    run("watch", "smallton", *SPAN)
    run("series", "smallton", "--simulated", "--csv", "a.csv", "--geojson", "a.geojson")
    assert "CC0-1.0" in Path("a.csv").read_text()
    assert json.loads(Path("a.geojson").read_text())["type"] == "FeatureCollection"
    assert Path(run("report", "smallton", "--simulated").strip()).exists()


def test_an_empty_series_says_what_to_do(station_at: Path) -> None:
    assert "yardwatch watch smallton" in run("series", "smallton")


def test_init_writes_a_watch_list_once(station_at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (station_at / "yardwatch.toml").unlink()
    assert "wrote" in run("init")
    text = (station_at / "yardwatch.toml").read_text()
    assert '["smallton"]' in text
    assert "left as it is" in run("init")
    assert (station_at / "yardwatch.toml").read_text() == text
    assert run("init", "--print") == text


def test_init_leaves_no_watch_list_beside_a_ledger_that_it_cannot_make(
    station_at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(station_at)
    (station_at / "a-file").write_text("")
    monkeypatch.setattr("yardwatch.cli.watching.open_workspace", open_workspace)
    monkeypatch.setenv("YARDWATCH_DATA_DIR", str(station_at / "a-file"))
    monkeypatch.setenv("YARDWATCH_WATCHLIST", "new.toml")
    assert "YARDWATCH_DATA_DIR" in str(CliRunner().invoke(app, ["init"]).exception)
    assert not Path("new.toml").exists()


@pytest.mark.parametrize("place", ["a-file/yardwatch.toml", "a-folder"])
def test_a_watch_list_that_cannot_be_written_names_its_setting(
    station_at: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (station_at / "a-file").write_text("")
    (station_at / "a-folder").mkdir()
    monkeypatch.setattr("yardwatch.cli.watching.open_workspace", open_workspace)
    monkeypatch.setenv("YARDWATCH_WATCHLIST", place)
    failed = CliRunner().invoke(app, ["init"])
    assert isinstance(failed.exception, YardwatchError)
    assert "set YARDWATCH_WATCHLIST to a file" in str(failed.exception)


def test_a_name_that_is_no_area_does_not_end_the_watch_of_the_others(station_at: Path) -> None:
    watchlist = station_at / "yardwatch.toml"
    listed = watchlist.read_text()
    assert 'areas = ["smallton"]' in listed
    watchlist.write_text(listed.replace('["smallton"]', '["smalltown", "smallton", "smallton"]'))
    said = CliRunner().invoke(app, ["watch", *SPAN])
    assert said.exit_code == 65
    assert "there is no area 'smalltown'" in said.stderr
    assert said.stdout.count("2 scenes make 2 looks") == 1


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("command", ["watch", "find", "scenes", "backtest"])
def test_a_day_that_no_satellite_saw_is_a_slip_and_no_crash(command: str, day: str) -> None:
    said = CliRunner().invoke(app, [command, "smallton", "--since", day, "--until", day])
    assert said.exit_code == 2
    assert f"{int(day[:4])}" in said.stderr
    assert "is no day of satellite imagery" in said.stderr


def test_a_watch_without_a_watch_list_says_that_nobody_is_told(
    station_at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = with_stand_in(Workspace())
    assert workspace.watchlist.areas == ("smallton",)
    monkeypatch.setattr("yardwatch.cli.watching.open_workspace", lambda: workspace)
    (station_at / "yardwatch.toml").unlink()
    said = CliRunner().invoke(app, ["watch", "smallton", *SPAN]).stderr
    assert f"there is no watch list at {station_at / 'yardwatch.toml'}: defaults are used and nobody is told" in said


def test_a_series_of_simulated_looks_alone_is_not_called_empty(station_at: Path) -> None:
    run("watch", "smallton", *SPAN)
    assert "`yardwatch series smallton --simulated` shows them" in run("series", "smallton")


def test_a_release_in_use_that_cannot_be_used_is_not_passed_over(
    station_at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yardwatch.cli.making.open_workspace", open_workspace)
    assert " yes " in run("models")
    (station_at / "models" / "current.toml").unlink()
    failed = CliRunner().invoke(app, ["models"])
    assert "test-1" in failed.stdout
    assert "current.toml: missing; write release =" in str(failed.exception)
    monkeypatch.setenv("YARDWATCH_RELEASE", "test-1")
    assert " yes " in run("models")
    (station_at / "models" / "test-1" / "manifest.toml").write_text("=")
    said = CliRunner().invoke(app, ["models"])
    assert "never measured" not in said.stdout
    assert isinstance(said.exception, BadRelease)


def test_events_of_an_area_that_is_not_there_are_no_silence(station_at: Path) -> None:
    assert "no surge or drop" in run("alerts", "smallton")
    assert "there is no area 'smalltown'" in str(CliRunner().invoke(app, ["alerts", "smalltown"]).exception)


def test_a_folder_for_results_that_cannot_be_made_is_named_before_anything_is_read(station_at: Path) -> None:
    (station_at / "a-file").write_text("")
    draw(station_at / "yard.tif", Drawn("2023-10-05T02:12:00", 3))
    failed = CliRunner().invoke(app, ["look", "yard.tif", "--out", "a-file/out"])
    assert isinstance(failed.exception, BadInput)
    assert "a-file/out: cannot be made" in str(failed.exception)


def test_what_the_disk_refuses_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/data/reports/x.html")

    monkeypatch.setattr("yardwatch.cli.app", full)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 78
    assert capsys.readouterr().err.startswith("yardwatch: /data/reports/x.html: No space left on device; make room")


def test_ctrl_c_is_exit_code_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("yardwatch.cli.making.open_workspace", stopped)
    monkeypatch.setattr(sys, "argv", ["yardwatch", "models"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert "stopped; what is recorded stays" in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "code"), [(["nonsense"], 2), (["--help"], None), (["series"], 2)])
def test_wrong_usage_and_help_end_as_they_did(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int | None
) -> None:
    monkeypatch.setattr(sys, "argv", ["yardwatch", *arguments])
    if code is None:
        main()
    else:
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == code
    said = capsys.readouterr()
    assert "Usage: yardwatch" in said.out + said.err


def test_a_picture_is_counted_and_its_evidence_left(station_at: Path) -> None:
    draw(station_at / "yard.tif", Drawn("2023-10-05T02:12:00", 21))
    said = json.loads(run("look", "yard.tif", "--json"))
    assert said["count"] == 21
    assert said["low"] <= 21 <= said["high"]
    assert said["visible"] == pytest.approx(1, abs=0.01)
    assert said["release"] == "test-1"
    assert Path(said["detections"]).exists()
    assert Path(said["picture"]).exists()
    assert "21 freight cars" in run("look", "yard.tif")


def test_a_picture_without_georeference_wants_its_gsd(station_at: Path) -> None:
    import geopandas as gpd
    import rasterio

    draw(station_at / "yard.tif", Drawn("2023-10-05T02:12:00", 3))
    with rasterio.open("yard.tif") as file:
        pixels = file.read()
    profile = {"driver": "PNG", "width": pixels.shape[2], "height": pixels.shape[1], "count": 3, "dtype": "uint8"}
    with rasterio.open("yard.png", "w", **profile) as file:
        file.write(pixels)
    failed = CliRunner().invoke(app, ["look", "yard.png"])
    assert "--gsd" in str(failed.exception)
    said = json.loads(run("look", "yard.png", "--gsd", "0.5", "--json"))
    assert said["count"] == 3
    frame = gpd.read_parquet(said["detections"])
    assert frame.crs is None
    assert {"class", "score", "length_m", "geometry"} <= set(frame.columns)
    xs = sorted(frame.geometry.centroid.x)
    assert xs == pytest.approx([34, 70, 106], abs=1.5)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["watch", "tumangangg"], 65, "tumangang"),
        (["watch", "tumangang", "--since", "2023-10-05", "--until", "2023-01-01"], 65, "swap"),
        (["look", "no-such-file.tif"], 65, "no-such-file.tif"),
        (["models", "no-such-release"], 66, "no-such-release"),
    ],
)
def test_an_error_is_one_sentence_with_its_own_exit_code(arguments: list[str], code: int, says: str) -> None:
    done = subprocess.run([sys.executable, "-m", "yardwatch", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("yardwatch: ")
    assert says in done.stderr


def test_main_is_the_entry_point() -> None:
    assert callable(main)
