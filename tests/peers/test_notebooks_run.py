"""The notebooks run from the first cell to the last over a drawn station, and show what they promise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from review_lab import NOTEBOOKS
from small_station import Drawn, station

from yardwatch import operations
from yardwatch.operations import Days, open_look
from yardwatch.review import Correction

pytestmark = [pytest.mark.peers, pytest.mark.network_loopback]
SCENES = [Drawn("2023-07-05T02:12:00", 3), Drawn("2023-09-05T02:12:00", 4), Drawn("2023-10-05T02:12:00", 12)]
SHOWN = {
    "review_detections": "application/vnd.jupyter.widget-view+json",
    "surge_history": "image/svg+xml",
    "model_audit": "image/png",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A station with one reviewed look, named by settings."""
    with station(tmp_path_factory.mktemp("station"), SCENES) as workspace:
        operations.watch(workspace, "smallton", Days(date(2023, 1, 1), date(2023, 10, 5)))
        opened = open_look(workspace, workspace.ledger.looks("smallton")[-1].look_id)
        boxes = (*opened.boxes[1:], replace(opened.boxes[1], y_px=150, was=-1))
        operations.review(workspace, opened.current.look_id, Correction(opened.current.observation_id, "Kim", boxes))
        names = ("data_dir", "aoi_dir", "models_dir", "watchlist")
        return {f"YARDWATCH_{name.upper()}": str(getattr(workspace.settings, name)) for name in names}


@pytest.mark.parametrize("name", SHOWN)
def test_a_notebook_runs_and_shows_what_it_promises(
    name: str, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed: pip install 'yardwatch[notebooks]'")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: pip install 'yardwatch[peers]'")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed: pip install 'yardwatch[notebooks]'")
    for setting, value in settings.items():
        monkeypatch.setenv(setting, value)
    book = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    client = nbclient.NotebookClient(
        book, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any(SHOWN[name] in output.get("data", {}) for output in outputs)
