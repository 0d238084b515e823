"""A file that was lost costs the picture that needs it, and never the report."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from small_station import Drawn, station

from yardwatch import operations
from yardwatch.operations import Days
from yardwatch.workspace import Workspace

QUIET = [Drawn(f"202{year}-0{month}-11T02:00:00", 2 + month % 3) for year in (1, 2) for month in range(1, 7)]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = station(tmp_path_factory.mktemp("seen"), [*QUIET, Drawn("2023-10-05T02:12:00", 73)])
    operations.watch(workspace, "smallton", Days(date(2021, 1, 1), date(2023, 10, 5)))
    return workspace


@pytest.mark.parametrize("folder", ["chips", "detections"])
def test_a_report_is_written_without_the_files_of_its_pictures_and_says_which_is_gone(
    seen: Workspace, folder: str
) -> None:
    root = seen.settings.root
    kept = root / "kept"
    shutil.rmtree(root / "pictures", ignore_errors=True)
    (root / folder).rename(kept)
    try:
        page = operations.report(seen, "smallton", simulated=True).read_text(encoding="utf-8")
    finally:
        kept.rename(root / folder)
    assert "73 freight cars" in page
    assert f"No picture: {folder}/smallton/" in page
    assert "No such file or directory; the ledger names this file: restore it from a copy" in page
    assert str(root) not in page


def test_a_broken_file_costs_one_picture_of_a_report(seen: Workspace, tmp_path: Path) -> None:
    root = seen.settings.root
    shutil.rmtree(root / "pictures", ignore_errors=True)
    newest = seen.ledger.observations(area="smallton")[-1]
    chip = root / str(newest.chip_path)
    whole = chip.read_bytes()
    chip.write_bytes(whole[:100])
    try:
        page = operations.report(seen, "smallton", tmp_path / "report.html", simulated=True).read_text(encoding="utf-8")
    finally:
        chip.write_bytes(whole)
    assert page.count("No picture: chips/smallton/") == 1
    assert page.count("<figure>") >= 1
