"""What stands beside tracks and is not a railcar: masts, platforms, canopies, roads, lorries, containers, houses."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from yardwatch.simulate.bench import scaled
from yardwatch.simulate.cargo import CONTAINERS
from yardwatch.simulate.layout import Group
from yardwatch.simulate.paint import BLACK, BLUE, BROWN, DARK, GREY, NAVY, PALE, RED, RUST, WHITE
from yardwatch.simulate.paths import Path, Points, beside, box_corners, strip
from yardwatch.simulate.solids import Pile, Rgb

ROOFS: tuple[Rgb, ...] = (GREY, PALE, WHITE, DARK, RUST, BROWN, (112, 120, 128), (150, 90, 70), (120, 130, 120), NAVY)
PAINTS: tuple[Rgb, ...] = (WHITE, WHITE, PALE, GREY, DARK, BLACK, RED, BLUE, NAVY)


@dataclass
class Site:
    """A scene's surroundings while they are put up: blocks, patches of ground, roofs, and what is taken.

    `taken` is uint8 (n, n), one pixel a metre, north up, over the square of `side_m` around the origin.
    """

    rng: np.random.Generator
    side_m: float
    pile: Pile = field(default_factory=Pile)
    patches: list[tuple[Points, Rgb]] = field(default_factory=list)
    strips: list[tuple[Points, Rgb]] = field(default_factory=list)
    canopies: list[tuple[Points, float]] = field(default_factory=list)
    taken: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        self.taken = np.zeros((int(self.side_m), int(self.side_m)), np.uint8)

    def _pixels(self, points: Points) -> NDArray[np.int32]:
        half = self.side_m / 2
        return np.stack([points[..., 0] + half, half - points[..., 1]], axis=-1).astype(np.int32)

    def take(self, outline: Points) -> None:
        """Marks ground as used."""
        cv2.fillPoly(self.taken, [self._pixels(outline)], 255)

    def is_free(self, corners: Points) -> bool:
        """Whether a four-cornered outline lies on ground that nothing uses yet."""
        grid = np.linspace(0, 1, max(4, int(np.ptp(corners, axis=0).max() / 3)))
        a, b = np.meshgrid(grid, grid)
        a, b = a.ravel()[:, None], b.ravel()[:, None]
        spots = self._pixels(
            (corners[0] * (1 - a) + corners[1] * a) * (1 - b) + (corners[3] * (1 - a) + corners[2] * a) * b
        )
        inside = np.all((spots >= 0) & (spots < len(self.taken)), axis=1)
        return not self.taken[spots[inside][:, 1], spots[inside][:, 0]].any()

    def spot(self, heading_rad: float, length_m: float, width_m: float) -> Points | None:
        """Centre of a free rectangle of the given size, or None after eight tries."""
        for _ in range(8):
            centre = self.rng.uniform(-self.side_m / 2, self.side_m / 2, 2)
            corners = box_corners(centre, heading_rad, length_m, width_m)
            if self.is_free(corners):
                self.take(corners)
                return centre
        return None


def ribbon(path: Path, along_m: tuple[float, float], left_m: tuple[float, float]) -> list[Points]:
    """Four-cornered pieces, at most 8 m long, of the band between two offsets of a track."""
    places = np.linspace(*along_m, max(2, int((along_m[1] - along_m[0]) / 8) + 1))
    middle = path.at(places)
    low, high = beside(middle, left_m[0]), beside(middle, left_m[1])
    return [np.stack([low[k], low[k + 1], high[k + 1], high[k]]) for k in range(len(places) - 1)]


def masts(site: Site, group: Group) -> None:
    """Catenary portals or single masts over a group, at one spacing; sometimes tall lamp posts."""
    rng = site.rng
    first, last = group.tracks[0].path, group.tracks[-1].path
    grey = scaled(GREY, float(rng.uniform(0.6, 1.4)))
    spacing, portal = float(rng.uniform(35, 75)), rng.random() < 0.65
    beam_m, post_m, height = float(rng.uniform(0.25, 0.8)), float(rng.uniform(0.25, 0.5)), float(rng.uniform(6.8, 9))
    for share in np.arange(rng.uniform(0, spacing), first.length_m, spacing) / first.length_m:
        one = first.at(np.array([share * first.length_m]))[0]
        places = last.at(np.arange(0, last.length_m, 2.0))
        other = places[np.argmin(np.hypot(*(places - one).T))]
        across = _left(first, float(share))
        ends = one - across * 3.2, other + across * 3.2
        if portal:
            axis = ends[1] - ends[0]
            heading, length = float(np.arctan2(axis[1], axis[0])), float(np.hypot(*axis))
            site.pile.add(box_corners((ends[0] + ends[1]) / 2, heading, length, beam_m), (height - 0.5, height), grey)
        for end in ends if portal or rng.random() < 0.6 else ends[:1]:
            top = height + 0.6 if portal else height + float(rng.uniform(0, 2))
            site.pile.box((end[0], end[1], 0.0), (post_m, post_m, top), grey)
            if not portal:
                arm = end + across * (3.0 if end is ends[0] else -3.0)
                middle, reach = (end + arm) / 2, arm - end
                site.pile.add(box_corners(middle, float(np.arctan2(reach[1], reach[0])), 3.0, 0.2), (6.2, 6.4), grey)
    if rng.random() < 0.3:
        for _ in range(int(rng.integers(1, 5))):
            east, north = rng.uniform(-site.side_m / 2, site.side_m / 2, 2)
            site.pile.box((float(east), float(north), 0.3), (0.5, 0.5, float(rng.uniform(12, 30))), grey)


def _left(path: Path, share: float) -> Points:
    from_m = min(share * path.length_m, path.length_m - 3)
    _, heading = path.chord(from_m, from_m + 2)
    return np.array([-np.sin(heading), np.cos(heading)])


def platform(site: Site, group: Group) -> None:
    """A platform beside a group's last track, perhaps roofed; the roof may reach over the track and hide cars."""
    rng, path = site.rng, group.tracks[-1].path
    start = float(rng.uniform(0, 0.6)) * path.length_m
    along = (start, min(path.length_m, start + float(rng.uniform(50, 180))))
    near, wide = 1.75, float(rng.uniform(3, 9))
    rgb = scaled(PALE, float(rng.uniform(0.7, 1.2)))
    for piece in ribbon(path, along, (near, near + wide)):
        site.take(piece)
        site.pile.add(piece, (0.0, 0.85), rgb)
    if rng.random() < 0.5:
        reach = float(rng.choice([0.3, 0.0, -4.5, -9.0]))
        roof = ROOFS[rng.integers(len(ROOFS))]
        roofed = (along[0] + 8, max(along[0] + 30, along[1] - 10))
        for piece in ribbon(path, roofed, (near + reach, near + wide)):
            site.pile.add(piece, (5.8, 6.3), roof)
            site.canopies.append((piece, 6.3))


def shed(site: Site, group: Group) -> None:
    """A hall over the ends of some tracks."""
    rng = site.rng
    path = group.tracks[rng.integers(len(group.tracks))].path
    start = float(rng.uniform(0.1, 0.8)) * path.length_m
    roof = ROOFS[rng.integers(len(ROOFS))]
    wide = float(rng.uniform(4, 14))
    for piece in ribbon(path, (start, start + float(rng.uniform(25, 70))), (-wide / 2, wide / 2)):
        site.pile.add(piece, (6.5, 7.5), roof)
        site.canopies.append((piece, 7.5))


def road(site: Site, heading_rad: float) -> None:
    """A road with lorries and cars on it."""
    rng = site.rng
    corner = site.spot(heading_rad, 40.0, 7.0)
    if corner is None:
        return
    reach = np.array([np.cos(heading_rad), np.sin(heading_rad)]) * site.side_m
    line = np.linspace(corner - reach, corner + reach, 60)
    width = float(rng.uniform(5.5, 11))
    free = [p for p in line if site.is_free(box_corners(p, heading_rad, 6, width))]
    if len(free) < 2:
        return
    site.patches.append((strip(np.array(free), width / 2), scaled(DARK, float(rng.uniform(1.0, 2.0)))))
    for place in free:
        if rng.random() < 0.25:
            lane = width / 4 * float(rng.choice([-1, 1]))
            left = np.array([-np.sin(heading_rad), np.cos(heading_rad)]) * lane
            _vehicle(site, (*(place + left), heading_rad), rng.random() < 0.3)


def _vehicle(site: Site, place: tuple[float, ...], lorry: bool) -> None:
    rng = site.rng
    rgb = scaled(PAINTS[rng.integers(len(PAINTS))], float(rng.uniform(0.7, 1.1)))
    east, north, heading = place
    if not lorry:
        site.pile.box((east, north, heading), (float(rng.uniform(3.8, 5)), 1.8, 1.5), rgb)
        return
    length = float(rng.uniform(7, 13.6))
    site.pile.box((east, north, heading), (length, 2.55, float(rng.uniform(2.6, 4))), rgb)
    ahead = np.array([np.cos(heading), np.sin(heading)]) * (length / 2 + 1.6)
    if rng.random() < 0.6:
        cab = scaled(PAINTS[rng.integers(len(PAINTS))], 0.9)
        site.pile.box((east + ahead[0], north + ahead[1], heading), (2.2, 2.5, 2.9), cab)


def parked_rows(site: Site, heading_rad: float) -> None:
    """Lorry trailers, cars or stacked containers in rows on paved ground: what is most like railcars."""
    rng = site.rng
    kind = rng.choice(["trailers", "cars", "containers"])
    size = {"trailers": (13.6, 2.55), "cars": (4.5, 1.8), "containers": (12.19 if rng.random() < 0.5 else 6.06, 2.44)}[
        kind
    ]
    gap = {"trailers": (2.0, 1.1), "cars": (1.2, 0.9), "containers": (0.4, 0.15)}[kind]
    cols, rows = int(rng.integers(1, 6)), int(rng.integers(2, 14))
    pitch = np.array([size[0] + gap[0] * rng.uniform(0.8, 2), size[1] + gap[1] * rng.uniform(0.5, 2.5)])
    area = pitch * [cols, rows] + 4
    centre = site.spot(heading_rad, *area)
    if centre is None:
        return
    paving = scaled((150, 148, 144), float(rng.uniform(0.6, 1.25)))
    site.patches.append((box_corners(centre, heading_rad, *(area + 2)), paving))
    turn = np.array([[np.cos(heading_rad), np.sin(heading_rad)], [-np.sin(heading_rad), np.cos(heading_rad)]])
    fleet = CONTAINERS if kind == "containers" else PAINTS
    same = fleet[rng.integers(len(fleet))]
    full, mixed = float(rng.uniform(0.3, 1)), rng.random() < 0.6
    for col in range(cols):
        for row in range(rows):
            if rng.random() > full:
                continue
            place = centre + (pitch * [col - (cols - 1) / 2, row - (rows - 1) / 2]) @ turn
            height = {"trailers": 3.9, "cars": 1.5, "containers": 2.6 * float(rng.integers(1, 4))}[kind]
            rgb = scaled(fleet[rng.integers(len(fleet))] if mixed else same, float(rng.uniform(0.75, 1.1)))
            site.pile.box((place[0], place[1], heading_rad + float(rng.normal(0, 0.006))), (*size, height), rgb)


def building(site: Site, heading_rad: float) -> None:
    """A house or hall with a pitched or flat roof."""
    rng = site.rng
    length, width = float(rng.uniform(8, 60)), float(rng.uniform(6, 28))
    centre = site.spot(heading_rad, length + 3, width + 3)
    if centre is None:
        return
    roof = scaled(ROOFS[rng.integers(len(ROOFS))], float(rng.uniform(0.7, 1.2)))
    top = float(rng.uniform(3.5, 14))
    corners = box_corners(centre, heading_rad, length, width)
    site.pile.add(corners, (0.0, top), roof)
    if rng.random() < 0.6:
        half = np.stack([corners[0], (corners[0] + corners[1]) / 2, (corners[2] + corners[3]) / 2, corners[3]])
        site.pile.add(half, (top, top), scaled(roof, float(rng.choice([0.72, 1.2]))), casts=False)
    for _ in range(int(rng.integers(0, 6))):
        spot = (
            centre
            + rng.uniform(-0.4, 0.4) * (corners[0] - corners[3])
            + rng.uniform(-0.4, 0.4) * (corners[0] - corners[1])
        )
        site.pile.add(box_corners(spot, heading_rad, *rng.uniform(0.8, 4, 2)), (top, top + 0.7), scaled(roof, 1.15))


def tree(site: Site) -> None:
    """A crown made of turned squares."""
    rng = site.rng
    size = float(rng.uniform(2, 7))
    centre = site.spot(0.0, size, size)
    if centre is None:
        return
    green = scaled((62, 80, 48), float(rng.uniform(0.6, 1.4)))
    for step in range(6):
        offset = rng.normal(0, size * 0.16, 2)
        side = size * float(rng.uniform(0.4, 0.75))
        top = size * float(rng.uniform(0.7, 1.3))
        shade = float(rng.uniform(0.65, 1.3))
        site.pile.add(
            box_corners(centre + offset, float(rng.uniform(0, 1.5)), side, side),
            (1.0, top),
            scaled(green, shade),
            casts=step < 3,
        )


def storage_tanks(site: Site) -> None:
    """Round tanks of an oil or chemical yard, as two turned squares each."""
    rng = site.rng
    size, rgb = float(rng.uniform(5, 22)), scaled(PALE, float(rng.uniform(0.6, 1.3)))
    for _ in range(int(rng.integers(1, 6))):
        centre = site.spot(0.0, size, size)
        if centre is not None:
            for turn in (0.0, np.pi / 8, np.pi / 4, 3 * np.pi / 8):
                site.pile.add(box_corners(centre, turn, size * 0.8, size * 0.8), (0.0, size * 0.6), rgb)


def clutter(site: Site, group: Group) -> None:
    """Small things between tracks: boxes, signals, heaps, boards."""
    rng = site.rng
    for _ in range(int(rng.poisson(8))):
        track = group.tracks[rng.integers(len(group.tracks))]
        place = beside(track.path.at(rng.uniform(0, track.path.length_m, 2)), float(rng.choice([-2.3, 2.3])))[0]
        size = rng.uniform(0.4, 1.6, 2)
        rgb = scaled(PAINTS[rng.integers(len(PAINTS))], float(rng.uniform(0.5, 1.1)))
        site.pile.box((place[0], place[1], float(rng.uniform(0, 3))), (*size, float(rng.uniform(0.2, 1.8))), rgb)
    weeds(site, group)
    for _ in range(int(rng.poisson(0.6))):  # stacks of rails or sleepers along the outermost track
        path = group.tracks[0].path
        along = float(rng.uniform(0, 0.9)) * path.length_m
        rgb = scaled(DARK if rng.random() < 0.5 else RUST, float(rng.uniform(0.7, 1.3)))
        wide = float(rng.uniform(0.8, 2.8))
        for piece in ribbon(path, (along, along + float(rng.uniform(6, 24))), (-2.4 - wide, -2.4)):
            site.pile.add(piece, (0.0, float(rng.uniform(0.3, 0.9))), rgb)


def weeds(site: Site, group: Group) -> None:
    """Strips of grass, earth or path along the gaps between tracks, drawn on the ballast."""
    rng = site.rng
    for _ in range(int(rng.poisson(2.5))):
        path = group.tracks[rng.integers(len(group.tracks))].path
        start = float(rng.uniform(-0.2, 0.9)) * path.length_m
        along = (max(0.0, start), min(path.length_m, start + float(rng.uniform(10, 120))))
        side, wide = float(rng.choice([-2.4, 2.4])), float(rng.uniform(0.5, 2.4))
        rgb = scaled(
            ((98, 108, 66), (84, 76, 60), (132, 124, 100), (176, 174, 168))[rng.integers(4)],
            float(rng.uniform(0.75, 1.15)),
        )
        for piece in ribbon(path, along, (side - wide / 2, side + wide / 2)):
            site.strips.append((piece, rgb))
