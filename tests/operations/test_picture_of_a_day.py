"""A picture of an area is searched where the area lay on the day it was taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shapely.geometry import box, mapping
from small_station import CRS as UTM
from small_station import HEIGHT_M, NORTH, WEST, WIDTH_M, Drawn, draw, station

from yardwatch import operations
from yardwatch.areas.shapes import WGS84, reproject
from yardwatch.errors import BadInput
from yardwatch.workspace import Workspace


@pytest.fixture
def moved(tmp_path: Path) -> Workspace:
    """A station whose outline was the whole yard until 2023, and its western half since."""
    workspace = station(tmp_path, [])
    path = tmp_path / "aoi" / "smallton.geojson"
    data = json.loads(path.read_text())
    about = data["yardwatch"]
    about["versions"][0]["valid_to"] = "2023-01-01"
    since = {"id": "v2", "valid_from": "2023-01-01", "valid_to": None, "tracks": "none", "provenance": "A test."}
    about["versions"].append(since)
    half = reproject(box(WEST, NORTH - HEIGHT_M, WEST + WIDTH_M / 2 + 5, NORTH), UTM, WGS84)
    ring = {"role": "outline", "version": "v2"}
    data["features"].append({"type": "Feature", "properties": ring, "geometry": mapping(half)})
    path.write_text(json.dumps(data))
    return workspace


def counted(workspace: Workspace, folder: Path, name: str) -> int | None:
    draw(folder / name, Drawn("2023-10-05T02:12:00", 15))
    done = operations.count_picture(workspace, folder / name, folder / "out", area_name="smallton")
    return done.observation.count


def test_a_picture_is_searched_within_the_outline_of_its_day(moved: Workspace, tmp_path: Path) -> None:
    before, after = "yard_20221005T021200Z.tif", "yard_20231005T021200Z.tif"
    assert counted(moved, tmp_path, before) == 15
    assert counted(moved, tmp_path, after) == 8
    assert counted(moved, tmp_path, "yard.tif") == 8


def test_a_picture_of_a_day_without_geometry_names_the_mend(moved: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"taken on 1999-10-05.*add a version to it, or leave --area out"):
        counted(moved, tmp_path, "yard_19991005T021200Z.tif")
