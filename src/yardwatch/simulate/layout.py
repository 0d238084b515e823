"""Where tracks lie: random yards of parallel tracks, fans and single lines, or the tracks of a real area."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from yardwatch.simulate.paths import Path, Points, beside
from yardwatch.simulate.rolling_stock import Berth
from yardwatch.simulate.solids import Rgb

TURNOUT_SLOPE = 1 / 9  # a common yard turnout diverges by one metre in nine
CLEAR_SPACING_M = 3.9  # closer tracks foul each other: no car stands there


@dataclass(frozen=True)
class TrackBed:
    """How a group of tracks looks: colours 0-255, sleeper pitch in metres."""

    bed: Rgb
    between: Rgb
    sleeper: Rgb
    rail: Rgb
    pitch_m: float
    bed_width_m: float
    gauge_m: float


@dataclass(frozen=True, eq=False)
class Track:
    """One track: its centre line, the stretch (metres along it) where cars may stand, its look."""

    name: str
    path: Path
    clear_m: tuple[float, float]
    bed: TrackBed

    @property
    def berth(self) -> Berth:
        """Where cars may stand on it."""
        dust = (np.array(self.bed.bed) + np.array(self.bed.between)) / 2
        return Berth(self.name, self.path, *self.clear_m, _rgb(dust))


@dataclass(frozen=True, eq=False)
class Group:
    """Parallel tracks lying close together and the outline of the ballasted ground under them."""

    tracks: tuple[Track, ...]
    ground: Points


GROUNDS: tuple[Rgb, ...] = (
    (152, 152, 152),
    (140, 138, 134),
    (128, 116, 98),
    (112, 102, 88),
    (164, 160, 152),
    (98, 92, 86),
    (136, 122, 104),
    (120, 118, 108),
    (176, 172, 166),
    (106, 98, 76),
)


RUST_STAIN = (116, 100, 84)


def random_bed(rng: np.random.Generator, snow: bool = False) -> TrackBed:
    """Ballast, sleepers and rails of one group, from fresh grey stone to old brown, or under snow."""
    between = np.array(GROUNDS[rng.integers(len(GROUNDS))]) * rng.uniform(0.8, 1.12) + rng.normal(0, 5, 3)
    bed = between * rng.uniform(0.72, 1.03) + rng.uniform(-6, 6) * np.array([1.0, 0.2, -0.8])
    if rng.random() < 0.4:  # iron from brakes and rails stains the stone that trains stand over, not the walkways
        stain = rng.uniform(0.2, 0.8)
        bed = bed * (1 - stain) + np.array(RUST_STAIN) * rng.uniform(0.8, 1.15) * stain
    sleeper = bed * rng.choice([0.72, 0.85, 1.0, 1.12, 1.25, 1.38])
    rail = bed * rng.choice([0.5, 0.6, 0.75, 1.15, 1.4])
    if snow:
        between = np.array([226.0, 230.0, 238.0]) * rng.uniform(0.85, 1.03)
        bed = between * rng.uniform(0.55, 1.0)
        sleeper = bed * rng.uniform(0.85, 1.0)
        rail = bed * rng.uniform(0.35, 0.7)
    gauge = float(rng.choice([1.435, 1.52]))
    return TrackBed(
        _rgb(bed),
        _rgb(between),
        _rgb(sleeper),
        _rgb(rail),
        float(rng.uniform(0.55, 0.75)),
        float(rng.uniform(2.6, 3.8)),
        gauge,
    )


def worn(rng: np.random.Generator, bed: TrackBed) -> TrackBed:
    """The same bed a little lighter or darker: neighbouring tracks age differently."""
    factor = float(rng.normal(1, 0.05))
    return replace(bed, bed=_rgb(np.array(bed.bed) * factor), sleeper=_rgb(np.array(bed.sleeper) * factor))


def _rgb(values: np.ndarray) -> Rgb:
    red, green, blue = np.clip(values, 8, 250).tolist()
    return (red, green, blue)


def base_line(rng: np.random.Generator, reach_m: float) -> Points:
    """A straight line or a gentle curve through the origin, `reach_m` metres to both sides, any heading."""
    along = np.arange(-reach_m, reach_m + 1, 4.0)
    curvature = 0.0
    if rng.random() < 0.45:
        curvature = float(rng.choice([-1, 1]) / np.exp(rng.uniform(np.log(220), np.log(2500))))
    angle = curvature * along
    if rng.random() < 0.3:
        angle = angle * np.abs(along) / reach_m  # an S: the curve grows towards both ends
    angle = angle + rng.uniform(0, 2 * np.pi)
    steps = np.stack([np.cos(angle), np.sin(angle)], axis=1) * 4.0
    points = np.cumsum(steps, axis=0)
    return np.asarray(points - points[len(points) // 2])


@dataclass(frozen=True)
class GroupPlan:
    """A group to draw: how many tracks, how far apart, and where its fan of turnouts starts, if any."""

    name: str
    tracks: int
    spacing_m: float
    first_left_m: float
    fan_from_m: float | None
    """Distance along the base line at which the tracks leave a common lead; None: parallel throughout."""


def lay_group(line: Points, plan: GroupPlan, bed: TrackBed) -> Group:
    """The tracks of a plan, left of `line`, and the ground under them."""
    path = Path(line)
    along = path.distances_m
    tracks = []
    for k in range(plan.tracks):
        left = np.full(len(line), plan.first_left_m + k * plan.spacing_m)
        clear = (0.0, path.length_m)
        if plan.fan_from_m is not None:
            rise = np.clip((along - plan.fan_from_m) * TURNOUT_SLOPE, 0, k * plan.spacing_m)
            left = plan.first_left_m + rise
            start = plan.fan_from_m + k * plan.spacing_m / TURNOUT_SLOPE + 8
            clear = (float(np.clip(start, 0, path.length_m)), path.length_m)
        own = Path(beside(line, left))
        stretch = own.length_m / path.length_m
        tracks.append(Track(f"{plan.name}{k + 1}", own, (clear[0] * stretch, clear[1] * stretch), bed))
    margin = 2.6
    right = beside(line, plan.first_left_m - margin)
    last = beside(tracks[-1].path.points, margin)
    return Group(tuple(tracks), np.concatenate([right, last[::-1]]))


def random_groups(rng: np.random.Generator, reach_m: float, snow: bool) -> list[Group]:
    """One to four groups of tracks through a scene `reach_m` metres to every side of its centre."""
    line = base_line(rng, reach_m * 1.6)
    total = int(rng.choice([1, 2, 4, 7, 12, 20, 34], p=[0.06, 0.11, 0.16, 0.18, 0.18, 0.18, 0.13]))
    total = max(1, int(total * rng.uniform(0.8, 1.3)))
    groups: list[Group] = []
    spacing = float(rng.choice([4.5, 4.6, 4.75, 5.0, 5.3, 6.0]))
    left = -total * spacing / 2 + float(rng.uniform(-0.35, 0.35)) * reach_m
    while total > 0:
        count = min(total, int(rng.integers(1, 17)))
        fan = None
        if count > 1 and rng.random() < 0.35:
            fan = float(rng.uniform(0.0, 1.7)) * reach_m
        plan = GroupPlan("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[len(groups) % 26], count, spacing, left, fan)
        source = line
        if rng.random() < 0.3 and fan is not None:
            source, plan = line[::-1], GroupPlan(plan.name, count, spacing, -left - (count - 1) * spacing, fan)
        group = lay_group(source, plan, random_bed(rng, snow))
        aged = tuple(replace(track, bed=worn(rng, track.bed)) for track in group.tracks)
        groups.append(Group(aged, group.ground))
        total -= count
        left += count * spacing + float(rng.choice([0.0, 1.0, 2.5, 6.0, 14.0]))
        spacing = float(np.clip(spacing + rng.normal(0, 0.25), 4.4, 6.2))
    return groups


def crossover(tracks: tuple[Track, ...], rng: np.random.Generator) -> Path | None:
    """A track that crosses a group at the angle of a turnout: only rails, no cars."""
    if len(tracks) < 3:
        return None
    first, last = tracks[0].path, tracks[-1].path
    start = float(rng.uniform(0.1, 0.7)) * first.length_m
    span = float(np.hypot(*(first.points[0] - last.points[0]))) / TURNOUT_SLOPE
    ends = np.concatenate([first.at(np.array([start])), last.at(np.array([start + span]))])
    blend = np.linspace(0, 1, 12)[:, None]
    return Path(ends[0] * (1 - blend) + ends[1] * blend)
