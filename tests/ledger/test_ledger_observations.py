from __future__ import annotations

import itertools
import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_data import (
    AREA,
    DAY,
    EAST,
    GRID,
    RELEASE,
    a_chip,
    a_look,
    a_scene,
    an_observation,
    daily_looks,
    reviewed,
    some_detections,
)

from yardwatch.errors import BadInput
from yardwatch.ledger import ChipProfile, Ledger
from yardwatch.records import Look, LookState, Observation, Reason


@pytest.fixture
def look(ledger: Ledger) -> Look:
    registered = a_look()
    ledger.register([registered])
    return registered


def current(ledger: Ledger, release: str | None = RELEASE, as_of: datetime | None = None) -> list[float | None]:
    return [o.value for o in ledger.series(AREA, "count", simulated=False, release=release, as_of=as_of)]


def files_of(root: Path) -> list[str]:
    return sorted(path.name for folder in ("detections", "chips") for path in (root / folder).rglob("*.*"))


def test_an_observation_comes_back_as_it_went_in(ledger: Ledger, look: Look, clock: object) -> None:
    observation = an_observation(
        look,
        confidence="low",
        searched="corridor",
        recall=0.93,
        recall_cv=0.02,
        false_positives=0.4,
        registration_m=6.2,
        bytes_read=3_400_000_000,
    )
    recorded = ledger.record(observation, stage_seconds={"read": 1.5}).observation
    given_by_ledger = {"observation_id", "recorded_at", "stage_seconds"}
    for name in {field.name for field in fields(Observation)} - given_by_ledger:
        assert getattr(recorded, name) == getattr(observation, name), name
    assert recorded.stage_seconds == {"read": 1.5}
    assert recorded.recorded_at == clock()  # type: ignore[operator]
    assert ledger.observations(look_id=look.look_id) == ledger.observations(area=AREA) == [recorded]


def test_recording_the_same_reading_again_adds_neither_row_nor_file(ledger: Ledger, look: Look, tmp_path: Path) -> None:
    first = ledger.record(an_observation(look), some_detections(), a_chip())
    counts, files = ledger.row_counts(), files_of(tmp_path)
    again = ledger.record(an_observation(look, 99), some_detections(1), a_chip(seed=1))
    assert (first.added, again.added) == (True, False)
    assert again.observation == first.observation
    assert (ledger.row_counts(), files_of(tmp_path)) == (counts, files)


def test_the_id_follows_from_the_key_alone(ledger: Ledger, look: Look, tmp_path: Path) -> None:
    here = ledger.record(an_observation(look)).observation
    with Ledger.open(f"sqlite:///{tmp_path / 'other.sqlite'}", tmp_path) as other:
        other.register([look])
        assert other.record(an_observation(look, 12)).observation.observation_id == here.observation_id


def test_black_tile_is_no_image_not_zero_cars(ledger: Ledger, look: Look) -> None:
    ledger.record(an_observation(look, None, visible=0.0, reason=Reason.NO_DATA))
    assert ledger.look(look.look_id).state is LookState.UNUSABLE
    (entry,) = ledger.series(AREA, "count", simulated=False, release=RELEASE)
    assert (entry.value, entry.count, entry.reason) == (None, None, Reason.NO_DATA)


def test_a_null_value_without_a_reason_is_refused(ledger: Ledger, look: Look) -> None:
    with pytest.raises(BadInput, match="never zero cars"):
        ledger.record(an_observation(look, None))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", float("nan")),
        ("high", float("inf")),
        ("visible", 1.01),
        ("acquired_from", datetime(2023, 10, 5)),
        ("chip_path", "/etc/passwd"),
        ("detections_path", "../up.parquet"),
    ],
)
def test_what_cannot_be_is_refused_by_name(ledger: Ledger, look: Look, field: str, value: object) -> None:
    with pytest.raises(BadInput, match=field):
        ledger.record(replace(an_observation(look), **{field: value}))
    assert ledger.row_counts()["observations"] == 0


def test_a_look_nobody_registered_has_no_observation(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no look"):
        ledger.record(an_observation(a_look()), some_detections(), a_chip())
    assert files_of(tmp_path) == []


@pytest.mark.parametrize("wrong", [{"simulated": True}, {"area": "khasan"}])
def test_an_observation_of_another_series_than_its_look_is_refused(
    ledger: Ledger, look: Look, wrong: dict[str, object]
) -> None:
    with pytest.raises(BadInput, match="its look is of area 'tumangang', simulated False"):
        ledger.record(replace(an_observation(look), **wrong))


def test_numbers_from_numpy_are_numbers(ledger: Ledger, look: Look) -> None:
    by_class = {"freight_box": np.int64(3)}
    observation = an_observation(look, np.float32(3), visible=np.float64(0.5), by_class=by_class)
    stored = ledger.record(replace(observation, bytes_read=np.int64(7))).observation
    (again,) = ledger.observations(look_id=look.look_id)
    assert (again.value, again.visible, again.by_class, again.bytes_read) == (3.0, 0.5, {"freight_box": 3}, 7)
    assert again == stored


# --- revisions -------------------------------------------------------------------------------------------------------


def test_a_reopened_look_read_from_more_scenes_gets_a_second_revision(ledger: Ledger) -> None:
    west = a_look(a_scene("west"))
    ledger.register([west])
    first = ledger.record(an_observation(west, None, reason=Reason.OUTSIDE_SCENE)).observation
    ledger.register([a_look(a_scene("east", footprint=EAST))])
    second = ledger.record(an_observation(ledger.look(west.look_id), 20)).observation
    assert (first.revision, second.revision) == (0, 1)
    assert ledger.look(west.look_id).state is LookState.OBSERVED
    assert current(ledger) == [20]
    stale = ledger.record(an_observation(west, None, reason=Reason.OUTSIDE_SCENE))
    assert (stale.added, stale.observation) == (False, second)
    assert current(ledger) == [20]


def test_a_reopened_look_that_reads_as_before_is_final_again(ledger: Ledger) -> None:
    west = a_look(a_scene("west"))
    ledger.register([west])
    ledger.record(an_observation(west, None, reason=Reason.CLOUD))
    ledger.register([a_look(a_scene("east", footprint=EAST))])
    assert not ledger.record(an_observation(west, None, reason=Reason.CLOUD)).added
    assert ledger.look(west.look_id).state is LookState.UNUSABLE


def test_a_reviewed_value_stands_before_every_automatic_one(ledger: Ledger, look: Look, clock: object) -> None:
    automatic = ledger.record(an_observation(look, 70), some_detections()).observation
    corrected = ledger.record(reviewed(automatic, 73, revision=1)).observation
    assert corrected.detections_path == automatic.detections_path
    ledger.record(an_observation(look, 65, release="railcars-2"))
    assert current(ledger) == current(ledger, "railcars-2") == current(ledger, None) == [73]


def test_two_reviewers_of_one_reading_never_overwrite_each_other(ledger: Ledger, look: Look) -> None:
    automatic = ledger.record(an_observation(look, 70)).observation
    ana = ledger.record(reviewed(automatic, 73, "ana", revision=1))
    ben = ledger.record(reviewed(automatic, 74, "ben", revision=1))
    assert ana.added
    assert ben.added
    assert [o.revision for o in ledger.observations(look_id=look.look_id)] == [0, 1, 2]
    assert current(ledger) == [74]
    assert not ledger.record(reviewed(automatic, 74, "ben", revision=1)).added
    assert ledger.record(reviewed(automatic, 73, "ana", revision=1)).added  # ana insists
    assert current(ledger) == [73]


def test_a_reviewer_who_calls_a_look_unusable_makes_it_so_for_later_releases_too(ledger: Ledger, look: Look) -> None:
    automatic = ledger.record(an_observation(look, 70)).observation
    ledger.record(reviewed(automatic, None, reason=Reason.REVIEWER))
    ledger.record(an_observation(look, 65, release="railcars-2"))
    assert ledger.look(look.look_id).state is LookState.UNUSABLE
    assert current(ledger) == [None]


# --- series ----------------------------------------------------------------------------------------------------------


def test_a_new_release_never_empties_a_series(ledger: Ledger) -> None:
    looks = daily_looks(3)
    ledger.register(looks)
    for value, look in enumerate(looks):
        ledger.record(an_observation(look, value))
    ledger.record(an_observation(looks[1], 50, release="railcars-2"))
    assert current(ledger, "railcars-2") == [0, 50, 2]
    assert current(ledger, RELEASE) == [0, 1, 2]
    assert current(ledger, None) == [0, 50, 2]


def test_a_redrawn_area_counts_as_the_newer_reading(ledger: Ledger, look: Look) -> None:
    ledger.record(an_observation(look, 70, area_version="old"))
    ledger.record(an_observation(look, 60, area_version="new"))
    assert current(ledger) == [60]


def test_the_series_can_be_asked_for_as_known_on_a_past_day(ledger: Ledger, look: Look, clock: object) -> None:
    before = clock()  # type: ignore[operator]
    monday = clock.advance(days=1)  # type: ignore[attr-defined]
    ledger.record(an_observation(look, 70))
    tuesday = clock.advance(days=1)  # type: ignore[attr-defined]
    ledger.record(reviewed(an_observation(look), 73))
    assert [current(ledger, as_of=day) for day in (before, monday, tuesday, None)] == [[], [70], [73], [73]]


def test_measures_and_simulation_make_series_of_their_own(ledger: Ledger) -> None:
    real, drawn = daily_looks(2), [a_look(a_scene("d", DAY + timedelta(days=9), simulated=True))]
    ledger.register([*real, *drawn])
    ledger.record(an_observation(real[0], 20))
    ledger.record(an_observation(real[1], 480.0, measure="occupied_m"))
    ledger.record(an_observation(drawn[0], 73))
    assert current(ledger) == [20]
    assert [o.value for o in ledger.series(AREA, "occupied_m", simulated=False, release=None)] == [480.0]
    assert [o.value for o in ledger.series(AREA, "count", simulated=True, release=None)] == [73]


def test_a_look_that_is_no_longer_counted_leaves_the_series_of_counts(ledger: Ledger, look: Look) -> None:
    ledger.record(an_observation(look, 20))
    ledger.record(an_observation(look, 280.0, measure="occupied_m", pipeline_version="2"))
    assert current(ledger) == []


def test_a_series_is_in_time_order_however_it_was_recorded(ledger: Ledger) -> None:
    looks = daily_looks(5)
    ledger.register(looks)
    for number in (3, 0, 4, 1, 2):
        ledger.record(an_observation(looks[number], number))
    assert current(ledger) == [0, 1, 2, 3, 4]


AREA_NUMBERS = itertools.count()
READING = st.tuples(st.sampled_from(["a", "b", "c"]), st.booleans(), st.booleans())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings=st.lists(READING, min_size=1, max_size=8), in_use=st.sampled_from(["a", "b", None]), data=st.data())
def test_the_current_observation_is_what_the_contract_says(
    ledger: Ledger, clock: object, readings: list[tuple[str, bool, bool]], in_use: str | None, data: st.DataObject
) -> None:
    area = f"area-{next(AREA_NUMBERS)}"
    look = a_look(area=area)
    ledger.register([look])
    moments = []
    for value, (release, by_person, waits) in enumerate(readings):
        observation = an_observation(look, float(value), release=release, scene_keys=(f"s{value}",))
        stored = ledger.record(reviewed(observation, float(value)) if by_person else observation).observation
        moments.append((stored, by_person))
        if waits:
            clock.advance(hours=1)  # type: ignore[attr-defined]
    as_of = data.draw(st.sampled_from([stored.recorded_at for stored, _ in moments] + [None]))
    known = [(o, person) for o, person in moments if as_of is None or o.recorded_at <= as_of]
    tiers = ([o for o, person in known if person], [o for o, _ in known if o.release == in_use], [o for o, _ in known])
    expected = next(tier for tier in tiers if tier)[-1]
    assert ledger.series(area, "count", simulated=False, release=in_use, as_of=as_of) == [expected]


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("crs", ["EPSG:32652", None])
def test_a_chip_comes_back_to_the_pixel(
    ledger: Ledger, look: Look, dtype: type, crs: str | None, recwarn: pytest.WarningsRecorder
) -> None:
    grid = GRID if crs else replace(GRID, crs=None, transform=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0))
    chip = a_chip(grid, dtype)
    profile = ChipProfile(compress="ZSTD" if crs is None else "DEFLATE", block_px=128)
    again = ledger.read_chip(ledger.record(an_observation(look), chip=chip, chip_profile=profile).observation)
    for name in ("pixels", "valid", "hidden"):
        mine, stored = getattr(chip, name), getattr(again, name)
        assert stored.dtype == mine.dtype
        assert np.array_equal(stored, mine), name
    for name in ("bands", "grid", "gsd_m", "effective_gsd_m", "scenes", "bytes_read"):
        assert getattr(again, name) == getattr(chip, name)
    assert not recwarn.list


def test_a_chip_is_a_cog_that_other_programs_read(ledger: Ledger, look: Look, tmp_path: Path) -> None:
    grid = replace(GRID, width=700, height=600)
    observation = ledger.record(an_observation(look), chip=a_chip(grid)).observation
    with rasterio.open(tmp_path / str(observation.chip_path)) as opened:
        assert opened.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert opened.crs.to_epsg() == 32652
        assert opened.descriptions == ("red", "green", "blue", "hidden")
        assert opened.dataset_mask()[0, 0] == 0
        assert opened.tags()["TIFFTAG_COPYRIGHT"] == "(c) somebody; CC BY 4.0"
        assert opened.overviews(1)


def test_detections_come_back_in_their_crs_and_say_where_they_come_from(
    ledger: Ledger, look: Look, tmp_path: Path
) -> None:
    observation = ledger.record(an_observation(look), some_detections()).observation
    again = ledger.read_detections(observation)
    assert again.crs.to_epsg() == 32652
    assert again.geometry.geom_equals_exact(some_detections().geometry, 0).all()
    assert again.drop(columns="geometry").equals(some_detections().drop(columns="geometry"))
    metadata = pq.read_schema(tmp_path / str(observation.detections_path)).metadata
    said = json.loads(metadata[b"yardwatch"])
    assert (said["licence"], said["release"], said["simulated"]) == ("CC BY 4.0", RELEASE, False)
    assert json.loads(metadata[b"geo"])["columns"]["geometry"]["encoding"] == "WKB"


def test_a_look_without_a_single_car_keeps_an_empty_table(ledger: Ledger, look: Look) -> None:
    observation = ledger.record(an_observation(look, 0), some_detections(0)).observation
    assert len(ledger.read_detections(observation)) == 0
    assert ledger.read_detections(observation).crs.to_epsg() == 32652


def test_simulated_files_say_so_in_their_names(ledger: Ledger) -> None:
    look = a_look(a_scene(simulated=True))
    ledger.register([look])
    observation = ledger.record(an_observation(look), some_detections(), a_chip()).observation
    for path in (observation.detections_path, observation.chip_path):
        assert Path(str(path)).name.startswith("SIMULATED-")


def test_a_release_with_a_strange_name_writes_below_its_look(ledger: Ledger, look: Look, tmp_path: Path) -> None:
    observation = ledger.record(an_observation(look, release="../../my model"), some_detections()).observation
    folder = tmp_path / "detections" / look.look_id
    assert (tmp_path / str(observation.detections_path)).resolve().parent == folder.resolve()


def test_a_missing_or_broken_file_is_named(ledger: Ledger, look: Look, tmp_path: Path) -> None:
    observation = ledger.record(an_observation(look), some_detections(), a_chip()).observation
    for path, read in (
        (observation.detections_path, ledger.read_detections),
        (observation.chip_path, ledger.read_chip),
    ):
        (tmp_path / str(path)).write_bytes(b"garbage")
        with pytest.raises(BadInput, match=Path(str(path)).name):
            read(observation)
        (tmp_path / str(path)).unlink()
        with pytest.raises(BadInput, match="restore it"):
            read(observation)
    bare = ledger.record(an_observation(look, release="railcars-2")).observation
    with pytest.raises(BadInput, match="without chip"):
        ledger.read_chip(bare)


def test_a_chip_whose_parts_do_not_fit_is_refused_before_anything_is_written(
    ledger: Ledger, look: Look, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="do not fit"):
        ledger.record(an_observation(look), chip=replace(a_chip(), bands=("red",)))
    with pytest.raises(BadInput, match="float64"):
        ledger.record(an_observation(look), chip=a_chip(dtype=np.float64))
    assert files_of(tmp_path) == []
    assert ledger.row_counts()["observations"] == 0


def test_times_come_back_in_utc_whatever_zone_they_went_in(ledger: Ledger, look: Look) -> None:
    korea = datetime.fromisoformat("2023-10-05T11:10:00+09:00")
    stored = ledger.record(replace(an_observation(look), acquired_from=korea)).observation
    (again,) = ledger.observations()
    assert again.acquired_from == stored.acquired_from == korea
    assert again.acquired_from.tzinfo is UTC
