"""Misses and false alarms as pictures for people: a whole view of each picture, and sheets of close-ups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from yardwatch.imagery import open_picture
from yardwatch.training.appraisal import Appraisal
from yardwatch.training.evaluate import Examined

FOUND, MISSED, FALSE, IGNORED = (70, 230, 90), (255, 45, 45), (255, 190, 0), (150, 150, 160)
CLOSE_M = 48.0
"""Side of a close-up: a car and what stands around it."""
CLOSE_PX, COLUMNS, SHEET_AT_MOST = 240, 4, 32
VIEW_PX = 2600
"""Longest side of a whole view."""
BAR_PX = 26
_FONT = ImageFont.load_default(15)


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What came of one picture at a threshold: polygons in pixels of ``rgb`` uint8 (rows, cols, 3) at ``pixel_m``."""

    name: str
    rgb: NDArray[np.uint8]
    pixel_m: float
    found: list[shapely.Polygon]
    missed: list[shapely.Polygon]
    false: list[tuple[shapely.Polygon, float]]
    ignored: list[shapely.Polygon]


def draw_errors(appraisal: Appraisal, pixel_m: float, out: Path) -> list[Path]:
    """Whole views of the pictures that have errors, and sheets of close-ups of misses and false alarms."""
    threshold, slug = appraisal.threshold, re.sub(r"[^A-Za-z0-9]+", "-", appraisal.on).strip("-")
    out.mkdir(parents=True, exist_ok=True)
    made, misses, alarms = [], [], []
    for examined in appraisal.seen:
        verdicts = verdicts_of(examined, threshold, pixel_m)
        if not verdicts.missed and not verdicts.false:
            continue
        made.append(out / f"{verdicts.name}.png")
        whole_view(verdicts, threshold).save(made[-1])
        misses += [(-shape.area, verdicts, shape, "") for shape in verdicts.missed]
        alarms += [(-score, verdicts, shape, f" {score:.2f}") for shape, score in verdicts.false]
    for name, closeups in (("misses", misses), ("false-alarms", alarms)):
        worst = sorted(closeups, key=lambda closeup: closeup[0])
        shown = _one_after_another(worst)[:SHEET_AT_MOST]
        if shown:
            made.append(out / f"{name}-{slug}.png")
            _sheet([(verdicts, shape, note) for _, verdicts, shape, note in shown]).save(made[-1])
    return made


def _one_after_another(
    closeups: list[tuple[float, Verdicts, shapely.Polygon, str]],
) -> list[tuple[float, Verdicts, shapely.Polygon, str]]:
    """The worst of each picture first, then the second of each: one bad picture does not fill the sheet."""
    rank: dict[str, int] = {}
    ordered = []
    for closeup in closeups:
        name = closeup[1].name
        rank[name] = rank.get(name, 0) + 1
        ordered.append((rank[name], closeup))
    return [closeup for _, closeup in sorted(ordered, key=lambda pair: pair[0])]


def verdicts_of(examined: Examined, threshold: float, pixel_m: float) -> Verdicts:
    """Which cars were found and missed and which boxes are false, in pixels of the picture as the network read it."""
    sight = examined.sight
    assert sight is not None, examined.name
    opened = open_picture(sight.picture.path, sight.picture.gsd_m, None, pixel_m)
    a, b, c, d, e, f = tuple(~Affine(*opened.grid.transform))[:6]
    inverse = np.array([[a, d], [b, e]])

    def in_pixels(shapes: NDArray[np.object_]) -> list[shapely.Polygon]:
        return list(shapely.transform(shapes, lambda points: points @ inverse + np.array([c, f])))

    matches = examined.loose
    kept = matches.score >= threshold
    demanded = np.asarray(sight.cars.geometry[sight.cars["kind"] == "freight"].values, dtype=object)
    rest = np.asarray(sight.cars.geometry[sight.cars["kind"] != "freight"].values, dtype=object)
    found = np.zeros(len(demanded), dtype=np.bool_)
    found[matches.car[kept & matches.hit]] = True
    false = kept & ~matches.hit
    return Verdicts(
        examined.name,
        np.ascontiguousarray(np.moveaxis(np.asarray(opened.chip.pixels, dtype=np.uint8), 0, 2)),
        pixel_m,
        in_pixels(demanded[found]),
        in_pixels(demanded[~found]),
        list(zip(in_pixels(sight.boxes[matches.detection[false]]), matches.score[false].tolist(), strict=True)),
        in_pixels(rest),
    )


def whole_view(verdicts: Verdicts, threshold: float) -> Image.Image:
    """The whole picture, enlarged where it is small, with every car and every false box, and a legend below."""
    rows, cols = verdicts.rgb.shape[:2]
    zoom = max(1.0, min(3.0, VIEW_PX / max(rows, cols)))
    size = round(cols * zoom), round(rows * zoom)
    view = Image.new("RGB", (max(size[0], 760), size[1] + BAR_PX), (25, 25, 28))
    view.paste(Image.fromarray(verdicts.rgb).resize(size, Image.Resampling.BICUBIC))
    pen = ImageDraw.Draw(view)
    _outline(pen, verdicts, zoom, (0.0, 0.0))
    for shape, score in verdicts.false:
        right, top = shape.bounds[2] * zoom, shape.bounds[1] * zoom
        _label(pen, (right + 2, top - 8), f"{score:.2f}", FALSE)
    at = 8.0
    for text, colour in (
        (f"{verdicts.name}, threshold {threshold:.2f}", (235, 235, 235)),
        (f"found {len(verdicts.found)}", FOUND),
        (f"missed {len(verdicts.missed)}", MISSED),
        (f"false {len(verdicts.false)}", FALSE),
        (f"not counted {len(verdicts.ignored)}", IGNORED),
    ):
        pen.text((at, size[1] + 5), text, fill=colour, font=_FONT)
        at += pen.textlength(text, font=_FONT) + 22
    return view


def _outline(pen: ImageDraw.ImageDraw, verdicts: Verdicts, zoom: float, origin: tuple[float, float]) -> None:
    for shapes, colour, width in (
        (verdicts.ignored, IGNORED, 1),
        (verdicts.found, FOUND, 1),
        (verdicts.missed, MISSED, 2),
        ([shape for shape, _ in verdicts.false], FALSE, 2),
    ):
        for shape in shapes:
            points = [((x - origin[0]) * zoom, (y - origin[1]) * zoom) for x, y in shape.exterior.coords]
            pen.line(points, fill=colour, width=width, joint="curve")


def _label(pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, colour: tuple[int, int, int]) -> None:
    pen.text(at, text, fill=colour, font=_FONT, stroke_width=2, stroke_fill=(0, 0, 0))


def _sheet(closeups: list[tuple[Verdicts, shapely.Polygon, str]]) -> Image.Image:
    """Pairs of close-ups: the bare picture left, the same with its boxes right, its name below."""
    cell_w, cell_h = 2 * CLOSE_PX + 10, CLOSE_PX + BAR_PX
    columns = min(COLUMNS, len(closeups))
    rows = -(-len(closeups) // columns)
    sheet = Image.new("RGB", (columns * cell_w, rows * cell_h), (25, 25, 28))
    pen = ImageDraw.Draw(sheet)
    for k, (verdicts, shape, note) in enumerate(closeups):
        left, top = (k % columns) * cell_w, (k // columns) * cell_h
        for n, tile in enumerate(_pair(verdicts, shape)):
            sheet.paste(tile, (left + n * CLOSE_PX, top))
        pen.text((left + 4, top + CLOSE_PX + 4), f"{verdicts.name[-44:]}{note}", fill=(235, 235, 235), font=_FONT)
    return sheet


def _pair(verdicts: Verdicts, shape: shapely.Polygon) -> Iterator[Image.Image]:
    side = CLOSE_M / verdicts.pixel_m
    zoom = CLOSE_PX / side
    middle = shape.centroid
    origin = middle.x - side / 2, middle.y - side / 2
    frame = (*origin, origin[0] + side, origin[1] + side)
    whole = Image.fromarray(verdicts.rgb)
    tile = whole.transform((CLOSE_PX, CLOSE_PX), Image.Transform.EXTENT, frame, Image.Resampling.BICUBIC)
    yield tile
    marked = tile.copy()
    _outline(ImageDraw.Draw(marked), verdicts, zoom, origin)
    yield marked
