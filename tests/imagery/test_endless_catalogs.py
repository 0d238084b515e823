"""A catalog that never ends is left with what it gave and a sentence that says that there is more."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from drawn_catalog import collection, item, save, static_catalog
from drawn_rasters import GROUND_BOX, wgs84
from drawn_web import Web

from yardwatch.errors import BadInput, Refused, TryAgain
from yardwatch.imagery import ImagerySource, catalog_io, leash, open_source
from yardwatch.imagery.leash import Limits
from yardwatch.imagery.stac import MOST_EMPTY_PAGES
from yardwatch.watchlist import SourceEntry

pytestmark = pytest.mark.network_loopback

HERE = wgs84(GROUND_BOX)
SINCE, UNTIL = datetime(2023, 10, 1, tzinfo=UTC), datetime(2023, 10, 6, tzinfo=UTC)
CONFORMS = ["https://api.stacspec.org/v1.0.0/core", "https://api.stacspec.org/v1.0.0/item-search"]
ENOUGH = Limits(fetches=1_000, items=1_000, seconds=1_000.0)


class EndlessApi:
    """Page after page of two items; ``names`` gives those of a page."""

    def __init__(self, web: Web, names: Any = lambda page: (f"s{2 * page}", f"s{2 * page + 1}"), **link: Any) -> None:
        self.web, self.names, self.link, self.pages = web, names, link, 0
        search = {"rel": "search", "href": f"{web.url}/search", "method": "POST", "type": "application/geo+json"}
        web.answers["/"] = lambda _: {
            "type": "Catalog",
            "stac_version": "1.0.0",
            "id": "endless",
            "description": "x",
            "conformsTo": CONFORMS,
            "links": [search],
        }
        web.answers["/search"] = self._page

    def _page(self, _: Any) -> dict[str, Any]:
        page, self.pages = self.pages, self.pages + 1
        follow = {"rel": "next", "href": f"{self.web.url}/search", "method": "POST", "body": {"page": page + 1}}
        features = [item(name) for name in self.names(page)]
        return {"type": "FeatureCollection", "features": features, "links": [{**follow, **self.link}]}


def api_at(web: Web) -> ImagerySource:
    return open_source(SourceEntry(name="endless", kind="stac", url=web.url))


def search(source: ImagerySource) -> list[str]:
    return [scene.scene_id for scene in source.search(HERE, SINCE, UNTIL)]


@pytest.mark.parametrize(
    ("limits", "pages"),
    [
        (Limits(fetches=7, items=1_000, seconds=1_000.0), 7),
        (Limits(fetches=1_000, items=10, seconds=1_000.0), 5),
        (Limits(fetches=1_000, items=1_000, seconds=0.0), 1),
    ],
    ids=["pages", "items", "time"],
)
def test_an_api_that_pages_for_ever_is_cut_and_says_what_was_read(
    web: Web, monkeypatch: pytest.MonkeyPatch, limits: Limits, pages: int
) -> None:
    monkeypatch.setattr(leash, "API", limits)
    api, source = EndlessApi(web), api_at(web)
    assert search(source) == [f"s{number}" for number in range(2 * pages)]
    assert api.pages == pages
    (warning,) = source.take_warnings()
    assert f"has more than was read ({pages} pages with {2 * pages} items" in warning
    assert "ask for a shorter span, or name collections" in warning


def test_an_api_whose_next_page_is_the_same_page_is_left_at_once(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leash, "API", ENOUGH)
    api, source = EndlessApi(web, lambda _: ("a", "b")), api_at(web)
    assert search(source) == ["a", "b"]
    assert api.pages == 2
    assert source.take_warnings() == (f"{web.url}: page 2 holds nothing new; the search was ended there",)


def test_pages_that_a_filter_emptied_do_not_end_a_search(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leash, "API", Limits(fetches=5, items=1_000, seconds=1_000.0))
    EndlessApi(web, lambda page: (f"s{page}",) if page in (0, 3, 4) else ())
    source = api_at(web)
    assert search(source) == ["s0", "s3", "s4"]
    assert "has more than was read" in source.take_warnings()[0]


def test_an_api_of_empty_pages_alone_is_left(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leash, "API", ENOUGH)
    api, source = EndlessApi(web, lambda _: ()), api_at(web)
    assert search(source) == []
    assert api.pages == MOST_EMPTY_PAGES + 1
    (warning,) = source.take_warnings()
    assert "holds nothing new; the search was ended there" in warning


def test_an_item_that_two_pages_hold_is_one_scene(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leash, "API", Limits(fetches=3, items=1_000, seconds=1_000.0))
    EndlessApi(web, lambda page: (f"s{page}", f"s{page + 1}"))
    assert search(api_at(web)) == ["s0", "s1", "s2", "s3"]


def test_what_is_done_with_the_scenes_does_not_count_as_waiting(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(0, 1_000_000, 100))
    monkeypatch.setattr(leash, "monotonic", lambda: float(next(moments)))
    monkeypatch.setattr(leash, "API", Limits(fetches=1_000, items=1_000, seconds=350.0))
    api, source = EndlessApi(web), api_at(web)
    for _ in source.search(HERE, SINCE, UNTIL):
        next(moments)  # a reader takes its time
    assert api.pages == 4, "each page took 100 s of waiting"


@pytest.mark.parametrize(
    ("link", "error", "says"),
    [
        ({"method": "DELETE"}, Refused, "wants a DELETE, and catalogs are only read"),
        ({"method": "GET", "href": "file:///etc/passwd"}, Refused, "is no http"),
        ({"method": "GET", "href": "http://10.0.0.1/search"}, Refused, "private network"),
        ({"method": "GET", "href": 7}, BadInput, "is no STAC catalog"),
    ],
)
def test_a_next_page_is_only_read_and_only_from_the_web(
    web: Web, link: dict[str, Any], error: type[Exception], says: str
) -> None:
    EndlessApi(web, **link)
    with pytest.raises(error, match=says):
        search(api_at(web))
    assert set(web.paths("DELETE")) == set()


@pytest.mark.parametrize("name", ["/etc/hostname", "file:///etc/hostname", "hostname", "C:\\hostname", ""])
def test_the_reader_of_a_catalog_on_the_web_opens_no_local_file(name: str) -> None:
    with pytest.raises(Refused, match="may not name local files"):
        catalog_io.CatalogIO("https://stac.example.org", {}).read_json(name)


def test_a_page_without_end_is_cut_off(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    EndlessApi(web)
    monkeypatch.setattr(catalog_io, "LARGEST_ANSWER_BYTES", 100_000)
    sent: list[int] = []
    ordinary = web._send

    def endless(request: BaseHTTPRequestHandler, status: int, content: bytes, headers: dict[str, str]) -> None:
        if not request.path.startswith("/search"):
            return ordinary(request, status, content, headers)
        request.send_response(200)
        request.end_headers()
        for _ in range(10_000):
            request.wfile.write(b" " * 10_000)
            sent.append(10_000)
        return None

    monkeypatch.setattr(web, "_send", endless)
    with pytest.raises(BadInput, match="sends more than 100000 bytes"):
        search(api_at(web))
    assert sum(sent) < 50_000_000, "what is beyond the limit stays where it is, but for what the network holds"


def test_a_page_that_drips_is_asked_for_again_later(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    EndlessApi(web)
    monkeypatch.setattr(catalog_io, "LONGEST_ANSWER_S", -1.0)
    with pytest.raises(TryAgain, match="the server is too slow now"):
        search(api_at(web))


def test_a_page_that_is_not_there_says_that_the_url_is_wrong(web: Web) -> None:
    with pytest.raises(BadInput, match="HTTP 404: no catalog is there; correct the url of the source"):
        search(api_at(web))


def test_json_without_bottom_is_no_catalog(web: Web) -> None:
    EndlessApi(web)
    (web.folder / "search").write_text('{"features":' + "[" * 200_000)
    del web.answers["/search"]
    with pytest.raises(BadInput, match="is no STAC catalog"):
        search(api_at(web))


@pytest.mark.parametrize("spoilt", [7, None, "item", ["item"]])
def test_what_is_no_item_is_passed_over_and_named(web: Web, spoilt: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leash, "API", Limits(fetches=1, items=1_000, seconds=1_000.0))
    EndlessApi(web)
    page = {"type": "FeatureCollection", "features": [spoilt, item("a")], "links": []}
    web.answers["/search"] = lambda _: page
    source = api_at(web)
    assert search(source) == ["a"]
    (warning,) = source.take_warnings()
    assert "an item that is no JSON object" in warning


@pytest.mark.parametrize(
    "limits",
    [
        Limits(fetches=5, items=1_000, seconds=1_000.0),
        Limits(fetches=1_000, items=3, seconds=1_000.0),
    ],
    ids=["documents", "items"],
)
def test_a_static_catalog_too_large_to_walk_is_cut_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: Limits
) -> None:
    monkeypatch.setattr(leash, "STATIC", limits)
    static_catalog(tmp_path, *(item(f"s{number}") for number in range(6)))
    source = open_source(SourceEntry(name="large", kind="stac", path=tmp_path))
    assert search(source) == ["s0", "s1", "s2"], "the catalog, its collection and three items"
    (warning,) = source.take_warnings()
    assert "catalog.json: has more than was read (5 documents with 3 items" in warning
    assert "point the source at a catalog further down" in warning


def test_a_static_catalog_that_ends_at_the_limit_was_seen_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leash, "STATIC", Limits(fetches=5, items=1_000, seconds=1_000.0))
    static_catalog(tmp_path, *(item(f"s{number}") for number in range(3)))
    source = open_source(SourceEntry(name="whole", kind="stac", path=tmp_path))
    assert search(source) == ["s0", "s1", "s2"]
    assert source.take_warnings() == ()


def test_catalogs_that_hold_catalogs_for_ever_are_cut(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leash, "STATIC", Limits(fetches=40, items=1_000, seconds=1_000.0))
    root = {"type": "Catalog", "stac_version": "1.0.0", "id": "root", "description": "x"}
    save(web.folder / "catalog.json", root, children=("./0/collection.json",))
    asked: list[str] = []

    def child(request: BaseHTTPRequestHandler, *_: Any) -> None:
        asked.append(request.path)
        links = [{"rel": "child", "href": f"./{number}/collection.json"} for number in range(9)]
        content = json.dumps({**collection("c"), "links": links}).encode()
        web._send(request, 200, content, {})

    ordinary = web._answer
    monkeypatch.setattr(
        web, "_answer", lambda request, said: (child if "/0/" in request.path else ordinary)(request, said)
    )
    source = open_source(SourceEntry(name="deep", kind="stac", url=f"{web.url}/catalog.json"))
    assert search(source) == []
    assert len(asked) == 39
    assert any("has more than was read (40 documents" in warning for warning in source.take_warnings())
