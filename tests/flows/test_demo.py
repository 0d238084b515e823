"""The demo: it goes on from an older one's ledger, is not silent while it draws, and shows the truth at the end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from alembic import command
from click.testing import CliRunner

from flows import demo
from yardwatch.errors import NeedsMigration
from yardwatch.ledger import Ledger, schema
from yardwatch.simulate.archive import plan_shots
from yardwatch.simulate.demonstration import set_up, stage_at
from yardwatch.workspace import Workspace

AOI = Path(__file__).parents[2] / "aoi"


def older_ledger(root: Path) -> str:
    """The ledger of the first release below ``root``."""
    address = f"sqlite:///{root / 'ledger.sqlite'}"
    with Ledger.open(address, root) as ledger, ledger.migrating() as connection:
        config = schema.alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    return address


def test_the_ledger_of_an_older_demo_is_brought_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    address = older_ledger(tmp_path)
    monkeypatch.setenv("YARDWATCH_DATA_DIR", str(tmp_path))
    with pytest.raises(NeedsMigration):
        Workspace().ledger.row_counts()
    demo.bring_to_date()
    Ledger.open(address, tmp_path, create=False).close()
    assert "an older demo left was brought to this version's schema" in capsys.readouterr().out
    demo.bring_to_date()
    assert capsys.readouterr().out == ""


def test_the_demo_brings_its_ledger_to_date_before_it_draws_for_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    for variable in demo.QUIET:
        monkeypatch.setenv(variable, "")
    monkeypatch.setattr(demo.Stage, "environment", lambda self: {})
    monkeypatch.setattr(demo, "bring_to_date", lambda: order.append("ledger"))

    def drawn(*_: object, **__: object) -> bool:
        order.append("draw")
        raise NeedsMigration("enough")

    monkeypatch.setattr(demo, "set_up", drawn)
    CliRunner().invoke(demo.main, ["--root", str(tmp_path / "demo")])
    assert order == ["ledger", "draw"]


def test_drawing_tells_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("yardwatch.simulate.archive.plan_shots", lambda seed: plan_shots(seed)[:2])
    told: list[tuple[int, int]] = []
    set_up(stage_at(tmp_path, 3), AOI, 3, progress=lambda drawn, of_all: told.append((drawn, of_all)))
    assert told == [(1, 2), (2, 2)]
    assert not sys.stderr.isatty()
    for drawn in range(1, 25):
        demo._say_drawn(drawn, 24, lambda *_: None)
    assert capsys.readouterr().out.split("\n") == [f"   {n} of 24 drawn" for n in (6, 12, 18, 24)] + [""]


def test_the_truth_stands_beside_each_count_and_no_image_is_no_zero(capsys: pytest.CaptureFixture[str]) -> None:
    seen = {"acquired": "2023-10-05T02:12:00+00:00", "counted": 71, "low": 66.2, "high": 78.9, "reason": None}
    unseen = {"acquired": "2023-03-01T02:00:00+00:00", "counted": None, "low": None, "high": None, "reason": "no_data"}
    demo.show_truth(
        [seen | {"true_visible_cars": 73, "true_cars": 74}, unseen | {"true_visible_cars": 0, "true_cars": 6}], 2.0
    )
    said = capsys.readouterr().out
    row = next(line.split() for line in said.splitlines() if "2023-10-05" in line)
    assert row == ["2023-10-05", "71", "66–79", "73", "74"]
    row = next(line.split() for line in said.splitlines() if "2023-03-01" in line)
    assert row == ["2023-03-01", "–", "–", "0", "6", "no", "data"]
    assert "mean absolute error of the counts: 2 cars" in said
