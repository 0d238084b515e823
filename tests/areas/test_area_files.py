"""An area file is right as a whole or refused with the place, the fault and the mend."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from drawn_area import area_file, feature, lonlat, rectangle, written

from yardwatch.areas import find_area, load_area, load_areas
from yardwatch.errors import BadInput, NotConfigured

Spoil = Callable[[dict[str, Any]], object]


def second_version(data: dict[str, Any], valid_from: str, valid_to: str | None = None) -> None:
    about = data["yardwatch"]
    about["versions"].append({**about["versions"][0], "id": "v2", "valid_from": valid_from, "valid_to": valid_to})
    for drawn in list(data["features"]):
        data["features"].append({**drawn, "properties": {**drawn["properties"], "version": "v2"}})


def test_a_right_file_is_an_area(tmp_path: Path) -> None:
    area = load_area(written(tmp_path, area_file()))
    assert (area.name, area.native_title, area.country, area.watched) == ("smallton", "작은역", "KP", True)
    (version,) = area.versions
    assert (version.valid_from, version.valid_to, version.tracks_kind) == (date(2000, 1, 1), None, "approximate")
    assert len(version.tracks) == 2
    assert version.outline.contains(area.reference)
    assert version.provenance == "Drawn by a test."


WRONG: dict[str, tuple[Spoil, str]] = {
    "clockwise outline": (
        lambda d: d["features"][0]["geometry"]["coordinates"][0].reverse(),
        r"feature 0 .*ring 0: the exterior is wound the wrong way; .*counter-clockwise: .*reverse",
    ),
    "counter-clockwise hole": (
        lambda d: d["features"][0]["geometry"]["coordinates"].extend(rectangle(10, 10, 40, 40)),
        r"feature 0 .*ring 1: the hole is wound the wrong way",
    ),
    "across the 180th meridian": (
        lambda d: d["features"][0]["geometry"].update(
            coordinates=[[[179.99, 42], [-179.99, 42], [-179.99, 42.01], [179.99, 42.01], [179.99, 42]]]
        ),
        r"feature 0 .*crosses the 180th meridian; draw one area on each side",
    ),
    "self-intersection": (
        lambda d: d["features"][0]["geometry"].update(
            coordinates=[[lonlat(0, 0), lonlat(600, 200), lonlat(600, 0), lonlat(0, 200), lonlat(0, 0)]]
        ),
        r"feature 0 .*Self-intersection.*redraw",
    ),
    "open ring": (
        lambda d: d["features"][0]["geometry"]["coordinates"][0].pop(),
        r"feature 0 .*ring 0: the ring is not closed; repeat",
    ),
    "swapped track": (
        lambda d: d["features"][1]["geometry"].update(coordinates=[lonlat(50, 90)[::-1], lonlat(550, 90)[::-1]]),
        r"feature 1 \(1, version 'v1'\), position 0: .*looks like \[latitude, longitude\]",
    ),
    "metres": (
        lambda d: d["features"][1]["geometry"].update(coordinates=[[632000.0, 4697000.0], [632100.0, 4697000.0]]),
        r"feature 1 .*not on Earth; give degrees of WGS84",
    ),
    "track that crosses itself": (
        lambda d: d["features"][1]["geometry"].update(
            coordinates=[lonlat(50, 50), lonlat(200, 150), lonlat(200, 50), lonlat(50, 150)]
        ),
        r"feature 1 .*crosses itself",
    ),
    "track outside": (
        lambda d: d["features"][2]["geometry"].update(coordinates=[lonlat(50, 110), lonlat(700, 110)]),
        r"feature 2 \(2, version 'v1'\): leaves the outline near \[130\.\d+, 42\.\d+\]; shorten",
    ),
    "short track": (
        lambda d: d["features"][1]["geometry"].update(coordinates=[lonlat(50, 90), lonlat(60, 90)]),
        r"feature 1 .*10\.0 m long; between 20 m and 30 km",
    ),
    "tiny outline": (
        lambda d: (
            d["features"].__delitem__(slice(1, 3)),
            d["yardwatch"]["versions"][0].update(tracks="none"),
            d["features"][0]["geometry"].update(coordinates=rectangle(290, 90, 310, 110)),
        ),
        r"feature 0 .*covers 0\.000\d+ km2",
    ),
    "reference outside": (
        lambda d: d["yardwatch"].update(reference=lonlat(300, 1200)),
        r"yardwatch\.reference: .* lies 1000 m outside the outline of version 'v1'",
    ),
    "unknown time zone": (
        lambda d: d["yardwatch"].update(time_zone="Asia/Tumangang"),
        r"yardwatch\.time_zone: 'Asia/Tumangang' is unknown",
    ),
    "name of another file": (
        lambda d: d["yardwatch"].update(name="khasan"),
        r"yardwatch\.name: 'khasan' must equal the file's name 'smallton'",
    ),
    "missing title": (lambda d: d["yardwatch"].pop("native_title"), r"yardwatch\.native_title: Field required"),
    "misspelt field": (lambda d: d["yardwatch"].update(timezone="UTC"), r"yardwatch\.timezone: Extra inputs"),
    "ends before it begins": (
        lambda d: d["yardwatch"]["versions"][0].update(valid_to="1999-01-01"),
        r"versions\[0\] \('v1'\): valid_to 1999-01-01 is not after valid_from 2000-01-01",
    ),
    "overlapping versions": (
        lambda d: (d["yardwatch"]["versions"][0].update(valid_to="2024-03-02"), second_version(d, "2024-03-01")),
        r"'v1' \(valid_to 2024-03-02\) and 'v2' \(valid_from 2024-03-01\) overlap",
    ),
    "open version before another": (lambda d: second_version(d, "2024-03-01"), r"'v1' \(valid_to open\) and 'v2'"),
    "two outlines": (
        lambda d: d["features"].append(feature("outline", "Polygon", rectangle(0, 0, 600, 200))),
        r"version 'v1': has 2 features of role outline",
    ),
    "tracks none but drawn": (
        lambda d: d["yardwatch"]["versions"][0].update(tracks="none"),
        r"tracks is 'none' but 2 tracks are drawn",
    ),
    "surveyed but none drawn": (
        lambda d: (d["features"].__delitem__(slice(1, 3)), d["yardwatch"]["versions"][0].update(tracks="surveyed")),
        r"tracks is 'surveyed' but 0 tracks are drawn",
    ),
    "unknown role": (
        lambda d: d["features"][1]["properties"].update(role="siding"),
        r"feature 1 .*role 'siding' is unknown; use one of outline, track, canopy",
    ),
    "unknown version": (
        lambda d: d["features"][1]["properties"].update(version="v9"),
        r"feature 1 .*no such version .*known: v1",
    ),
    "wrong kind of geometry": (
        lambda d: d["features"][1]["geometry"].update(type="MultiLineString"),
        r"feature 1 .*'MultiLineString'; this role wants a LineString",
    ),
    "other coordinates": (
        lambda d: d.update(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32652"}}),
        r"crs: .*32652 is not WGS84",
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_file_is_refused_with_place_and_mend(tmp_path: Path, fault: str) -> None:
    spoil, message = WRONG[fault]
    data = area_file()
    spoil(data)
    path = written(tmp_path, data)
    with pytest.raises(BadInput, match=message) as caught:
        load_area(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"type": "Feature"}', '{"type": "FeatureCollection", "features": NaN}']
)
def test_what_is_no_area_file_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match=r"smallton\.geojson"):
        load_area(written(tmp_path, text))


def test_a_swapped_reference_is_named_where_both_orders_are_on_earth(tmp_path: Path) -> None:
    data = area_file()
    shifted = [[lon - 125, lat - 40] for lon, lat in data["features"][0]["geometry"]["coordinates"][0]]
    data["features"] = [feature("outline", "Polygon", [shifted])]
    data["yardwatch"]["versions"][0]["tracks"] = "none"
    lon, lat = data["yardwatch"]["reference"]
    data["yardwatch"]["reference"] = [lat - 40, lon - 125]
    with pytest.raises(BadInput, match=r"reference: .*looks like \[latitude, longitude\]"):
        load_area(written(tmp_path, data))


def test_what_qgis_writes_of_the_crs_is_accepted(tmp_path: Path) -> None:
    data = area_file()
    data["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert load_area(written(tmp_path, data)).name == "smallton"


def test_versions_follow_each_other_without_a_gap_or_a_shared_day(tmp_path: Path) -> None:
    data = area_file()
    data["yardwatch"]["versions"][0]["valid_to"] = "2024-03-01"
    second_version(data, "2024-03-01")
    data["yardwatch"]["versions"].reverse()
    area = load_area(written(tmp_path, data))
    assert [version.valid_from for version in area.versions] == [date(2000, 1, 1), date(2024, 3, 1)]
    last_moment_there = datetime(2024, 2, 29, 14, 59, 59, tzinfo=UTC)  # 23:59:59 in Pyongyang
    assert area.at(last_moment_there) is area.versions[0]
    assert area.at(datetime(2024, 2, 29, 15, 0, tzinfo=UTC)) is area.versions[1]


def hash_of(folder: Path, data: dict[str, Any]) -> str:
    return load_area(written(folder, data)).versions[0].area_version


def test_formatting_and_order_do_not_make_a_new_version(tmp_path: Path) -> None:
    first = hash_of(tmp_path, area_file())
    data = area_file()
    random.Random(1).shuffle(data["features"])
    for drawn in data["features"]:
        coordinates = drawn["geometry"]["coordinates"]
        if drawn["properties"]["role"] == "track":
            coordinates.reverse()
            coordinates[:] = [[*position, 12.5] for position in coordinates]
        else:
            ring = coordinates[0]
            coordinates[0] = [*ring[2:], *ring[1:3]]
    data["yardwatch"]["title"] = "Another title"
    assert load_area(written(tmp_path, json.dumps(data, indent=7))).versions[0].area_version == first
    assert len(first) == 12


@pytest.mark.parametrize("role", ["outline", "track", "canopy", "kind"])
def test_any_change_of_what_is_drawn_makes_a_new_version(tmp_path: Path, role: str) -> None:
    first = hash_of(tmp_path, area_file())
    data = area_file()
    if role == "outline":
        data["features"][0]["geometry"]["coordinates"] = rectangle(0, 0, 600, 200.5)
    elif role == "track":
        data["features"][1]["geometry"]["coordinates"][0] = lonlat(50, 90.5)
    elif role == "canopy":
        data["features"].append(feature("canopy", "Polygon", rectangle(100, 80, 200, 120)))
    else:
        data["yardwatch"]["versions"][0]["tracks"] = "surveyed"
    assert hash_of(tmp_path, data) != first


def test_an_unknown_area_lists_the_known_and_the_close_ones(tmp_path: Path) -> None:
    written(tmp_path, area_file())
    with pytest.raises(BadInput, match=r"no area 'Smalton' .*Did you mean smallton\? Known: smallton"):
        find_area(tmp_path, "Smalton")
    with pytest.raises(BadInput, match="no area"):
        find_area(tmp_path, "../smallton")


def test_a_wrong_neighbour_does_not_hide_an_area(tmp_path: Path) -> None:
    written(tmp_path, area_file())
    written(tmp_path, "{", name="broken")
    assert find_area(tmp_path, "smallton").name == "smallton"
    with pytest.raises(BadInput, match=r"broken\.geojson"):
        load_areas(tmp_path)


def test_a_missing_folder_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="YARDWATCH_AOI_DIR"):
        load_areas(tmp_path / "nowhere")
