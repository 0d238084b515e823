"""Read one scene onto a grid: its picture, in one file or in one file a band, and its own mask of the sky."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yardwatch.errors import BadInput
from yardwatch.imagery.addresses import Address
from yardwatch.imagery.bands import RGB, colour_of
from yardwatch.imagery.rasters import BrokenFile
from yardwatch.imagery.reading import BandHints, Patch, read_classes, read_rgb
from yardwatch.imagery.stretch import Scaling
from yardwatch.imagery.tally import tally
from yardwatch.records import Asset, Chip, Grid, Hidden, Scene

COARSER_THAN_CLAIMED = 1.1
"""A file whose pixels are larger than the claimed GSD by more than this was resampled: its pixels are what counts."""


@dataclass(frozen=True, eq=False)
class ReadChip(Chip):
    """A chip fresh from its scenes.

    Attributes:
        judged: bool (row, col), True where a mask of the scene itself has said what hides the ground; there our own
            screening for clouds has no say.
    """

    judged: NDArray[np.bool_] | None = None


def read_scene(scene: Scene, grid: Grid, resolve: Callable[[Asset], Address]) -> ReadChip:
    """The pixels of ``scene`` on ``grid``, uint8 red, green and blue, with ``hidden`` from the scene's own mask.

    Args:
        resolve: what turns an asset's href into an address that may be opened, signed where it needs to be.

    Raises:
        TryAgain, NotConfigured, BadInput, Refused: see :class:`yardwatch.imagery.source.ImagerySource`.
    """
    with tally() as counted:
        try:
            patch = _read_picture(scene, grid, resolve)
        except BrokenFile:  # once more, from its first byte: a judgement on a file is final
            patch = _read_picture(scene, grid, resolve)
        hidden, judged = read_sky(scene, grid, resolve) if patch.valid.any() else _unjudged(grid)
    native_m = patch.native_pixel_m or scene.gsd_m
    return ReadChip(
        pixels=patch.pixels,
        bands=RGB,
        valid=patch.valid,
        hidden=hidden,
        grid=grid,
        gsd_m=scene.gsd_m,
        effective_gsd_m=native_m if native_m > scene.gsd_m * COARSER_THAN_CLAIMED else scene.gsd_m,
        scenes=(scene.key,),
        bytes_read=counted.fetched_bytes,
        judged=judged & patch.valid,
    )


def read_sky(
    scene: Scene, grid: Grid, resolve: Callable[[Asset], Address]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """What the scene's own mask says hides the ground: uint8 of :class:`Hidden`, and where it says anything.

    Both (row, col) on ``grid``; the second is False everywhere for a scene without a mask.
    """
    hidden, judged = _unjudged(grid)
    for mask in scene.assets:
        if mask.role == "cloud":
            classes, known = read_classes(resolve(mask), grid)
            codes = _codes(classes, mask)
            hidden = np.where(codes > 0, codes, hidden)
            judged |= known
    return hidden, judged


def _unjudged(grid: Grid) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    size = (grid.height, grid.width)
    return np.zeros(size, np.uint8), np.zeros(size, np.bool_)


def _read_picture(scene: Scene, grid: Grid, resolve: Callable[[Asset], Address]) -> Patch:
    pictures = [asset for asset in scene.assets if asset.role in ("visual", "data")]
    if not pictures:
        raise BadInput(f"{scene.key}: has no asset that holds a picture; name one by assets in yardwatch.toml")
    one_colour = {colour_of(asset.bands[0]): asset for asset in pictures if len(asset.bands) == 1}
    if not all(colour in one_colour for colour in RGB):
        return read_rgb(resolve(pictures[0]), grid, _hints(pictures[0]))
    patches = [read_rgb(resolve(one_colour[colour]), grid, _hints(one_colour[colour])) for colour in RGB]
    valid = np.logical_and.reduce([patch.valid for patch in patches])
    native = [patch.native_pixel_m for patch in patches if patch.native_pixel_m is not None]
    pixels = np.stack([patch.pixels[0] for patch in patches]) * valid
    return Patch(pixels, valid, max(native, default=None))


def _hints(asset: Asset) -> BandHints:
    scalings: list[Scaling | None] = []
    for band in asset.extra.get("raster:bands", ()):
        known = isinstance(band.get("scale"), int | float)
        scalings.append(Scaling(float(band["scale"]), float(band.get("offset") or 0.0)) if known else None)
    nodata = asset.extra.get("nodata")
    return BandHints(asset.bands, float(nodata) if isinstance(nodata, int | float) else None, tuple(scalings))


def _codes(classes: NDArray[np.int32], mask: Asset) -> NDArray[np.uint8]:
    """uint8 of :class:`Hidden` for the class numbers of ``mask``; without a table every number but 0 is cloud."""
    table: Mapping[str, Any] = mask.extra.get("hidden", {})
    codes = np.zeros(classes.shape, np.uint8)
    if not table and not mask.mask_hidden_values:
        codes[classes != 0] = Hidden.CLOUD
    for value in mask.mask_hidden_values:
        codes[classes == value] = Hidden(int(table.get(str(value), Hidden.CLOUD)))
    return codes
