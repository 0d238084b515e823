"""What a platform saw in one pass is one look, however it was cut and however often it was delivered."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import pytest
from drawn_rasters import NOW, scene_of
from hypothesis import given, settings
from hypothesis import strategies as st

from yardwatch.imagery import group_into_looks
from yardwatch.records import Scene


def at(seconds: float, name: str | None = None, **fields: Any) -> Scene:
    when = NOW + timedelta(seconds=seconds)
    return scene_of(scene_id=name or f"s{seconds}", acquired_from=when, acquired_to=when, **fields)


def shape(scenes: list[Scene]) -> list[tuple[str, set[str]]]:
    return [(look.look_id, {scene.key for scene in look.scenes}) for look in group_into_looks("tumangang", scenes)]


def test_adjacent_tiles_of_a_pass_merge() -> None:
    (look,) = group_into_looks("tumangang", [at(20), at(0), at(45)])
    assert look.look_id == "tumangang/drawn-1/20231005T021500Z"
    assert look.pass_id == "20231005T021500Z"
    assert (look.acquired_from, look.acquired_to) == (NOW, NOW + timedelta(seconds=45))
    assert len(look.scenes) == 3


def test_a_minute_apart_is_one_pass_and_more_is_two() -> None:
    assert len(group_into_looks("a", [at(0), at(60)])) == 1
    assert len(group_into_looks("a", [at(0), at(61)])) == 2


def test_another_platform_is_another_look_whatever_the_time() -> None:
    looks = group_into_looks("a", [at(0), at(0, "other", platform="drawn-2"), at(1, "upper", platform="DRAWN-1")])
    assert [(look.platform, len(look.scenes)) for look in looks] == [("drawn-1", 2), ("drawn-2", 1)]


def test_the_catalogs_id_joins_what_lies_further_apart() -> None:
    (look,) = group_into_looks("a", [at(0, pass_id="strip-7"), at(300, pass_id="strip-7")])
    assert (look.pass_id, len(look.scenes)) == ("strip-7", 2)


def test_a_reprocessed_datatake_is_the_same_pass() -> None:
    first = at(0, "old", pass_id="GS2B_20231005T021609_034363_N05.09")
    again = at(200, "new", pass_id="GS2B_20231005T021609_034363_N05.10")
    (look,) = group_into_looks("a", [first, again])
    assert look.pass_id == "GS2B_20231005T021609_034363"


def test_two_catalogs_that_name_one_strip_differently_make_one_look() -> None:
    (look,) = group_into_looks("a", [at(0, pass_id="strip-7"), at(5, source="other", pass_id="collect-9")])
    assert len(look.scenes) == 2


def test_the_preferred_source_comes_first_then_the_latest_delivery() -> None:
    stale = at(0, "stale", updated=NOW)
    fresh = at(0, "fresh", updated=NOW + timedelta(days=2))
    undated = at(0, "undated")
    second = at(0, "second", source="other", updated=NOW + timedelta(days=9))
    (look,) = group_into_looks("a", [undated, stale, fresh, second])
    assert [scene.scene_id for scene in look.scenes] == ["fresh", "stale", "undated", "second"]
    (look,) = group_into_looks("a", [second, undated, stale, fresh])
    assert [scene.scene_id for scene in look.scenes] == ["second", "fresh", "stale", "undated"]


def test_a_scene_found_twice_is_kept_once() -> None:
    (look,) = group_into_looks("a", [at(0), at(0)])
    assert len(look.scenes) == 1


def test_looks_come_in_time_order() -> None:
    looks = group_into_looks("a", [at(900), at(0), at(400)])
    assert [look.acquired_from for look in looks] == sorted(look.acquired_from for look in looks)


def test_no_scenes_make_no_looks() -> None:
    assert group_into_looks("a", iter(())) == []


SCENES = st.lists(
    st.tuples(st.integers(0, 600), st.sampled_from(["p1", "p2"]), st.sampled_from([None, "A", "B"])),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(drawn=SCENES, seed=st.integers(0, 99))
def test_the_order_of_arrival_does_not_change_the_looks(drawn: list[tuple[int, str, str | None]], seed: int) -> None:
    scenes = [at(when, f"{n}", platform=platform, pass_id=one) for n, (when, platform, one) in enumerate(drawn)]
    mixed = random.Random(seed).sample(scenes, len(scenes))
    assert shape(scenes) == shape(mixed)


@settings(deadline=None)
@given(drawn=SCENES)
def test_every_scene_is_in_exactly_one_look_and_looks_lie_apart(drawn: list[tuple[int, str, str | None]]) -> None:
    scenes = [at(when, f"{n}", platform=platform, pass_id=one) for n, (when, platform, one) in enumerate(drawn)]
    looks = group_into_looks("a", scenes)
    assert sorted(scene.scene_id for look in looks for scene in look.scenes) == sorted(
        scene.scene_id for scene in scenes
    )
    assert len({look.look_id for look in looks}) == len(looks)
    for look in looks:
        for other in looks:
            if other is not look and other.platform == look.platform:
                nearest = min(abs(a.acquired_from - b.acquired_from) for a in look.scenes for b in other.scenes)
                assert nearest > timedelta(seconds=60)


@pytest.mark.parametrize("pass_id", ["../../etc", "a/b", "C:\\x", "strip 7", "x" * 300, "\x00", "...", "두만강"])
def test_a_look_id_is_a_safe_relative_path(pass_id: str) -> None:
    (look,) = group_into_looks("a", [at(0, pass_id=pass_id, platform="../up")])
    path = PurePosixPath(look.look_id)
    assert len(path.parts) == 3
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert look.look_id.isascii()
    assert max(map(len, path.parts)) < 100
    assert look.pass_id == pass_id


def test_ids_that_differ_only_in_unsafe_signs_stay_apart() -> None:
    looks = group_into_looks("a", [at(0, pass_id="a/b"), at(900, pass_id="a b"), at(1800, pass_id="a-b")])
    assert len({look.look_id for look in looks}) == 3


def test_times_are_utc_in_the_key() -> None:
    when = datetime.fromisoformat("2023-10-05T11:15:00+09:00")
    (look,) = group_into_looks("a", [scene_of(acquired_from=when, acquired_to=when)])
    assert look.pass_id == "20231005T021500Z"
