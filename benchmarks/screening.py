"""Is the share of track that a picture shows measured right? Simulated yards under cloud, and real clear pictures.

    python benchmarks/screening.py [--scenes 200]
    YARDWATCH_REAL_IMAGES=FOLDER python benchmarks/screening.py --scenes 0

Each tenth yard is drawn anew, 260 m wide at 0.5 m, and put under ten skies: none, overcast and broken, with rims, thin
parts and shadows. The scene has no mask of its own. Truth: ground is hidden where cloud lets less than 65 % of it
through, and where the shadow of such cloud falls.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import cv2
import numpy as np

from yardwatch.imagery import open_picture, screen, visibility
from yardwatch.records import Chip, Grid, Reason
from yardwatch.simulate.paths import strip
from yardwatch.simulate.scene import Ground, Wish, draw, random_scene
from yardwatch.simulate.sensor import expose, random_sensor
from yardwatch.simulate.sky import cloud_cover, under_clouds

SIDE_M, PIXEL_M, FINE_M = 260.0, 0.5, 0.5
COVERS = (0.0, 0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9, 1.0)
HIDES, SHADES = 0.35, 0.5
BESIDE_TRACK_M = 2.5


@dataclass(frozen=True, eq=False)
class Sky:
    """One picture and what of it cannot be seen."""

    chip: Chip
    tracks: np.ndarray
    cloud: np.ndarray
    shadow: np.ndarray
    cover: float


@click.command(help=__doc__)
@click.option("--scenes", default=200, show_default=True)
def main(scenes: int) -> None:
    cv2.setNumThreads(1)
    figures: dict[str, object] = {}
    if scenes:
        figures["simulated"] = told([compared(sky) for sky in skies(scenes)])
    real = os.environ.get("YARDWATCH_REAL_IMAGES")
    if real:
        figures["real"] = dict(real_shares(Path(real)))
    click.echo(json.dumps(figures, indent=1))


def skies(scenes: int) -> Iterator[Sky]:
    """The simulated pictures."""
    for number in range(scenes):
        seed, kind = divmod(number, len(COVERS))
        if kind == 0:
            picture, tracks = yard(7_000 + seed)
        rng = np.random.default_rng([seed, kind, 51])
        side = 2 * len(picture)
        opacity = cloud_cover(rng, (side, side), COVERS[kind])
        angle, far = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(40, 110)) / PIXEL_M
        move = (round(far * np.cos(angle)), round(far * np.sin(angle)))
        framed = cv2.copyMakeBorder(picture, side // 4, side // 4, side // 4, side // 4, cv2.BORDER_REFLECT)
        seen = under_clouds(rng, framed, opacity, move)
        shade = cv2.warpAffine(
            opacity,
            np.array([[1, 0, move[0]], [0, 1, move[1]]], np.float32),
            (side, side),
            borderMode=cv2.BORDER_REFLECT,
        )
        frame = (slice(side // 4, side // 4 + len(picture)),) * 2
        cloud = opacity[frame] > HIDES
        yield Sky(chip_of(seen[frame]), tracks, cloud, (shade[frame] > SHADES) & ~cloud, COVERS[kind])


def yard(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A yard without cloud, uint8 (row, col, 3), and bool (row, col) where its tracks lie."""
    scene = random_scene(seed, Wish(SIDE_M))
    rng = np.random.default_rng([seed, 52])
    picture = expose(rng, draw(scene, FINE_M, Ground()), FINE_M, random_sensor(rng, (0.4, 0.6)), PIXEL_M)
    tracks = np.zeros(picture.shape[:2], np.uint8)
    for group in scene.groups:
        for track in group.tracks:
            ring = strip(track.path.points, BESIDE_TRACK_M)
            outline = np.stack([ring[:, 0] + SIDE_M / 2, SIDE_M / 2 - ring[:, 1]], axis=1) / PIXEL_M
            cv2.fillPoly(tracks, [outline.astype(np.int32)], 1)
    return picture, tracks > 0


def chip_of(picture: np.ndarray) -> Chip:
    """The picture as a chip that nobody has screened."""
    rows, cols = picture.shape[:2]
    grid = Grid("EPSG:32652", (PIXEL_M, 0.0, 467_700.0, 0.0, -PIXEL_M, 4_696_700.0), cols, rows, PIXEL_M)
    return Chip(
        pixels=np.ascontiguousarray(np.moveaxis(picture, 2, 0)),
        bands=("red", "green", "blue"),
        valid=np.ones((rows, cols), np.bool_),
        hidden=np.zeros((rows, cols), np.uint8),
        grid=grid,
        gsd_m=PIXEL_M,
        effective_gsd_m=PIXEL_M,
        scenes=("simulated:1",),
    )


def compared(sky: Sky) -> tuple[float, float, float, float]:
    """(cover, true share, share found, share found if shadow hid nothing)."""
    truth = float(1 - (sky.cloud | sky.shadow)[sky.tracks].mean())
    seen = visibility(screen(sky.chip), None, sky.tracks)
    without = seen.share + seen.by_reason.get(Reason.CLOUD_SHADOW, 0.0)
    return sky.cover, truth, seen.share, abs(without - float(1 - sky.cloud[sky.tracks].mean()))


def told(rows: list[tuple[float, float, float, float]]) -> dict[str, object]:
    """Mean absolute errors: in all, by cover, and of cloud alone."""
    table = np.array(rows)
    off = np.abs(table[:, 1] - table[:, 2])
    return {
        "scenes": len(rows),
        "mean_absolute_error": round(float(off.mean()), 3),
        "of_cloud_alone": round(float(table[:, 3].mean()), 3),
        "by_cover": {str(cover): round(float(off[table[:, 0] == cover].mean()), 3) for cover in sorted(set(COVERS))},
        "bias": round(float((table[:, 2] - table[:, 1]).mean()), 3),
    }


def real_shares(folder: Path) -> Iterator[tuple[str, float]]:
    """Visible share of real clear pictures, which should be near 1."""
    for path in sorted(folder.rglob("*.tif")):
        if "naip" in path.parts:
            continue
        picture = open_picture(path, 0.3 if "negatives" in path.parts else None, None, 0.5)
        yield path.name, round(visibility(screen(picture.chip), None, picture.outline_mask).share, 3)


if __name__ == "__main__":
    main()
