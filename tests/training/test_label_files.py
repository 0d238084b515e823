"""Other people's labels land on the right pixels, under the right class, and say so when there are none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import from_origin

from yardwatch.errors import BadInput
from yardwatch.training.label_files import find_marks
from yardwatch.training.labelled import empty_pictures, labelled_pictures
from yardwatch.training.naming import class_index
from yardwatch.training.upright import oriented


def picture(path: Path, pixel_m: float | None = 0.3, size: tuple[int, int] = (300, 400)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    placed = {} if pixel_m is None else {"crs": "EPSG:32652", "transform": from_origin(5e5, 4.7e6, pixel_m, pixel_m)}
    driver = "PNG" if path.suffix == ".png" else "GTiff"
    with rasterio.open(
        path, "w", driver=driver, width=size[1], height=size[0], count=3, dtype="uint8", **placed
    ) as file:
        file.write(np.full((3, *size), 120, np.uint8))
    return path


def xview(folder: Path, rows: list[tuple[int, str]], image: str = "5.tif") -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"type_id": kind, "image_id": image, "bounds_imcoords": bounds},
            "geometry": {"type": "Point", "coordinates": [0, 0]},
        }
        for kind, bounds in rows
    ]
    (folder / "xView_train.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def test_the_rail_vehicles_of_xview_and_nothing_else_are_read(tmp_path: Path) -> None:
    picture(tmp_path / "5.tif")
    kinds = (18, 33, 34, 35, 36, 37, 38, 73)
    xview(tmp_path, [(kind, f"10,{20 * k},60,{20 * k + 10}") for k, kind in enumerate(kinds)])
    [marks] = find_marks(tmp_path)
    assert marks.names == ("", "coach", "freight", "freight_flat", "freight_tank", "locomotive")
    assert marks.shapes[1].bounds == (10, 40, 60, 50)


def test_pictures_of_xview_that_are_not_here_are_passed_over(tmp_path: Path) -> None:
    picture(tmp_path / "6.tif")
    xview(tmp_path, [(35, "10,20,60,30")], image="5.tif")
    with pytest.raises(BadInput, match="no picture with labels"):
        find_marks(tmp_path)


def coco(folder: Path, annotations: list[dict[str, object]]) -> None:
    told = {
        "images": [{"id": 7, "file_name": "yard.tif"}],
        "categories": [{"id": 2, "name": "Tank car"}, {"id": 3, "name": "wagon"}],
        "annotations": [{"image_id": 7, **one} for one in annotations],
    }
    (folder / "labels.json").write_text(json.dumps(told))


def test_coco_outlines_become_oriented_boxes_and_upright_boxes_stay(tmp_path: Path) -> None:
    picture(tmp_path / "yard.tif")
    slanted = [10, 10, 40, 40, 34, 46, 4, 16]
    coco(tmp_path, [{"category_id": 2, "segmentation": [slanted]}, {"category_id": 3, "bbox": [100, 50, 45, 10]}])
    [marks] = find_marks(tmp_path)
    assert marks.names == ("freight_tank", "wagon")
    assert marks.shapes[0].area == pytest.approx(shapely.Polygon(np.reshape(slanted, (4, 2))).area)
    assert marks.shapes[1].bounds == (100, 50, 145, 60)


def test_coco_that_names_a_missing_picture_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "other.tif")
    coco(tmp_path, [])
    with pytest.raises(BadInput, match=r"yard\.tif"):
        find_marks(tmp_path)


def test_labels_lie_beside_or_where_ultralytics_puts_them(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "train" / "a.png", None)
    line = "2 0.1 0.1 0.2 0.1 0.2 0.15 0.1 0.15"
    (tmp_path / "labels" / "train").mkdir(parents=True)
    (tmp_path / "labels" / "train" / "a.txt").write_text(line)
    (tmp_path / "data.yaml").write_text("names: {0: freight_box, 2: freight_tank}\npixel_m: [0.4]\n")
    [found] = labelled_pictures(tmp_path)
    assert found.cars["class"].tolist() == ["freight_tank"]
    assert found.gsd_m == 0.4
    assert found.cars.geometry[0].bounds == pytest.approx((40, 30, 80, 45))


def test_an_empty_label_file_says_that_there_are_no_cars(tmp_path: Path) -> None:
    picture(tmp_path / "a.tif").with_suffix(".txt").write_text("")
    [found] = labelled_pictures(tmp_path)
    assert found.cars.empty


def test_a_folder_of_negatives_needs_no_labels_but_a_pixel_size(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", None)
    assert [found.gsd_m for found in empty_pictures(tmp_path, 0.3)] == [0.3]
    with pytest.raises(BadInput, match="--gsd"):
        empty_pictures(tmp_path)


def test_a_class_without_a_name_is_refused_with_its_line(tmp_path: Path) -> None:
    picture(tmp_path / "a.tif").with_suffix(".txt").write_text("3 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2")
    (tmp_path / "classes.txt").write_text("freight_box\n")
    with pytest.raises(BadInput, match="line 1"):
        labelled_pictures(tmp_path)


def test_a_class_that_is_no_railcar_is_not_trained_on() -> None:
    assert class_index("Tank car", "x") == class_index("freight_tank", "x") == 2
    assert class_index("railcar", "x") == 0
    assert class_index("unknown", "x") is None
    with pytest.raises(BadInput, match="freight_box"):
        class_index("bus", "x")


def coupled(length_m: float, angle: float, pixel_m: float) -> list[shapely.Polygon]:
    """Two coupled cars, pixels."""
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]]) * 3.1 / 2
    cars = []
    for start in (0.0, length_m + 1.0):
        middle = np.array([100.0, 100.0]) + along * start
        half = along * length_m / 2
        corners = [middle + half + across, middle - half + across, middle - half - across, middle + half - across]
        cars.append(shapely.Polygon(np.array(corners) / pixel_m))
    return cars


@given(st.floats(11, 22), st.floats(-1.5, 1.5), st.sampled_from([0.3, 0.5]))
def test_a_coupled_car_in_an_upright_box_is_found_again(length_m: float, angle: float, pixel_m: float) -> None:
    cars = coupled(length_m, angle, pixel_m)
    found = oriented(np.array([car.bounds for car in cars]), pixel_m)
    for car, one in zip(cars, found, strict=True):
        if one is not None:  # near the axes both diagonals fit the neighbour: such a car may be left out
            assert one.intersection(car).area / one.union(car).area > 0.6
    if 0.3 < abs(angle) < 1.27:
        assert None not in found


def test_a_lone_oblique_car_is_left_out_and_not_guessed() -> None:
    [first, _] = coupled(14, 0.7, 0.3)
    assert oriented(np.array([first.bounds]), 0.3) == [None]
