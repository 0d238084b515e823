"""Catalogs and files written by somebody hostile: refused or passed over with a sentence, never followed."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from drawn_catalog import item, static_catalog
from drawn_rasters import GROUND_BOX, grey, grid_of, wgs84, write
from drawn_web import Web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yardwatch.errors import BadInput, NotConfigured, Refused, TryAgain, YardwatchError
from yardwatch.imagery import open_source
from yardwatch.imagery.hosts import HostRule
from yardwatch.imagery.items import CollectionFacts, scene_from_item
from yardwatch.watchlist import SourceEntry

HERE = wgs84(GROUND_BOX)
SINCE, UNTIL = datetime(2023, 10, 1, tzinfo=UTC), datetime(2023, 10, 6, tzinfo=UTC)
ENTRY = SourceEntry(name="hostile", kind="stac", path=Path("catalog.json"))

ADDRESSES = [
    "http://127.0.0.1:{port}/secret.tif",
    "http://localhost:{port}/secret.tif",
    "http://[::1]:{port}/secret.tif",
    "http://[::ffff:127.0.0.1]:{port}/secret.tif",
    "http://0.0.0.0:{port}/secret.tif",
    "http://2130706433:{port}/secret.tif",
    "http://0x7f000001:{port}/secret.tif",
    "http://127.1:{port}/secret.tif",
    "http://user:hunter2@127.0.0.1:{port}/secret.tif",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/a.tif",
    "http://192.168.1.1/a.tif",
    "http://172.16.0.1/a.tif",
    "http://[fd00::1]/a.tif",
    "http://[fe80::1]/a.tif",
    "http://100.64.0.1/a.tif",
    "HTTP://127.0.0.1:{port}/secret.tif",
    "http://[half",
    "http://127.0.0.1:99999/a.tif",
    "http:///a.tif",
    "https://services.arcgisonline.com/a.tif",
    "/etc/passwd",
    "file:///etc/passwd",
    "file:///etc/../etc/passwd",
    "../../../../../../etc/passwd",
    "./link.tif",
    "/vsicurl/http://127.0.0.1:{port}/secret.tif",
    "/vsizip//etc/a.zip/a.tif",
    "/vsimem/a.tif",
    "/vsistdin/",
    "/vsisubfile/0_10,/etc/passwd",
    "vrt:///etc/passwd",
    "<VRTDataset rasterXSize='1' rasterYSize='1'/>",
    "<GDAL_WMS><Service name='TMS'><ServerUrl>http://127.0.0.1:{port}/</ServerUrl></Service></GDAL_WMS>",
    "WMTS:http://127.0.0.1:{port}/wmts.xml",
    "GTIFF_DIR:1:/etc/passwd",
    "GTIFF_RAW:/etc/passwd",
    "ftp://127.0.0.1/a.tif",
    "gopher://127.0.0.1:70/a",
    "data:image/tiff;base64,SUkqAA==",
    "javascript:alert(1)",
    "s3://../../etc/passwd\n",
    "\x00",
    "a\x00b.tif",
    "half-a-pair-\ud800.tif",
    "file://[half/a.tif",
    "",
]


@pytest.mark.network_loopback
@pytest.mark.parametrize("href", ADDRESSES)
def test_a_hostile_address_is_never_asked(web: Web, tmp_path: Path, href: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    write(web.folder / "secret.tif", grey(90))
    document = item("a")
    document["assets"]["visual"]["href"] = href.replace("{port}", web.url.rpartition(":")[2])
    catalog = static_catalog(tmp_path / "catalog", document)
    (tmp_path / "catalog" / "scenes" / "link.tif").symlink_to("/etc/passwd")
    source = open_source(SourceEntry(name="hostile", kind="stac", path=catalog))
    scenes = list(source.search(HERE, SINCE, UNTIL))
    for scene in scenes:
        with pytest.raises(YardwatchError) as caught:
            source.read(scene, grid_of())
        assert isinstance(caught.value, Refused | BadInput | TryAgain)
        assert "hunter2" not in str(caught.value)
    assert scenes or source.take_warnings()
    assert web.log == []


@pytest.mark.network_loopback
@pytest.mark.parametrize("target", ["http://10.0.0.1/a.tif", "file:///etc/passwd", "http://169.254.169.254/"])
def test_a_redirect_is_looked_at_like_any_address(web: Web, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    from yardwatch.imagery.web import Web as Client

    client = Client(HostRule.of(web.url, private_allowed=False))
    monkeypatch.setattr(web, "_send_file", lambda request, content: web._send(request, 302, b"", {"Location": target}))
    write(web.folder / "a.tif", grey(90))
    with pytest.raises(Refused):
        client.get(f"{web.url}/a.tif", most_bytes=1000)


def test_a_name_that_leads_home_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("192.168.0.7", 443))])
    for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(proxy, raising=False)
    with pytest.raises(Refused, match=r"leads to 192\.168\.0\.7.*allow_private_addresses"):
        HostRule().check("https://rebound.example.org/a.tif")
    HostRule(private_allowed=True).check("https://rebound.example.org/a.tif")
    HostRule.of("https://rebound.example.org/stac", private_allowed=False).check("https://rebound.example.org/a.tif")


SPOILT: list[tuple[str, Any]] = [
    ("id", None),
    ("id", 7),
    ("id", ""),
    ("properties", None),
    ("properties", []),
    ("properties", {"datetime": "yesterday"}),
    ("properties", {"datetime": "2023-10-05T02:15:00Z", "start_datetime": "2024-01-01", "end_datetime": "2023-01-01"}),
    ("properties", {"datetime": "2023-10-05T02:15:00Z", "gsd": "NaN"}),
    ("properties", {"datetime": "2023-10-05T02:15:00Z", "gsd": -1}),
    ("assets", None),
    ("assets", {}),
    ("assets", {"visual": None}),
    ("assets", {"visual": {"href": 3}}),
    ("assets", {"thumbnail": {"href": "a.png", "type": "image/png"}}),
    ("geometry", None),
    ("geometry", {}),
    ("geometry", {"type": "Point", "coordinates": [1, 2]}),
    ("geometry", {"type": "Polygon", "coordinates": []}),
    ("geometry", {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}),
    ("geometry", {"type": "Polygon", "coordinates": [[["a", "b"], [1, 1], [2, 2], ["a", "b"]]]}),
    ("geometry", {"type": "Polygon", "coordinates": [[[1e308, 0], [1, 1e308], [-1e308, 2], [1e308, 0]]]}),
    ("geometry", {"type": "GeometryCollection", "geometries": [{"type": "Nonsense"}]}),
]


@pytest.mark.parametrize(("member", "value"), SPOILT)
def test_an_item_that_lacks_what_a_scene_needs_is_one_sentence(member: str, value: Any) -> None:
    document = item("a")
    if value is not None:
        document[member] = value
    else:
        document.pop(member)
    try:
        scene = scene_from_item(
            document, "/c/catalog.json", ENTRY.model_copy(update={"gsd_m": None}), CollectionFacts()
        )
    except BadInput as error:
        said = str(error)
    else:
        said = "a scene"
        assert scene.gsd_m > 0
        assert scene.acquired_from <= scene.acquired_to
    assert "\n" not in said


def test_half_a_surrogate_pair_can_still_be_stored() -> None:
    document = {**item("half-\ud800"), "properties": {**item("a")["properties"], "platform": "\udfff"}}
    scene = scene_from_item(document, "/c/catalog.json", ENTRY, CollectionFacts())
    assert (scene.scene_id, scene.platform) == ("half-?", "?")


@pytest.mark.parametrize(
    "change",
    [
        {"crs": 'LOCAL_CS["the yard\'s own",UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'},
        {"where": Affine(1e30, 0, 0, 0, -1e30, 0)},
        {"where": Affine(0, 0, 632_000, 0, 0, 4_697_000)},
        {"where": Affine(0.5, 0, 1e12, 0, -0.5, 1e12)},
    ],
    ids=["a CRS of its own", "huge pixels", "no pixels", "beyond the Earth"],
)
def test_a_file_that_lies_nowhere_on_earth_is_passed_over_and_named(tmp_path: Path, change: dict[str, Any]) -> None:
    write(tmp_path / "a-20231005T021500Z.tif", grey(90), **change)
    write(tmp_path / "b-20231005T021500Z.tif", grey(90))
    source = open_source(SourceEntry(name="d", kind="folder", path=tmp_path))
    assert [scene.scene_id for scene in source.search(HERE, SINCE, UNTIL)] == ["b-20231005T021500Z.tif"]
    (warning,) = source.take_warnings()
    assert "a-20231005T021500Z.tif" in warning


def test_a_file_whose_crs_has_a_name_that_is_no_text_is_passed_over_and_named(tmp_path: Path) -> None:
    name = "the yard's own ground"
    crs = f'LOCAL_CS["{name}",UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
    path = write(tmp_path / "a-20231005T021500Z.tif", grey(90), crs=crs)
    assert name.encode() in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(name.encode(), name[:-1].encode() + b"\xe0"))
    source = open_source(SourceEntry(name="d", kind="folder", path=tmp_path))
    assert list(source.search(HERE, SINCE, UNTIL)) == []
    (warning,) = source.take_warnings()
    assert "a-20231005T021500Z.tif" in warning


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = ["id", "properties", "assets", "geometry", "bbox", "links", "collection", "stac_extensions"]
FIELDS = [
    "datetime",
    "gsd",
    "platform",
    "providers",
    "license",
    "eo:cloud_cover",
    "view:off_nadir",
    "updated",
    "created",
]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_item_crashes_the_parser(data: st.DataObject) -> None:
    document = item("a")
    where = data.draw(st.sampled_from(["top", "properties", "asset"]))
    if where == "top":
        document[data.draw(st.sampled_from(MEMBERS))] = data.draw(JSON)
    elif where == "properties":
        document["properties"][data.draw(st.sampled_from(FIELDS))] = data.draw(JSON)
    else:
        name = data.draw(
            st.sampled_from(["href", "type", "roles", "gsd", "bands", "eo:bands", "raster:bands", "nodata"])
        )
        document["assets"]["visual"][name] = data.draw(JSON)
    with contextlib.suppress(YardwatchError):
        scene_from_item(document, "/c/catalog.json", ENTRY, CollectionFacts())


def tiff(width: int, height: int, bands: int = 3) -> bytes:
    """The header of a TIFF that claims a size and holds nothing."""
    tags = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, bands), (278, height), (279, 10)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + b"\0\0\0\0"


FILES = {
    "nothing": b"",
    "one byte": b"I",
    "zeros": bytes(5000),
    "a page": b"<html><body>hello</body></html>",
    "vrt": b"<VRTDataset rasterXSize='10' rasterYSize='10'><SRS>EPSG:4326</SRS></VRTDataset>",
    "wms": b"<GDAL_WMS><Service name='TMS'><ServerUrl>http://10.0.0.1/</ServerUrl></Service></GDAL_WMS>",
    "a huge claim": tiff(4_000_000, 4_000_000),
    "many bands": tiff(10, 10, 60_000),
    "a header alone": b"II*\0\x08\0\0\0",
    "a directory in a circle": b"II*\0\x08\0\0\0\x00\x00\x08\0\0\0",
    "an offset beyond the end": b"II*\0\xff\xff\xff\xff",
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(300),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(300),
    "jpeg": b"\xff\xd8\xff\xe0" + bytes(300),
    "zip": b"PK\x03\x04" + bytes(300),
    "netcdf": b"CDF\x01" + bytes(300),
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(300),
}


@pytest.mark.network_loopback
@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("place", ["web", "disk"])
def test_a_hostile_file_is_one_sentence(web: Web, tmp_path: Path, kind: str, place: str) -> None:
    document = item("a")
    catalog = static_catalog(tmp_path / "catalog", document)
    (tmp_path / "catalog" / "scenes" / "a.tif").write_bytes(FILES[kind])
    (web.folder / "a.tif").write_bytes(FILES[kind])
    if place == "web":
        path = tmp_path / "catalog" / "scenes" / "a.json"
        document = json.loads(path.read_text())
        document["assets"]["visual"]["href"] = f"{web.url}/a.tif"
        path.write_text(json.dumps(document))
    entry = SourceEntry(name="hostile", kind="stac", path=catalog, allow_private_addresses=True)
    source = open_source(entry)
    (scene,) = source.search(HERE, SINCE, UNTIL)
    with pytest.raises((BadInput, NotConfigured, TryAgain)) as caught:
        source.read(scene, grid_of())
    assert str(web.folder) not in str(caught.value)
    assert len(str(caught.value)) < 700


def test_random_damage_never_crashes_the_reader(tmp_path: Path) -> None:
    whole = write(
        tmp_path / "a.tif", grey(90), compress="deflate", tiled=True, blockxsize=64, blockysize=64
    ).read_bytes()
    rng = np.random.default_rng(3)
    source = open_source(SourceEntry(name="d", kind="folder", path=tmp_path))
    for number in range(60):
        spoilt = bytearray(whole)
        for place in rng.integers(0, len(whole) if number % 2 else 400, 6):
            spoilt[place] = rng.integers(256)
        (tmp_path / "a.tif").write_bytes(bytes(spoilt))
        (tmp_path / "a.json").write_text('{"datetime": "2023-10-05T02:15:00Z"}')
        for scene in source.search(HERE, SINCE, UNTIL):
            with contextlib.suppress(YardwatchError):
                source.read(scene, grid_of())
