"""Each time a chip is shown, it is shown as if another camera and another hand had delivered it.

The simulator's sensor gives a chip one look; a network that is shown it again and again learns that look with it. Cars
stay cars under another tone curve, white balance or sharpness, so those change at every showing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from yardwatch.simulate.ground import Image


def redelivered(rng: np.random.Generator, rgb: Image) -> Image:
    """The chip, uint8 (height, width, 3), with other tones, colours, light, sharpness, noise and compression.

    Every change comes by chance and alone or with others; about one chip in thirty passes as it is. Geometry stays.
    """
    picture = rgb.astype(np.float32) / 255
    for chance, change in _CHANGES:
        if rng.random() < chance:
            picture = np.clip(change(rng, picture), 0, 1, dtype=np.float32)
    done = np.round(picture * 255).astype(np.uint8)
    return _compressed(rng, done) if rng.random() < 0.15 else done


def _tone_curve(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Gamma and a contrast about middle grey, as an S-curve or its reverse."""
    curved = cv2.pow(picture, float(np.exp(rng.normal(0, 0.3))))
    steepness = rng.uniform(-0.5, 0.8)
    return np.asarray(curved + steepness * curved * (1 - curved) * (2 * curved - 1) * 2)


def _stretch(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Stretched between two percentiles, of all bands or of each: what most viewers and vendors do."""
    ends = [rng.uniform(0, 3), 100 - rng.uniform(0, 3)]
    low, high = np.percentile(picture[::4, ::4], ends, axis=(0, 1) if rng.random() < 0.4 else None)
    floor, ceiling = rng.uniform(0, 0.15), rng.uniform(0.8, 1.0)
    return np.asarray((picture - low) / np.maximum(high - low, 0.1) * (ceiling - floor) + floor)


def _brightness(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Contrast about the mean, and an offset."""
    mean = picture.mean()
    return np.asarray((picture - mean) * rng.uniform(0.55, 1.35) + mean + rng.uniform(-0.12, 0.12))


def _white_balance(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    return np.asarray(picture * np.exp(rng.normal(0, 0.09, 3)).astype(np.float32))


def _saturation(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    grey = cv2.transform(picture, np.full((3, 3), 1 / 3, dtype=np.float32))
    factor = float(rng.uniform(0.1, 1.7))
    return np.asarray(cv2.addWeighted(picture, factor, grey, 1 - factor, 0))


def _panchromatic(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """One band only, a weighted mean of the three."""
    return np.asarray(cv2.transform(picture, np.tile(rng.dirichlet((3, 3, 3)).astype(np.float32), (3, 1))))


def _uneven_light(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Slow changes of brightness across the picture: thin cloud, vignetting, seams of a mosaic."""
    coarse = rng.normal(0, 0.12, (3, 3)).astype(np.float32)
    field = cv2.resize(coarse, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(picture * np.exp(field)[:, :, None])


def _local_contrast(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Contrast-limited adaptive histogram equalisation of brightness (Zuiderveld 1994), as web maps have it."""
    space = cv2.cvtColor(np.round(picture * 255).astype(np.uint8), cv2.COLOR_RGB2LAB)
    equaliser = cv2.createCLAHE(clipLimit=float(rng.uniform(1, 3)), tileGridSize=(4, 4))
    space[:, :, 0] = equaliser.apply(space[:, :, 0])
    return np.asarray(cv2.cvtColor(space, cv2.COLOR_LAB2RGB).astype(np.float32) / 255)


def _softer(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 1.1))))


def _sharper(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    soft = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.8, 1.8)))
    return np.asarray(picture + (picture - soft) * rng.uniform(0.2, 1.3))


def _noise(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Grain, of all bands together or of each."""
    bands = 1 if rng.random() < 0.5 else 3
    grain = rng.standard_normal((*picture.shape[:2], bands), dtype=np.float32)
    return np.asarray(picture + grain * rng.uniform(0.004, 0.03))


def _compressed(rng: np.random.Generator, rgb: Image) -> Image:
    _, packed = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))])
    unpacked = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    assert unpacked is not None, "OpenCV reads what it wrote"
    return np.asarray(unpacked)


_CHANGES = (
    (0.50, _tone_curve),
    (0.15, _stretch),
    (0.35, _brightness),
    (0.40, _white_balance),
    (0.35, _saturation),
    (0.10, _panchromatic),
    (0.20, _uneven_light),
    (0.10, _local_contrast),
    (0.15, _softer),
    (0.20, _sharper),
    (0.20, _noise),
)


class Redelivery:
    """A step of Ultralytics' chain of transforms. Its chance comes from numpy's global generator, which they seed."""

    def __call__(self, labels: dict[str, Any]) -> dict[str, Any]:
        """Changes ``labels["img"]``, uint8 (height, width, 3) BGR, in place of their own changes of colour."""
        rng = np.random.default_rng(np.random.randint(2**31))
        labels["img"] = np.ascontiguousarray(redelivered(rng, labels["img"][:, :, ::-1])[:, :, ::-1])
        return labels


def redelivering_trainer() -> type:
    """Ultralytics' trainer of oriented boxes with `Redelivery` among its transforms of training chips."""
    from ultralytics.models.yolo.obb import OBBTrainer

    class RedeliveringTrainer(OBBTrainer):  # type: ignore[misc, unused-ignore]
        def build_dataset(self, img_path: str | Path, mode: str = "train", batch: int | None = None) -> Any:
            dataset = super().build_dataset(str(img_path), mode, batch)
            if mode == "train":
                dataset.transforms.insert(len(dataset.transforms.tolist()) - 1, Redelivery())  # before the formatting
            return dataset

    return RedeliveringTrainer
