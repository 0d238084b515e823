from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_data import AREA, DAY, EAST, RELEASE, WEST, a_look, a_scene, an_observation, daily_looks
from shapely import union_all
from sqlalchemy import event

from yardwatch.errors import BadInput
from yardwatch.ledger import Ledger, ReadKey
from yardwatch.records import Look, LookState, Reason, Scene

SPAN = {"since": DAY, "until": DAY + timedelta(days=30)}
AREA_NUMBERS = itertools.count()
SECOND = timedelta(seconds=1)


def scene_names(ledger: Ledger, look_id: str) -> list[str]:
    return [scene.scene_id for scene in ledger.look(look_id).scenes]


def test_a_registered_look_comes_back_whole(ledger: Ledger) -> None:
    scene = a_scene(
        cloud_cover=0.2, off_nadir_deg=12.5, sun_azimuth_deg=150.0, sun_elevation_deg=40.0, updated=DAY + SECOND
    )
    look = a_look(scene, a_scene("s2", DAY + SECOND, footprint=EAST))
    ledger.register([look])
    stored = ledger.look(look.look_id)
    for name in (field.name for field in fields(Look) if field.name != "scenes"):
        assert getattr(stored, name) == getattr(look, name)
    for name in (field.name for field in fields(Scene)):
        assert getattr(stored.scenes[0], name) == getattr(scene, name) or name == "assets"
    asset, expected = stored.scenes[0].assets[0], scene.assets[0]
    assert vars(asset) == vars(expected)


def test_finding_the_same_looks_again_adds_nothing(ledger: Ledger) -> None:
    looks = daily_looks(3)
    first = ledger.register(looks)
    counts = ledger.row_counts()
    again = ledger.register(looks)
    assert first.new == again.known == tuple(look.look_id for look in looks)
    assert (first.known, again.new, again.extended) == ((), (), ())
    assert ledger.row_counts() == counts


def test_an_adjacent_tile_of_the_pass_joins_its_look(ledger: Ledger) -> None:
    look = a_look(a_scene("west"))
    ledger.register([look])
    registered = ledger.register([a_look(a_scene("east", DAY + 60 * SECOND, footprint=EAST))])
    assert registered.extended == registered.known == (look.look_id,)
    stored = ledger.look(look.look_id)
    assert {scene.scene_id for scene in stored.scenes} == {"west", "east"}
    assert stored.acquired_to == DAY + 60 * SECOND


def test_a_scene_61_seconds_later_is_a_look_of_its_own(ledger: Ledger) -> None:
    ledger.register([a_look(a_scene("one"))])
    assert len(ledger.register([a_look(a_scene("two", DAY + 61 * SECOND))]).new) == 1


def test_another_platform_at_the_same_moment_is_a_look_of_its_own(ledger: Ledger) -> None:
    ledger.register([a_look(a_scene("one"))])
    assert len(ledger.register([a_look(a_scene("two", platform="pleiades"))]).new) == 1


def test_passes_that_the_catalog_tells_apart_stay_apart(ledger: Ledger) -> None:
    registered = ledger.register(
        [a_look(a_scene("one", pass_id="A")), a_look(a_scene("two", DAY + 10 * SECOND, pass_id="B"))]
    )
    assert len(registered.new) == 2


def test_a_pass_with_a_catalog_id_and_its_delivery_without_one_are_one_look(ledger: Ledger) -> None:
    look = a_look(a_scene("one", pass_id="A"))
    ledger.register([look])
    assert ledger.register([a_look(a_scene("copy", DAY + 5 * SECOND))]).extended == (look.look_id,)
    assert len(ledger.looks()) == 1


def test_the_nearest_of_two_looks_takes_a_scene_between_them(ledger: Ledger) -> None:
    early, late = a_look(a_scene("early")), a_look(a_scene("late", DAY + 100 * SECOND))
    ledger.register([early, late])
    assert ledger.register([a_look(a_scene("between", DAY + 55 * SECOND))]).extended == (late.look_id,)


def test_a_scene_that_is_found_again_finds_its_look_whatever_lies_nearer(ledger: Ledger) -> None:
    first = a_look(a_scene("first"))
    ledger.register([first])
    ledger.register([a_look(a_scene("second", DAY + 50 * SECOND))])
    ledger.register([a_look(a_scene("third", DAY + 112 * SECOND, pass_id="P"))])
    assert ledger.register([a_look(a_scene("second", DAY + 50 * SECOND))]).known == (first.look_id,)


def test_scenes_keep_the_order_of_preference_that_was_given_last(ledger: Ledger) -> None:
    look = a_look(a_scene("old"))
    ledger.register([look])
    ledger.register([a_look(a_scene("better"))])
    assert scene_names(ledger, look.look_id) == ["better", "old"]


def test_a_scene_that_its_catalog_changed_takes_its_new_form(ledger: Ledger) -> None:
    look = a_look(a_scene(updated=DAY))
    ledger.register([look])
    moved = replace(a_scene("moved").assets[0], href="https://example.org/moved.tif")
    ledger.register([a_look(a_scene(updated=DAY + SECOND, assets=(moved,)))])
    ledger.register([a_look(a_scene(updated=DAY))])  # an older copy of the item changes nothing
    assert ledger.look(look.look_id).scenes[0].assets[0].href == "https://example.org/moved.tif"


@pytest.mark.parametrize("value", [73, None])
def test_a_duplicate_delivery_does_not_reopen_a_final_look(ledger: Ledger, value: float | None) -> None:
    look = a_look(a_scene("first"))
    ledger.register([look])
    ledger.record(an_observation(look, value, reason=None if value else Reason.CLOUD))
    state = ledger.look(look.look_id).state
    assert ledger.register([a_look(a_scene("copy"))]).extended == (look.look_id,)
    assert ledger.look(look.look_id).state == state
    assert ledger.due(AREA, **SPAN, now=DAY) == []


def test_new_ground_reopens_an_unusable_look(ledger: Ledger) -> None:
    look = a_look(a_scene("west"))
    ledger.register([look])
    ledger.record(an_observation(look, None, reason=Reason.OUTSIDE_SCENE))
    ledger.register([a_look(a_scene("east", footprint=EAST))])
    assert ledger.due(AREA, **SPAN, now=DAY) == [look.look_id]


def test_new_ground_does_not_reopen_an_observed_look(ledger: Ledger) -> None:
    look = a_look(a_scene("west"))
    ledger.register([look])
    ledger.record(an_observation(look))
    ledger.register([a_look(a_scene("east", footprint=EAST))])
    assert ledger.look(look.look_id).state is LookState.OBSERVED


def test_a_whole_delivery_reopens_a_look_whose_file_was_broken(ledger: Ledger) -> None:
    look = a_look(a_scene("broken"))
    ledger.register([look])
    ledger.record(an_observation(look, None, reason=Reason.UNREADABLE))
    ledger.register([a_look(a_scene("whole"))])
    assert ledger.look(look.look_id).state is LookState.PENDING


def test_simulated_and_real_looks_never_become_one(ledger: Ledger) -> None:
    real = a_look(a_scene("real"))
    ledger.register([real])
    later = a_look(a_scene("drawn", DAY + 10 * SECOND, simulated=True))
    assert ledger.register([later]).new == (later.look_id,)
    with pytest.raises(BadInput, match="known as real and given as simulated"):
        ledger.register([a_look(a_scene("drawn", simulated=True))])
    with pytest.raises(BadInput, match="never make one look"):
        ledger.register([a_look(a_scene("a"), a_scene("b", simulated=True))])


@pytest.mark.parametrize(
    "look_id", ["../../etc/passwd", "/etc/x", "a//b", "a/./b", "a/.hidden", "a\\b", "a/b\x00", "", "a/" + "x" * 300]
)
def test_an_id_that_leads_out_of_its_folder_is_refused(ledger: Ledger, look_id: str) -> None:
    with pytest.raises(BadInput, match="not safe in a path"):
        ledger.register([replace(a_look(), look_id=look_id)])


def test_one_bad_look_registers_none(ledger: Ledger) -> None:
    with pytest.raises(BadInput, match="no scenes"):
        ledger.register([*daily_looks(2), replace(a_look(), scenes=())])
    with pytest.raises(BadInput, match="time zone"):
        ledger.register([*daily_looks(2), replace(a_look(), acquired_from=datetime(2023, 10, 5))])
    assert ledger.looks() == []


def test_looks_are_given_in_time_order_within_a_half_open_span(ledger: Ledger) -> None:
    looks = daily_looks(4)
    ledger.register([looks[2], looks[0], looks[3], looks[1]])
    ledger.register(daily_looks(2, area="khasan"))
    found = ledger.looks(AREA, since=looks[1].acquired_from, until=looks[3].acquired_from)
    assert [look.look_id for look in found] == [looks[1].look_id, looks[2].look_id]
    assert len(ledger.looks()) == 6
    assert ledger.areas() == ["khasan", AREA]
    assert ledger.looks(states=[LookState.OBSERVED]) == []


def test_a_scene_over_two_stations_is_kept_once_and_read_for_both(ledger: Ledger) -> None:
    ledger.register([a_look(a_scene()), a_look(a_scene(), area="khasan")])
    assert ledger.row_counts()["scenes"] == 1
    assert [len(look.scenes) for look in ledger.looks()] == [1, 1]


def test_a_failed_look_is_due_when_its_time_has_come_and_not_before(ledger: Ledger) -> None:
    look = a_look()
    ledger.register([look])
    ledger.fail(look.look_id, "503 from the archive", DAY + timedelta(hours=1))
    failed = ledger.look(look.look_id)
    assert (failed.state, failed.attempts, failed.error) == (LookState.FAILED, 1, "503 from the archive")
    assert ledger.due(AREA, **SPAN, now=DAY) == []
    assert ledger.due(AREA, **SPAN, now=DAY + timedelta(hours=1)) == [look.look_id]
    ledger.fail(look.look_id, "503 again", None)
    assert ledger.due(AREA, **SPAN, now=DAY + timedelta(days=999)) == []
    assert ledger.look(look.look_id).attempts == 2


def test_a_recorded_look_forgets_its_failure(ledger: Ledger) -> None:
    look = a_look()
    ledger.register([look])
    ledger.fail(look.look_id, "503", DAY)
    ledger.record(an_observation(look))
    stored = ledger.look(look.look_id)
    assert (stored.state, stored.error, stored.retry_at) == (LookState.OBSERVED, None, None)


def test_a_new_release_or_a_redrawn_area_makes_final_looks_due_again(ledger: Ledger) -> None:
    look = a_look()
    ledger.register([look])
    ledger.record(an_observation(look))

    def due(key: ReadKey | None) -> list[str]:
        return ledger.due(AREA, **SPAN, now=DAY, key=key)

    assert due(None) == due(ReadKey("a1b2c3", RELEASE, "1")) == due(ReadKey(("ffff", "a1b2c3"), RELEASE, "1")) == []
    for key in (ReadKey("a1b2c3", "railcars-2", "1"), ReadKey("ffff", RELEASE, "1"), ReadKey("a1b2c3", RELEASE, "2")):
        assert due(key) == [look.look_id]


def test_a_rereading_that_fails_takes_nothing_away(ledger: Ledger) -> None:
    look = a_look()
    ledger.register([look])
    ledger.record(an_observation(look))
    ledger.fail(look.look_id, "503", DAY + timedelta(hours=1))
    assert ledger.look(look.look_id).state is LookState.OBSERVED
    newer = ReadKey("a1b2c3", "railcars-2", "1")
    assert ledger.due(AREA, **SPAN, now=DAY, key=newer) == []
    assert ledger.due(AREA, **SPAN, now=DAY + timedelta(hours=1), key=newer) == [look.look_id]


def test_a_look_nobody_registered_is_an_error_that_names_it(ledger: Ledger) -> None:
    for ask in (lambda: ledger.look("nowhere/x/y"), lambda: ledger.fail("nowhere/x/y", "e", None)):
        with pytest.raises(BadInput, match="nowhere/x/y"):
            ask()


def test_many_looks_take_no_more_statements_than_few(ledger: Ledger) -> None:
    statements: list[str] = []
    event.listen(ledger._engine, "before_cursor_execute", lambda *said: statements.append(said[2]))

    def count(act: Callable[[], object]) -> int:
        statements.clear()
        act()
        return len(statements)

    few, many = daily_looks(3), daily_looks(300, area="khasan")
    first_few = count(lambda: ledger.register(few))
    assert count(lambda: ledger.register(many)) == first_few
    assert count(lambda: ledger.register(many)) == count(lambda: ledger.register(few))
    assert count(lambda: ledger.looks("khasan")) == count(lambda: ledger.looks(AREA))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    offsets=st.lists(st.integers(0, 400), min_size=1, max_size=8, unique=True),
    cuts=st.lists(st.integers(1, 3), min_size=8, max_size=8),
)
def test_every_scene_is_attached_once_in_whatever_order_it_is_delivered(
    ledger: Ledger, offsets: list[int], cuts: list[int]
) -> None:
    area = f"area-{next(AREA_NUMBERS)}"
    looks = [a_look(a_scene(f"{area}-{s}", DAY + s * SECOND), area=area) for s in offsets]
    deliveries, rest = [], iter(looks)
    for size in cuts:
        deliveries.append(list(itertools.islice(rest, size)))
    for delivery in deliveries:
        ledger.register(delivery)
    stored = ledger.looks(area)
    attached = [scene.scene_id for look in stored for scene in look.scenes]
    assert sorted(attached) == sorted(look.scenes[0].scene_id for look in looks)
    again = ledger.register(looks)
    assert (again.new, again.extended) == ((), ())


def test_shapes_survive_storage(ledger: Ledger) -> None:
    both = union_all([WEST, EAST.buffer(0.001).difference(WEST.buffer(0.0005))])
    look = a_look(a_scene(footprint=both))
    ledger.register([look])
    assert ledger.look(look.look_id).scenes[0].footprint.equals_exact(both, 0)
