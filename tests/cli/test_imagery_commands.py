"""Commands that say what can be watched: areas, sources, scenes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from small_station import Drawn, settings_for

from yardwatch.cli import app

SPAN = ["--since", "2023-09-01", "--until", "2023-10-05"]
MINE = """
[[source]]
name = "deliveries"
kind = "folder"
path = "in"
gsd_m = 0.5
licence = "commercial, do not redistribute"

[[source]]
name = "air"
kind = "xyz"
url = "https://tiles.example.org/{z}/{x}/{y}.png?key=hunter2"
zoom = 18
times = ["2023"]
headers_env = "AIR_HEADERS"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = settings_for(tmp_path, [Drawn("2023-09-20T02:00:00", 4), Drawn("2023-10-05T02:12:00", 7)], MINE)
    for name in ("data_dir", "aoi_dir", "models_dir", "watchlist"):
        monkeypatch.setenv(f"YARDWATCH_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, code: int = 0) -> str:
    said = CliRunner().invoke(app, arguments)
    assert said.exit_code == code, (said.output, said.exception)
    return said.stdout


def test_sources_say_what_a_machine_may_read_and_show_no_secret(here: Path) -> None:
    known: dict[str, Any] = {one["name"]: one for one in json.loads(run("sources", "--json"))}
    assert known["earth-search"]["automated"] == "allowed"
    assert known["maxar-open-data"]["automated"] == "non-commercial only"
    assert not known["maxar-open-data"]["accepted"]
    assert known["drawn"]["preferred"]
    assert known["air"]["login"] == "headers in AIR_HEADERS"
    said = run("sources")
    assert "about 5 days" in said
    assert "hunter2" not in said + json.dumps(known)


def test_scenes_say_what_a_read_would_cost_and_record_nothing(here: Path) -> None:
    found = json.loads(run("scenes", "smallton", *SPAN, "--json"))
    assert [scene["acquired_from"][:10] for scene in found["scenes"]] == ["2023-09-20", "2023-10-05"]
    size = next((here / "archive").glob("SIMULATED-20231005*.tif")).stat().st_size
    assert 0.9 * size < found["scenes"][1]["read_bytes"] <= size, "this file is all area"
    assert found["scenes"][0]["counts"]
    assert not (here / "data" / "ledger.sqlite").exists()
    assert "2 scenes" in run("scenes", "smallton", *SPAN, "--source", "drawn", "--no-headers")


def test_a_file_that_cannot_be_asked_is_listed_with_its_fault(here: Path) -> None:
    next((here / "archive").glob("SIMULATED-20231005*.tif")).write_text("<html>")
    found = json.loads(run("scenes", "smallton", *SPAN, "--json"))
    assert [bool(scene["fault"]) for scene in found["scenes"]] == [False, True]


@pytest.mark.parametrize(("answer", "code"), [({"path": "nowhere"}, 65), ({"url": "http://127.0.0.1:9/"}, 75)])
def test_a_wrong_path_is_bad_input_and_a_silent_server_is_asked_again(
    here: Path, answer: dict[str, str], code: int
) -> None:
    (where,) = answer.items()
    with (here / "yardwatch.toml").open("a") as file:
        file.write(f'[[source]]\nname = "elsewhere"\nkind = "stac"\n{where[0]} = "{where[1]}"\n')
    run("scenes", "smallton", *SPAN, "--source", "elsewhere", code=code)
    assert "2 scenes" in run("scenes", "smallton", *SPAN, "--source", "elsewhere", "--source", "drawn")


def test_an_area_is_added_and_listed(here: Path) -> None:
    place = ["--country", "RU", "--time-zone", "Asia/Vladivostok"]
    added = json.loads(run("areas", "add", "khasan-2", "--point", "42.4301,130.6449", *place, "--json"))
    assert added["area"]["country"] == "RU"
    assert "khasan-2" in run("areas")
    assert "by command" in run("areas", "khasan-2")
    assert [one["name"] for one in json.loads(run("areas", "--json"))] == ["khasan-2", "smallton"]


def test_a_station_of_one_name_is_not_named_twice_and_its_country_may_be_small(here: Path) -> None:
    run("areas", "add", "newton", "--point", "42.43,130.64", "--country", "kp", "--time-zone", "Asia/Pyongyang")
    assert "newton newton newton" not in " ".join(run("areas", "newton").split())  # the area, then the station once
    assert json.loads(run("areas", "newton", "--json"))[0]["country"] == "KP"


def test_an_empty_folder_of_areas_says_how_one_is_made(here: Path) -> None:
    (here / "aoi" / "smallton.geojson").unlink()
    assert "`yardwatch areas add NAME ...` makes one" in run("areas")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "give one of --point, --bbox and --kml"),
        (["--point", "42,4301,130,6449"], "LATITUDE,LONGITUDE"),
        (["--point", "130.6449,42.4301"], "longitude first"),
        (["--bbox", "131,42,130,43"], "is no box"),
        (["--point", "42.4,130.6", "--surveyed"], "there are none"),
    ],
)
def test_an_area_that_is_not_described_says_what_is_missing(here: Path, options: list[str], says: str) -> None:
    done = CliRunner().invoke(app, ["areas", "add", "x", *options, "--country", "RU", "--time-zone", "UTC"])
    assert says in str(done.exception)
    assert not (here / "aoi" / "x.geojson").exists()
