"""Settings and watch list: read when asked for, wrong ones named with the mend, secrets never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from yardwatch.errors import BadInput, NotConfigured
from yardwatch.settings import contain, load_settings
from yardwatch.watchlist import TEMPLATE, Watchlist, load_watchlist


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_settings_are_read_when_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YARDWATCH_DATA_DIR", str(tmp_path / "one"))
    assert load_settings().root == (tmp_path / "one").resolve()
    monkeypatch.setenv("YARDWATCH_DATA_DIR", str(tmp_path / "two"))
    assert load_settings().root == (tmp_path / "two").resolve()


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YARDWATCH_INFERENCE_THREADS", "many")
    with pytest.raises(BadInput, match="YARDWATCH_INFERENCE_THREADS"):
        load_settings()


def test_a_folder_that_is_not_there_names_its_setting(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="YARDWATCH_AOI_DIR"):
        load_settings(aoi_dir=tmp_path / "nowhere").areas_folder()


def test_the_home_of_nobody_names_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YARDWATCH_DATA_DIR", "~nobody-of-this-name/data")
    with pytest.raises(NotConfigured, match=r"YARDWATCH_DATA_DIR=~nobody-of-this-name.data: there is no such user"):
        contain(load_settings())


def test_the_ledgers_password_is_not_shown() -> None:
    settings = load_settings(ledger_url="postgresql+psycopg://yard:hunter2@localhost/yard")
    assert "hunter2" not in repr(settings)
    assert "hunter2" in settings.ledger_address()


def test_libraries_write_below_the_data_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in ("PREFECT_HOME", "MPLCONFIGDIR", "YOLO_CONFIG_DIR"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    contain(load_settings(data_dir=tmp_path))
    for name in ("PREFECT_HOME", "MPLCONFIGDIR", "YOLO_CONFIG_DIR"):
        assert Path(os.environ[name]).is_relative_to(tmp_path)
        monkeypatch.setenv(name, os.environ[name])


def test_without_a_file_there_is_a_default_watch_list(tmp_path: Path) -> None:
    assert load_watchlist(tmp_path / "none.toml") == Watchlist()


def test_the_template_is_a_valid_watch_list(tmp_path: Path) -> None:
    path = write(tmp_path / "yardwatch.toml", TEMPLATE.format(areas='["tumangang"]'))
    assert load_watchlist(path).areas == ("tumangang",)


def test_the_templates_commented_lines_are_valid_too(tmp_path: Path) -> None:
    lines = [
        line.removeprefix("# ") if "=" in line or line.startswith("# [") else line for line in TEMPLATE.splitlines()
    ]
    watchlist = load_watchlist(write(tmp_path / "yardwatch.toml", "\n".join(lines).format(areas='["tumangang"]')))
    assert [source.name for source in watchlist.source] == ["deliveries", "archive"]
    assert watchlist.budget_of("tumangang") == 0.1
    assert watchlist.budget_of("khasan") == 0.2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("areas = [", "yardwatch.toml"),
        ('areas = "tumangang"\n', r":1: areas: write a list, as in \[\"one\", \"two\"\]"),
        ('source = "d"\n', r":1: source: write a list, as in \[\[source\]\]"),
        ('areas = ["a"]\n\nalarm_budget = -1\n', r"yardwatch\.toml:3: alarm_budget"),
        ("alarm_buget = 0.1\n", r":1: alarm_buget: there is no such field"),
        ('[channels.desk]\nurl = "mailto://me:secret@example.org"\n', "url_env"),
        ('[channels.desk]\nseverities = ["loud"]\nurl_env = "A"\n', r":2: channels.desk.severities"),
        ('[area.tumangang]\nchannels = ["nobody"]\n', "no channel 'nobody'"),
    ],
)
def test_a_fault_in_the_watch_list_names_line_and_field(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        load_watchlist(write(tmp_path / "yardwatch.toml", text))


def test_a_watch_list_of_a_windows_editor_is_read_and_another_encoding_named(tmp_path: Path) -> None:
    path = tmp_path / "yardwatch.toml"
    path.write_bytes('areas = ["tumangang"]\n'.encode("utf-8-sig"))
    assert load_watchlist(path).areas == ("tumangang",)
    path.write_bytes("# Größe\n".encode("latin-1"))
    with pytest.raises(BadInput, match=r"yardwatch\.toml: .*save it as UTF-8"):
        load_watchlist(path)
    with pytest.raises(BadInput, match="YARDWATCH_WATCHLIST to a TOML file"):
        load_watchlist(tmp_path)


def test_a_secret_in_the_watch_list_is_refused_and_not_repeated(tmp_path: Path) -> None:
    path = write(tmp_path / "yardwatch.toml", '[channels.desk]\nurl = "mailto://me:secret@example.org"\n')
    with pytest.raises(BadInput) as refused:
        load_watchlist(path)
    assert "secret@" not in str(refused.value)


def test_an_unset_channel_names_its_variable() -> None:
    channel = Watchlist.model_validate({"channels": {"desk": {"url_env": "YARDWATCH_CHANNEL_DESK"}}}).channels["desk"]
    with pytest.raises(NotConfigured, match="YARDWATCH_CHANNEL_DESK"):
        channel.address("desk")


def test_channels_hear_only_what_they_asked_for() -> None:
    watchlist = Watchlist.model_validate(
        {
            "channels": {
                "log": {"url": "file:a.log", "severities": ["provisional", "surge"]},
                "desk": {"url_env": "DESK"},
            },
            "area": {"khasan": {"channels": ["desk"]}},
        }
    )
    assert watchlist.channels_of("tumangang", "surge") == ("log", "desk")
    assert watchlist.channels_of("tumangang", "provisional") == ("log",)
    assert watchlist.channels_of("khasan", "surge") == ("desk",)


def test_paths_in_the_watch_list_are_relative_to_it(tmp_path: Path) -> None:
    path = write(tmp_path / "yardwatch.toml", '[[source]]\nname = "d"\nkind = "folder"\npath = "in"\n')
    assert load_watchlist(path).source[0].path == (tmp_path / "in").resolve()
