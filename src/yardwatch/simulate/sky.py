"""Clouds and seasons: what lies between the yard and the camera, and how the ground changes through the year."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from yardwatch.simulate.ground import Image, mottle

Share = NDArray[np.float32]


def cloud_cover(rng: np.random.Generator, shape: tuple[int, int], cover: float) -> Share:
    """Opacity of cloud over a picture, float32 (rows, cols) 0-1; about `cover` of the pixels are more than half."""
    if cover <= 0:
        return np.zeros(shape, np.float32)
    size = max(shape)
    relief = sum((mottle(rng, shape, size / n) / n**0.7 for n in (3, 7, 15, 31, 63)), np.zeros(shape, np.float32))
    relief = cv2.GaussianBlur(relief, (0, 0), 4)
    if cover >= 1:
        return np.asarray(np.clip(0.98 + 0.03 * relief, 0.93, 1), dtype=np.float32)
    edge = np.quantile(relief, 1 - cover)
    return np.asarray(np.clip((relief - edge) / 0.22 + 0.5, 0, 1), dtype=np.float32)


def under_clouds(rng: np.random.Generator, image: Image, opacity: Share, shadow_px: tuple[int, int]) -> Image:
    """The picture with clouds over it; each cloud darkens the ground `shadow_px` (right, down) from it."""
    if not opacity.any():
        return image
    rows, cols = image.shape[:2]
    move = np.array([[1, 0, shadow_px[0]], [0, 1, shadow_px[1]]], np.float32)
    shadow = cv2.warpAffine(opacity, move, (cols, rows), borderMode=cv2.BORDER_REFLECT)[..., None]
    white = 226 + 9 * mottle(rng, (rows, cols), 60) + 4 * mottle(rng, (rows, cols), 12)
    dark = image * (1 - 0.45 * shadow)
    mixed = dark * (1 - opacity[..., None]) + white[..., None] * opacity[..., None]
    return np.asarray(np.clip(mixed, 1, 255), dtype=np.uint8)


def in_season(rng: np.random.Generator, ground: Image, month: int, snow: float) -> Image:
    """The ground of a June day as it looks in another month, with `snow` (0-1) on it."""
    winter = 0.5 + 0.5 * np.cos(2 * np.pi * (month - 1) / 12)
    grey = ground.mean(axis=2, keepdims=True, dtype=np.float32)
    dry = ground * (1 - 0.65 * winter) + grey * np.array([1.06, 0.99, 0.86], np.float32) * (0.65 * winter)
    if snow > 0:
        cover = np.clip(snow * (1 + 0.4 * mottle(rng, ground.shape[:2], 90)), 0, 0.95)[..., None]
        dry = dry * (1 - cover) + np.array([228, 232, 239], np.float32) * cover
    return np.asarray(np.clip(dry, 1, 255), dtype=np.uint8)
