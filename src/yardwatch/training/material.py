"""What a run is trained on: simulated chips, people's own pictures, ground without cars; written once, then kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yardwatch.errors import BadInput
from yardwatch.simulate.chips import ChipOptions
from yardwatch.simulate.kinds import CLASSES
from yardwatch.training.dataset import DatasetPlan, write_dataset
from yardwatch.training.labelled import empty_pictures, labelled_pictures
from yardwatch.training.own_chips import write_own_chips

FIRST_VAL_SEED = 800_000
"""Training seeds stay below it; what measures a release is drawn from seeds above."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Material:
    """What to train on.

    Attributes:
        chips: simulated chips, of seeds from ``seed`` on; none where people's own pictures shall stand alone.
        val_chips: simulated chips that the last epoch is measured on.
        backgrounds: real tiles without railcars, as ground of simulated yards and as hard negatives.
        data: folders of labelled pictures, see :func:`yardwatch.training.label_files.find_marks`.
        negatives: folders of pictures without railcars.
        gsd_m: of pictures that do not say theirs, metres.
        repeat: how often an epoch shows people's own chips; few of them drown among simulated ones otherwise.
        pixel_m, size_px: the chips' pixel in metres and their side in pixels, those of the release to be.
    """

    chips: int = 8000
    val_chips: int = 200
    seed: int = 0
    backgrounds: Path | None = None
    data: tuple[Path, ...] = ()
    negatives: tuple[Path, ...] = ()
    gsd_m: float | None = None
    repeat: int = 1
    pixel_m: float = 0.4
    size_px: int = 320
    workers: int = 2

    def __post_init__(self) -> None:
        if self.seed + self.chips > FIRST_VAL_SEED:
            raise BadInput(
                f"--seed {self.seed}, --chips {self.chips}: seeds from {FIRST_VAL_SEED} on are held out to measure "
                "with; choose a lower seed or fewer chips"
            )

    @property
    def options(self) -> ChipOptions:
        """How chips are made."""
        return ChipOptions(self.size_px, self.pixel_m, backgrounds=self.backgrounds)


def prepare(out: Path, material: Material, progress: Progress) -> tuple[Path, dict[str, Any]]:
    """Writes what is missing under ``out``; returns the path of `data.yaml` and what the set holds, for the record.

    Raises:
        BadInput: when there is nothing to train on, or a folder holds nothing usable.
    """
    if not material.chips and not material.data:
        raise BadInput("nothing to train on: give --chips above 0, or --data")
    if material.backgrounds is not None and not material.backgrounds.is_dir():
        raise BadInput(f"--backgrounds {material.backgrounds}: there is no such folder")
    train: list[Path] = []
    val: list[Path] = []
    told: dict[str, Any] = {"pixel_m": material.pixel_m, "size_px": material.size_px}
    if material.chips:
        plan = DatasetPlan(
            material.chips,
            material.val_chips,
            material.seed,
            FIRST_VAL_SEED,
            material.options,
            material.workers,
        )
        write_dataset(out / "simulated", plan, lambda done, total: progress(done, total, "simulated chips"))
        train.append(out / "simulated" / "images" / "train")
        val.append(out / "simulated" / "images" / "val")
        told["simulated"] = {
            "training_seeds": [plan.first_seed, plan.first_seed + plan.chips - 1],
            "validation_seeds": [plan.first_val_seed, plan.first_val_seed + plan.val_chips - 1],
        }
    for number, (folder, empty) in enumerate(
        [(f, False) for f in material.data] + [(f, True) for f in material.negatives]
    ):
        progress(number, len(material.data) + len(material.negatives), folder.name)
        place = out / "own" / f"{number}-{folder.name}"
        pictures = (empty_pictures if empty else labelled_pictures)(folder, material.gsd_m)
        cut = write_own_chips(place, pictures, material.options)
        told.setdefault("own", []).append({"folder": str(folder), "repeat": material.repeat, **vars(cut)})
        train += [place / "images" / "train"] * material.repeat
        if (place / "images" / "val").is_dir():
            val.append(place / "images" / "val")
    return write_data_yaml(out / "data.yaml", train, val or train[:1]), told


def write_data_yaml(path: Path, train: list[Path], val: list[Path]) -> Path:
    """The file by which Ultralytics finds pictures (labels lie under `labels/` where pictures lie under `images/`)."""
    import yaml

    facts = {
        "train": [str(folder.resolve()) for folder in train],
        "val": [str(folder.resolve()) for folder in val],
        "names": dict(enumerate(CLASSES)),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(facts, sort_keys=False), encoding="utf-8")
    return path
