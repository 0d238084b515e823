"""A run records what it did, goes on in the hours that are left, and its classes are those it was trained with."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from yardwatch.cli.schooling import train as command
from yardwatch.detection import load_release
from yardwatch.errors import BadInput
from yardwatch.settings import load_settings
from yardwatch.training.export import check_classes
from yardwatch.training.journal import Journal, curves, pixel_of_run
from yardwatch.training.release import class_list, told_data
from yardwatch.training.train import TrainPlan, take_what_is_left


def test_a_run_that_was_killed_is_known_up_to_its_last_whole_epoch(tmp_path: Path) -> None:
    journal = Journal.at(tmp_path)
    journal.begin({"epochs": 3}, {"pixel_m": 0.4})
    journal.epoch(1)
    journal.epoch(2)
    again = Journal.at(tmp_path)
    assert again.parts[-1]["epochs_done"] == 2
    assert not again.finished
    again.begin({"epochs": 3}, None)
    again.finish()
    told = Journal.at(tmp_path)
    assert told.finished
    assert len(told.parts) == 2
    assert told.facts["material"] == {"pixel_m": 0.4}
    assert told.parts[0]["code"]


def test_curves_are_those_of_every_epoch(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text("epoch, loss\n1, 2.5\n2, 1.5\n")
    assert curves(tmp_path / "results.csv") == {"epoch": [1, 2], "loss": [2.5, 1.5]}
    assert curves(tmp_path / "none.csv") == {}


def test_hours_that_no_part_tells_are_those_of_the_curves(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "results.csv").write_text("epoch,time\n1,1800\n2,3600\n")
    assert Journal.at(tmp_path).hours == pytest.approx(1.0)


def trainer(done: int) -> Any:
    made = SimpleNamespace(start_epoch=done, epochs=100, args=SimpleNamespace(epochs=100), scheduler=SimpleNamespace())
    made._setup_scheduler = lambda: None
    return made


@pytest.mark.parametrize(("spent_hours", "epochs"), [(1.0, 8), (1.9, 5), (3.0, 5)])
def test_a_resumed_run_takes_the_hours_that_are_left_and_at_least_one_epoch(
    tmp_path: Path, spent_hours: float, epochs: int
) -> None:
    resumed = trainer(4)
    take_what_is_left(resumed, TrainPlan(tmp_path / "data.yaml", tmp_path, hours=2.0), spent_hours)
    assert resumed.epochs == epochs
    assert resumed.scheduler.last_epoch == 3


def test_a_checkpoint_tells_the_pixel_and_the_data_of_its_run(tmp_path: Path) -> None:
    journal = Journal.at(tmp_path)
    own = [{"folder": "/somewhere/mine", "chips": 12}]
    journal.begin({}, {"pixel_m": 0.4, "simulated": {"training_seeds": [0, 7999]}, "own": own})
    checkpoint = tmp_path / "run" / "weights" / "last.pt"
    assert pixel_of_run(checkpoint) == 0.4
    assert "seeds 0-7999; 12 chips of mine" in told_data(checkpoint)
    assert pixel_of_run(Path("/nowhere/at/all/x.pt")) is None


def test_a_class_that_the_count_would_not_know_is_refused() -> None:
    assert class_list("freight, locomotive") == ("freight", "locomotive")
    with pytest.raises(BadInput, match="boxcar"):
        class_list("boxcar,locomotive")


@pytest.mark.parametrize(
    ("given", "passes"),
    [
        (("freight_box", "coach"), True),
        (("freight", "coach"), True),
        (("coach", "freight_box"), False),
        (("freight_box",), False),
    ],
)
def test_scores_of_one_class_are_never_given_anothers_name(given: tuple[str, ...], passes: bool) -> None:
    own = ("freight_box", "coach")
    if passes:
        check_classes(given, own, Path("my.pt"))
    else:
        with pytest.raises(BadInput, match="trained with freight_box,coach"):
            check_classes(given, own, Path("my.pt"))


def test_a_run_is_neither_written_over_nor_resumed_where_there_is_none(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(command, ["--out", str(tmp_path / "none"), "--resume"])
    assert isinstance(outcome.exception, BadInput)
    (tmp_path / "asked.json").write_text(json.dumps({}))
    outcome = CliRunner().invoke(command, ["--out", str(tmp_path)])
    assert isinstance(outcome.exception, BadInput)
    assert "--resume" in str(outcome.exception)


def test_seeds_held_out_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(command, ["--out", str(tmp_path / "new"), "--seed", "900000"])
    assert isinstance(outcome.exception, BadInput)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--pixel", "0.5"], "--pixel 0.4"),
        (["--start-from", "CHECKPOINT"], "one of them"),
    ],
)
def test_a_run_that_starts_from_a_release_reads_its_pixel_and_starts_from_nothing_else(
    tmp_path: Path, options: list[str], told: str
) -> None:
    checkpoint = tmp_path / "last.pt"
    checkpoint.write_bytes(b"x")
    release = load_release(load_settings().models_folder()).name
    given = [str(checkpoint) if option == "CHECKPOINT" else option for option in options]
    refused = CliRunner().invoke(command, ["--out", str(tmp_path / "run"), "--from-release", release, *given])
    assert isinstance(refused.exception, BadInput)
    assert told in str(refused.exception)
    assert not (tmp_path / "run").exists()
