"""A STAC API is asked page by page, again after a fault, and its secrets stay with it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from drawn_catalog import collection, item
from drawn_rasters import GROUND_BOX, grey, grid_of, wgs84, write
from drawn_web import Web

from yardwatch.errors import BadInput, NotConfigured, TryAgain
from yardwatch.imagery import ImagerySource, open_source
from yardwatch.watchlist import SourceEntry

pytestmark = pytest.mark.network_loopback

HERE = wgs84(GROUND_BOX)
SINCE, UNTIL = datetime(2023, 10, 1, tzinfo=UTC), datetime(2023, 10, 6, tzinfo=UTC)
CONFORMS = ["https://api.stacspec.org/v1.0.0/core", "https://api.stacspec.org/v1.0.0/item-search"]


class Api:
    """Answers a search with two items a page."""

    def __init__(self, web: Web, *items: dict[str, Any]) -> None:
        self.web, self.items, self.asked = web, list(items), []
        links = [
            {"rel": "root", "href": web.url},
            {"rel": "search", "href": f"{web.url}/search", "method": "POST", "type": "application/geo+json"},
            {"rel": "data", "href": f"{web.url}/collections"},
        ]
        web.answers["/"] = lambda _: {
            "type": "Catalog",
            "stac_version": "1.0.0",
            "id": "api",
            "description": "x",
            "conformsTo": CONFORMS,
            "links": links,
        }
        web.answers["/search"] = self._search
        web.answers["/collections/scenes"] = lambda _: collection("scenes")

    def _search(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(body)
        start = int(body.get("token", 0))
        page = {"type": "FeatureCollection", "features": self.items[start : start + 2], "links": []}
        if start + 2 < len(self.items):
            follow = {
                "rel": "next",
                "href": f"{self.web.url}/search",
                "method": "POST",
                "merge": False,
                "body": {**body, "token": start + 2},
            }
            page["links"] = [follow]
        return page


def source_at(web: Web, **fields: Any) -> ImagerySource:
    return open_source(SourceEntry(name="api", kind="stac", url=web.url, **fields))


def in_collection(name: str) -> dict[str, Any]:
    return {**item(name), "collection": "scenes"}


def test_pages_are_fetched_as_scenes_are_taken(web: Web) -> None:
    api = Api(web, *(in_collection(f"s{number}") for number in range(5)))
    scenes = source_at(web, collections=("scenes",)).search(HERE, SINCE, UNTIL)
    assert api.asked == []
    assert [scene.scene_id for scene in itertools.islice(scenes, 2)] == ["s0", "s1"]
    assert len(api.asked) == 1
    assert [scene.scene_id for scene in scenes] == ["s2", "s3", "s4"]
    assert len(api.asked) == 3
    assert api.asked[0]["collections"] == ["scenes"]
    assert api.asked[0]["datetime"].startswith("2023-10-01T00:00:00")
    assert api.asked[0]["intersects"]["type"] == "Polygon"


def test_what_an_api_answers_beyond_the_question_is_left_out(web: Web) -> None:
    Api(web, item("early", "2023-09-01T00:00:00Z"), item("right"))
    assert [scene.scene_id for scene in source_at(web).search(HERE, SINCE, UNTIL)] == ["right"]


def test_the_collection_is_asked_for_its_licence_once(web: Web) -> None:
    Api(web, *(in_collection(f"s{number}") for number in range(3)))
    scenes = list(source_at(web).search(HERE, SINCE, UNTIL))
    assert {(scene.licence, scene.attribution) for scene in scenes} == {("CC-BY-4.0", "Maker")}
    assert web.paths().count("/collections/scenes") == 1


def test_a_search_is_sent_again_after_a_fault(web: Web) -> None:
    Api(web, item("a"))
    web.faults["/search"] = [503]
    assert [scene.scene_id for scene in source_at(web).search(HERE, SINCE, UNTIL)] == ["a"]
    assert web.paths("POST") == ["/search", "/search"]


@pytest.mark.parametrize(("status", "kind"), [(500, TryAgain), (429, TryAgain), (401, NotConfigured), (400, BadInput)])
def test_a_refusal_says_what_to_do(
    web: Web, monkeypatch: pytest.MonkeyPatch, status: int, kind: type[Exception]
) -> None:
    monkeypatch.setattr("yardwatch.imagery.catalog_io.RETRY_STATUSES", ())
    Api(web, item("a"))
    web.faults["/search"] = [status]
    with pytest.raises(kind, match=r"127\.0\.0\.1"):
        list(source_at(web).search(HERE, SINCE, UNTIL))


def test_a_server_that_is_gone_is_a_passing_fault(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yardwatch.imagery.catalog_io.RETRIES", 0)
    source = source_at(web)
    web.close()
    with pytest.raises(TryAgain, match="does not answer"):
        list(source.search(HERE, SINCE, UNTIL))


def test_what_is_no_catalog_is_named(web: Web) -> None:
    web.answers["/"] = lambda _: {"hello": "world"}
    with pytest.raises(BadInput, match="is no STAC catalog"):
        list(source_at(web).search(HERE, SINCE, UNTIL))


def test_headers_go_to_the_catalogs_own_host_alone(
    web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any
) -> None:
    monkeypatch.setenv("YARD_HEADERS", "X-Api-Key: hunter2, or so\nX-Tenant: yard")
    other = Web(tmp_path_factory.mktemp("other"))
    write(web.folder / "own.tif", grey(90))
    write(other.folder / "foreign.tif", grey(90))
    own, foreign = item("own"), item("foreign")
    own["assets"]["visual"]["href"], foreign["assets"]["visual"]["href"] = (
        f"{web.url}/own.tif",
        f"{other.url}/foreign.tif",
    )
    Api(web, own, foreign)
    source = source_at(web, headers_env="YARD_HEADERS")
    for scene in source.search(HERE, SINCE, UNTIL):
        assert source.read(scene, grid_of()).valid.all()
    other.close()
    sent = [headers for _, _, headers in web.log]
    assert all(headers.get("X-Api-Key") == "hunter2, or so" and headers.get("X-Tenant") == "yard" for headers in sent)
    assert not any("hunter2" in str(headers) for _, _, headers in other.log)
    assert other.log


@pytest.mark.parametrize(
    ("faults", "kind", "message"),
    [
        ([503] * 9, TryAgain, "503"),
        ([429] * 9, TryAgain, "429"),
        ([403] * 9, NotConfigured, "headers_env"),
        ([404] * 9, BadInput, "404"),
        ([0] * 9, TryAgain, "could not be"),
    ],
)
def test_a_picture_that_does_not_come_says_what_to_do(
    web: Web, faults: list[int], kind: type[Exception], message: str
) -> None:
    write(web.folder / "a.tif", grey(90))
    document = item("a")
    document["assets"]["visual"]["href"] = f"{web.url}/a.tif?token=hunter2"
    Api(web, document)
    source = source_at(web)
    (scene,) = source.search(HERE, SINCE, UNTIL)
    web.faults["/a.tif"] = list(faults)
    with pytest.raises(kind, match=message) as caught:
        source.read(scene, grid_of())
    assert "hunter2" not in str(caught.value)
    web.faults.clear()
    assert source.read(scene, grid_of()).valid.all(), "a fault is not remembered"


def test_one_stumble_of_the_server_is_not_noticed(web: Web) -> None:
    write(web.folder / "a.tif", grey(90))
    document = item("a")
    document["assets"]["visual"]["href"] = f"{web.url}/a.tif"
    Api(web, document)
    source = source_at(web)
    (scene,) = source.search(HERE, SINCE, UNTIL)
    web.faults["/a.tif"] = [503]
    assert source.read(scene, grid_of()).valid.all()


def test_a_page_of_html_in_place_of_a_picture_wants_a_login_and_is_no_judgement(web: Web) -> None:
    (web.folder / "a.tif").write_text("<html>moved</html>")
    document = item("a")
    document["assets"]["visual"]["href"] = f"{web.url}/a.tif"
    Api(web, document)
    source = source_at(web)
    (scene,) = source.search(HERE, SINCE, UNTIL)
    with pytest.raises(NotConfigured, match="is no raster that yardwatch opens"):
        source.read(scene, grid_of())
