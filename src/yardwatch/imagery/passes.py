"""From scenes to looks: what a platform saw in one pass over an area is one look, however often it is delivered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from yardwatch.records import Look, Scene, require_utc

SAME_PASS = timedelta(seconds=60)
LONGEST_SLUG = 80
_SENTINEL_BASELINE = re.compile(r"_N\d\d\.\d\d$")  # a reprocessed delivery differs in nothing but this


@dataclass
class _Pass:
    """Scenes of one platform that belong together."""

    begun: datetime
    ended: datetime
    scenes: list[Scene] = field(default_factory=list)

    def takes(self, scene: Scene) -> bool:
        """Whether ``scene`` begins before the pass has been over for a minute."""
        return scene.acquired_from - self.ended <= SAME_PASS

    def add(self, scene: Scene) -> None:
        self.scenes.append(scene)
        self.begun = min(self.begun, scene.acquired_from)
        self.ended = max(self.ended, scene.acquired_to)


def group_into_looks(area: str, scenes: Iterable[Scene]) -> list[Look]:
    """Looks at ``area``, in time order, each with its scenes best first.

    Scenes of a platform belong to one look when they share a datatake or strip id, or lie within 60 s of each other:
    adjacent tiles merge, duplicate deliveries collapse, also where two catalogs name one strip differently. The look
    is called by the (first) id where there is one, else by its earliest time. A scene that occurs twice is kept once.

    Within a look, scenes of the source that arrived first come first; among those of one source the one updated last.
    The order of ``scenes`` does not matter otherwise.
    """
    unique = list({scene.key: scene for scene in reversed(list(scenes))}.values())[::-1]
    rank = {name: number for number, name in enumerate(dict.fromkeys(scene.source for scene in unique))}
    by_platform: dict[str, list[Scene]] = {}
    for scene in unique:
        by_platform.setdefault(slug(scene.platform.lower()), []).append(scene)
    looks = []
    for platform, seen in by_platform.items():
        for one in _merged_by_id(_merged_by_time(seen)):
            looks.append(_look(area, platform, one, rank))
    return sorted(looks, key=lambda look: (look.acquired_from, look.look_id))


def _merged_by_time(scenes: list[Scene]) -> list[_Pass]:
    passes: list[_Pass] = []
    for scene in sorted(scenes, key=lambda scene: (scene.acquired_from, scene.key)):
        if not passes or not passes[-1].takes(scene):
            passes.append(_Pass(scene.acquired_from, scene.acquired_to))
        passes[-1].add(scene)
    return passes


def _merged_by_id(passes: list[_Pass]) -> list[_Pass]:
    """Passes that share an id become one: a long strip may be cut into tiles further apart than a minute."""
    merged: list[_Pass] = []
    for one in passes:
        ids = _ids(one)
        kin = [other for other in merged if ids & _ids(other)]
        for other in kin:
            merged.remove(other)
            for scene in other.scenes:
                one.add(scene)
        merged.append(one)
    return merged


def _ids(one: _Pass) -> set[str]:
    return {_SENTINEL_BASELINE.sub("", scene.pass_id) for scene in one.scenes if scene.pass_id}


def _look(area: str, platform: str, one: _Pass, rank: dict[str, int]) -> Look:
    pass_id = min(_ids(one), default=f"{require_utc(one.begun):%Y%m%dT%H%M%SZ}")
    never = datetime.min.replace(tzinfo=UTC)
    newest_first = sorted(one.scenes, key=lambda scene: scene.scene_id)
    newest_first.sort(key=lambda scene: scene.updated or never, reverse=True)
    best_first = sorted(newest_first, key=lambda scene: rank[scene.source])
    return Look(
        look_id=f"{slug(area)}/{platform}/{slug(pass_id)}",
        area=area,
        platform=platform,
        pass_id=pass_id,
        acquired_from=require_utc(one.begun),
        acquired_to=require_utc(one.ended),
        scenes=tuple(best_first),
    )


def slug(text: str) -> str:
    """``text`` as one safe part of a relative path; what had to be changed is told apart by six digits of its hash."""
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip(".-")[:LONGEST_SLUG]
    if safe == text:
        return safe
    return f"{safe or 'x'}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"
