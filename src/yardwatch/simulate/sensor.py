"""From a sharp drawing to what a satellite delivers: blur, sampling, noise, haze, colour and compression."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from yardwatch.simulate.ground import Image


@dataclass(frozen=True)
class Sensor:
    """One camera on one day. Lengths in metres, contrast factors relative to 1, noise in grey levels."""

    gsd_m: float
    blur: float = 0.45
    """Standard deviation of the point spread function in units of the GSD."""
    noise: float = 2.0
    haze: float = 0.0
    """Share of veiling light, 0-1."""
    gain_rgb: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    saturation: float = 1.0
    colour_blur: float = 0.0
    """Extra blur of colour against brightness, in GSDs: what pan-sharpening leaves."""
    sharpen: float = 0.0
    jpeg_quality: int | None = None


def random_sensor(rng: np.random.Generator, gsd_range_m: tuple[float, float] = (0.3, 1.2)) -> Sensor:
    """A camera with a GSD in the given range, finer ones more often, and everyday processing."""
    low, high = gsd_range_m
    gain = float(rng.uniform(0.75, 1.3))
    cast = rng.normal(1, 0.035, 3)
    return Sensor(
        gsd_m=float(low + (high - low) * rng.beta(1.0, 1.9)),
        blur=float(rng.uniform(0.25, 0.65)),
        noise=float(rng.exponential(2.2)),
        haze=float(rng.beta(1, 5) * 0.5),
        gain_rgb=(gain * float(cast[0]), gain * float(cast[1]), gain * float(cast[2])),
        gamma=float(np.exp(rng.normal(0, 0.2))),
        saturation=float(np.clip(rng.normal(0.95, 0.2), 0, 1.35)),
        colour_blur=float(rng.uniform(0.5, 2.5)) if rng.random() < 0.5 else 0.0,
        sharpen=float(rng.uniform(0.2, 1.2)) if rng.random() < 0.45 else 0.0,
        jpeg_quality=int(rng.integers(45, 96)) if rng.random() < 0.6 else None,
    )


def expose(rng: np.random.Generator, drawing: Image, fine_m: float, sensor: Sensor, pixel_m: float) -> Image:
    """The drawing (fine_m a pixel) as delivered by `sensor` and resampled onto `pixel_m`, uint8 RGB."""
    extent_m = (drawing.shape[0] * fine_m, drawing.shape[1] * fine_m)
    sigma = sensor.blur * sensor.gsd_m / fine_m
    soft = cv2.GaussianBlur(drawing, (0, 0), sigma) if sigma > 0.3 else drawing
    native = cv2.resize(soft, _size(extent_m, sensor.gsd_m), interpolation=cv2.INTER_AREA)
    image = _colour(native.astype(np.float32), sensor)
    image = _bleed(image, sensor.colour_blur)
    image += rng.standard_normal(image.shape, dtype=np.float32) * np.float32(sensor.noise)
    if sensor.sharpen:
        image += (image - cv2.GaussianBlur(image, (0, 0), 1.2)) * np.float32(sensor.sharpen)
    delivered = np.clip(image, 0, 255).astype(np.uint8)
    if sensor.jpeg_quality is not None:
        delivered = _jpeg(delivered, sensor.jpeg_quality)
    how = cv2.INTER_AREA if sensor.gsd_m < pixel_m * 0.9 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(delivered, _size(extent_m, pixel_m), interpolation=how))


def _size(extent_m: tuple[float, float], pixel_m: float) -> tuple[int, int]:
    return max(1, round(extent_m[1] / pixel_m)), max(1, round(extent_m[0] / pixel_m))


def _colour(image: np.ndarray, sensor: Sensor) -> np.ndarray:
    image = np.clip(image / 255 * np.array(sensor.gain_rgb, np.float32), 0, 1.2) ** np.float32(sensor.gamma)
    image = image * (1 - sensor.haze) + np.array([0.62, 0.66, 0.72], np.float32) * np.float32(sensor.haze)
    grey = image.mean(axis=2, keepdims=True)
    return np.asarray((grey + (image - grey) * np.float32(sensor.saturation)) * 255, dtype=np.float32)


def _bleed(image: np.ndarray, colour_blur: float) -> np.ndarray:
    if not colour_blur:
        return image
    grey = image.mean(axis=2, keepdims=True)
    return np.asarray(grey + cv2.GaussianBlur(image - grey, (0, 0), colour_blur))


def _jpeg(image: Image, quality: int) -> Image:
    """Once through lossy compression."""
    _, packed = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    unpacked = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    assert unpacked is not None, "OpenCV reads what it wrote"
    return np.asarray(unpacked[:, :, ::-1])
