"""A person reviews a look in JupyterLab: open, reject one car, add one, move on, save; the ledger and series follow."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from review_lab import NOTEBOOKS, browser_or_skip, lab, page_of
from small_station import Drawn, station

from yardwatch import operations
from yardwatch.operations import Days, open_look
from yardwatch.records import VerdictKind
from yardwatch.workspace import Workspace

pytestmark = [pytest.mark.peers, pytest.mark.network_loopback]
SHOTS = os.environ.get("YARDWATCH_TEST_SCREENSHOTS")
SCENES = [
    *(Drawn(f"2022-0{month}-11T02:00:00", 2 + month % 4) for month in (2, 5, 8)),
    Drawn("2023-09-14T02:12:00", 3),
    Drawn("2023-10-05T02:12:00", 23),
]


@pytest.fixture
def watched(tmp_path: Path) -> Workspace:
    workspace = station(tmp_path, SCENES)
    operations.watch(workspace, "smallton", Days(date(2020, 1, 1), date(2023, 10, 5)))
    return workspace


def test_a_review_in_the_browser_corrects_the_count_and_the_series(watched: Workspace, tmp_path: Path) -> None:
    chromium = browser_or_skip()
    look_id = watched.ledger.looks("smallton")[-1].look_id
    before = open_look(watched, look_id)
    assert before.current.count == 23
    shutil.copy(NOTEBOOKS / "review_detections.ipynb", tmp_path)
    names = ("data_dir", "aoi_dir", "models_dir", "watchlist")
    settings = {f"YARDWATCH_{name.upper()}": str(getattr(watched.settings, name)) for name in names}
    with lab(tmp_path, settings) as address, page_of(chromium) as (page, strangers):
        _open_and_run(page, address)
        desk = page.locator(".yw-desk")
        desk.get_by_text("23 freight cars stand").wait_for(timeout=120_000)
        _shot(page, "opened")
        _review(page, before)
        _shot(page, "changed")
        desk.get_by_role("button", name="Save review").click()
        desk.get_by_text("Saved as revision 1 by Kim Lee: 22 freight cars").wait_for(timeout=90_000)
        _shot(page, "saved")
        assert strangers == []
    after = open_look(watched, look_id)
    assert (after.current.count, after.current.provenance) == (22, "review:Kim Lee")
    assert after.current.by_class == {"freight_box": 21, "freight_tank": 1}
    assert sorted(box.was for box in after.boxes if box.was == -1) == [-1]
    assert watched.ledger.reviews(look_id)[-1].note == "two are one long shadow"
    story = operations.story_of(watched, "smallton", simulated=True)
    verdict = story.verdicts[look_id]
    assert verdict.observation_ids[-1] == after.current.observation_id
    assert verdict.kind in (VerdictKind.SURGE, VerdictKind.CALM, VerdictKind.UNJUDGED)


def _open_and_run(page: Any, address: str) -> None:
    page.goto(f"{address}/lab/tree/review_detections.ipynb")
    page.get_by_role("tab", name="review_detections.ipynb").wait_for(timeout=90_000)
    page.locator(".jp-CodeCell").first.wait_for(timeout=60_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=90_000)  # cells run before are lost
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def _review(page: Any, opened: Any) -> None:
    """Reject two cars, one by mouse and one by keys; add one and give it a type; say why and who."""
    canvas = page.locator(".yw-now canvas")
    canvas.scroll_into_view_if_needed()
    page.wait_for_timeout(800)
    frame, grid = canvas.bounding_box(), opened.chip.grid
    scale = min(frame["width"] / grid.width, frame["height"] / grid.height)

    def click(x_px: float, y_px: float) -> None:
        x = frame["width"] / 2 + (x_px - grid.width / 2) * scale
        y = frame["height"] / 2 + (y_px - grid.height / 2) * scale
        canvas.click(position={"x": x, "y": y})

    first, last = opened.boxes[0], opened.boxes[-1]
    click(first.x_px, first.y_px)
    page.get_by_role("button", name="Reject").click()
    page.get_by_text("1 rejected").wait_for()
    click(last.x_px, last.y_px)
    page.keyboard.press("x")
    page.get_by_text("2 rejected").wait_for()
    page.get_by_role("button", name="Add", exact=True).click()
    click(last.x_px, last.y_px + 60)
    page.keyboard.press("3")
    page.keyboard.press("]")
    page.get_by_text("1 added; selected: freight_tank").wait_for()
    page.get_by_label("Reviewer").fill("Kim Lee")
    page.get_by_label("Note").fill("two are one long shadow")


def _shot(page: Any, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))
