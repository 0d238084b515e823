"""Writes a simulated picture as a data provider would: a Cloud Optimized GeoTIFF, a STAC item, and its truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pystac
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.transform import Affine, from_origin

from yardwatch.simulate.light import Light
from yardwatch.simulate.truth import TrueCar

EPSG = 32652
EXTENSIONS = [
    "https://stac-extensions.github.io/eo/v1.1.0/schema.json",
    "https://stac-extensions.github.io/view/v1.0.0/schema.json",
    "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
]
PROVIDER = pystac.Provider(
    "yardwatch simulator", "Every picture is simulated; nothing in it ever happened.", [pystac.ProviderRole.PRODUCER]
)


@dataclass(frozen=True, eq=False)
class Delivery:
    """One picture to be written. `rgb` is uint8 (rows, cols, 3), 0 meaning no data; `cloud` bool or None."""

    item_id: str
    taken_at: datetime
    rgb: NDArray[np.uint8]
    west_north_utm: tuple[float, float]
    pixel_m: float
    light: Light
    cloud_percent: float = 0.0
    cloud: NDArray[np.bool_] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def transform(self) -> Affine:
        """From pixels to EPSG:32652."""
        return from_origin(*self.west_north_utm, self.pixel_m, self.pixel_m)

    @property
    def footprint(self) -> shapely.Polygon:
        """The picture's rectangle in EPSG:32652."""
        west, north = self.west_north_utm
        rows, cols = self.rgb.shape[:2]
        return shapely.box(west, north - rows * self.pixel_m, west + cols * self.pixel_m, north)


def write_cog(path: Path, bands: NDArray[np.uint8], transform: Affine, nodata: int | None) -> None:
    """A tiled, losslessly compressed GeoTIFF with overviews; `bands` (band, row, col). Written beside, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    profile = {
        "driver": "COG",
        "dtype": "uint8",
        "count": bands.shape[0],
        "height": bands.shape[1],
        "width": bands.shape[2],
        "crs": f"EPSG:{EPSG}",
        "transform": transform,
        "nodata": nodata,
        "compress": "DEFLATE",
        "predictor": "STANDARD",
        "level": 6,
        "blocksize": 256,
        "overview_resampling": "average",
    }
    with rasterio.open(part, "w", **profile) as out:
        out.write(bands)
        if bands.shape[0] == 3:
            out.colorinterp = [ColorInterp.red, ColorInterp.green, ColorInterp.blue]
    part.replace(path)


def write_picture(folder: Path, delivery: Delivery) -> pystac.Item:
    """Writes the picture (and its cloud mask) into `folder` and returns its item, links still absolute."""
    picture = folder / f"{delivery.item_id}.tif"
    write_cog(picture, np.moveaxis(delivery.rgb, 2, 0), delivery.transform, nodata=0)
    item = _item(delivery)
    item.add_asset(
        "visual",
        pystac.Asset(
            str(picture),
            "simulated true colour, 8 bit",
            media_type=pystac.MediaType.COG,
            roles=["visual", "data"],
            extra_fields={"eo:bands": [{"name": n, "common_name": n} for n in ("red", "green", "blue")]},
        ),
    )
    if delivery.cloud is not None:
        mask = folder / f"{delivery.item_id}-cloud.tif"
        write_cog(mask, delivery.cloud[None].astype(np.uint8), delivery.transform, nodata=None)
        item.add_asset(
            "cloud",
            pystac.Asset(
                str(mask),
                "1 where cloud hides the ground, else 0",
                media_type=pystac.MediaType.COG,
                roles=["data-mask", "cloud"],
            ),
        )
    return item


def _item(delivery: Delivery) -> pystac.Item:
    outline = gpd.GeoSeries([delivery.footprint], crs=EPSG).to_crs(4326).iloc[0]
    rows, cols = delivery.rgb.shape[:2]
    light = delivery.light
    properties = {
        "platform": "yardsim-1",
        "instruments": ["simulated"],
        "gsd": delivery.pixel_m,
        "view:off_nadir": round(light.off_nadir_deg, 1),
        "view:azimuth": round(light.view_azimuth_deg, 1),
        "view:sun_azimuth": round(light.sun_azimuth_deg, 1),
        "view:sun_elevation": round(light.sun_elevation_deg, 1),
        "eo:cloud_cover": round(delivery.cloud_percent, 1),
        "proj:epsg": EPSG,
        "proj:shape": [rows, cols],
        "proj:transform": list(delivery.transform)[:6],
        "license": "CC0-1.0",
        "yardwatch:simulated": True,
        "description": "SIMULATED. A drawing made by yardwatch, not a picture of any place.",
        **delivery.extra,
    }
    return pystac.Item(
        delivery.item_id,
        shapely.geometry.mapping(outline),
        list(outline.bounds),
        delivery.taken_at,
        properties,
        stac_extensions=list(EXTENSIONS),
    )


def write_truth(path: Path, cars: list[TrueCar], origin_utm: tuple[float, float]) -> gpd.GeoDataFrame:
    """GeoParquet of the cars' seen boxes in EPSG:32652: class, track, length_m, visible (share 0-1), geometry."""
    boxes = [shapely.Polygon(car.box + np.array(origin_utm)) for car in cars]
    frame = gpd.GeoDataFrame(
        {
            "class": [car.label for car in cars],
            "track": [car.track for car in cars],
            "length_m": [car.length_m for car in cars],
            "visible": [car.visible for car in cars],
        },
        geometry=boxes,
        crs=EPSG,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    frame.to_parquet(part)
    part.replace(path)
    return frame
