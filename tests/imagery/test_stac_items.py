"""What the catalogs of this world say of a scene ends in the right field, whatever version of STAC they speak."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from drawn_catalog import collection, item
from hypothesis import given, settings
from hypothesis import strategies as st

from yardwatch.errors import BadInput
from yardwatch.imagery import preset
from yardwatch.imagery.items import CollectionFacts, collection_facts, scene_from_item
from yardwatch.records import Hidden, Scene
from yardwatch.watchlist import SourceEntry

ENTRY = SourceEntry(name="archive", kind="stac", url="https://example.org/v1")
COG = "image/tiff; application=geotiff; profile=cloud-optimized"


def scene(document: dict[str, Any], entry: SourceEntry = ENTRY, facts: CollectionFacts | None = None) -> Scene:
    return scene_from_item(document, "https://example.org/v1/items/a.json", entry, facts or CollectionFacts())


def sentinel() -> dict[str, Any]:
    """An item as Earth Search writes it for Sentinel-2 level 2A, shortened."""
    document = item(
        "S2B_T52TFM_20231005T021608_L2A",
        "2023-10-05T02:19:43.123000Z",
        platform="sentinel-2b",
        constellation="sentinel-2",
        **{
            "eo:cloud_cover": 12.5,
            "s2:datatake_id": "GS2B_20231005T021609_034363_N05.09",
            "view:off_nadir": 0,
            "view:sun_azimuth": 158.2,
            "view:sun_elevation": 40.1,
            "updated": "2023-10-05T08:00:00Z",
        },
    )
    del document["properties"]["gsd"]
    document["assets"] = {
        "red": {
            "href": "https://e.org/B04.tif",
            "type": COG,
            "eo:bands": [{"name": "B04", "common_name": "red"}],
            "raster:bands": [{"nodata": 0, "scale": 0.0001, "offset": -0.1, "spatial_resolution": 10}],
            "roles": ["data", "reflectance"],
        },
        "visual": {
            "href": "https://e.org/TCI.tif",
            "type": COG,
            "roles": ["visual"],
            "gsd": 10,
            "eo:bands": [{"common_name": "red"}, {"common_name": "green"}, {"common_name": "blue"}],
        },
        "scl": {"href": "https://e.org/SCL.tif", "type": COG, "roles": ["data"]},
        "thumbnail": {"href": "https://e.org/P.jpg", "type": "image/jpeg", "roles": ["thumbnail"]},
    }
    return document


def test_a_sentinel_item_is_read_whole() -> None:
    found = scene(sentinel(), preset("earth-search"))
    assert found.source == "earth-search"
    assert found.acquired_from == found.acquired_to == datetime(2023, 10, 5, 2, 19, 43, 123000, tzinfo=UTC)
    assert (found.platform, found.gsd_m, found.cloud_cover) == ("sentinel-2b", 10, 0.125)
    assert found.pass_id == "GS2B_20231005T021609_034363_N05.09"
    assert (found.off_nadir_deg, found.sun_azimuth_deg, found.sun_elevation_deg) == (0, 158.2, 40.1)
    assert found.updated == datetime(2023, 10, 5, 8, tzinfo=UTC)
    assert "Copernicus" in found.attribution
    picture, mask = found.assets
    assert (picture.href, picture.role, picture.bands) == ("https://e.org/TCI.tif", "visual", ("red", "green", "blue"))
    assert mask.role == "cloud"
    assert set(mask.mask_hidden_values) == {3, 8, 9, 10, 11}
    assert mask.extra["hidden"]["3"] == Hidden.CLOUD_SHADOW
    assert found.simulated is False


def test_raw_bands_carry_their_scaling() -> None:
    found = scene(sentinel(), SourceEntry(name="a", kind="stac", url="https://example.org", assets=("red",)))
    picture = found.assets[0]
    assert (picture.role, picture.bands) == ("data", ("red",))
    assert picture.extra["raster:bands"] == [{"scale": 0.0001, "offset": -0.1}]
    assert picture.extra["nodata"] == 0
    assert found.gsd_m == 10


def test_stac_1_1_says_the_same_in_other_words() -> None:
    document = item("a")
    document["stac_version"] = "1.1.0"
    document["assets"] = {
        "data": {
            "href": "a.tif",
            "type": COG,
            "roles": ["data"],
            "nodata": 0,
            "bands": [
                {"name": name, "eo:common_name": name, "raster:scale": 0.0001, "raster:offset": 0}
                for name in ("blue", "green", "red")
            ],
        },
    }
    picture = scene(document).assets[0]
    assert picture.bands == ("blue", "green", "red")
    assert picture.extra == {"raster:bands": [{"scale": 0.0001, "offset": 0}] * 3, "nodata": 0}
    assert picture.href == "https://example.org/v1/items/a.tif"


def test_a_mask_says_by_its_classes_what_hides() -> None:
    document = item("a")
    classes = [
        {"value": 0, "name": "clear"},
        {"value": 1, "name": "cloud"},
        {"value": 2, "name": "cloud_shadow"},
        {"value": 3, "name": "no_cloud"},
        {"value": 4, "name": "snow"},
    ]
    document["assets"]["udm"] = {"href": "udm.tif", "type": COG, "roles": ["cloud"], "classification:classes": classes}
    mask = scene(document).assets[-1]
    assert mask.extra["hidden"] == {"1": Hidden.CLOUD, "2": Hidden.CLOUD_SHADOW, "4": Hidden.SNOW}


@pytest.mark.parametrize("name", ["s2:datatake_id", "pl:strip_id", "umbra:collect_id"])
def test_the_pass_is_the_catalogs_own_id(name: str) -> None:
    assert scene(item("a", **{name: "strip-7"})).pass_id == "strip-7"
    assert scene(item("a")).pass_id is None


def test_a_span_of_acquisition_is_kept() -> None:
    found = scene(item("a", None, start_datetime="2023-10-05T02:15:00Z", end_datetime="2023-10-05T02:15:09+00:00"))
    assert (found.acquired_to - found.acquired_from).total_seconds() == 9


def test_what_is_simulated_says_so() -> None:
    assert scene(item("a", **{"yardwatch:simulated": True})).simulated is True


def test_the_item_goes_before_its_collection_and_the_user_before_both() -> None:
    facts = collection_facts(collection("c"))
    own = item("a", license="ODbL-1.0", providers=[{"name": "Own", "roles": ["producer"]}])
    assert (scene(own, facts=facts).licence, scene(own, facts=facts).attribution) == ("ODbL-1.0", "Own")
    assert (scene(item("a"), facts=facts).licence, scene(item("a"), facts=facts).attribution) == ("CC-BY-4.0", "Maker")
    assert scene(item("a")).licence == "unknown"


@pytest.mark.parametrize("endless", [float("inf"), float("nan"), 10**400])
def test_a_gsd_without_end_is_none_at_all(endless: float) -> None:
    with pytest.raises(BadInput, match="gsd: neither it nor its assets say one"):
        scene(item("a", gsd=endless))
    document = item("a", gsd=3.0)
    document["assets"]["visual"]["gsd"] = endless
    assert scene(document).gsd_m == 3.0


def test_the_gsd_of_the_picture_goes_before_that_of_the_item() -> None:
    document = item("a", gsd=3.0)
    document["assets"]["visual"]["gsd"] = 0.7
    assert scene(document).gsd_m == 0.7
    del document["assets"]["visual"]["gsd"]
    assert scene(document).gsd_m == 3.0
    del document["properties"]["gsd"]
    assert scene(document, SourceEntry(name="a", kind="stac", url="https://e.org", gsd_m=0.5)).gsd_m == 0.5
    with pytest.raises(BadInput, match=r"item a: gsd: .*set gsd_m of the source"):
        scene(document)


def test_an_item_without_the_asset_asked_for_says_which_it_has() -> None:
    entry = SourceEntry(name="a", kind="stac", url="https://e.org", assets=("ortho",))
    with pytest.raises(BadInput, match="item a: assets: none is ortho; it has visual"):
        scene(item("a"), entry)


JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(where=st.sampled_from(["id", "geometry", "properties", "assets"]), junk=JUNK)
def test_no_member_of_an_item_can_do_more_than_be_refused(where: str, junk: Any) -> None:
    with contextlib.suppress(BadInput):
        scene({**sentinel(), where: junk})


@settings(max_examples=150, deadline=None)
@given(
    where=st.sampled_from(
        ["datetime", "gsd", "platform", "eo:cloud_cover", "license", "providers", "updated", "s2:datatake_id"]
    ),
    junk=JUNK,
)
def test_no_property_of_an_item_can_do_more_than_be_refused(where: str, junk: Any) -> None:
    document = item("a")
    document["properties"][where] = junk
    with contextlib.suppress(BadInput):
        scene(document)


@settings(max_examples=150, deadline=None)
@given(
    where=st.sampled_from(
        ["href", "type", "roles", "gsd", "bands", "eo:bands", "raster:bands", "nodata", "classification:classes"]
    ),
    junk=JUNK,
)
def test_no_field_of_an_asset_can_do_more_than_be_refused(where: str, junk: Any) -> None:
    document = sentinel()
    for key in document["assets"]:
        document["assets"][key][where] = junk
    with contextlib.suppress(BadInput):
        scene(document)
