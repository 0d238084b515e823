"""Tracks from OpenStreetMap, through the Overpass API. They are under the Open Database Licence: say so."""

from __future__ import annotations

from typing import Any

import httpx
from shapely.geometry import LineString, Polygon

from yardwatch.errors import BadInput, TryAgain

ENDPOINT = "https://overpass-api.de/api/interpreter"
USER_AGENT = "yardwatch/1 (+https://github.com/yardwatch/yardwatch)"  # stock user agents are refused there
TIMEOUT_S = 60
LARGEST_ANSWER_BYTES = 20_000_000
CREDIT = "© OpenStreetMap contributors, Open Database Licence (ODbL) 1.0"
RAILWAYS = "rail|narrow_gauge|light_rail"


def query(outline: Polygon) -> str:
    """The question for every track in the bounds of ``outline`` (WGS84), in Overpass QL."""
    west, south, east, north = outline.bounds
    bounds = f"{south:.7f},{west:.7f},{north:.7f},{east:.7f}"
    return f'[out:json][timeout:{TIMEOUT_S}];way["railway"~"^({RAILWAYS})$"]({bounds});out geom;'


def tracks_of(outline: Polygon, endpoint: str = ENDPOINT) -> list[LineString]:
    """Centre lines (WGS84) of the tracks in the bounds of ``outline``, tunnels left out.

    Raises:
        TryAgain: when there is no network, or Overpass is busy.
        BadInput: when it answers with something else, or knows no tracks there.
    """
    host = httpx.URL(endpoint).host
    try:
        answer = httpx.post(
            endpoint, data={"data": query(outline)}, headers={"User-Agent": USER_AGENT}, timeout=TIMEOUT_S + 15.0
        )
    except httpx.HTTPError as error:
        raise TryAgain(
            f"{host}: OpenStreetMap could not be asked ({error.__class__.__name__}); it needs a network: try again, or "
            "leave --osm out and draw the tracks as lines of a --kml"
        ) from None
    if answer.status_code in (429, 503, 504):
        raise TryAgain(f"{host}: is busy (HTTP {answer.status_code}); try again in some minutes")
    if answer.status_code != 200 or len(answer.content) > LARGEST_ANSWER_BYTES:
        raise BadInput(f"{host}: HTTP {answer.status_code}, {len(answer.content)} bytes; check the outline's size")
    try:
        elements = answer.json()["elements"]
        lines = [_line(element) for element in elements if element.get("type") == "way"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{host}: answers with something else than tracks ({error.__class__.__name__})") from None
    tracks = [line for line in lines if line is not None]
    if not tracks:
        raise BadInput(
            f"{host}: OpenStreetMap knows no tracks there; move the outline, or draw them as lines of a --kml"
        )
    return tracks


def _line(way: dict[str, Any]) -> LineString | None:
    if way.get("tags", {}).get("tunnel") not in (None, "no"):
        return None
    positions = [(float(node["lon"]), float(node["lat"])) for node in way.get("geometry", ()) if node]
    return LineString(positions) if len(positions) > 1 else None
