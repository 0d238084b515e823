"""Seconds a scene through yardwatch's detection beside SAHI: same weights, same pixels, same threads, one run.

    python -m venv PEERS                                        # SAHI needs the plain OpenCV and libGL: its own place
    PEERS/bin/pip install sahi ultralytics torch torchvision onnxruntime
    python benchmarks/sahi_ratio.py --peers PEERS/bin/python [--weights my.pt] [--side 1600] [--rounds 3] [--json OUT]

A simulated yard fills a strip of the scene. SAHI cuts the scene into 640 px slices with an overlap of 0.2 and runs the
weights through Ultralytics: the checkpoint given with --weights, else the release's own ONNX file. yardwatch runs the
release through `detection/`, once over the whole scene and once over the strip alone, a fifth of it, as the daily watch
does along an area's tracks. Both get the same array, read already; the first pass of each is not counted. The rounds
alternate, so that whatever else the computer does meets both. Targets: 1.2 times faster on the whole scene, 4 times
on the strip. Run it on an idle computer.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Any

import click
import numpy as np

from yardwatch.detection import Detector, load_release
from yardwatch.records import FREIGHT_PREFIX, Chip, Grid
from yardwatch.settings import load_settings
from yardwatch.simulate.yards import YardOptions, yard

SHARE = 0.2
TARGETS = {"whole scene": 1.2, "area searched": 4.0}
SEED = 1_100_000

PEER = """
import json, sys, time
import numpy as np
import onnxruntime
import torch
weights, picture, threads, score, names = sys.argv[1:6]
torch.set_num_threads(int(threads))
usual = onnxruntime.InferenceSession
def session(path, sess_options=None, **options):
    sess_options = sess_options or onnxruntime.SessionOptions()
    sess_options.intra_op_num_threads = int(threads)
    return usual(path, sess_options, **options)
onnxruntime.InferenceSession = session
from sahi import AutoDetectionModel
from sahi.predict import get_sliced_prediction
model = AutoDetectionModel.from_pretrained(
    model_type="ultralytics", model_path=weights, confidence_threshold=float(score), device="cpu", image_size=640,
    category_mapping={str(index): name for index, name in enumerate(names.split(","))},
)
image = np.load(picture)
torch.set_num_threads(int(threads))
for line in sys.stdin:
    begun = time.perf_counter()
    found = get_sliced_prediction(
        image, model, slice_height=640, slice_width=640, overlap_height_ratio=0.2, overlap_width_ratio=0.2, verbose=0
    )
    seconds = time.perf_counter() - begun
    cars = sum(one.category.name.startswith("freight") for one in found.object_prediction_list)
    print("RESULT", json.dumps({"seconds": seconds, "cars": cars}), flush=True)
"""


def scene(side_px: int, pixel_m: float) -> tuple[Chip, np.ndarray]:
    """A square scene at `pixel_m` with a yard, uint8, and bool (row, col), the strip across its middle."""
    made = yard(SEED, YardOptions(side_m=side_px * pixel_m, gsd_m=pixel_m))
    pixels = np.ascontiguousarray(np.moveaxis(made.rgb, 2, 0)[:, :side_px, :side_px])
    shape = pixels.shape[1:]
    grid = Grid("EPSG:32652", (pixel_m, 0.0, 500_000.0, 0.0, -pixel_m, 4_700_000.0), shape[1], shape[0], pixel_m)
    chip = Chip(
        pixels=pixels,
        bands=("red", "green", "blue"),
        valid=np.ones(shape, bool),
        hidden=np.zeros(shape, np.uint8),
        grid=grid,
        gsd_m=pixel_m,
        effective_gsd_m=pixel_m,
        scenes=("SIMULATED",),
    )
    strip = np.zeros(shape, bool)
    half = round(shape[0] * SHARE / 2)
    strip[shape[0] // 2 - half : shape[0] // 2 + half] = True
    return chip, strip


def timed(detector: Detector, chip: Chip, searched: np.ndarray) -> tuple[float, int]:
    """Seconds of one detection, and freight cars found."""
    begun = time.perf_counter()
    found = detector.detect(chip, searched)
    return time.perf_counter() - begun, int(found["class"].str.startswith(FREIGHT_PREFIX).sum())


class Sahi:
    """SAHI in its own environment, kept open; each :meth:`run` is one scene."""

    def __init__(self, python: Path, words: list[str]) -> None:
        quiet = {"YOLO_AUTOINSTALL": "False", "YOLO_OFFLINE": "true", "OMP_NUM_THREADS": words[2]}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [python, "-c", PEER, *words], stdin=pipe, stdout=pipe, text=True, env=os.environ | quiet
        )

    def run(self) -> tuple[float, int]:
        """Seconds of one scene, and freight cars found."""
        pipes: tuple[IO[str] | None, IO[str] | None] = self._process.stdin, self._process.stdout
        assert pipes[0] is not None
        assert pipes[1] is not None
        pipes[0].write("go\n")
        pipes[0].flush()
        for line in pipes[1]:
            if line.startswith("RESULT "):
                told: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
                return told["seconds"], told["cars"]
        raise click.ClickException("SAHI ended without a result; see its words above and install it as described")

    def close(self) -> None:
        """Ends it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=60)


@click.command(help=__doc__)
@click.option("--peers", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--release", "name", help="Release; default is the one in use.")
@click.option("--weights", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its checkpoint, .pt.")
@click.option("--side", "side_px", default=1600, show_default=True, help="Side of the scene in pixels of the release.")
@click.option("--threads", default=2, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--json", "json_path", type=click.Path(path_type=Path))
def main(peers: Path, name: str | None, weights: Path | None, side_px: int, **asked: Any) -> None:
    settings = load_settings()
    release = load_release(settings.models_folder(), name or settings.release)
    chip, strip = scene(side_px, release.pixel_m)
    detector, everywhere = Detector(release, asked["threads"]), np.ones_like(strip)
    rows: dict[str, list[tuple[float, int]]] = {"sahi": [], "whole scene": [], "area searched": []}
    with tempfile.TemporaryDirectory() as place:
        picture = Path(place) / "scene.npy"
        np.save(picture, np.ascontiguousarray(np.moveaxis(chip.pixels, 0, 2)))
        own = Path(place) / f"model-obb{(weights or release.weights_path).suffix}"
        shutil.copy(weights or release.weights_path, own)
        words = [str(own), str(picture), str(asked["threads"]), str(release.score_threshold)]
        sahi = Sahi(peers.absolute(), [*words, ",".join(release.classes)])
        for number in range(asked["rounds"] + 1):
            found = sahi.run(), timed(detector, chip, everywhere), timed(detector, chip, strip)
            if number:
                for label, one in zip(rows, found, strict=True):
                    rows[label].append(one)
        sahi.close()
    seconds = {label: statistics.median(value for value, _ in found) for label, found in rows.items()}
    for label, found in rows.items():
        ratio = seconds["sahi"] / seconds[label]
        against = f", {ratio:.2f} times as fast as SAHI (target {TARGETS[label]})" if label in TARGETS else ""
        click.echo(f"{label:<14} {seconds[label]:7.2f} s, {found[0][1]:>4} cars{against}")
    if asked["json_path"] is not None:
        summary = {"release": release.name, "side_px": side_px, "pixel_m": release.pixel_m, "seconds": rows}
        asked["json_path"].write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
