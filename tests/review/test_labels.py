"""Labels out to other tools and back: the same cars, whatever the tool's way to write them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from drawn_yard import CLASSES, yard
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from yardwatch.errors import BadInput
from yardwatch.review import LabelledLook, ReviewedBox, read_label_studio, write_coco, write_label_studio, write_yolo
from yardwatch.review.label_studio import _box, _result
from yardwatch.review.labels import corners_px
from yardwatch.training.labelled import labelled_pictures

BOXES = (ReviewedBox(100, 50, 28, 6, 30, "freight_box"), ReviewedBox(200, 150, 28, 6, 95, "freight_tank"))


@pytest.fixture
def reviewed_look(drawn_observation) -> LabelledLook:
    chip = yard([(100, 50, 30), (200, 150, 95)])
    seen = replace(drawn_observation, observation_id="abc")
    return LabelledLook(seen, chip, BOXES, reviewed=True)


def outlines(boxes: tuple[ReviewedBox, ...]) -> list[shapely.Polygon]:
    return [shapely.Polygon(corners_px(box)) for box in boxes]


def same_places(shapes, boxes: tuple[ReviewedBox, ...]) -> bool:
    return all(
        one.intersection(other).area / one.union(other).area > 0.99
        for one, other in zip(shapes, outlines(boxes), strict=True)
    )


@pytest.mark.parametrize("write", [write_yolo, write_coco])
def test_training_reads_what_reviewers_left(write, reviewed_look: LabelledLook, tmp_path: Path) -> None:
    write([reviewed_look], tmp_path, CLASSES)
    (picture,) = labelled_pictures(tmp_path, 0.5)
    assert list(picture.cars["class"]) == ["freight_box", "freight_tank"]
    assert same_places(picture.cars.geometry, BOXES)
    assert picture.path.name.startswith("SIMULATED-smallton")


def test_a_look_without_a_car_is_exported_as_ground_to_learn_from(reviewed_look: LabelledLook, tmp_path: Path) -> None:
    write_yolo([replace(reviewed_look, boxes=())], tmp_path, CLASSES)
    assert next((tmp_path / "labels").glob("*.txt")).read_text() == ""
    assert len(labelled_pictures(tmp_path, 0.5)[0].cars) == 0


def test_exported_pictures_lie_on_the_map_and_say_whose_they_are(reviewed_look: LabelledLook, tmp_path: Path) -> None:
    write_coco([reviewed_look], tmp_path, CLASSES)
    picture = next(tmp_path.glob("images/*.png"))
    with rasterio.open(picture) as opened:
        assert tuple(opened.transform)[:6] == pytest.approx(reviewed_look.chip.grid.transform)
    assert "A test; CC0-1.0" in (tmp_path / "CREDITS.txt").read_text()
    assert np.asarray(Image.open(picture)).shape == (300, 400, 3)


def test_coco_tells_the_upright_rectangle_around_the_turned_car(reviewed_look: LabelledLook, tmp_path: Path) -> None:
    told = json.loads(write_coco([reviewed_look], tmp_path, CLASSES).read_text())
    left, top, width, height = told["annotations"][0]["bbox"]
    assert (left + width / 2, top + height / 2) == pytest.approx((100, 50), abs=0.01)
    assert told["annotations"][0]["area"] == pytest.approx(28 * 6)
    assert told["images"][0]["look_id"] == reviewed_look.observation.look_id


def test_label_studio_gives_back_what_it_was_given(reviewed_look: LabelledLook, tmp_path: Path) -> None:
    (said,) = read_label_studio(write_label_studio([reviewed_look], tmp_path, CLASSES))
    assert (said.look_id, said.observation_id) == (reviewed_look.observation.look_id, "abc")
    assert same_places(outlines(said.boxes), BOXES)
    assert [box.label for box in said.boxes] == ["freight_box", "freight_tank"]


@given(
    st.builds(
        ReviewedBox,
        x_px=st.floats(0, 400),
        y_px=st.floats(0, 300),
        length_px=st.floats(14, 60),
        width_px=st.floats(4, 10),
        angle_deg=st.floats(0, 179.9),
        label=st.just("freight_box"),
    )
)
def test_a_turned_rectangle_is_the_same_in_label_studio_on_a_picture_that_is_no_square(box: ReviewedBox) -> None:
    back = _box(_result(box, 0, (400, 300)))
    assert (back.x_px, back.y_px) == pytest.approx((box.x_px, box.y_px), abs=1e-6)
    assert (back.length_px, back.width_px, back.angle_deg) == pytest.approx(
        (box.length_px, box.width_px, box.angle_deg), abs=1e-6
    )


def test_label_studio_turns_about_the_top_left_corner() -> None:
    value = _result(ReviewedBox(100, 50, 28, 6, 90, "freight_box"), 0, (400, 300))["value"]
    assert (value["x"], value["y"]) == pytest.approx((100 * 103 / 400, 100 * 36 / 300))


def test_a_detection_that_nobody_annotated_is_no_review(reviewed_look: LabelledLook, tmp_path: Path) -> None:
    path = write_label_studio([replace(reviewed_look, reviewed=False)], tmp_path, CLASSES)
    assert "predictions" in json.loads(path.read_text())[0]
    assert read_label_studio(path) == []


@pytest.mark.parametrize(
    ("export", "says"),
    [
        ("[" * 100_000, "no JSON"),
        ("{}", "no list of tasks"),
        ("[1]", r"task 1: is not whole .*it must be a task that"),
        ('[{"data": {}, "annotations": [{"result": []}]}]', "'look_id' is missing"),
    ],
)
def test_what_label_studio_did_not_write_is_refused_by_file_and_task(tmp_path: Path, export: str, says: str) -> None:
    path = tmp_path / "export.json"
    path.write_text(export)
    with pytest.raises(BadInput, match=says) as refused:
        read_label_studio(path)
    assert str(refused.value).startswith(str(path))


def test_a_cancelled_annotation_is_passed_over_for_the_one_before(reviewed_look: LabelledLook, tmp_path: Path) -> None:
    path = write_label_studio([reviewed_look], tmp_path, CLASSES)
    tasks = json.loads(path.read_text())
    tasks[0]["annotations"].append({"result": [], "was_cancelled": True})
    tasks[0]["annotations"][0]["completed_by"] = {"email": "kim@example.org"}
    path.write_text(json.dumps(tasks))
    (said,) = read_label_studio(path)
    assert len(said.boxes) == 2
    assert said.reviewer == "kim@example.org"


@pytest.mark.parametrize(
    "content", ["{", "{}", '[{"annotations": [{"result": []}], "data": {}}]', '[{"annotations": 3}]']
)
def test_a_file_that_is_no_export_is_named_with_its_mend(content: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(BadInput, match=r"x\.json"):
        read_label_studio(path)
