"""A new area file is drawn from a point, a box or a KML, and is a file the loader takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from yardwatch.areas import find_area, searched_mode
from yardwatch.areas.drawing import Drawing, Station, around_point, cut_to, from_kml, in_box, write_area
from yardwatch.areas.overpass import USER_AGENT, tracks_of
from yardwatch.areas.shapes import WGS84, reproject, utm_of
from yardwatch.errors import BadInput, TryAgain

LON, LAT = 130.6081, 42.4214


def station(**changes: Any) -> Station:
    about = {
        "name": "newton",
        "title": "Newton",
        "native_title": "새역",
        "country": "KP",
        "time_zone": "Asia/Pyongyang",
        "tracks_kind": "none",
        "provenance": "A test.",
    }
    return Station(**{**about, **changes})


def kml(path: Path, *, polygon: bool = True, lines: int = 2) -> Path:
    corners = [(-0.004, -0.002), (0.004, -0.002), (0.004, 0.002), (-0.004, 0.002), (-0.004, -0.002)]
    ring = " ".join(f"{LON + x},{LAT + y},12" for x, y in corners)
    outline = f"<LinearRing><coordinates>{ring}</coordinates></LinearRing>"
    outline = f"<Polygon><outerBoundaryIs>{outline}</outerBoundaryIs></Polygon>"
    rows = [(LON - 0.003, LON + 0.003, LAT + 5e-5 * number) for number in range(lines)]
    tracks = [
        f"<LineString><coordinates>{west},{lat} {east},{lat}</coordinates></LineString>" for west, east, lat in rows
    ]
    marks = "".join(f"<Placemark>{one}</Placemark>" for one in ([outline] if polygon else []) + tracks)
    path.write_text(
        f'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>'
    )
    return path


@settings(max_examples=25, deadline=None)
@given(lon=st.floats(-179.9, 179.9), lat=st.floats(-79.0, 83.0), radius_m=st.floats(50, 3000))
def test_a_square_around_a_point_has_the_size_that_was_asked_for(lon: float, lat: float, radius_m: float) -> None:
    square = around_point(lon, lat, radius_m).outline
    crs = utm_of(square.centroid)
    assert reproject(square, WGS84, crs).area == pytest.approx(4 * radius_m**2, rel=0.05)


@pytest.mark.parametrize("drawn", ["point", "box", "kml", "lines"])
def test_what_is_written_is_what_the_loader_reads(tmp_path: Path, drawn: str) -> None:
    drawing = {
        "point": lambda: around_point(LON, LAT),
        "box": lambda: in_box(LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01),
        "kml": lambda: from_kml(kml(tmp_path / "a.kml")),
        "lines": lambda: from_kml(kml(tmp_path / "a.kml", polygon=False)),
    }[drawn]()
    kind = "surveyed" if drawing.tracks else "none"
    path, written = write_area(tmp_path, station(tracks_kind=kind), drawing)
    area = find_area(tmp_path, "newton")
    assert path.name == "newton.geojson"
    assert area.versions[0].area_version == written.versions[0].area_version
    assert len(area.versions[0].tracks) == (2 if "l" in drawn and drawn != "point" else 0)
    assert searched_mode(area.versions[0]) == ("corridor" if drawing.tracks else "outline")
    assert list(tmp_path.glob(".new-*")) == []


def test_an_area_is_never_overwritten_and_a_wrong_one_never_left(tmp_path: Path) -> None:
    write_area(tmp_path, station(), around_point(LON, LAT))
    with pytest.raises(BadInput, match=r"newton\.geojson: exists"):
        write_area(tmp_path, station(), around_point(LON, LAT))
    with pytest.raises(BadInput, match="time_zone"):
        write_area(tmp_path, station(name="wrong", time_zone="Mars/Olympus"), around_point(LON, LAT))
    assert not (tmp_path / "wrong.geojson").exists()
    for name in ("../up", "x" * 300):
        with pytest.raises(BadInput, match="no name of an area"):
            write_area(tmp_path, station(name=name), around_point(LON, LAT))


def test_what_is_wrong_is_said_of_the_file_that_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="'Korea' is no country; write two capital letters") as refused:
        write_area(tmp_path, station(country="Korea"), around_point(LON, LAT))
    assert f"{tmp_path / 'newton.geojson'}: yardwatch.country" in str(refused.value)


def test_a_square_across_the_180th_meridian_is_refused_and_not_drawn_around_the_world(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="crosses the 180th meridian"):
        write_area(tmp_path, station(), around_point(180.0, LAT))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04", "KMZ"),
        (b"not xml", "is no XML"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><kml/>", "entities"),
        (b"<kml/>", "neither a polygon nor a line"),
        (b"<kml><LineString><coordinates>here there</coordinates></LineString></kml>", "no numbers"),
        (b"<kml><LineString><coordinates>42.4,130.6 42.5,130.7</coordinates></LineString></kml>", "longitude first"),
    ],
)
def test_a_file_that_is_no_drawing_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.kml"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=says):
        from_kml(path)


def way(*positions: tuple[float, float], **tags: str) -> dict[str, Any]:
    geometry = [{"lon": lon, "lat": lat} for lon, lat in positions]
    return {"type": "way", "tags": {"railway": "rail", **tags}, "geometry": geometry}


def answer(monkeypatch: pytest.MonkeyPatch, response: httpx.Response | Exception) -> dict[str, Any]:
    asked: dict[str, Any] = {}

    def post(url: str, **how: Any) -> httpx.Response:
        asked.update(how, url=url)
        if isinstance(response, Exception):
            raise response
        return response

    monkeypatch.setattr("yardwatch.areas.overpass.httpx.post", post)
    return asked


def test_tracks_come_from_openstreetmap_cut_to_the_outline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outline = around_point(LON, LAT, 300).outline
    through = way((LON - 0.1, LAT), (LON + 0.1, LAT))
    stub = way((LON, LAT + 1e-4), (LON + 1e-4, LAT + 1e-4))
    below = way((LON - 0.1, LAT + 2e-4), (LON + 0.1, LAT + 2e-4), tunnel="yes")
    asked = answer(monkeypatch, httpx.Response(200, json={"elements": [through, stub, below, {"type": "node"}]}))
    tracks = cut_to(outline, tracks_of(outline))
    assert len(tracks) == 1, "a stub shorter than two cars and a tunnel are left out"
    length_m = reproject(tracks[0], WGS84, utm_of(outline.centroid)).length
    assert length_m == pytest.approx(600, abs=2)
    assert asked["headers"]["User-Agent"] == USER_AGENT
    assert "railway" in asked["data"]["data"]
    _, area = write_area(tmp_path, station(tracks_kind="openstreetmap"), Drawing(outline, tracks))
    assert searched_mode(area.versions[0]) == "corridor"


@pytest.mark.parametrize(
    ("response", "kind", "says"),
    [
        (httpx.ConnectError("no route"), TryAgain, "needs a network"),
        (httpx.Response(429), TryAgain, "is busy"),
        (httpx.Response(400), BadInput, "HTTP 400"),
        (httpx.Response(200, text="<html>"), BadInput, "something else than tracks"),
        (httpx.Response(200, json={"elements": [{"type": "way", "geometry": 3}]}), BadInput, "something else"),
        (httpx.Response(200, json={"elements": []}), BadInput, "knows no tracks there"),
    ],
)
def test_openstreetmap_that_does_not_answer_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, response: Any, kind: type[Exception], says: str
) -> None:
    answer(monkeypatch, response)
    with pytest.raises(kind, match=says):
        tracks_of(around_point(LON, LAT).outline)


def test_a_track_that_leaves_and_comes_back_is_two(tmp_path: Path) -> None:
    outline = around_point(LON, LAT, 200).outline
    east = LON + 0.005
    bow = LineString([(LON, LAT - 1e-4), (east, LAT - 1e-4), (east, LAT + 1e-4), (LON, LAT + 1e-4)])
    assert len(cut_to(outline, [bow])) == 2
