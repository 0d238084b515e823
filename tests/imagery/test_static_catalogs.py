"""A static catalog is walked only as far as it must be, and a broken item costs that item alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from drawn_catalog import collection, item, save, static_catalog
from drawn_rasters import GROUND_BOX, grey, grid_of, wgs84, write
from drawn_web import Web
from shapely.affinity import translate

from yardwatch.errors import BadInput, NotConfigured, Refused, TryAgain
from yardwatch.imagery import ImagerySource, open_source
from yardwatch.records import Scene
from yardwatch.watchlist import SourceEntry

SINCE, UNTIL = datetime(2023, 10, 1, tzinfo=UTC), datetime(2023, 10, 6, tzinfo=UTC)
HERE = wgs84(GROUND_BOX)


def source_at(place: Path | str, **fields: Any) -> ImagerySource:
    where = {"url": place} if isinstance(place, str) else {"path": place}
    return open_source(SourceEntry(name="archive", kind="stac", **where, **fields))


def ids(source: ImagerySource, since: datetime = SINCE, until: datetime = UNTIL) -> list[str]:
    return [scene.scene_id for scene in source.search(HERE, since, until)]


def first(source: ImagerySource) -> Scene:
    return next(iter(source.search(HERE, SINCE, UNTIL)))


def test_scenes_of_the_span_are_found_and_read(tmp_path: Path) -> None:
    catalog = static_catalog(
        tmp_path, item("before", "2023-09-30T23:59:59Z"), item("within"), item("after", "2023-10-06T00:00:00Z")
    )
    source = source_at(catalog)
    assert ids(source) == ["within"]
    chip = source.read(first(source), grid_of())
    assert chip.valid.all()
    assert chip.pixels[0, 5, 5] == 91
    assert chip.scenes == ("archive:within",)


def test_scenes_elsewhere_are_not_found(tmp_path: Path) -> None:
    source = source_at(static_catalog(tmp_path, item("a")))
    assert list(source.search(translate(HERE, 0.01), SINCE, UNTIL)) == []


def test_a_folder_stands_for_its_catalog(tmp_path: Path) -> None:
    static_catalog(tmp_path, item("a"))
    assert ids(source_at(tmp_path)) == ["a"]
    assert ids(source_at(str(tmp_path / "catalog.json"))) == ["a"]


def test_licence_and_credit_come_from_the_collection_unless_the_user_says_otherwise(tmp_path: Path) -> None:
    catalog = static_catalog(tmp_path, item("a"))
    assert (first(source_at(catalog)).licence, first(source_at(catalog)).attribution) == ("CC-BY-4.0", "Maker")
    mine = first(source_at(catalog, licence="mine", attribution="(c) me"))
    assert (mine.licence, mine.attribution) == ("mine", "(c) me")


BROKEN: dict[str, Any] = {
    "not JSON": "{",
    "not an object": "[1, 2]",
    "no time": item("x", None),
    "a time that is none": item("x", "last autumn"),
    "no geometry": {**item("x"), "geometry": None},
    "a point": {**item("x"), "geometry": {"type": "Point", "coordinates": [130.6, 42.4]}},
    "no assets": {**item("x"), "assets": {}},
    "assets that are a list": {**item("x"), "assets": ["visual.tif"]},
    "no properties": {key: value for key, value in item("x").items() if key != "properties"},
    "no id": {key: value for key, value in item("x").items() if key != "id"} | {"id": ""},
    "no gsd": {**item("x"), "properties": {"datetime": "2023-10-05T02:15:00Z"}},
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_item_is_passed_over_and_named(tmp_path: Path, fault: str) -> None:
    document = BROKEN[fault]
    if isinstance(document, dict) and not document["id"]:
        catalog = static_catalog(tmp_path, item("one"), item("two"), item("three"))
        save(tmp_path / "scenes" / "two.json", document)
    else:
        catalog = static_catalog(tmp_path, item("one"), document, item("three"))
    source = source_at(catalog)
    assert ids(source) == ["one", "three"]
    (warning,) = source.take_warnings()
    assert any(name in warning for name in ("item x", "broken-1.json", "archive", "two.json"))
    assert source.take_warnings() == ()


def test_a_link_that_leads_nowhere_is_passed_over_and_named(tmp_path: Path) -> None:
    catalog = static_catalog(tmp_path, item("one"), item("two"))
    (tmp_path / "scenes" / "one.json").unlink()
    source = source_at(catalog)
    assert ids(source) == ["two"]
    assert "one.json: there is no such file" in source.take_warnings()[0]


def test_collections_whose_extent_misses_are_not_entered(tmp_path: Path) -> None:
    save(
        tmp_path / "old" / "collection.json", collection("old", None, "2020-01-01T00:00:00Z"), items=("./missing.json",)
    )
    save(tmp_path / "later" / "collection.json", collection("later", "2024-01-01T00:00:00Z"), items=("./missing.json",))
    save(tmp_path / "far" / "collection.json", collection("far", bbox=[0, 0, 10, 10]), items=("./missing.json",))
    root = {"type": "Catalog", "stac_version": "1.0.0", "id": "root", "description": "x"}
    names = ("./old/collection.json", "./later/collection.json", "./far/collection.json")
    source = source_at(save(tmp_path / "catalog.json", root, children=names))
    assert ids(source) == []
    assert source.take_warnings() == ()


def test_an_open_or_broken_extent_is_entered(tmp_path: Path) -> None:
    catalog = static_catalog(tmp_path, item("a"))
    for extent in (None, {}, {"spatial": {"bbox": []}, "temporal": {"interval": [["x"]]}}):
        document = {**collection("scenes"), "extent": extent}
        save(tmp_path / "scenes" / "collection.json", document, items=("./a.json",))
        assert ids(source_at(catalog)) == ["a"]


def test_only_the_collections_asked_for_are_entered(tmp_path: Path) -> None:
    catalog = static_catalog(tmp_path, item("a"))
    assert ids(source_at(catalog, collections=("others",))) == []
    assert ids(source_at(catalog, collections=("scenes",))) == ["a"]


def test_a_catalog_that_links_to_itself_is_walked_once(tmp_path: Path) -> None:
    catalog = static_catalog(tmp_path, item("a"))
    save(
        tmp_path / "scenes" / "collection.json",
        collection("scenes"),
        children=("../catalog.json",),
        items=("./a.json", "./a.json"),
    )
    assert ids(source_at(catalog)) == ["a"]


@pytest.mark.parametrize(
    "href",
    [
        "../../../secret.tif",
        "/etc/passwd",
        "file:///etc/passwd",
        "/vsicurl/http://127.0.0.1/a.tif",
        "/vsizip/a.zip/a.tif",
        "ftp://example.org/a.tif",
        "s4://bucket/a.tif",
    ],
)
def test_an_address_outside_the_catalogs_own_ground_is_refused(tmp_path: Path, href: str) -> None:
    document = item("a")
    document["assets"]["visual"]["href"] = href
    source = source_at(static_catalog(tmp_path / "archive", document))
    write(tmp_path / "secret.tif", grey(90))
    scene = first(source)
    with pytest.raises(Refused):
        source.read(scene, grid_of())


def test_an_item_outside_the_catalogs_folder_is_passed_over(tmp_path: Path) -> None:
    static_catalog(tmp_path / "elsewhere", item("b"))
    catalog = static_catalog(tmp_path / "archive", item("a"))
    links = ("./a.json", "../../elsewhere/scenes/b.json")
    save(tmp_path / "archive" / "scenes" / "collection.json", collection("scenes"), items=links)
    source = source_at(catalog)
    assert ids(source) == ["a"]
    assert "outside" in source.take_warnings()[0]


def test_a_vrt_does_not_open_though_it_lies_in_the_folder(tmp_path: Path) -> None:
    source = source_at(static_catalog(tmp_path, item("a")))
    scene = first(source)
    (tmp_path / "scenes" / "a.tif").write_text('<VRTDataset rasterXSize="9" rasterYSize="9"></VRTDataset>')
    with pytest.raises(BadInput, match=r"a\.tif: cannot be read"):
        source.read(scene, grid_of())


def test_a_missing_catalog_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"catalog\.json: there is no such file"):
        ids(source_at(tmp_path / "catalog.json"))


def test_a_source_without_an_address_or_with_two_is_refused(tmp_path: Path) -> None:
    for fields in ({}, {"url": "https://example.org", "path": tmp_path}):
        with pytest.raises(BadInput, match="source archive: give either the url or the path"):
            open_source(SourceEntry(name="archive", kind="stac", **fields))


def test_headers_that_are_not_set_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotConfigured, match="source archive: set YARD_HEADERS"):
        source_at("https://example.org", headers_env="YARD_HEADERS")
    monkeypatch.setenv("YARD_HEADERS", "hunter2")
    with pytest.raises(BadInput, match="YARD_HEADERS is not written as") as caught:
        source_at("https://example.org", headers_env="YARD_HEADERS")
    assert "hunter2" not in str(caught.value)


@pytest.mark.network_loopback
def test_a_catalog_on_the_web_is_walked_and_read_by_range(web: Web) -> None:
    static_catalog(web.folder, item("a"))
    source = source_at(f"{web.url}/catalog.json")
    chip = source.read(first(source), grid_of())
    assert chip.valid.all()
    assert chip.pixels[0, 5, 5] == 90
    assert any("Range" in headers for _, path, headers in web.log if path.endswith("a.tif"))
    assert not any(path.endswith((".aux.xml", ".ovr", ".msk")) for path in web.paths())


@pytest.mark.network_loopback
def test_an_item_that_the_web_did_not_give_is_not_an_item_that_is_not_there(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    static_catalog(web.folder, item("a"), item("b"))
    web.faults["/scenes/b.json"] = [403]
    with pytest.raises(NotConfigured, match=r"b\.json: HTTP 403"):
        ids(source_at(f"{web.url}/catalog.json"))
    monkeypatch.setattr("yardwatch.imagery.catalog_io.RETRY_STATUSES", ())
    web.faults["/scenes/b.json"] = [503]
    with pytest.raises(TryAgain, match=r"b\.json: HTTP 503"):
        ids(source_at(f"{web.url}/catalog.json"))


@pytest.mark.network_loopback
def test_a_catalog_on_the_web_may_not_name_files_of_this_machine(web: Web, tmp_path: Path) -> None:
    document = item("a")
    document["assets"]["visual"]["href"] = f"file://{write(tmp_path / 'mine.tif', grey(90))}"
    static_catalog(web.folder, document)
    source = source_at(f"{web.url}/catalog.json")
    with pytest.raises(Refused, match="may not name local files"):
        source.read(first(source), grid_of())
