"""Map tiles are a mosaic with a date, a size on the ground and holes where tiles are missing."""

from __future__ import annotations

import io
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from drawn_rasters import GROUND_BOX, HEIGHT_M, NORTH, TO_WGS84, UTM, WEST, WIDTH_M, grid_of, ramp, wgs84
from drawn_web import Web
from PIL import Image
from pyproj import Transformer

from yardwatch.errors import BadInput, Refused
from yardwatch.imagery import ImagerySource, open_source
from yardwatch.imagery.tile_grid import EQUATOR_M, ground_pixel_m, quadkey
from yardwatch.imagery.tiles import acquired
from yardwatch.watchlist import SourceEntry

pytestmark = pytest.mark.network_loopback

HERE = wgs84(GROUND_BOX)
SINCE, UNTIL = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
ZOOM = 18


def span(zoom: int) -> tuple[range, range]:
    """Columns and rows of tiles that hold the patch of ground and a rim."""
    to_mercator = Transformer.from_crs(UTM, "EPSG:3857", always_xy=True)
    left, bottom, right, top = to_mercator.transform_bounds(
        WEST - 9, NORTH - HEIGHT_M - 9, WEST + WIDTH_M + 9, NORTH + 9
    )
    side, half = EQUATOR_M / 2**zoom, EQUATOR_M / 2
    return (
        range(math.floor((left + half) / side), math.ceil((right + half) / side)),
        range(math.floor((half - top) / side), math.ceil((half - bottom) / side)),
    )


def draw_tiles(web: Web, pattern: str, zoom: int = ZOOM, size: int = 256) -> list[str]:
    """Tiles of the ramp from west to east, as PNG; their paths."""
    paths = []
    back = Transformer.from_crs("EPSG:3857", UTM, always_xy=True)
    side, half = EQUATOR_M / 2**zoom, EQUATOR_M / 2
    for x in span(zoom)[0]:
        for y in span(zoom)[1]:
            cols, rows = np.meshgrid((np.arange(size) + 0.5) / size, (np.arange(size) + 0.5) / size)
            east, north = back.transform((x + cols) * side - half, half - (y + rows) * side)
            shade = np.clip(ramp(east, north), 1, 255).astype(np.uint8)
            path = pattern.format(z=zoom, x=x, y=y, q=quadkey(x, y, zoom), south=2**zoom - 1 - y)
            (web.folder / path).parent.mkdir(parents=True, exist_ok=True)
            content = io.BytesIO()
            Image.fromarray(np.stack([shade] * 3, axis=2)).save(content, "PNG")
            (web.folder / path).write_bytes(content.getvalue())
            paths.append(path)
    return paths


def tiles(web: Web, template: str = "/{z}/{x}/{y}.png", **fields: Any) -> ImagerySource:
    given = {"kind": "xyz", "zoom": ZOOM, "times": ("2023-10-05",), "licence": "CC0-1.0", **fields}
    return open_source(SourceEntry(name="tiles", url=f"{web.url}{template}", **given))


def read_first(source: ImagerySource) -> Any:
    scene = next(iter(source.search(HERE, SINCE, UNTIL)))
    return source.read(scene, grid_of())


@pytest.mark.parametrize(
    ("template", "pattern", "size"),
    [
        ("/{z}/{x}/{y}.png", "{z}/{x}/{y}.png", 256),
        ("/{z}/{x}/{-y}.png", "{z}/{x}/{south}.png", 256),
        ("/q/{q}.png", "q/{q}.png", 256),
        ("/{z}/{x}/{y}@2x.png", "{z}/{x}/{y}@2x.png", 512),
    ],
)
def test_pixels_of_tiles_lie_where_the_ground_lies(web: Web, template: str, pattern: str, size: int) -> None:
    draw_tiles(web, pattern, size=size)
    chip = read_first(tiles(web, template, tile_px=size))
    assert chip.valid.all()
    grid = grid_of()
    x = WEST + (np.arange(grid.width) + 0.5) * grid.pixel_m
    expected = ramp(x, np.zeros_like(x))
    assert np.abs(chip.pixels[0].mean(axis=0)[4:-4] - expected[4:-4]).max() < 1.5
    assert chip.bytes_read > 0


def test_a_missing_tile_is_no_image_not_black_ground(web: Web) -> None:
    paths = draw_tiles(web, "{z}/{x}/{y}.png")
    for path in paths:
        if int(path.split("/")[1]) == span(ZOOM)[0][0]:
            (web.folder / path).unlink()
    chip = read_first(tiles(web))
    assert 0 < np.count_nonzero(chip.valid) < chip.valid.size
    assert chip.pixels[0][chip.valid].min() > 35, "nothing black is taken for ground"


def test_the_size_of_a_pixel_follows_zoom_latitude_and_retina(web: Web) -> None:
    assert ground_pixel_m(0, 0.0, 256) == pytest.approx(156_543.034, abs=1e-3)
    latitude = TO_WGS84(WEST, NORTH)[1]
    (scene,) = tiles(web).search(HERE, SINCE, UNTIL)
    assert scene.gsd_m == pytest.approx(ground_pixel_m(18, latitude, 256), rel=1e-4)
    (retina,) = tiles(web, tile_px=512).search(HERE, SINCE, UNTIL)
    assert retina.gsd_m == pytest.approx(scene.gsd_m / 2)
    (enlarged,) = tiles(web, gsd_m=1.5).search(HERE, SINCE, UNTIL)
    assert enlarged.gsd_m == 1.5, "a finer zoom does not make a coarser picture sharper"


def test_each_time_of_a_layer_is_a_scene(web: Web) -> None:
    source = tiles(web, "/{time}/{z}/{x}/{y}.png", times=("2022", "2023-05", "2023-10-05T02:15:00Z"))
    scenes = list(source.search(HERE, SINCE, UNTIL))
    assert [scene.scene_id for scene in scenes] == ["tiles-2023-05-z18", "tiles-2023-10-05T02:15:00Z-z18"]
    assert scenes[0].acquired_from == datetime(2023, 5, 1, tzinfo=UTC)
    assert scenes[0].acquired_to == datetime(2023, 5, 31, 23, 59, 59, tzinfo=UTC)
    draw_tiles(web, "2023-05/{z}/{x}/{y}.png")
    assert source.read(scenes[0], grid_of()).valid.all()
    assert acquired("2023", "x").end.year == 2023


def test_a_picture_of_the_wrong_size_or_none_is_named(web: Web) -> None:
    paths = draw_tiles(web, "{z}/{x}/{y}.png", size=512)
    with pytest.raises(BadInput, match="512 x 512 pixels, not 256; set tile_px"):
        read_first(tiles(web))
    for path in paths:
        (web.folder / path).write_text("<html>log in</html>")
    with pytest.raises(BadInput, match=r"a tile is no PNG, JPEG or WebP picture .a web page."):
        read_first(tiles(web))


def test_more_tiles_than_a_station_needs_are_refused_before_any_is_asked_for(web: Web) -> None:
    with pytest.raises(Refused, match=r"zoom 24 would take .* set a smaller zoom"):
        read_first(tiles(web, zoom=24))
    assert web.log == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"zoom": None}, "zoom: name the level"),
        ({"times": ()}, "say when its pictures were taken"),
        ({"times": ("2022", "2023")}, "several where the url holds"),
        ({"kind": "wmts"}, "layer: name the layer"),
    ],
)
def test_what_a_tile_source_needs_is_named(web: Web, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        tiles(web, **fields)


def test_a_template_without_row_is_named(web: Web) -> None:
    with pytest.raises(BadInput, match="a template holds"):
        tiles(web, "/{z}/{x}.png")


CAPABILITIES = """<?xml version="1.0"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1"><Contents>
<Layer><ows:Identifier>air</ows:Identifier><Style isDefault="true"><ows:Identifier>plain</ows:Identifier></Style>
<Format>image/png</Format><Dimension><ows:Identifier>Time</ows:Identifier><Value>2023</Value></Dimension>
<TileMatrixSetLink><TileMatrixSet>own</TileMatrixSet></TileMatrixSetLink>
<TileMatrixSetLink><TileMatrixSet>web</TileMatrixSet></TileMatrixSetLink>{resource}</Layer>
<TileMatrixSet><ows:Identifier>own</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::2056</ows:SupportedCRS>
</TileMatrixSet>
<TileMatrixSet><ows:Identifier>web</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>
<TileMatrix><ows:Identifier>level-18</ows:Identifier><ScaleDenominator>2132.729583849784</ScaleDenominator>
<TileWidth>256</TileWidth></TileMatrix></TileMatrixSet></Contents></Capabilities>"""


def test_a_wmts_layer_is_found_by_its_capabilities(web: Web) -> None:
    resource = (
        f'<ResourceURL format="image/png" resourceType="tile" template="{web.url}/air/{{Style}}/{{Time}}/'
        '{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}.png"/>'
    )
    (web.folder / "wmts.xml").write_text(CAPABILITIES.replace("{resource}", resource))
    draw_tiles(web, "air/plain/2023/web/level-18/{x}/{y}.png")
    fields = {"kind": "wmts", "times": ("2023",)}
    assert read_first(tiles(web, "/wmts.xml", layer="air", **fields)).valid.all()
    with pytest.raises(BadInput, match="no layer 'sea'; it has air"):
        read_first(tiles(web, "/wmts.xml", layer="sea", **fields))
    with pytest.raises(BadInput, match=r"not served in web Mercator .* at zoom 15"):
        read_first(tiles(web, "/wmts.xml", layer="air", zoom=15, **fields))


def test_capabilities_that_declare_entities_are_not_parsed(web: Web) -> None:
    (web.folder / "wmts.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(BadInput, match="is no WMTS capabilities document"):
        read_first(tiles(web, "/wmts.xml", kind="wmts", layer="air", times=("2023",)))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://services.arcgisonline.com/ArcGIS/rest/services/World_Imagery/MapServer/tile/{z}/{y}/{x}", "Esri"),
        ("https://wayback.maptiles.arcgis.com/arcgis/rest/services/World_Imagery/{time}/{z}/{y}/{x}", "Esri"),
        ("https://mt1.google.com/vt/lyrs=s&x={x}&y={y}&z={z}", "Google"),
        ("https://ecn.t3.tiles.virtualearth.net/tiles/a{q}.jpeg?g=1", "Bing"),
    ],
)
def test_imagery_whose_terms_forbid_machines_is_refused_by_name(url: str, says: str) -> None:
    with pytest.raises(Refused, match=f"source x: .*{says}.*forbid"):
        open_source(SourceEntry(name="x", kind="xyz", url=url, zoom=18, times=("2023",)))


def test_a_non_commercial_licence_must_be_accepted() -> None:
    with pytest.raises(Refused, match="accept_noncommercial = true"):
        open_source(SourceEntry(name="m", kind="maxar-open-data"))
    assert open_source(SourceEntry(name="m", kind="maxar-open-data", accept_noncommercial=True)).name == "m"
