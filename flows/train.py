"""Simulate, train, evaluate, and propose a release. Nobody but a person puts a release into use.

python -m flows.train NAME --hours 4 [--chips 8000] [--backgrounds DIR] [--data DIR]
"""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import click
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from pydantic import Field

from flows.entry import run
from yardwatch.settings import load_settings
from yardwatch.training.appraisal import Examiner
from yardwatch.training.material import Material, prepare
from yardwatch.training.quality import Held
from yardwatch.training.release import ReleaseRequest, make_release, quality_lines
from yardwatch.training.requalify import requalify_on_simulated
from yardwatch.training.train import TrainPlan
from yardwatch.training.train import train as train_model


@dataclass(frozen=True)
class Course:
    """What a run is made of: where it lies, what it is trained on, for how long."""

    name: str
    folder: Path
    material: Material
    hours: float
    seed: int = 0


@task(task_run_name="simulate", persist_result=False)
def simulate(course: Course) -> tuple[Path, dict[str, Any]]:
    """Writes the chips that are missing; returns the data set's file and what it holds."""
    return prepare(course.folder / "material", course.material, lambda done, total, at: None)


@task(task_run_name="train", persist_result=False)
def school(course: Course, data_yaml: Path, told: dict[str, Any]) -> Path:
    """Trains, or goes on where an earlier run of the same name was interrupted; returns the last checkpoint."""
    plan = TrainPlan(data_yaml, course.folder, epochs=1000, hours=course.hours, seed=course.seed)
    return train_model(plan, told)


@task(task_run_name="propose", persist_result=False)
def propose(course: Course, checkpoint: Path) -> Path:
    """Exports and compares the checkpoint, fixes threshold and quality on held-out scenes; kept beside the run.

    Run again, it proposes nothing new: releases do not change.
    """
    proposals = course.folder / "proposed"
    if (proposals / course.name).exists():
        return proposals / course.name
    from yardwatch.simulate.kinds import CLASSES

    request = ReleaseRequest.parse(checkpoint, name=course.name, classes=",".join(CLASSES), gsd_range="0.3-1.2")
    making = course.folder / "making"
    made = make_release(request, making) if not (making / course.name).exists() else making / course.name
    requalify_on_simulated(_release(made), _held(course))
    proposals.mkdir(parents=True, exist_ok=True)
    return made.rename(proposals / course.name)


@task(task_run_name="evaluate", persist_result=False)
def appraise(course: Course, proposed: Path) -> dict[str, Any]:
    """Measures the proposal on held-out scenes and leaves its figures in Prefect."""
    release = _release(proposed)
    found = Examiner(release).simulated(_held(course)).plain()
    lines = [f"# {course.name}: proposed, not in use", "", *quality_lines(list(release.quality)), ""]
    lines += [
        f"- {row['on']}: {row['false_on_track']} false cars on {row['track_km']:.1f} km of empty track, "
        f"{row['false_beside']} on {row['beside_km2']:.2f} km2 beside it"
        for row in found["empty"]
    ]
    lines += ["", f"To put it into use: move `{proposed}` into the models folder and name it in `current.toml`."]
    create_markdown_artifact(key="proposed-release", markdown="\n".join(lines), description=course.name)
    return found


def _release(folder: Path) -> Any:
    from yardwatch.detection import load_release

    return load_release(folder.parent, folder.name)


def _held(course: Course) -> Held:
    return Held(course.folder / "held-out", load_settings().areas_folder(), backgrounds=course.material.backgrounds)


@flow(name="train", flow_run_name="train {name}", persist_result=False)
def train(
    name: str,
    hours: Annotated[float, Field(gt=0)] = 4.0,
    chips: Annotated[int, Field(ge=0)] = 8000,
    seed: Annotated[int, Field(ge=0)] = 0,
    backgrounds: Path | None = None,
    data: list[Path] | None = None,
) -> Path:
    """Draw a data set, train on it, propose a release and measure it; run again, it goes on where it stopped.

    Args:
        name: Name of the release to be, and of the run.
        hours: How long to train.
        chips: Simulated chips to train on.
        seed: Of the first chip and of the run.
        backgrounds: Folder of real tiles without railcars: ground of simulated yards, hard negatives.
        data: Folders of labelled pictures to mix in.
    """
    folder = load_settings().root / "training" / name
    material = Material(chips, seed=seed, backgrounds=backgrounds, data=tuple(data or ()))
    course = Course(name, folder, material, hours, seed)
    proposed = propose(course, school(course, *simulate(course)))
    appraise(course, proposed)
    return proposed


@click.command()
@click.argument("name")
@click.option("--hours", default=4.0, show_default=True, type=click.FloatRange(0, min_open=True))
@click.option("--chips", default=8000, show_default=True, type=click.IntRange(0))
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option("--backgrounds", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--data", multiple=True, type=click.Path(path_type=Path, file_okay=False, exists=True))
def main(name: str, data: tuple[Path, ...], **asked: Any) -> None:
    """Draw a data set, train for some hours, propose release NAME and measure it."""
    click.echo(train(name, data=list(data), **asked))


if __name__ == "__main__":
    run(main)
