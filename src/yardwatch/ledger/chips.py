"""Chips as Cloud Optimized GeoTIFF: what was counted on, to be looked at again and counted again."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from yardwatch.errors import BadInput
from yardwatch.ledger.receipts import ChipProfile
from yardwatch.records import Chip, Grid

TAG = "YARDWATCH"
HIDDEN_BAND = "hidden"
_COLOURS = {"red": ColorInterp.red, "green": ColorInterp.green, "blue": ColorInterp.blue}


def chip_to_cog(chip: Chip, provenance: Mapping[str, Any], profile: ChipProfile) -> bytes:
    """A COG of the chip's bands and, last, its ``hidden`` codes; ``valid`` is the internal mask.

    Pixels keep their dtype (uint8 or float32). Overviews take the nearest pixel: a mean of codes would be another code.

    Raises:
        BadInput: when shapes or dtypes are not those of a chip.
    """
    _check(chip, provenance.get("look_id"))
    meta = {
        "driver": "GTiff",
        "dtype": chip.pixels.dtype.name,
        "count": len(chip.bands) + 1,
        "width": chip.grid.width,
        "height": chip.grid.height,
        "crs": chip.grid.crs,
        "transform": Affine(*chip.grid.transform),
    }
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        warnings.catch_warnings(),
        MemoryFile() as plain,
        MemoryFile(ext=".tif") as cog,
    ):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with plain.open(**meta) as opened:
            opened.write(np.concatenate([chip.pixels, chip.hidden[np.newaxis].astype(chip.pixels.dtype)]))
            opened.write_mask(chip.valid)
            opened.descriptions = (*chip.bands, HIDDEN_BAND)
            opened.colorinterp = [_COLOURS.get(band, ColorInterp.undefined) for band in (*chip.bands, HIDDEN_BAND)]
            opened.update_tags(**_tags(chip, provenance))
        options = {"COMPRESS": profile.compress, "BLOCKSIZE": profile.block_px, "PREDICTOR": "YES"}
        with plain.open() as opened:
            rasterio.shutil.copy(opened, cog.name, driver="COG", OVERVIEW_RESAMPLING="NEAREST", **options)
        return bytes(cog.getbuffer())


def chip_from_cog(content: bytes, path: Path) -> Chip:
    """The chip that was written.

    Raises:
        BadInput: naming ``path``, when it is no chip of a ledger.
    """
    try:
        with warnings.catch_warnings(), MemoryFile(content) as file:
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with file.open() as opened:
                said = json.loads(opened.tags()[TAG])
                read = opened.read()
                valid = opened.dataset_mask() > 0
                transform, descriptions = tuple(opened.transform)[:6], opened.descriptions
    except (RasterioError, KeyError, ValueError) as error:
        raise BadInput(f"{path}: not a chip that yardwatch wrote ({error}); restore it from a copy") from error
    grid = Grid(said["crs"], transform, read.shape[2], read.shape[1], said["pixel_m"])
    return Chip(
        pixels=read[:-1],
        bands=tuple(descriptions[:-1]),
        valid=valid,
        hidden=read[-1].astype(np.uint8),
        grid=grid,
        gsd_m=said["gsd_m"],
        effective_gsd_m=said["effective_gsd_m"],
        scenes=tuple(said["scenes"]),
        bytes_read=said["bytes_read"],
    )


def _check(chip: Chip, look_id: object) -> None:
    plane = (chip.grid.height, chip.grid.width)
    if chip.pixels.dtype not in (np.uint8, np.float32):
        raise BadInput(f"chip of {look_id}: pixels are {chip.pixels.dtype}; give uint8 or float32")
    if chip.pixels.shape != (len(chip.bands), *plane) or chip.valid.shape != plane or chip.hidden.shape != plane:
        raise BadInput(
            f"chip of {look_id}: pixels {chip.pixels.shape}, valid {chip.valid.shape} and hidden {chip.hidden.shape} "
            f"do not fit {len(chip.bands)} bands on a grid of {plane}"
        )


def _tags(chip: Chip, provenance: Mapping[str, Any]) -> dict[str, str]:
    said = {
        **provenance,
        "scenes": list(chip.scenes),
        "crs": chip.grid.crs,
        "pixel_m": chip.grid.pixel_m,
        "gsd_m": chip.gsd_m,
        "effective_gsd_m": chip.effective_gsd_m,
        "bytes_read": chip.bytes_read,
    }
    simulated = "SIMULATED; " if provenance.get("simulated") else ""
    return {
        TAG: json.dumps(said, ensure_ascii=False),
        "TIFFTAG_COPYRIGHT": f"{provenance.get('attribution', '')}; {provenance.get('licence', '')}",
        "TIFFTAG_IMAGEDESCRIPTION": f"{simulated}{provenance.get('look_id', '')}",
    }
