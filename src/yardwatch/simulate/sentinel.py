"""A rail yard as Sentinel-2 sees it, again and again: 10 m pixels, seasons, haze, wet ground, half-pixel shifts.

Each yard keeps its tracks, ground and buildings; cars, sun, weather and the satellite's aim change from look to look.
The everyday traffic is 0 to 20 freight cars, and some of them are still there at the next look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import cv2
import numpy as np
import shapely

from yardwatch.simulate.ground import Image, mottle
from yardwatch.simulate.layout import TURNOUT_SLOPE
from yardwatch.simulate.light import Light
from yardwatch.simulate.paths import beside
from yardwatch.simulate.render import Canvas
from yardwatch.simulate.scene import draw_yard
from yardwatch.simulate.sky import in_season
from yardwatch.simulate.station import Station, Traffic, occupied, station

GSD_M = 10.0
FINE_M = 1.0
LATITUDE_DEG = 42.4
FIRST_DAY = datetime(2020, 1, 3, 2, 20, tzinfo=UTC)
REVISIT_DAYS = 5
CLEAR_SHARE = 0.28
"""Share of the passes on which a yard at 42 degrees north is clear."""
SHIFT_SD_M = 2.5
"""Standard deviation, a direction, of the offset between two passes; the product's own reports give about 3 m."""
BLUR_SD_M = 4.5
NOISE = 1.1
ROOM_M = 3100.0
"""Length of track that holds 150 cars in trains with gaps between them; a yard that has less is made longer."""
STAYS = 0.25
"""Chance that the cars of a look are those of the look before."""


@dataclass(frozen=True)
class Weather:
    """What differs between two looks of one yard but for its cars.

    Attributes:
        wet: 0-1, rain darkens ballast and soil by up to a quarter.
        snow: 0-1, share of the ground that lies under snow.
        gain_rgb: brightness by band; ``haze`` is the share of veiling light, uneven over the scene by ``unevenness``.
        shift_m: east and north, by which the picture lies off.
    """

    light: Light
    month: int
    wet: float
    snow: float
    gain_rgb: tuple[float, float, float]
    haze: float
    unevenness: float
    shift_m: tuple[float, float]


@dataclass(frozen=True, eq=False)
class CoarseLook:
    """One look: uint8 (rows, cols, 3) RGB at 10 m, north up, and how many freight cars stand in it."""

    taken_at: datetime
    rgb: Image
    freight: int


def coarse_yard(seed: int) -> Station:
    """A yard of 4 to 12 parallel tracks, 700 to 1,100 m long, in any direction, with what stands around it."""
    rng = np.random.default_rng([seed, 41])
    tracks, length_m = int(rng.integers(4, 13)), float(rng.uniform(700, 1100))
    spacing_m, heading = float(rng.uniform(4.8, 5.5)), float(rng.uniform(0, np.pi))
    bend_per_m = float(rng.normal(0, 1.2e-4))
    while True:
        lines = _fan(tracks, spacing_m, length_m, (heading, bend_per_m))
        outline = shapely.union_all([line.buffer(35) for line in lines]).convex_hull
        place = station(lines, shapely.Polygon(shapely.get_exterior_ring(outline)), seed, FINE_M)
        if sum(track.clear_m[1] - track.clear_m[0] for track in place.group.tracks) >= ROOM_M:
            return place
        length_m += 100


def _fan(tracks: int, spacing_m: float, length_m: float, course: tuple[float, float]) -> list[shapely.LineString]:
    """Tracks that leave a common lead at both ends; ``course`` is heading (radians) and bend (a metre)."""
    heading, bend_per_m = course
    along = np.linspace(-length_m / 2, length_m / 2, 60)
    turn = np.array([[np.cos(heading), np.sin(heading)], [-np.sin(heading), np.cos(heading)]])
    middle = np.stack([along, bend_per_m * along**2], axis=1) @ turn
    lead = (length_m / 2 - np.abs(along)) * TURNOUT_SLOPE
    return [shapely.LineString(beside(middle, np.clip(lead, 0, k * spacing_m))) for k in range(tracks)]


def everyday(rng: np.random.Generator, mean: float) -> Traffic:
    """0 to 20 freight cars around ``mean``, overdispersed, with a locomotive or coaches now and then."""
    freight = int(min(20, rng.negative_binomial(1.5, 1.5 / (1.5 + mean))))
    return Traffic(freight, int(rng.integers(0, 3)), int(rng.integers(2, 6)) if rng.random() < 0.15 else 0)


def pass_days(rng: np.random.Generator, looks: int) -> list[datetime]:
    """Days of clear passes, irregular multiples of the revisit time."""
    passes = np.cumsum(rng.geometric(CLEAR_SHARE, looks))
    return [FIRST_DAY + timedelta(days=REVISIT_DAYS * int(number)) for number in passes]


def weather_of(rng: np.random.Generator, day: datetime) -> Weather:
    """The weather of a clear pass on a day of the year."""
    winter = day.month in (12, 1, 2)
    gain = float(rng.normal(1, 0.05))
    cast = rng.normal(1, 0.015, 3)
    return Weather(
        light=overpass_light(rng, day),
        month=day.month,
        wet=float(rng.uniform(0.2, 1)) if rng.random() < 0.25 else 0.0,
        snow=float(rng.uniform(0.1, 0.5)) if winter and rng.random() < 0.15 else 0.0,
        gain_rgb=(gain * float(cast[0]), gain * float(cast[1]), gain * float(cast[2])),
        haze=float(rng.beta(1, 6) * 0.5),
        unevenness=float(abs(rng.normal(0, 0.03))),
        shift_m=(float(rng.normal(0, SHIFT_SD_M)), float(rng.normal(0, SHIFT_SD_M))),
    )


def overpass_light(rng: np.random.Generator, day: datetime) -> Light:
    """The sun at half past ten of solar time; declination after Cooper (1969, Solar Energy 12:333)."""
    declination = np.radians(23.45 * np.sin(2 * np.pi * (284 + day.timetuple().tm_yday) / 365))
    latitude, hour_angle = np.radians(LATITUDE_DEG), np.radians(-22.5)
    sine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    south = np.arctan2(
        np.sin(hour_angle), np.cos(hour_angle) * np.sin(latitude) - np.tan(declination) * np.cos(latitude)
    )
    shade = float(rng.uniform(0.16, 0.3))
    azimuth, elevation = float(np.degrees(south) + 180) % 360, float(np.degrees(np.arcsin(sine)))
    return Light(azimuth, elevation, float(rng.choice([100.0, 285.0])), float(rng.uniform(0, 9)), (shade,) * 3)


def coarse_look(place: Station, traffic: Traffic, weather: Weather, seed: int, cars_seed: int) -> Image:
    """The yard with this traffic in this weather, uint8 (rows, cols, 3) at 10 m.

    Args:
        seed: of noise and haze; ``cars_seed`` of which cars stand where.
    """
    rng = np.random.default_rng([seed, 42])
    ground = _ground_of(place, weather.month).copy()
    canvas = Canvas(ground, -place.size_m[0] / 2, place.size_m[1] / 2, place.pixel_m)
    texture = np.random.default_rng([round(value) for value in (*place.size_m, place.outline.area)])
    draw_yard(canvas, occupied(place, traffic, weather.light, cars_seed), texture)
    return _through_the_air(rng, canvas.rgb.astype(np.float32), weather, place.pixel_m)


@lru_cache(maxsize=12)
def _ground_of(place: Station, month: int) -> Image:
    """The ground in a month; its patches turn green and fade at times of their own."""
    fixed = np.random.default_rng([round(value) for value in (*place.size_m, place.outline.area)])
    ground = in_season(fixed, place.ground, month, 0.0)
    early, late = (mottle(fixed, ground.shape[:2], 90 / place.pixel_m)[..., None] for _ in range(2))
    turn = 2 * np.pi * month / 12
    ripening = (early * np.sin(turn) + late * np.cos(turn)) * np.array([7, 3, 5], np.float32)
    return np.asarray(np.clip(ground + ripening, 1, 255), dtype=np.uint8)


def _through_the_air(rng: np.random.Generator, drawn: np.ndarray, weather: Weather, fine_m: float) -> Image:
    rows, cols = drawn.shape[:2]
    drawn = drawn * np.float32(1 - 0.25 * weather.wet)
    if weather.snow:
        cover = np.clip(weather.snow * (1 + 0.5 * mottle(rng, (rows, cols), 60)), 0, 0.9)[..., None]
        drawn = drawn * (1 - cover) + np.array([228, 232, 239], np.float32) * cover
    move = np.array([[1, 0, weather.shift_m[0] / fine_m], [0, 1, -weather.shift_m[1] / fine_m]], np.float32)
    drawn = cv2.warpAffine(drawn, move, (cols, rows), borderMode=cv2.BORDER_REFLECT)
    soft = cv2.GaussianBlur(drawn, (0, 0), BLUR_SD_M / fine_m)
    size = (round(cols * fine_m / GSD_M), round(rows * fine_m / GSD_M))
    coarse = cv2.resize(soft, size, interpolation=cv2.INTER_AREA) * np.array(weather.gain_rgb, np.float32)
    haze = np.clip(weather.haze + weather.unevenness * mottle(rng, coarse.shape[:2], 60), 0, 0.8)[..., None]
    coarse = coarse * (1 - haze) + np.array([150, 158, 170], np.float32) * haze
    coarse += rng.normal(0, NOISE, coarse.shape).astype(np.float32)
    return np.asarray(np.clip(np.rint(coarse), 1, 255), dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class CoarseSeries:
    """One yard's everyday looks by time, and what it would have looked like on some days with a surge.

    Attributes:
        inside: bool (rows, cols), the pixels of the area's outline.
        surges: for each number of cars, (index of the everyday look of that day, the picture).
    """

    place: Station
    inside: np.ndarray
    looks: tuple[CoarseLook, ...]
    surges: dict[int, tuple[tuple[int, Image], ...]]


def coarse_series(seed: int, looks: int, surges: tuple[int, ...] = (), days: int = 0, after: int = 10) -> CoarseSeries:
    """A yard's series; ``days`` of the looks from number ``after`` on are drawn again with each number of ``surges``.

    Everything of a surge but its cars is as on the everyday look of that day.
    """
    rng = np.random.default_rng([seed, 44])
    place = coarse_yard(seed)
    mean = float(rng.uniform(2, 10))
    everyday_looks, airs = [], []
    traffic, cars_seed = everyday(rng, mean), int(rng.integers(2**31))
    for number, day in enumerate(pass_days(rng, looks)):
        if rng.random() >= STAYS:
            traffic, cars_seed = everyday(rng, mean), int(rng.integers(2**31))
        weather = weather_of(rng, day)
        airs.append(weather)
        picture = coarse_look(place, traffic, weather, seed * 1000 + number, cars_seed)
        everyday_looks.append(CoarseLook(day, picture, traffic.freight))
    chosen = [int(number) for number in rng.choice(np.arange(after, looks), min(days, looks - after), replace=False)]
    busy = {
        cars: tuple(
            (at, coarse_look(place, Traffic(cars, 2), airs[at], seed * 1000 + at, int(rng.integers(2**31))))
            for at in chosen
        )
        for cars in surges
    }
    return CoarseSeries(place, inside_of(place), tuple(everyday_looks), busy)


def inside_of(place: Station) -> np.ndarray:
    """bool (rows, cols): pixels of 10 m whose centre lies in the outline."""
    rows, cols = round(place.size_m[1] / GSD_M), round(place.size_m[0] / GSD_M)
    east = -place.size_m[0] / 2 + (np.arange(cols) + 0.5) * GSD_M
    north = place.size_m[1] / 2 - (np.arange(rows) + 0.5) * GSD_M
    return np.asarray(shapely.contains_xy(place.outline, *np.meshgrid(east, north)))
