"""A folder of deliveries: files arrive from any vendor, and one that says no time is passed over, not guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from drawn_rasters import GROUND_BOX, grey, grid_of, north_up, wgs84, write
from shapely.affinity import translate

from yardwatch.errors import BadInput
from yardwatch.imagery import ImagerySource, open_source
from yardwatch.imagery.acquired import from_name, parse_time
from yardwatch.records import Scene
from yardwatch.watchlist import SourceEntry

HERE = wgs84(GROUND_BOX)
PROCESSED = {"TIFFTAG_DATETIME": "2024:01:01 00:00:00"}
WRONG_SIDECARS = [
    "{",
    "[]",
    '{"datetime": "last autumn"}',
    '{"start_datetime": "2023-10-05", "end_datetime": "2023-10-04"}',
]
NO_TIMES = ["scene.tif", "20231332.tif", "120231005.tif", "order-20231005123456789.tif", "muttenz_0.5m.tif"]
ALWAYS = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def source_at(folder: Path, **fields: Any) -> ImagerySource:
    return open_source(SourceEntry(name="deliveries", kind="folder", path=folder, **fields))


def found(source: ImagerySource) -> list[Scene]:
    return list(source.search(HERE, *ALWAYS))


def test_a_delivery_is_found_and_read(tmp_path: Path) -> None:
    write(
        tmp_path / "2023" / "tumangang_20231005T021500Z.tif", grey(90), tags={"TIFFTAG_DATETIME": "2024:01:01 00:00:00"}
    )
    source = source_at(tmp_path, licence="commercial", attribution="(c) the vendor")
    (scene,) = found(source)
    assert scene.scene_id == "2023/tumangang_20231005T021500Z.tif"
    assert scene.acquired_from == scene.acquired_to == datetime(2023, 10, 5, 2, 15, tzinfo=UTC)
    assert scene.gsd_m == pytest.approx(0.5, rel=1e-3)
    assert (scene.platform, scene.licence, scene.attribution) == ("unknown", "commercial", "(c) the vendor")
    assert scene.footprint.symmetric_difference(HERE).area < HERE.area * 1e-3
    assert source.read(scene, grid_of()).valid.all()


def test_only_pictures_of_the_place_and_span_are_found(tmp_path: Path) -> None:
    write(tmp_path / "a_20231005.tif", grey(90))
    source = source_at(tmp_path)
    assert list(source.search(translate(HERE, 0.05), *ALWAYS)) == []
    day = datetime(2023, 10, 5, tzinfo=UTC)
    assert list(source.search(HERE, ALWAYS[0], day)) == []
    assert len(list(source.search(HERE, day, ALWAYS[1]))) == 1


def test_a_file_that_arrives_later_is_found_at_the_next_search(tmp_path: Path) -> None:
    source = source_at(tmp_path)
    assert found(source) == []
    write(tmp_path / "a_20231005.tif", grey(90))
    assert len(found(source)) == 1


def test_a_file_without_a_time_is_passed_over_with_the_mend(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", grey(90))
    write(tmp_path / "b_20231005.tif", grey(90))
    source = source_at(tmp_path)
    assert [scene.scene_id for scene in found(source)] == ["b_20231005.tif"]
    (warning,) = source.take_warnings()
    assert "a.tif: says no time; put it into the name" in warning


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_broken_and_unplaced_files_are_passed_over_and_named(tmp_path: Path) -> None:
    (tmp_path / "a_20231005.tif").write_bytes(b"II*\x00")
    write(tmp_path / "b_20231005.tif", grey(90), crs=None)
    (tmp_path / "c_20231005.vrt").write_text("<VRTDataset/>")
    (tmp_path / "notes.txt").write_text("20231005")
    source = source_at(tmp_path)
    assert found(source) == []
    warnings = source.take_warnings()
    assert len(warnings) == 2
    assert "a_20231005.tif: cannot be read" in warnings[0]
    assert "b_20231005.tif: has no georeference" in warnings[1]
    assert "--gsd" not in warnings[1]  # `yardwatch watch` has no such option


def test_a_sidecar_speaks_before_tags_and_name(tmp_path: Path) -> None:
    write(tmp_path / "a_20200101.tif", grey(90), tags={"ACQUISITION_DATETIME": "2021-01-01T00:00:00Z"})
    said = {
        "datetime": "2023-10-05T11:15:00+09:00",
        "platform": "sat-9",
        "gsd": 0.48,
        "license": "mine",
        "pass_id": "strip-7",
    }
    (tmp_path / "a_20200101.json").write_text(json.dumps(said))
    (scene,) = found(source_at(tmp_path))
    assert scene.acquired_from == datetime(2023, 10, 5, 2, 15, tzinfo=UTC)
    assert (scene.platform, scene.gsd_m, scene.licence, scene.pass_id) == ("sat-9", 0.48, "mine", "strip-7")


@pytest.mark.parametrize(("pixel_m", "claimed_m", "listed_m"), [(3.0, 0.5, 3.0), (0.5, 0.6, 0.6), (0.5, 0.48, 0.48)])
def test_no_setting_makes_a_file_sharper_than_its_pixels(
    tmp_path: Path, pixel_m: float, claimed_m: float, listed_m: float
) -> None:
    write(tmp_path / "a_20231005.tif", grey(90, pixel_m=pixel_m), north_up(pixel_m))
    (scene,) = found(source_at(tmp_path, gsd_m=claimed_m))
    assert scene.gsd_m == pytest.approx(listed_m, rel=1e-3)
    (tmp_path / "a_20231005.json").write_text(json.dumps({"datetime": "2023-10-05T02:15:00Z", "gsd": claimed_m}))
    (scene,) = found(source_at(tmp_path))
    assert scene.gsd_m == pytest.approx(listed_m, rel=1e-3)


def test_a_stac_item_beside_the_file_is_a_sidecar(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", grey(90))
    item = {"type": "Feature", "properties": {"datetime": "2023-10-05T02:15:00Z", "yardwatch:simulated": True}}
    (tmp_path / "a.json").write_text(json.dumps(item))
    (scene,) = found(source_at(tmp_path))
    assert scene.simulated is True


@pytest.mark.parametrize("text", WRONG_SIDECARS)
def test_a_wrong_sidecar_is_named(tmp_path: Path, text: str) -> None:
    write(tmp_path / "a_20231005.tif", grey(90))
    (tmp_path / "a_20231005.json").write_text(text)
    source = source_at(tmp_path)
    assert found(source) == []
    assert "a_20231005" in source.take_warnings()[0]


def test_tags_of_the_acquisition_speak_before_the_name_and_tiffs_own_tag_last(tmp_path: Path) -> None:
    write(tmp_path / "a_20200101.tif", grey(90), tags={"ACQUISITIONDATETIME": "2023-10-05 02:15:00"})
    write(tmp_path / "b.tif", grey(90), tags={"TIFFTAG_DATETIME": "2023:10:06 02:15:00"})
    days = [scene.acquired_from.day for scene in found(source_at(tmp_path))]
    assert days == [5, 6]


def test_a_users_pattern_reads_the_vendors_names(tmp_path: Path) -> None:
    write(tmp_path / "05OCT23_scene.tif", grey(90))
    write(tmp_path / "d05m10y2023h02.tif", grey(90))
    pattern = r"d(?P<day>\d\d)m(?P<month>\d\d)y(?P<year>\d{4})h(?P<hour>\d\d)"
    source = source_at(tmp_path, time_pattern=pattern)
    (scene,) = found(source)
    assert scene.acquired_from == datetime(2023, 10, 5, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "message"), [("(", "correct the regular expression"), (r"(?P<year>\d{4})", "has no group day, month")]
)
def test_a_pattern_that_cannot_work_is_refused_at_once(tmp_path: Path, pattern: str, message: str) -> None:
    with pytest.raises(BadInput, match=f"source deliveries: time_pattern: .*{message}"):
        source_at(tmp_path, time_pattern=pattern)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("20231005T021530Z.tif", (5, 2, 15, 30)),
        ("SKYSAT_20231005_021530_ssc7.tif", (5, 2, 15, 30)),
        ("scene-2023-10-05_02-15.tif", (5, 2, 15, 0)),
        ("2023-10-05.tif", (5, 12, 0, 0)),
        ("m_4709963_se_14_1_20231005.tif", (5, 12, 0, 0)),
    ],
)
def test_usual_names_say_their_time(name: str, expected: tuple[int, int, int, int]) -> None:
    when = from_name(name)
    assert when is not None
    assert (when.begin.day, when.begin.hour, when.begin.minute, when.begin.second) == expected
    assert when.begin.utcoffset() is not None


@pytest.mark.parametrize("name", NO_TIMES)
def test_other_numbers_are_no_time(name: str) -> None:
    assert from_name(name) is None


@pytest.mark.parametrize("text", ["", "2023", "yesterday", "2023:13:01 00:00:00", "99999999999"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text) is None


def test_a_file_may_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    secret = write(tmp_path / "elsewhere" / "a_20231005.tif", grey(90))
    (tmp_path / "deliveries").mkdir()
    (tmp_path / "deliveries" / "link_20231005.tif").symlink_to(secret)
    source = source_at(tmp_path / "deliveries")
    assert found(source) == []
    assert "lies outside" in source.take_warnings()[0]


def test_a_missing_folder_and_a_missing_path_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"source deliveries: path: .*nowhere is not a folder"):
        found(source_at(tmp_path / "nowhere"))
    with pytest.raises(BadInput, match="source deliveries: path: a folder source needs"):
        open_source(SourceEntry(name="deliveries", kind="folder"))


def test_names_that_gdal_would_read_as_more_than_a_name_are_names(tmp_path: Path) -> None:
    for name in ("a!b_20231005.tif", "c#1_20231005.tif", "d?x_20231006.tif", "작은역_20231007.tif"):
        write(tmp_path / "plain.tif", grey(90), north_up()).rename(tmp_path / name)
    source = source_at(tmp_path)
    scenes = found(source)
    assert len(scenes) == 4, source.take_warnings()
    assert all(source.read(scene, grid_of()).valid.all() for scene in scenes)
