"""Sources by name: the user's own, the built-in ones, and an error that lists them; addresses; tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yardwatch.errors import BadInput, NotConfigured, Refused, TryAgain
from yardwatch.imagery import open_source, preset, resolve_sources
from yardwatch.imagery.addresses import allowed, redacted
from yardwatch.imagery.offered import offered
from yardwatch.imagery.signing import PlanetaryComputerSigner
from yardwatch.watchlist import SourceEntry, Watchlist

NOW = datetime(2023, 10, 5, tzinfo=UTC)
BLOB = "https://sentinel2l2a01.blob.core.windows.net/sentinel2-l2/52/T/FM/TCI.tif"


def test_sources_are_opened_in_the_order_of_preference() -> None:
    mine = SourceEntry(name="mine", kind="folder", path=Path("deliveries"))
    sources = resolve_sources(["mine", "planetary-computer", "earth-search"], Watchlist(source=(mine,)))
    assert [source.name for source in sources] == ["mine", "planetary-computer", "earth-search"]


def test_a_users_entry_goes_before_a_built_in_one_of_that_name() -> None:
    own = SourceEntry(name="earth-search", kind="folder", path=Path("mirror"))
    (source,) = resolve_sources(["earth-search"], Watchlist(source=(own,)))
    assert type(source).__name__ == "FolderSource"


def test_an_unknown_source_lists_the_known_and_the_close_ones() -> None:
    with pytest.raises(
        BadInput, match=r"no source 'earthsearch'\. Did you mean earth-search or earthview\? Known: earth-search, e"
    ):
        resolve_sources(["earthsearch"], Watchlist())


def test_an_unknown_kind_lists_the_known_ones() -> None:
    with pytest.raises(
        BadInput, match="source x: kind 'wms' is unknown; known: earth-search, earthview, folder, maxar"
    ):
        open_source(SourceEntry(name="x", kind="wms"))


def test_a_preset_fills_what_an_entry_leaves_out() -> None:
    source: Any = open_source(SourceEntry(name="s2", kind="earth-search", licence="as agreed"))
    assert source.name == "s2"
    assert source._entry.url == preset("earth-search").url
    assert source._entry.licence == "as agreed"
    with pytest.raises(
        BadInput, match="no built-in source 'maxar'; known: earth-search, earthview, maxar-open-data, planetary"
    ):
        preset("maxar")


@pytest.mark.parametrize(
    "href",
    [
        "/vsicurl/https://e.org/a.tif",
        "/vsizip/a.zip",
        "<GDAL_WMS>",
        "WMTS:https://e.org",
        "ftp://e.org/a.tif",
        "zip+https://e.org/a.zip!a.tif",
        "vrt:///a.tif",
        "gs://b/a.tif",
        "GTIFF_DIR:1:a.tif",
        "data:image/png;base64,AAAA",
    ],
)
def test_what_is_neither_web_nor_file_is_refused(tmp_path: Path, href: str) -> None:
    with pytest.raises(Refused):
        allowed(href, tmp_path)


@given(text=st.text(max_size=40))
def test_no_local_address_leads_out_of_its_root(text: str) -> None:
    root = Path("/srv/archive")
    try:
        address = allowed(text, root)
    except (Refused, ValueError):
        return
    assert address.remote or Path(address.path).is_relative_to(root)


def test_addresses_lose_their_secrets_in_messages() -> None:
    assert redacted("https://me:pw@e.org/a.tif?sig=abc#x") == "https://e.org/a.tif"
    assert allowed("https://e.org/a.tif?sig=abc", None).label == "https://e.org/a.tif"
    assert allowed("s3://bucket/a.tif", None).path == "/vsis3/bucket/a.tif"


class TokenServer:
    """Gives tokens that live for 45 minutes, and counts."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        expiry = (NOW + timedelta(minutes=45)).isoformat().replace("+00:00", "Z")
        return httpx.Response(200, json={"msft:expiry": expiry, "token": f"sig=t{len(self.asked)}"})


def signer(server: TokenServer) -> PlanetaryComputerSigner:
    return PlanetaryComputerSigner(httpx.Client(transport=httpx.MockTransport(server)))


def test_a_blob_is_signed_for_its_account_and_container() -> None:
    server = TokenServer()
    assert signer(server).sign(BLOB, NOW) == f"{BLOB}?sig=t1"
    assert server.asked == ["/api/sas/v1/token/sentinel2l2a01/sentinel2-l2"]


def test_a_token_is_kept_until_five_minutes_before_it_ends() -> None:
    server = TokenServer()
    signing = signer(server)
    signing.sign(BLOB, NOW)
    assert signing.sign(BLOB, NOW + timedelta(minutes=39)).endswith("sig=t1")
    assert signing.sign(BLOB, NOW + timedelta(minutes=41)).endswith("sig=t2")
    assert signing.sign(BLOB.replace("sentinel2-l2/", "other/"), NOW).endswith("sig=t3")


@pytest.mark.parametrize(
    "href",
    [
        "https://e.org/a.tif",
        f"{BLOB}?sig=mine",
        "https://blob.core.windows.net.evil.org/c/a.tif",
        BLOB.replace("https", "http"),
    ],
)
def test_what_needs_no_token_gets_none(href: str) -> None:
    server = TokenServer()
    assert signer(server).sign(href, NOW) == href
    assert server.asked == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(503), TryAgain),
        (httpx.Response(429, headers={"Retry-After": "9"}), TryAgain),
        (httpx.ConnectError("down"), TryAgain),
        (httpx.Response(200, text="hello"), TryAgain),
        (httpx.Response(200, json={"token": "x"}), TryAgain),
        (httpx.Response(403), NotConfigured),
    ],
)
def test_no_token_says_what_to_do_and_is_not_remembered(answer: Any, kind: type[Exception]) -> None:
    server = TokenServer(answer)
    signing = signer(server)
    with pytest.raises(kind, match="sas/v1/token"):
        signing.sign(BLOB, NOW)
    assert signing.sign(BLOB, NOW).endswith("sig=t2")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"kind": "stac", "url": "http://[half/"}, "source mine: url: is no address"),
        ({"kind": "stac", "url": "https://stac.example.org:port/?key=hunter2"}, "source mine: url: is no address"),
        ({"kind": "xyz", "url": "http://[half/{z}/{x}/{y}", "zoom": 18, "times": ("2023",)}, "url: is no address"),
        (
            {"kind": "xyz", "url": "https://t.example.org/{z}/{x}/{y}", "zoom": 18, "times": ("2023-13",)},
            "source mine: times: '2023-13' is no date",
        ),
        ({"kind": "wms", "url": "https://wms.example.org"}, "kind 'wms' is unknown; known: earth-search"),
        ({"kind": "folder"}, "path: a folder source needs the folder"),
    ],
)
def test_a_description_that_is_wrong_is_one_sentence_when_opened_and_when_listed(
    fields: dict[str, Any], says: str
) -> None:
    entry = SourceEntry(name="mine", **fields)
    with pytest.raises(BadInput, match=says) as caught:
        open_source(entry)
    assert "hunter2" not in str(caught.value)
    listed = offered(Watchlist(source=(entry,)))
    assert [one.note for one in listed if one.name == "mine"] == [str(caught.value)]


def test_two_sources_of_one_name_are_named() -> None:
    mine = SourceEntry(name="mine", kind="folder", path=Path("a"))
    watchlist = Watchlist(source=(mine, mine.model_copy(update={"path": Path("b")})))
    for ask in (lambda: resolve_sources(["mine"], watchlist), lambda: offered(watchlist)):
        with pytest.raises(BadInput, match=r"two \[\[source\]\] have the name 'mine'"):
            ask()
