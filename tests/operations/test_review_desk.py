"""The desk as a person meets it, without a browser: which looks it offers, what it shows, what it refuses."""

from __future__ import annotations

import base64
import io
from datetime import date
from pathlib import Path

import pytest
from PIL import Image
from small_station import Drawn, station

from yardwatch import operations
from yardwatch.errors import BadInput
from yardwatch.operations import Days, export_labels, import_labels, open_look, taught_release
from yardwatch.operations.desk import Desk, area_to_open, placed
from yardwatch.operations.teaching import tallies
from yardwatch.records import Grid
from yardwatch.workspace import Workspace

SCENES = [
    Drawn("2023-07-05T02:12:00", 3),
    Drawn("2023-08-05T02:12:00", 5, "cloud"),
    Drawn("2023-09-05T02:12:00", 4),
    Drawn("2023-10-05T02:12:00", 12),
]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = station(tmp_path_factory.mktemp("station"), SCENES)
    operations.watch(workspace, "smallton", Days(date(2023, 1, 1), date(2023, 10, 5)))
    return workspace


def desk_on(workspace: Workspace, number: int = -1, which: str = "all") -> Desk:
    return Desk(workspace, "smallton", which, True, "Kim", workspace.ledger.looks("smallton")[number].look_id)


def test_the_look_lies_between_its_neighbours_with_the_series_below(watched: Workspace) -> None:
    page = desk_on(watched, 2).page()
    assert "4 cars" in page["look"]["title"]
    assert "cloud" in page["before"]["title"]
    assert "12 cars" in page["after"]["title"]
    assert [mark["value"] for mark in page["series"]] == [3, None, 4, 12]
    assert "SIMULATED" in page["look"]["title"]
    assert page["look"]["place"] == page["after"]["place"] == [0, 0, 1]


def test_the_desk_opens_on_an_area_that_has_looks(watched: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "watched_areas", lambda: ["khasan", "smallton"])
    assert area_to_open(watched) == "smallton"
    monkeypatch.setattr(watched, "watched_areas", lambda: ["khasan", "rajin"])
    assert area_to_open(watched) == "khasan"
    monkeypatch.setattr(watched, "watched_areas", list)
    with pytest.raises(BadInput, match="no area is watched"):
        area_to_open(watched)


def test_the_picture_is_the_chip_itself(watched: Workspace) -> None:
    shot = desk_on(watched).page()["look"]
    picture = Image.open(io.BytesIO(base64.b64decode(shot["image"].split(",")[1])))
    assert picture.size == (shot["width"], shot["height"])


def test_cloud_permits_no_boxes_and_stays_as_it_is(watched: Workspace) -> None:
    assert desk_on(watched, 1).page()["look"]["fixed"] is True
    assert desk_on(watched, 2).page()["look"]["fixed"] is False


def test_a_request_from_another_version_is_refused_in_words(watched: Workspace) -> None:
    with pytest.raises(BadInput, match="run the notebook's cells again"):
        desk_on(watched).answer({"kind": "dance"})
    broken = {"kind": "save", "boxes": [{"x": None}], "reviewer": "Kim", **_of(desk_on(watched).page()["look"])}
    with pytest.raises(BadInput, match="not whole"):
        desk_on(watched).answer(broken)


def test_looks_of_two_sizes_of_pixel_lie_on_one_ground() -> None:
    fine = Grid("EPSG:32652", (0.5, 0, 100.0, 0, -0.5, 500.0), 40, 40, 0.5)
    coarse = Grid("EPSG:32652", (1.0, 0, 98.0, 0, -1.0, 502.0), 30, 30, 1.0)
    assert placed(coarse, fine) == (-4, -4, 2)
    assert placed(fine, coarse) == (2, 2, 0.5)


def test_a_save_is_in_the_ledger_before_the_page_comes_back_and_teaches(watched: Workspace) -> None:
    desk = desk_on(watched)
    look = desk.page()["look"]
    kept = [box for box in look["boxes"] if not box["rejected"]]
    added = {**kept[0], "y": 150.0, "was": -1, "label": "freight_tank"}
    page = desk.answer({"kind": "save", "boxes": [*kept[2:], added], "reviewer": "Kim Lee", "note": "", **_of(look)})
    assert page["say"].startswith("Saved as revision 1 by Kim Lee: 11 freight cars.")
    assert sum(box["rejected"] for box in page["look"]["boxes"]) == 2
    opened = open_look(watched, look["look_id"])
    assert (opened.current.count, opened.current.provenance) == (11, "review:Kim Lee")
    (one,) = tallies(watched, "smallton", simulated=True)
    assert (one.found, one.invented, one.missed) == (10, 2, 1)
    assert [failure.kind for failure in operations.failures(watched, simulated=True)] == [
        "invented",
        "invented",
        "missed",
    ]
    assert taught_release(watched, "smallton", simulated=True) is watched.release  # one look teaches nothing yet
    (row, _) = operations.reviewed_quality(watched, simulated=True)
    assert (row.looks, row.cars, row.recall) == (1, 11, pytest.approx(10 / 11))
    assert look["look_id"] not in {one.observation.look_id for one in operations.next_lessons(watched, simulated=True)}


def test_labels_go_out_and_a_review_made_elsewhere_comes_back(watched: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is reviewed yet"):
        export_labels(watched, tmp_path / "real")
    path, looks = export_labels(watched, tmp_path, "label-studio", area="smallton", simulated=True, unreviewed=1)
    assert looks == 1 + len(watched.ledger.reviewed("smallton"))
    text = path.read_text().replace('"predictions"', '"annotations"')
    path.write_text(text)
    done = import_labels(watched, path, "Lee")
    assert done.refused == ()
    assert [one.provenance for one in done.reviewed][-1:] == ["review:Lee"]


def _of(look: dict[str, object]) -> dict[str, object]:
    return {name: look[name] for name in ("look_id", "observation_id")}
