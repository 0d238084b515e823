"""Review on the command line: what to check, who said what, labels out and back."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_station import Drawn, station

from yardwatch import operations
from yardwatch.cli import app
from yardwatch.errors import BadInput
from yardwatch.operations import Days, open_look
from yardwatch.review import Correction
from yardwatch.workspace import Workspace


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    scenes = [Drawn("2023-09-05T02:12:00", 4), Drawn("2023-10-05T02:12:00", 12)]
    workspace = station(tmp_path_factory.mktemp("station"), scenes)
    operations.watch(workspace, "smallton", Days(date(2023, 1, 1), date(2023, 10, 5)))
    return workspace


@pytest.fixture(autouse=True)
def _here(watched: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yardwatch.cli.review.open_workspace", lambda: watched)


def run(*arguments: str, code: int = 0) -> str:
    said = CliRunner().invoke(app, ["review", *arguments])
    assert said.exit_code == code, (said.output, said.exception)
    return said.output


def test_before_anybody_reviewed_the_commands_say_what_to_do() -> None:
    assert "`yardwatch review next` names some" in run("list")
    assert "`yardwatch review next` names some" in run("quality", "--simulated")
    assert "simulated ones are listed with --simulated" in run("next")  # they never mix with real ones
    assert "no look of the area is reviewed" in run("next", "--simulated")


def test_a_review_is_listed_confirmed_measured_and_exported(watched: Workspace, tmp_path: Path) -> None:
    look_id = watched.ledger.looks("smallton")[-1].look_id
    opened = open_look(watched, look_id)
    said = Correction(opened.current.observation_id, "Kim", opened.boxes[1:], note="a shed")
    operations.review(watched, look_id, said)
    assert "Lee confirms what Kim said" in run("confirm", look_id, "--reviewer", "Lee")
    listed = run("list", "smallton")
    assert "a shed" in listed
    assert "confirmed by Lee" in listed
    (row, _) = json.loads(run("quality", "--simulated", "--json"))
    assert (row["cars"], row["precision"]) == (11, pytest.approx(11 / 12))
    assert "1 looks" in run("export", str(tmp_path / "labels"), "--simulated")
    assert (tmp_path / "labels" / "data.yaml").is_file()


def test_unreviewed_looks_are_no_labels_to_train_on(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["review", "export", str(tmp_path), "--unreviewed", "3"])
    assert isinstance(said.exception, BadInput)
    assert "label-studio" in str(said.exception)


def test_a_look_that_was_read_anew_is_left_and_the_exit_code_says_so(watched: Workspace, tmp_path: Path) -> None:
    look_id = watched.ledger.looks("smallton")[0].look_id
    task = {"data": {"look_id": look_id, "observation_id": "older"}, "annotations": [{"result": []}]}
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]))
    assert "open it again" in run("import", str(path), "--reviewer", "Kim", code=65)
