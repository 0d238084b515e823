"""What lies under and around the tracks: procedural land cover, or real aerial tiles without railcars."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path as FilePath

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

# colour 0-255, amplitude of its mottling, chance
COVERS: dict[str, tuple[tuple[int, int, int], float, float]] = {
    "grass": ((98, 112, 70), 16, 0.16),
    "dry grass": ((148, 138, 104), 15, 0.12),
    "soil": ((132, 112, 88), 14, 0.13),
    "gravel": ((144, 140, 132), 10, 0.15),
    "asphalt": ((104, 104, 106), 7, 0.12),
    "concrete": ((176, 172, 164), 8, 0.1),
    "dark ground": ((82, 76, 68), 12, 0.08),
    "wood": ((58, 74, 46), 22, 0.08),
    "water": ((46, 62, 70), 4, 0.03),
    "field": ((126, 122, 78), 10, 0.03),
}


def mottle(rng: np.random.Generator, shape: tuple[int, int], cell_px: float) -> NDArray[np.float32]:
    """Smooth random relief of unit amplitude, shape (rows, cols), with features of about `cell_px` pixels."""
    rows, cols = (max(2, int(np.ceil(n / cell_px)) + 1) for n in shape)
    small = rng.standard_normal((rows, cols), dtype=np.float32)
    return np.asarray(cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR))


def grain(rng: np.random.Generator, image: Image, amplitude: float, cell_px: float = 1.0) -> Image:
    """The image with grey texture of `amplitude` grey levels added."""
    relief = mottle(rng, image.shape[:2], cell_px) * amplitude
    return np.asarray(cv2.add(image, cv2.cvtColor(relief, cv2.COLOR_GRAY2BGR), dtype=cv2.CV_8U))


def procedural_ground(
    rng: np.random.Generator, side_px: int, fine_m: float, snow: bool, patches: tuple[int, int] = (1, 8)
) -> Image:
    """Land cover in patches, uint8 (side_px, side_px, 3) RGB, drawn at a quarter of the pixels and enlarged.

    `patches` is how many of them, from and below.
    """
    half = max(64, side_px // 2)
    names = list(COVERS)
    chances = np.array([COVERS[name][2] for name in names])
    image = np.zeros((half, half, 3), np.uint8)
    for patch in range(int(rng.integers(*patches))):
        name = names[rng.choice(len(names), p=chances / chances.sum())]
        layer = _cover(rng, name, half, fine_m * 2)
        mask = np.full((half, half), 255, np.uint8) if patch == 0 else _patch_mask(rng, half)
        cv2.copyTo(layer, mask, image)
    if snow:
        white = np.array([228, 232, 238]) * rng.uniform(0.85, 1.03)
        cover = np.clip(0.75 + 0.3 * mottle(rng, (half, half), half / 6), 0.1, 1)[..., None]
        image = np.clip(image * (1 - cover) + white * cover, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(image, (side_px, side_px), interpolation=cv2.INTER_LINEAR))


def _cover(rng: np.random.Generator, name: str, side_px: int, pixel_m: float) -> Image:
    rgb, amplitude, _ = COVERS[name]
    colour = np.clip(np.array(rgb) * rng.uniform(0.75, 1.2) + rng.normal(0, 4, 3), 5, 250)
    layer = np.full((side_px, side_px, 3), colour, np.uint8)
    shape = (side_px, side_px)
    relief = mottle(rng, shape, 30 / pixel_m) * 0.6 + mottle(rng, shape, 3 / pixel_m) * 0.5
    if name == "wood":
        relief += np.maximum(mottle(rng, shape, 4 / pixel_m), -0.6) * 1.2
    if name == "field" or (name in ("soil", "grass", "dry grass") and rng.random() < 0.35):
        relief += _stripes(rng, side_px, pixel_m) * float(rng.uniform(0.3, 1.6))
    relief = cv2.cvtColor((relief * amplitude).astype(np.float32), cv2.COLOR_GRAY2BGR)
    return np.asarray(cv2.add(layer, relief, dtype=cv2.CV_8U))


def _stripes(rng: np.random.Generator, side_px: int, pixel_m: float) -> NDArray[np.float32]:
    angle, period = rng.uniform(0, np.pi), float(rng.uniform(1.2, 14)) / pixel_m
    grid = np.arange(side_px, dtype=np.float32)
    phase = grid[:, None] * np.float32(np.sin(angle)) + grid[None, :] * np.float32(np.cos(angle))
    return np.sin(phase * np.float32(2 * np.pi / period))


def _patch_mask(rng: np.random.Generator, side_px: int) -> Image:
    mask = np.zeros((side_px, side_px), np.uint8)
    if rng.random() < 0.6:  # everything on one side of a line
        angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.4, 0.4) * side_px
        normal = np.array([np.cos(angle), np.sin(angle)])
        along = np.array([-normal[1], normal[0]]) * 2 * side_px
        middle = np.array([side_px / 2, side_px / 2]) + normal * offset
        corners = np.stack(
            [
                middle + along,
                middle - along,
                middle - along + normal * 3 * side_px,
                middle + along + normal * 3 * side_px,
            ]
        )
    else:
        turns = np.sort(rng.uniform(0, 2 * np.pi, 7))
        radii = rng.uniform(0.1, 0.4, 7) * side_px
        corners = rng.uniform(0, side_px, 2) + np.stack([np.cos(turns), np.sin(turns)], axis=1) * radii[:, None]
    cv2.fillPoly(mask, [corners.astype(np.int32)], 255)
    return mask


@lru_cache(maxsize=4)
def tile_paths(folder: FilePath) -> tuple[FilePath, ...]:
    """The JPEG, PNG and TIFF tiles of a folder, sorted by name."""
    kinds = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}
    return tuple(sorted(p for p in folder.rglob("*") if p.suffix.lower() in kinds))


def real_ground(rng: np.random.Generator, folder: FilePath, side_px: int, fine_m: float) -> Image:
    """Ground of real tiles (taken as 0.3 m a pixel), mirrored at their seams, uint8 (side_px, side_px, 3) RGB."""
    paths = tile_paths(folder)
    scale = 0.3 / fine_m * float(rng.uniform(0.9, 1.7))
    wanted = int(np.ceil(side_px / scale)) + 1
    tile = _tile(paths[rng.integers(len(paths))])
    tile = np.rot90(tile, int(rng.integers(4)))
    if rng.random() < 0.5:
        tile = tile[:, ::-1]
    down, right = int(rng.integers(0, tile.shape[0])), int(rng.integers(0, tile.shape[1]))
    rows = _mirrored(down, wanted, tile.shape[0])
    cols = _mirrored(right, wanted, tile.shape[1])
    ground = np.ascontiguousarray(tile[rows][:, cols])
    large = cv2.resize(ground, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(large[:side_px, :side_px])


def _mirrored(start: int, count: int, size: int) -> NDArray[np.int64]:
    place = (start + np.arange(count)) % (2 * size)
    return np.where(place < size, place, 2 * size - 1 - place)


def _tile(path: FilePath) -> Image:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    assert image is not None, path
    return np.asarray(image)


def mosaic(rng: np.random.Generator, folder: FilePath, side_px: int, pixel_m: float) -> Image:
    """Different real tiles side by side at `pixel_m`: pure ground without railcars, (side_px, side_px, 3)."""
    paths = tile_paths(folder)
    scale = 0.3 / pixel_m * float(rng.uniform(0.8, 1.5))
    step = max(32, int(250 * scale))
    image = np.zeros((side_px, side_px, 3), np.uint8)
    down, right = int(rng.integers(0, step)), int(rng.integers(0, step))
    for row in range(-down, side_px, step):
        for col in range(-right, side_px, step):
            turned = np.rot90(_tile(paths[rng.integers(len(paths))]), int(rng.integers(4)))
            tile = np.asarray(cv2.resize(np.ascontiguousarray(turned), (step, step), interpolation=cv2.INTER_AREA))
            top, left = max(row, 0), max(col, 0)
            bottom, end = min(row + step, side_px), min(col + step, side_px)
            image[top:bottom, left:end] = tile[top - row : bottom - row, left - col : end - col]
    return image
