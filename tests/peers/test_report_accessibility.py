"""The report page in a browser: no serious finding of axe, nothing asked of the network, small enough to mail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from review_lab import browser_or_skip, page_of
from small_station import Drawn, station

from yardwatch import operations
from yardwatch.operations import last_days

pytestmark = [pytest.mark.peers, pytest.mark.network_loopback]
LARGEST_BYTES = 5_000_000
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scenes = [Drawn(f"2023-0{month}-11T02:00:00", 3) for month in (4, 5, 6, 7)]
    scenes += [Drawn("2023-08-11T02:00:00", 3, "cloud"), Drawn("2023-10-05T02:12:00", 73)]
    workspace = station(tmp_path_factory.mktemp("station"), scenes)
    operations.watch(workspace, "smallton", last_days(workspace.area("smallton"), workspace.now(), 365))
    return operations.report(workspace, "smallton", simulated=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_report_can_be_read_by_everybody(report: Path, scheme: str, width: int) -> None:
    chromium = browser_or_skip()
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    assert report.stat().st_size < LARGEST_BYTES
    with page_of(chromium) as (page, strangers):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(report.as_uri())
        found: list[dict[str, Any]] = axe.Axe().run(page).response["violations"]
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert strangers == []
    serious = [f"{one['id']}: {one['help']}: {one['nodes'][0]['target']}" for one in found if one["impact"] in SERIOUS]
    assert serious == []
    assert sideways <= 1
