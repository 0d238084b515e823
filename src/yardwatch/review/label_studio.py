"""Label Studio: tasks with rotated rectangles, written for import there and read back from its JSON export.

A rectangle's ``x``, ``y`` are its top left corner before turning, ``width`` and ``height`` its sides, all in percent of
the picture; ``rotation`` turns it clockwise about that corner, degrees (Label Studio's documentation of
RectangleLabels). Sides are scaled by the picture's width and height apart, so the turning is done in pixels.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yardwatch.errors import BadInput
from yardwatch.review.boxes import ReviewedBox
from yardwatch.review.labels import LabelledLook, Said, write_pictures

FROM, TO = "cars", "image"


def write_label_studio(looks: Sequence[LabelledLook], folder: Path, classes: Sequence[str]) -> Path:
    """Write pictures, ``tasks.json`` and ``labelling.xml`` (the labelling interface); the path of ``tasks.json``.

    What a person left is an annotation, what was detected a prediction. Label Studio serves the pictures from its local
    files storage with the exported folder as document root.

    Raises:
        NotConfigured: when the folder cannot be written.
    """
    pictures = write_pictures(looks, folder)
    tasks = []
    for look, picture in zip(looks, pictures, strict=True):
        size = (look.chip.grid.width, look.chip.grid.height)
        results = [_result(box, number, size) for number, box in enumerate(look.boxes)]
        said: dict[str, Any] = {"result": results}
        if not look.reviewed:
            said["model_version"] = look.observation.release
        tasks.append(
            {
                "data": {
                    "image": f"/data/local-files/?d=images/{picture.name}",
                    "look_id": look.observation.look_id,
                    "observation_id": look.observation.observation_id,
                    "credit": f"{look.observation.attribution}; {look.observation.licence}",
                },
                "annotations" if look.reviewed else "predictions": [said],
            }
        )
    labels = "".join(f'    <Label value="{name}"/>\n' for name in classes)
    (folder / "labelling.xml").write_text(
        f'<View>\n  <Image name="{TO}" value="$image" zoom="true"/>\n  <Text name="credit" value="$credit"/>\n'
        f'  <RectangleLabels name="{FROM}" toName="{TO}" canRotate="true">\n{labels}  </RectangleLabels>\n</View>\n',
        encoding="utf-8",
    )
    path = folder / "tasks.json"
    path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def read_label_studio(path: Path) -> list[Said]:
    """What people annotated, from Label Studio's JSON export; tasks without an annotation are left out.

    Of several annotations the last one that was not cancelled counts.

    Raises:
        BadInput: naming the file, the task and the mend.
    """
    try:
        tasks = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; name the file that Label Studio exported") from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"{path}: no JSON ({error}); export from Label Studio as JSON") from None
    if not isinstance(tasks, list):
        raise BadInput(f"{path}: holds no list of tasks; export from Label Studio as JSON, not as JSON-MIN")
    said = [_said(task, f"{path}, task {number}") for number, task in enumerate(tasks, start=1)]
    return [one for one in said if one is not None]


def _said(task: Any, where: str) -> Said | None:
    try:
        annotations = [one for one in task.get("annotations", []) if not one.get("was_cancelled")]
        if not annotations:
            return None
        last = annotations[-1]
        data = task["data"]
        boxes = tuple(_box(result) for result in last["result"] if result.get("type") == "rectanglelabels")
        by = last.get("completed_by")
        reviewer = str(by.get("email", "")) if isinstance(by, dict) else ""
        return Said(str(data["look_id"]), str(data["observation_id"]), boxes, reviewer)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        fault = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise BadInput(
            f"{where}: is not whole ({fault}); it must be a task that `yardwatch review export` wrote"
        ) from None


def _result(box: ReviewedBox, number: int, size: tuple[int, int]) -> dict[str, Any]:
    width, height = size
    turn = math.radians(box.angle_deg)
    left = box.x_px - box.length_px / 2 * math.cos(turn) + box.width_px / 2 * math.sin(turn)
    top = box.y_px - box.length_px / 2 * math.sin(turn) - box.width_px / 2 * math.cos(turn)
    return {
        "id": f"car{number}",
        "type": "rectanglelabels",
        "from_name": FROM,
        "to_name": TO,
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "score": round(box.score, 4),
        "value": {
            "x": 100 * left / width,
            "y": 100 * top / height,
            "width": 100 * box.length_px / width,
            "height": 100 * box.width_px / height,
            "rotation": box.angle_deg,
            "rectanglelabels": [box.label],
        },
    }


def _box(result: dict[str, Any]) -> ReviewedBox:
    width, height, value = float(result["original_width"]), float(result["original_height"]), result["value"]
    left, top = value["x"] * width / 100, value["y"] * height / 100
    length, across = value["width"] * width / 100, value["height"] * height / 100
    angle = float(value.get("rotation", 0.0))
    turn = math.radians(angle)
    x = left + length / 2 * math.cos(turn) - across / 2 * math.sin(turn)
    y = top + length / 2 * math.sin(turn) + across / 2 * math.cos(turn)
    return ReviewedBox(x, y, length, across, angle, str(value["rectanglelabels"][0])).upright()
