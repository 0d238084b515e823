"""COCO: one JSON of images, categories and annotations; the oriented box is the segmentation, ``bbox`` the upright
rectangle around it, as the format wants (cocodataset.org, "Data format")."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yardwatch.review.labels import LabelledLook, corners_px, write_pictures


def write_coco(looks: Sequence[LabelledLook], folder: Path, classes: Sequence[str]) -> Path:
    """Write the looks below ``folder``; the path of ``coco.json``.

    Raises:
        NotConfigured: when the folder cannot be written.
    """
    pictures = write_pictures(looks, folder)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, (look, picture) in enumerate(zip(looks, pictures, strict=True), start=1):
        images.append(
            {
                "id": number,
                "file_name": f"images/{picture.name}",
                "width": look.chip.grid.width,
                "height": look.chip.grid.height,
                "date_captured": look.observation.acquired_from.isoformat(),
                "look_id": look.observation.look_id,
                "observation_id": look.observation.observation_id,
                "pixel_m": look.chip.grid.pixel_m,
                "credit": f"{look.observation.attribution}; {look.observation.licence}",
            }
        )
        for box in look.boxes:
            corners = corners_px(box)
            (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": classes.index(box.label) + 1,
                    "segmentation": [[round(float(value), 3) for value in corners.ravel()]],
                    "bbox": [round(float(value), 3) for value in (left, top, right - left, bottom - top)],
                    "area": round(box.length_px * box.width_px, 3),
                    "iscrowd": 0,
                    "score": round(box.score, 4),
                }
            )
    categories = [{"id": index, "name": name} for index, name in enumerate(classes, start=1)]
    path = folder / "coco.json"
    told = {"images": images, "categories": categories, "annotations": annotations}
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return path
