"""YOLO-OBB: one text file a picture, a class and four corners a line, shares of the picture's sides.

The format of Ultralytics' oriented datasets: ``images/``, ``labels/``, ``data.yaml``. ``pixel_m`` is ours: the pictures
are plain PNG, and training asks for their pixel size with ``--gsd`` where it does not read it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from yardwatch.review.labels import LabelledLook, corners_px, write_pictures


def write_yolo(looks: Sequence[LabelledLook], folder: Path, classes: Sequence[str]) -> Path:
    """Write the looks below ``folder``; the path of ``data.yaml``. A look without cars is a file without lines.

    Raises:
        NotConfigured: when the folder cannot be written.
    """
    pictures = write_pictures(looks, folder)
    (folder / "labels").mkdir(exist_ok=True)
    for look, picture in zip(looks, pictures, strict=True):
        size = (look.chip.grid.width, look.chip.grid.height)
        lines = [
            f"{classes.index(box.label)} " + " ".join(f"{share:.6f}" for share in (corners_px(box) / size).ravel())
            for box in look.boxes
        ]
        (folder / "labels" / f"{picture.stem}.txt").write_text("".join(f"{line}\n" for line in lines))
    pixel_m = sorted({round(look.chip.grid.pixel_m, 4) for look in looks})
    described = [
        "# Written by yardwatch; credits and licences of the pictures stand in CREDITS.txt.",
        "path: .",
        "train: images",
        "val: images",
        f"pixel_m: {json.dumps(pixel_m)}",
        "names:",
        *(f"  {index}: {json.dumps(name)}" for index, name in enumerate(classes)),
    ]
    path = folder / "data.yaml"
    path.write_text("\n".join(described) + "\n", encoding="utf-8")
    return path
