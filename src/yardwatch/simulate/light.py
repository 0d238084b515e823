"""Where the sun and the satellite stand, and how bright a tilted surface is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Light:
    """Sun and view. Azimuths are degrees clockwise from north; the view azimuth points from target to sensor."""

    sun_azimuth_deg: float
    sun_elevation_deg: float
    view_azimuth_deg: float = 0.0
    off_nadir_deg: float = 0.0
    shade_rgb: tuple[float, float, float] = (0.2, 0.21, 0.25)
    """Brightness of ground in cast shadow relative to the same ground in the sun, per band."""

    @property
    def shadow_per_m(self) -> NDArray[np.float64]:
        """Ground vector (east, north) from the foot of a thing one metre high to the tip of its shadow."""
        azimuth = math.radians(self.sun_azimuth_deg)
        reach = 1 / math.tan(math.radians(self.sun_elevation_deg))
        return -reach * np.array([math.sin(azimuth), math.cos(azimuth)])

    @property
    def lean_per_m(self) -> NDArray[np.float64]:
        """Ground vector by which a point one metre up is displaced in the picture: away from the sensor."""
        azimuth = math.radians(self.view_azimuth_deg)
        return -math.tan(math.radians(self.off_nadir_deg)) * np.array([math.sin(azimuth), math.cos(azimuth)])

    def brightness(self, tilt_rad: float, facing_rad: float) -> float:
        """Brightness, relative to level ground, of a face tilted by `tilt_rad` towards `facing_rad`.

        `facing_rad` is anticlockwise from east. Lambert's cosine law plus sky light equal to the shade.
        """
        elevation = math.radians(self.sun_elevation_deg)
        sun = math.radians(90 - self.sun_azimuth_deg)
        cosine = math.cos(tilt_rad) * math.sin(elevation)
        cosine += math.sin(tilt_rad) * math.cos(elevation) * math.cos(facing_rad - sun)
        sky = self.shade_rgb[1]
        return float(np.clip(sky + (1 - sky) * max(0.0, cosine) / math.sin(elevation), 0.15, 1.6))


def random_light(rng: np.random.Generator) -> Light:
    """A northern morning to afternoon sun of any season and a satellite up to 25 degrees off nadir."""
    elevation = float(18 + 52 * rng.beta(2.0, 1.7))
    shade = float(rng.beta(2, 3.2) * 0.36 + 0.07)
    return Light(
        sun_azimuth_deg=float(rng.uniform(0, 360)),
        sun_elevation_deg=elevation,
        view_azimuth_deg=float(rng.uniform(0, 360)),
        off_nadir_deg=float(abs(rng.normal(0, 10)) % 26),
        shade_rgb=(shade, shade * float(rng.uniform(1.0, 1.12)), shade * float(rng.uniform(1.05, 1.45))),
    )
