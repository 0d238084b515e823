"""Read a look: its scenes are laid over each other, best first, until the area is covered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import geometry_mask
from rasterio.warp import transform_geom
from shapely.geometry import mapping, shape

from yardwatch.errors import BadInput, NotConfigured, Refused, TryAgain, YardwatchError
from yardwatch.imagery.bands import RGB
from yardwatch.imagery.scene_reading import ReadChip
from yardwatch.imagery.source import ImagerySource
from yardwatch.records import Chip, Grid, Look, Scene

NEGLIGIBLE_SHARE = 0.001
"""A scene that could fill less of the grid than this is not read: edges of two deliveries never match exactly."""


def read_look(
    look: Look, grid: Grid, sources: Mapping[str, ImagerySource], *, accept_partial: bool = False
) -> ReadChip:
    """The pixels of ``look`` on ``grid``, from as few of its scenes as cover it.

    A scene that cannot be read gives way to the next; a duplicate is not read where the first delivery has covered
    the ground. Where a passing fault leaves ground uncovered that the scene would have shown, the look is not judged:
    a time-out says nothing of the sky.

    Args:
        accept_partial: settle for what could be read, also after a passing fault.

    Raises:
        TryAgain: when asking later may show more.
        BadInput, Refused, NotConfigured: when nothing could be read for any other reason.
    """
    canvas = _Canvas(grid)
    failures: list[tuple[Scene, YardwatchError]] = []
    for scene in look.scenes:
        if canvas.missing_share(scene) < NEGLIGIBLE_SHARE:
            continue
        try:
            canvas.add(scene, _read(scene, grid, sources))
        except (BadInput, NotConfigured, Refused, TryAgain) as error:
            failures.append((scene, error))
    _raise_where_it_matters(look, canvas, failures, accept_partial)
    return canvas.chip(look)


def _read(scene: Scene, grid: Grid, sources: Mapping[str, ImagerySource]) -> Chip:
    if scene.source not in sources:
        known = ", ".join(sources) or "none"
        raise NotConfigured(
            f"{scene.key}: its source {scene.source!r} is not on the watch list (there: {known}); add it"
        )
    return sources[scene.source].read(scene, grid)


def _raise_where_it_matters(
    look: Look, canvas: _Canvas, failures: Sequence[tuple[Scene, YardwatchError]], accept_partial: bool
) -> None:
    if not failures or (canvas.used and accept_partial):
        return
    lacking = [(scene, error) for scene, error in failures if canvas.missing_share(scene) >= NEGLIGIBLE_SHARE]
    told = f"{look.look_id}: " + "; ".join(str(error) for _, error in lacking)
    passing = [error for _, error in lacking if isinstance(error, TryAgain)]
    if passing:
        raise TryAgain(told, max((error.retry_after_s for error in passing if error.retry_after_s), default=None))
    if lacking and not canvas.used:
        # What the user can mend comes before what the file's owner must.
        met = [error for _, error in lacking]
        raise next(kind for kind in (NotConfigured, Refused, BadInput) if any(isinstance(one, kind) for one in met))(
            told
        )


class _Canvas:
    """What has been laid on the grid so far."""

    def __init__(self, grid: Grid) -> None:
        size = (grid.height, grid.width)
        self.grid = grid
        self.pixels = np.zeros((3, *size), np.uint8)
        self.valid = np.zeros(size, np.bool_)
        self.hidden = np.zeros(size, np.uint8)
        self.judged = np.zeros(size, np.bool_)
        self.used: list[tuple[Scene, Chip]] = []

    def missing_share(self, scene: Scene) -> float:
        """Share of the grid that ``scene`` claims to show and that is still empty."""
        if self.valid.all():
            return 0.0
        return float(np.count_nonzero(self._claimed(scene) & ~self.valid) / self.valid.size)

    def _claimed(self, scene: Scene) -> NDArray[np.bool_]:
        outline = mapping(scene.footprint)
        if self.grid.crs is not None:
            outline = transform_geom("EPSG:4326", self.grid.crs, outline)
        if shape(outline).is_empty:
            return np.zeros_like(self.valid)
        claimed: NDArray[np.bool_] = geometry_mask(
            [outline], out_shape=self.valid.shape, transform=Affine(*self.grid.transform), invert=True, all_touched=True
        )
        return claimed

    def add(self, scene: Scene, chip: Chip) -> None:
        """Fill what is empty from ``chip``."""
        new = chip.valid & ~self.valid
        self.pixels[:, new] = chip.pixels[:, new]
        self.hidden[new] = chip.hidden[new]
        judged = getattr(chip, "judged", None)
        if judged is not None:
            self.judged[new] = judged[new]
        self.valid |= new
        self.used.append((scene, chip))

    def chip(self, look: Look) -> ReadChip:
        """The result; of the claims of several scenes the coarsest."""
        claimed = [scene.gsd_m for scene, _ in self.used] or [scene.gsd_m for scene in look.scenes]
        measured = [chip.effective_gsd_m for _, chip in self.used] or claimed
        fetched = [chip.bytes_read for _, chip in self.used if chip.bytes_read is not None]
        return ReadChip(
            pixels=self.pixels,
            bands=RGB,
            valid=self.valid,
            hidden=self.hidden,
            grid=self.grid,
            gsd_m=max(claimed),
            effective_gsd_m=max(measured),
            scenes=tuple(scene.key for scene, _ in self.used),
            bytes_read=sum(fetched) if fetched else None,
            judged=self.judged,
        )
