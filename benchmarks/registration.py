"""How well pictures are laid onto tracks: simulated yards whose georeference is off by a known shift.

    python benchmarks/registration.py --scenes 100 --backgrounds ../shared/backgrounds

Residual: the shift that is left after correction, across the tracks (root mean square over their length); "both ways"
is its whole length, of scenes where the spread says that both directions were seen. Seeds are held out of training.
"""

from __future__ import annotations

import argparse
import math
import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString

from yardwatch.detection.track_sight import TrackSight, open_track_sight
from yardwatch.imagery import registration
from yardwatch.imagery.registration import Registration, register
from yardwatch.records import Chip, Grid
from yardwatch.settings import load_settings
from yardwatch.simulate.scene import Ground, Wish, draw, random_scene
from yardwatch.simulate.sensor import expose, random_sensor

SIDE_M, FINE_M, PIXEL_M = 260.0, 0.25, 0.4
KINDS = ("within 15 m", "20-30 m", "half the tracks", "others' tracks")
BUSY = (0.0, 0.1, 0.5, 0.95)


@dataclass(frozen=True, eq=False)
class Yard:
    """A picture of a yard and what is true of it."""

    seed: int
    chip: Chip
    lines: list[NDArray[np.float64]]
    facts: frozenset[str]


@dataclass(frozen=True)
class Result:
    """One try: the true shift (east, north), what was found, and what the residual across and both ways is, metres."""

    seed: int
    kind: str
    facts: frozenset[str]
    shift_m: tuple[float, float]
    found: Registration | None
    across_m: float
    whole_m: float
    seconds: float


def yard(seed: int, backgrounds: Path | None) -> Yard:
    """One yard; every fourth bare, every fourth full, every tenth in snow."""
    rng = np.random.default_rng([seed, 41])
    busy = BUSY[seed % 4]
    own = _snowy(seed) if seed % 10 == 3 else seed
    scene = random_scene(own, Wish(SIDE_M, busy))
    sensor = random_sensor(rng)
    rgb = expose(rng, draw(scene, FINE_M, Ground(backgrounds)), FINE_M, sensor, PIXEL_M)
    size = rgb.shape[0]
    grid = Grid("EPSG:32652", (PIXEL_M, 0.0, -SIDE_M / 2, 0.0, -PIXEL_M, SIDE_M / 2), size, size, PIXEL_M)
    pixels = np.ascontiguousarray(np.moveaxis(rgb, 2, 0))
    blank = np.zeros(pixels.shape[1:], np.uint8)
    chip = Chip(pixels, ("red", "green", "blue"), blank == 0, blank, grid, sensor.gsd_m, sensor.gsd_m, ())
    lines = [track.path.points for group in scene.groups for track in group.tracks]
    return Yard(seed, chip, lines, frozenset(_facts(scene, sensor, busy, lines)))


def _facts(scene, sensor, busy: float, lines: list[NDArray[np.float64]]) -> Iterator[str]:  # type: ignore[no-untyped-def]
    yield "all"
    yield f"GSD {'0.3-0.6' if sensor.gsd_m < 0.6 else '0.6-0.9' if sensor.gsd_m < 0.9 else '0.9-1.2'} m"
    yield f"busy {busy:.0%}"
    if scene.snow:
        yield "snow"
    if scene.light.off_nadir_deg >= 15:
        yield "off nadir 15-26 deg"
    if sensor.haze >= 0.15:
        yield "haze from 0.15"
    ends = np.array([line[-1] - line[0] for line in lines])
    bent = max(_sag(line) for line in lines)
    yield "straight tracks" if bent < 1 and np.ptp(np.arctan2(ends[:, 1], ends[:, 0]) % np.pi) < 0.01 else "bends, fans"
    yield f"tracks {'1-3' if len(lines) < 4 else '4-12' if len(lines) < 13 else 'from 13'}"


def _sag(line: NDArray[np.float64]) -> float:
    chord = (line[-1] - line[0]) / max(np.hypot(*(line[-1] - line[0])), 1e-9)
    return float(np.abs((line - line[0]) @ np.array([-chord[1], chord[0]])).max())


def _snowy(seed: int) -> int:
    """A seed under which the simulator's first draw is snow (6 in 100)."""
    own = 1_000_000 * (seed % 1000 + 10)
    return next(s for s in range(own, own + 1000) if np.random.default_rng(s).random() < 0.06)


def tries(
    seeds: range, backgrounds: Path | None, sight: TrackSight, keep: Callable[[Result], None] = lambda result: None
) -> list[Result]:
    """Every yard with a shift of each kind."""
    results, others = [], None
    for seed in seeds:
        place = yard(seed, backgrounds)
        rng = np.random.default_rng([seed, 42])
        for kind in KINDS:
            lines = place.lines
            if kind == "half the tracks":
                lines = [line for line in lines if rng.random() < 0.5]
            if kind == "others' tracks":
                lines = others or []
            far = rng.uniform(20, 30) if kind == "20-30 m" else 15 * math.sqrt(rng.random())
            angle = rng.uniform(0, 2 * math.pi)
            shift = np.array([far * math.cos(angle), far * math.sin(angle)])
            if lines:
                results.append(_tried(place, kind, lines, shift, sight))
                keep(results[-1])
        others = place.lines
    return results


def _tried(place: Yard, kind: str, lines: list[NDArray[np.float64]], shift: NDArray[np.float64], sight) -> Result:  # type: ignore[no-untyped-def]
    begun = time.process_time()
    found = register(place.chip, [LineString(line - shift) for line in lines], sight)
    seconds = time.process_time() - begun
    left = shift - (np.array(found.offset_m) if found is not None else 0)
    steps = np.concatenate([np.diff(line, axis=0) for line in place.lines])
    length = np.hypot(*steps.T)
    off = (steps[:, 0] * left[1] - steps[:, 1] * left[0]) / length
    across = math.sqrt(float((length * off**2).sum() / length.sum()))
    return Result(place.seed, kind, place.facts, (shift[0], shift[1]), found, across, float(np.hypot(*left)), seconds)


def table(results: list[Result]) -> str:
    """Markdown."""
    names = "shift, scenes, n, measured, of these within 1 m, both ways seen and within 1 m, moved, wrongly moved"
    head = f"| {names.replace(', ', ' | ')} |"
    rows = [head, "|---" * 8 + "|"]
    for kind in KINDS:
        of_kind = [result for result in results if result.kind == kind]
        names = sorted({fact for result in of_kind for fact in result.facts}) if kind == KINDS[0] else ["all"]
        rows += [_row(kind, name, [result for result in of_kind if name in result.facts]) for name in names]
    return "\n".join(rows)


def _row(kind: str, name: str, results: list[Result]) -> str:
    clear = [result for result in results if result.found is not None and result.found.clear]
    both = [r for r in clear if r.found is not None and r.found.spread_m[0] <= 0.7]
    going = [r for r in clear if r.found is not None and r.found.corrected]
    wrong = [r for r in going if r.across_m > 1 or kind == "others' tracks"]
    share = lambda part, whole: f"{len(part)}/{len(whole)}" + (f" ({len(part) / len(whole):.3f})" if whole else "")  # noqa: E731
    return (
        f"| {kind} | {name} | {len(results)} | {share(clear, results)} "
        f"| {share([r for r in clear if r.across_m <= 1], clear)} | {share([r for r in both if r.whole_m <= 1], both)} "
        f"| {len(going)} | {len(wrong)} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=870_000)
    parser.add_argument("--backgrounds", type=Path)
    parser.add_argument("--network", type=Path, help="an ONNX file; default is the one in use")
    parser.add_argument("--keep", type=Path, help="write every result here")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    sight = TrackSight(options.network, 1) if options.network else open_track_sight(load_settings().models_folder(), 1)
    if sight is None:
        raise SystemExit("there is no network; name one with --network")
    results = tries(range(options.seed, options.seed + options.scenes), options.backgrounds, sight)
    if options.keep:
        options.keep.write_bytes(pickle.dumps(results))
    print(table(results))
    each = sorted(result.seconds for result in results)
    print(f"\nCPU seconds a picture of {SIDE_M:.0f} m: median {each[len(each) // 2]:.3f}, most {each[-1]:.3f}")
    print(f"sure from {registration.SURE_FROM}, log odds from {registration.CLEAR_FROM}, temper {registration.TEMPER}")


if __name__ == "__main__":
    main()
