"""A look at a yard of 60 x 40 m at Tumangang, with detections where a test wants them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from yardwatch.counting import LookProvenance, Sighting
from yardwatch.detection import DETECTION_COLUMNS, Quality, Release
from yardwatch.records import Chip, Grid, Hidden, Look, Reason, Scene

ROWS, COLS, PIXEL_M = 80, 120, 0.5
LEFT_M, TOP_M = 467_700.0, 4_696_700.0
MOMENT = datetime(2023, 10, 5, 2, 11, tzinfo=UTC)

FINE = Quality((0.3, 0.6), 0.93, 0.08, 0.95, 3.0, 2400, 120, "drawn by a test")
COARSE = Quality((0.6, 1.2), 0.80, 0.12, 0.90, 9.0, 1100, 60, "drawn by a test")
RELEASE = Release(
    name="test-1",
    folder=Path("models/test-1"),
    created=date(2026, 11, 30),
    licence="AGPL-3.0-or-later",
    architecture="yolo11n-obb",
    weights="model.onnx",
    sha256="0" * 64,
    classes=("freight_box", "freight_open", "freight_tank", "freight_flat", "locomotive", "coach"),
    bands=("red", "green", "blue"),
    pixel_m=PIXEL_M,
    tile_px=320,
    gsd_range_m=(0.3, 1.2),
    score_threshold=0.3,
    suppression_iou=0.3,
    training_data="drawn by a test",
    quality=(FINE, COARSE),
)


@dataclass(frozen=True)
class Visible:
    """What the imagery room measured."""

    share: float = 1.0
    main_reason: Reason | None = None


def chip_of(**changes: Any) -> Chip:
    chip = Chip(
        pixels=np.full((3, ROWS, COLS), 90, dtype=np.uint8),
        bands=("red", "green", "blue"),
        valid=np.ones((ROWS, COLS), dtype=np.bool_),
        hidden=np.full((ROWS, COLS), Hidden.SEEN, dtype=np.uint8),
        grid=Grid("EPSG:32652", (PIXEL_M, 0.0, LEFT_M, 0.0, -PIXEL_M, TOP_M), COLS, ROWS, PIXEL_M),
        gsd_m=0.5,
        effective_gsd_m=0.5,
        scenes=("archive:scene-1",),
    )
    return replace(chip, **changes)


def cars_at(*places: tuple[float, float], name: str = "freight_box", grid: Grid | None = None) -> gpd.GeoDataFrame:
    """Cars of 14 x 3 m whose centres lie at (col, row) in pixels of the chip."""
    a, b, c, d, e, f = (grid or chip_of().grid).transform
    centres = [(a * col + b * row + c, d * col + e * row + f) for col, row in places]
    columns: dict[str, Any] = {
        "class": [name] * len(places),
        "score": [0.9] * len(places),
        "length_m": [14.0] * len(places),
        "width_m": [3.0] * len(places),
        "heading_deg": [90.0] * len(places),
    }
    boxes = [shapely.box(x - 7, y - 1.5, x + 7, y + 1.5) for x, y in centres]
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(boxes, crs="EPSG:32652"))
    assert tuple(frame.columns) == DETECTION_COLUMNS
    return frame


def sighting_of(detections: gpd.GeoDataFrame, **changes: Any) -> Sighting:
    """All searched, all visible, unless ``changes`` say otherwise."""
    everywhere = np.ones((ROWS, COLS), dtype=np.bool_)
    return replace(Sighting(chip_of(), everywhere, detections, Visible(), RELEASE), **changes)


def scene_of(scene_id: str, **changes: Any) -> Scene:
    scene = Scene(
        source="archive",
        scene_id=scene_id,
        acquired_from=MOMENT,
        acquired_to=MOMENT,
        platform="yardsim-1",
        gsd_m=0.5,
        licence="CC-BY-4.0",
        attribution="drawn by a test",
        footprint=shapely.box(130.60, 42.41, 130.62, 42.43),
        assets=(),
        simulated=True,
    )
    return replace(scene, **changes)


def provenance_of(*scenes: Scene, **changes: Any) -> LookProvenance:
    look = Look(
        look_id="tumangang/yardsim-1/20231005t021100",
        area="tumangang",
        platform="yardsim-1",
        pass_id="20231005t021100",
        acquired_from=MOMENT,
        acquired_to=MOMENT,
        scenes=scenes or (scene_of("scene-1"),),
    )
    return replace(LookProvenance(look, area_version="abc123", pipeline_version="1"), **changes)
