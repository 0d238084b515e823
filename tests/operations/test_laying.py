"""A look of an area with surveyed tracks is laid onto them before it is searched, and says how far off it lay."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from small_station import CRS, Drawn, station

from yardwatch import operations
from yardwatch.areas.shapes import WGS84, reproject
from yardwatch.imagery.registration import USUAL_ODDS
from yardwatch.operations import Days
from yardwatch.records import Observation
from yardwatch.workspace import Workspace

ALL = Days(date(2020, 1, 1), date(2023, 10, 5))


class Sees:
    """Stands in for the network: cars are bright, and stand on tracks."""

    def logits(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.where(pictures[:, :2] > 150, 3.0, -5.0).astype(np.float32)


class Blind:
    """Sees no difference: says what is usual."""

    def logits(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.full((len(pictures), 2, *pictures.shape[2:]), USUAL_ODDS, np.float32)


def seen_by(sight: object, folder: Path, kind: str, south_m: float) -> Observation:
    """The one look of a station whose tracks say that they are of a kind and lie south of the cars by some metres."""
    workspace: Workspace = station(folder, [Drawn("2021-05-02T02:00:00", 150)])
    path = workspace.settings.areas_folder() / "smallton.geojson"
    drawn = json.loads(path.read_text())
    drawn["yardwatch"]["versions"][0]["tracks"] = kind
    for feature in drawn["features"]:
        if feature["properties"]["role"] == "track":
            utm = reproject(shapely.from_geojson(json.dumps(feature["geometry"])), WGS84, CRS)
            moved = reproject(shapely.transform(utm, lambda xy: xy - (0, south_m)), CRS, WGS84)
            feature["geometry"] = shapely.geometry.mapping(moved)
    path.write_text(json.dumps(drawn))
    workspace.__dict__["_track_sight"] = sight
    [seen] = operations.watch(workspace, "smallton", ALL).recorded
    return seen


@pytest.mark.parametrize("south_m", [0.0, 3.0])
def test_a_picture_beside_surveyed_tracks_is_moved_onto_them(
    tmp_path: Path, south_m: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yardwatch.imagery.registration.PIXEL_WITHIN", 0.3)  # the stand-in release reads at 0.5 m
    seen = seen_by(Sees(), tmp_path, "surveyed", south_m)
    assert seen.registration_m == pytest.approx(south_m, abs=0.5)
    assert (seen.searched, seen.confidence) == ("corridor", "normal")
    assert "moved" in seen.placed


def test_a_picture_that_shows_no_tracks_is_counted_with_low_confidence(tmp_path: Path) -> None:
    seen = seen_by(Blind(), tmp_path, "surveyed", 0.0)
    assert seen.registration_m is None
    assert seen.count is not None
    assert seen.confidence == "low"
    assert seen.placed == "where the picture lies against the tracks is not clear"


def test_a_picture_is_not_moved_onto_tracks_drawn_by_hand(tmp_path: Path) -> None:
    seen = seen_by(Sees(), tmp_path, "approximate", 3.0)
    assert (seen.registration_m, seen.searched, seen.count, seen.placed) == (None, "outline", 150, "")
