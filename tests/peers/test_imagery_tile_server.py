"""Map tiles of a server that others wrote, TiTiler, show the same ground as the GeoTIFF that it serves."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Geod, Transformer
from shapely import transform
from shapely.geometry import Polygon, box

from yardwatch.errors import BadInput
from yardwatch.imagery import ImagerySource, open_source
from yardwatch.records import Chip, Grid
from yardwatch.watchlist import SourceEntry

pytestmark = [pytest.mark.peers, pytest.mark.network_loopback]

SINCE, UNTIL = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
SIDE_M, NATIVE_M, PIXEL_M, RIM_M, WAVE_M = 160.0, 0.25, 0.5, 100.0, 30.0
APP = """
from fastapi import FastAPI
from titiler.core.errors import DEFAULT_STATUS_CODES, add_exception_handlers
from titiler.core.factory import TilerFactory
from titiler.extensions import wmtsExtension
app = FastAPI()
app.include_router(TilerFactory(extensions=[wmtsExtension()]).router)
add_exception_handlers(app, DEFAULT_STATUS_CODES)
@app.get("/ready")
def ready() -> bool:
    return True
"""


@dataclass(frozen=True)
class Place:
    """A square of ground by its north-western corner in UTM."""

    crs: str
    west: float
    north: float

    @property
    def outline(self) -> Polygon:
        to_degrees = Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True).transform
        ground = box(self.west, self.north - SIDE_M, self.west + SIDE_M, self.north)
        degrees: Polygon = transform(ground, to_degrees, interleaved=False)
        return degrees

    @property
    def grid(self) -> Grid:
        side = round(SIDE_M / PIXEL_M)
        return Grid(self.crs, (PIXEL_M, 0, self.west, 0, -PIXEL_M, self.north), side, side, PIXEL_M)

    def painted(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """(band, row, col): two ramps that tell where a pixel lies, and waves that tell it to a part of a pixel."""
        east, south = x - self.west, self.north - y
        waves = 128 + 60 * np.sin(2 * np.pi * east / WAVE_M) * np.sin(2 * np.pi * south / WAVE_M)
        return np.stack([60 + 120 * east / SIDE_M, 60 + 120 * south / SIDE_M, waves])


PLACES = {
    "Tumangang": Place("EPSG:32652", 467_700.0, 4_696_700.0),
    "Durban": Place("EPSG:32736", 311_000.0, 6_693_000.0),  # south of the equator
    "Narvik": Place("EPSG:32633", 603_000.0, 7_594_000.0),  # where Mercator is stretched 2.7 times
}


def _centres(west: float, north: float, pixel_m: float, side: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    steps = (np.arange(side) + 0.5) * pixel_m
    x, y = np.meshgrid(west + steps, north - steps)
    return x, y


def draw(folder: Path, name: str) -> Path:
    """A GeoTIFF of the place and a rim around it."""
    place, side = PLACES[name], round((SIDE_M + 2 * RIM_M) / NATIVE_M)
    west, north = place.west - RIM_M, place.north + RIM_M
    pixels = np.clip(np.rint(place.painted(*_centres(west, north, NATIVE_M, side))), 1, 255).astype(np.uint8)
    path = folder / f"{name}-20231005T021500Z.tif"
    profile = {"driver": "GTiff", "count": 3, "dtype": "uint8", "crs": place.crs, "tiled": True, "photometric": "RGB"}
    where = Affine(NATIVE_M, 0, west, 0, -NATIVE_M, north)
    with rasterio.open(path, "w", width=side, height=side, transform=where, **profile) as file:
        file.write(pixels)
    return path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("ground")
    return {name: draw(folder / name, name) for name in PLACES if not (folder / name).mkdir()}


@pytest.fixture(scope="module")
def titiler(tmp_path_factory: pytest.TempPathFactory, start_program: Any) -> str:
    """Address of a TiTiler."""
    for module in ("titiler.core", "titiler.extensions", "uvicorn"):
        pytest.importorskip(module, reason="pip install -e '.[peers]'")
    folder = tmp_path_factory.mktemp("titiler")
    (folder / "served_tiles.py").write_text(APP)
    command = [sys.executable, "-m", "uvicorn", "--app-dir", folder, "served_tiles:app", "--port", "{port}"]
    return start_program(command, "/ready")


def xyz(titiler: str, picture: Path, zoom: int, tile_px: int = 256, **fields: Any) -> ImagerySource:
    asked = f"url={quote(str(picture), safe='')}&tilesize={tile_px}&resampling=bilinear"
    url = f"{titiler}/tiles/WebMercatorQuad/{{z}}/{{x}}/{{y}}.png?{asked}"
    given = {"times": ("2023-10-05",), "zoom": zoom, "tile_px": tile_px, **fields}
    return open_source(SourceEntry(name="tiles", kind="xyz", url=url, **given))


def wmts(titiler: str, picture: Path, zoom: int, layer: str, **fields: Any) -> ImagerySource:
    url = f"{titiler}/WMTSCapabilities.xml?url={quote(str(picture), safe='')}&resampling=bilinear"
    given = {"times": ("2023-10-05",), "zoom": zoom, "layer": layer, **fields}
    return open_source(SourceEntry(name="tiles", kind="wmts", url=url, **given))


def read(source: ImagerySource, place: Place) -> Chip:
    (scene,) = source.search(place.outline, SINCE, UNTIL)
    return source.read(scene, place.grid)


def direct(picture: Path, place: Place) -> Chip:
    return read(open_source(SourceEntry(name="folder", kind="folder", path=picture.parent)), place)


def shift_m(chip: Chip, place: Place) -> tuple[float, float]:
    """Metres (east, south) that the waves lie off from where they were painted: their phase, over whole waves."""
    grid = place.grid
    x, y = _centres(place.west, place.north, PIXEL_M, grid.width)
    east, south = 2 * np.pi * (x - place.west) / WAVE_M, 2 * np.pi * (place.north - y) / WAVE_M
    whole = int(SIDE_M // WAVE_M * WAVE_M / PIXEL_M)
    waves = (chip.pixels[2].astype(float) - 128)[:whole, :whole]
    east, south = east[:whole, :whole], south[:whole, :whole]
    sines, cosines = (waves * np.sin(east) * np.sin(south)).sum(), (waves * np.cos(east) * np.sin(south)).sum()
    lower = (waves * np.sin(east) * np.cos(south)).sum()
    return (
        float(-math.atan2(cosines, sines) * WAVE_M / (2 * math.pi)),
        float(-math.atan2(lower, sines) * WAVE_M / (2 * math.pi)),
    )


def check_same_ground(chip: Chip, picture: Path, place: Place) -> None:
    """Every pixel valid, where it was painted to a tenth of a pixel, and as bright as the file's own."""
    assert chip.valid.all()
    assert np.abs(shift_m(chip, place)).max() < PIXEL_M / 10
    difference = np.abs(chip.pixels.astype(int) - direct(picture, place).pixels.astype(int))
    assert np.abs(difference).mean() < 1.0
    assert difference.max() <= 6
    painted = place.painted(*_centres(place.west, place.north, PIXEL_M, place.grid.width))
    assert np.abs(chip.pixels - painted).max() < 6


@pytest.mark.parametrize("name", PLACES)
def test_tiles_show_the_same_ground_as_their_file(titiler: str, pictures: dict[str, Path], name: str) -> None:
    check_same_ground(read(xyz(titiler, pictures[name], 19), PLACES[name]), pictures[name], PLACES[name])


def test_retina_tiles_show_it_too(titiler: str, pictures: dict[str, Path]) -> None:
    place, picture = PLACES["Tumangang"], pictures["Tumangang"]
    check_same_ground(read(xyz(titiler, picture, 18, tile_px=512), place), picture, place)


def test_a_layer_of_a_wmts_shows_the_same_ground_as_its_file(titiler: str, pictures: dict[str, Path]) -> None:
    place, picture = PLACES["Tumangang"], pictures["Tumangang"]
    check_same_ground(read(wmts(titiler, picture, 19, f"{picture}_WebMercatorQuad_default"), place), picture, place)


def test_a_layer_that_is_not_there_names_those_that_are(titiler: str, pictures: dict[str, Path]) -> None:
    picture = pictures["Tumangang"]
    with pytest.raises(BadInput, match=r"has no layer 'air'; it has .*WebMercatorQuad_default"):
        read(wmts(titiler, picture, 19, "air"), PLACES["Tumangang"])


def test_a_layer_in_another_projection_is_named(titiler: str, pictures: dict[str, Path]) -> None:
    picture = pictures["Tumangang"]
    with pytest.raises(BadInput, match=r"is not served in web Mercator \(EPSG:3857\) at zoom 19"):
        read(wmts(titiler, picture, 19, f"{picture}_WGS1984Quad_default"), PLACES["Tumangang"])


@pytest.mark.parametrize(("name", "zoom"), [("Tumangang", 18), ("Tumangang", 17), ("Durban", 18), ("Narvik", 18)])
def test_the_size_of_a_pixel_is_what_zoom_and_latitude_make_it(
    titiler: str, pictures: dict[str, Path], name: str, zoom: int
) -> None:
    place = PLACES[name]
    (scene,) = xyz(titiler, pictures[name], zoom).search(place.outline, SINCE, UNTIL)
    middle = place.outline.centroid
    step = 360 / 2**zoom / 256 * 1_000  # degrees that a thousand columns span
    along = Geod(ellps="WGS84").inv(middle.x - step / 2, middle.y, middle.x + step / 2, middle.y)[2] / 1_000
    assert scene.gsd_m == pytest.approx(along, rel=0.004), "the sphere is off by up to 0.34 % along a parallel"


def test_ground_outside_the_file_is_no_image(titiler: str, pictures: dict[str, Path]) -> None:
    place = PLACES["Tumangang"]
    beyond = Place(place.crs, place.west + SIDE_M + RIM_M - 50.0, place.north)
    chip = read(xyz(titiler, pictures["Tumangang"], 19), beyond)
    seen = chip.valid.mean(axis=0)
    assert seen[: round(45 / PIXEL_M)].min() == 1.0
    assert seen[round(55 / PIXEL_M) :].max() == 0.0
