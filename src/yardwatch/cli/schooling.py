"""The command that trains a model of one's own: data set, run, record; it goes on where it was interrupted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yardwatch.cli.needs import need
from yardwatch.cli.output import progress_bar
from yardwatch.errors import BadInput

if TYPE_CHECKING:
    from yardwatch.detection import Release
    from yardwatch.training.material import Material

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
ASKED = "asked.json"
PIXEL_TOLERANCE_M = 1e-6
_OF_MATERIAL = ("chips", "seed", "backgrounds", "data", "negatives", "gsd_m", "repeat", "pixel_m")
_OF_RUN = ("hours", "epochs", "start_from", "architecture", "batch", "learning_rate", "threads", "bfloat16", "device")


@click.command(short_help="Train a model on simulated yards and pictures of your own.")
@click.option("--out", type=FOLDER, required=True, help="Folder of the run: data set, checkpoints, record.json.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out, as it was asked for.")
@click.option("--chips", default=8000, show_default=True, type=click.IntRange(0), help="Simulated chips; 0 for none.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of the first chip and of the run.")
@click.option("--backgrounds", type=FOLDER, help="Real tiles without railcars: ground of yards, hard negatives.")
@click.option("--data", type=FOLDER, multiple=True, help="Labelled pictures: YOLO-OBB, GeoJSON, COCO or xView.")
@click.option("--negatives", type=FOLDER, multiple=True, help="Pictures that show no railcar.")
@click.option("--gsd", "gsd_m", type=click.FloatRange(0.05, 10), help="Metres a pixel where a picture does not say.")
@click.option("--repeat", default=1, show_default=True, type=click.IntRange(1, 100), help="Times --data per epoch.")
@click.option("--pixel", "pixel_m", default=0.4, show_default=True, type=click.FloatRange(0.1, 2), help="Metres.")
@click.option("--hours", type=click.FloatRange(0, min_open=True), help="End in time, instead of after --epochs.")
@click.option("--epochs", default=30, show_default=True, type=click.IntRange(1))
@click.option("--start-from", type=FILE, help="Checkpoint whose weights the run starts from.")
@click.option("--from-release", help="Release whose weights the run starts from.")
@click.option("--architecture", default="yolo11n-obb.yaml", show_default=True, help="As Ultralytics names it.")
@click.option("--batch", default=16, show_default=True, type=click.IntRange(1))
@click.option("--learning-rate", default=0.002, show_default=True, type=click.FloatRange(0, 1, min_open=True))
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1))
@click.option("--bfloat16", is_flag=True, help="Faster on processors that have it.")
@click.option("--device", default="cpu", show_default=True, help="cpu, or the number of a GPU.")
def train(out: Path, resume: bool, **asked: Any) -> None:
    """Train a model into --out: write the data set, train, record. Run it again with --resume after any interruption.

    Then turn its last checkpoint into a release with `yardwatch release`.
    """
    asked = _asked(out, resume, asked)
    need("ultralytics", "train")
    from yardwatch.training.material import prepare
    from yardwatch.training.train import TrainPlan
    from yardwatch.training.train import train as run

    material = _material(asked)
    with progress_bar("data set") as follow:
        data_yaml, told = prepare(out / "material", material, follow)
    words = {name: asked[name] for name in _OF_RUN} | {"seed": asked["seed"], "image_px": material.size_px}
    words["start_from"] = None if asked["start_from"] is None else Path(asked["start_from"])
    if asked.get("from_release") is not None:
        words["start_from"] = _restored(asked["from_release"], data_yaml, out / "start.pt")
    if asked["hours"] is not None:
        words["epochs"] = 1000  # as many as there is time for
    loaders = 0 if asked["device"] == "cpu" else 4
    click.echo(run(TrainPlan(data_yaml, out, **words, loaders=loaders), told))


def _asked(out: Path, resume: bool, asked: dict[str, Any]) -> dict[str, Any]:
    """What the run is to be: as it was asked for at first where it is resumed, else as the options say."""
    note = out / ASKED
    if resume:
        if not note.exists():
            raise BadInput(f"--resume: {out} holds no run; start one without --resume")
        known: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        return known
    if note.exists():
        raise BadInput(f"--out {out}: holds a run; go on with it by --resume, or choose another folder")
    _material(asked)  # refuse before anything is written
    if asked["from_release"] is not None:
        _release(asked["from_release"], asked)
    out.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(asked, default=str, indent=1), encoding="utf-8")
    return asked


def _release(name: str, asked: dict[str, Any]) -> Release:
    """The release to start from; it must read pixels of the size that the data set will have."""
    from yardwatch.detection import load_release
    from yardwatch.settings import load_settings

    if asked["start_from"] is not None:
        raise BadInput("--start-from and --from-release: a run starts from one of them")
    release = load_release(load_settings().models_folder(), name)
    if abs(release.pixel_m - asked["pixel_m"]) > PIXEL_TOLERANCE_M:
        raise BadInput(
            f"--from-release {name}: reads {release.pixel_m} m a pixel; give --pixel {release.pixel_m}, or start anew"
        )
    return release


def _restored(name: str, data_yaml: Path, checkpoint: Path) -> Path:
    """The release as a checkpoint, made once for a run."""
    if not checkpoint.exists():
        from yardwatch.detection import load_release
        from yardwatch.settings import load_settings
        from yardwatch.training.restore import restore_checkpoint, sample_chips

        restore_checkpoint(load_release(load_settings().models_folder(), name), sample_chips(data_yaml), checkpoint)
    return checkpoint


def _material(asked: dict[str, Any]) -> Material:
    need("cv2", "simulate")
    from yardwatch.training.material import Material

    words = {name: asked[name] for name in _OF_MATERIAL}
    words["backgrounds"] = None if words["backgrounds"] is None else Path(words["backgrounds"])
    words["data"], words["negatives"] = (tuple(map(Path, words[name])) for name in ("data", "negatives"))
    return Material(**words)


COMMANDS = (train,)
