"""False cars where there are none: on the tracks of simulated empty yards, beside them, and on people's own ground."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from yardwatch.simulate.scene import Wish, random_scene
from yardwatch.simulate.yards import CORNER_UTM, YardOptions, scene_id, write_scenes
from yardwatch.training.evaluate import Examined
from yardwatch.training.labelled import LabelledPicture, simulated_pictures

EMPTY_SEED = 960_000
"""Far from any seed that is trained on or that fixes a threshold."""
TRACKLESS_SEED = 970_000
ON_TRACK_M = 3.0
"""A box whose centre lies this near a centre line stands on that track: half of the closest spacing, and a bit."""


@dataclass(frozen=True, eq=False)
class EmptyYard:
    """A picture of a yard without cars, and the centre lines of its tracks inside the picture, in the same CRS."""

    picture: LabelledPicture
    tracks: gpd.GeoSeries


def empty_yards(folder: Path, scenes: int, options: YardOptions) -> list[EmptyYard]:
    """Simulated yards with every track empty; written once into ``folder``."""
    if not (folder / "catalog.json").exists():
        empty = replace(options, busy=0.0)
        write_scenes(folder, scenes=scenes, gsd_m=options.gsd_m, seed=EMPTY_SEED, options=empty)
    by_name = {picture.path.stem: picture for picture in simulated_pictures(folder)}
    yards = []
    for seed in range(EMPTY_SEED, EMPTY_SEED + scenes):
        picture = by_name.get(scene_id(seed))
        if picture is not None:
            tracks = gpd.GeoSeries(_tracks(seed, options.side_m), crs=picture.cars.crs)
            yards.append(EmptyYard(picture, tracks))
    return yards


def trackless_ground(folder: Path, scenes: int, options: YardOptions) -> list[LabelledPicture]:
    """Simulated towns, ports and fields without tracks; written once into ``folder``."""
    if not (folder / "catalog.json").exists():
        bare = replace(options, busy=0.0, tracks=False)
        write_scenes(folder, scenes=scenes, gsd_m=options.gsd_m, seed=TRACKLESS_SEED, options=bare)
    return simulated_pictures(folder)


def _tracks(seed: int, side_m: float) -> list[shapely.Geometry]:
    """Centre lines in EPSG:32652, cut to the picture; a scene's tracks do not depend on how busy it is."""
    scene = random_scene(seed, Wish(side_m, 0.0))
    corner = np.array(CORNER_UTM)
    middle = corner + np.array([side_m, -side_m]) / 2
    frame = shapely.box(corner[0], corner[1] - side_m, corner[0] + side_m, corner[1])
    lines = [shapely.LineString(track.path.points + middle) for group in scene.groups for track in group.tracks]
    return [line for line in shapely.intersection(lines, frame) if not line.is_empty]


def empty_figures(yards: list[EmptyYard], seen: list[Examined], threshold: float) -> dict[str, Any]:
    """False cars per kilometre of empty track, and per square kilometre of what is not track, at a threshold."""
    on_track = beside = 0
    track_km = beside_km2 = 0.0
    for yard, examined in zip(yards, seen, strict=True):
        assert examined.sight is not None
        boxes = gpd.GeoSeries(examined.sight.boxes[examined.score >= threshold], crs=examined.sight.cars.crs)
        tracks = yard.tracks.to_crs(boxes.crs)
        bed = shapely.union_all(shapely.buffer(np.asarray(tracks.values, dtype=object), ON_TRACK_M))
        standing = shapely.intersects(shapely.centroid(np.asarray(boxes.values, dtype=object)), bed)
        on_track += int(standing.sum())
        beside += int((~standing).sum())
        track_km += float(tracks.length.sum()) / 1000
        beside_km2 += max(0.0, examined.km2 - float(bed.area) / 1e6)
    return {
        "pictures": len(seen),
        "false_on_track": on_track,
        "track_km": track_km,
        "false_per_track_km": on_track / track_km if track_km else None,
        "false_beside": beside,
        "beside_km2": beside_km2,
        "false_per_km2_beside": beside / beside_km2 if beside_km2 else None,
    }


def ground_figures(seen: list[Examined], threshold: float) -> dict[str, Any]:
    """False cars on pictures that are known to show none."""
    false = [picture.count(threshold) for picture in seen]
    km2 = sum(picture.km2 for picture in seen)
    return {
        "pictures": len(seen),
        "false": sum(false),
        "km2": km2,
        "false_per_km2": sum(false) / km2,
        "pictures_with_false": sum(count > 0 for count in false),
    }
