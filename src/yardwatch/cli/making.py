"""Commands around model and ledger: models, release, train, evaluate, simulate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yardwatch.cli.needs import need
from yardwatch.cli.output import print_json, print_table
from yardwatch.cli.watching import as_json, open_workspace

if TYPE_CHECKING:
    from yardwatch.detection import ReleaseSummary

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(short_help="List the model releases, or verify one.")
@click.argument("name", required=False)
@as_json
def models(name: str | None, as_json: bool) -> None:
    """List the model releases, or verify and show NAME. Exit code 66 says that the one in use cannot be used."""
    from yardwatch.detection import list_releases, load_release

    workspace = open_workspace()
    folder, asked_for = workspace.settings.models_folder(), workspace.settings.release
    if name is None:
        releases = [
            found if asked_for is None else replace(found, current=found.name == asked_for)
            for found in list_releases(folder)
        ]
        if as_json:
            print_json(releases)
        elif releases:
            rows = [_release_row(found) for found in releases]
            print_table(("in use", "release", "created", "architecture", "quality", "state"), rows)
        load_release(folder, asked_for)
        return
    release = load_release(folder, name)
    if as_json:
        print_json(release)
        return
    card = release.folder / "CARD.md"
    click.echo(card.read_text(encoding="utf-8") if card.exists() else f"{name} is intact and has no card")


def _release_row(found: ReleaseSummary) -> tuple[object, ...]:
    quality = "measured" if found.measured else "never measured: counts without interval"
    return (
        "yes" if found.current else "",
        found.name,
        found.created or "",
        found.architecture or "",
        "" if found.problem else quality,
        found.problem or "intact",
    )


@click.command(short_help="Draw simulated rail yards with their truth.")
@click.option("--out", type=FOLDER, required=True, help="Folder of the scenes: COG, STAC item, truth.")
@click.option("--scenes", default=1, show_default=True, type=click.IntRange(1, 10000))
@click.option("--gsd", "gsd_m", default=0.5, show_default=True, type=click.FloatRange(0.25, 3.0), help="Metres.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option("--preview", is_flag=True, help="Only one picture of what the simulator draws.")
def simulate(out: Path, scenes: int, gsd_m: float, seed: int, preview: bool) -> None:
    """Draw simulated rail yards with their truth."""
    need("cv2", "simulate")
    from yardwatch import simulate as simulator

    if preview:
        click.echo(simulator.preview(seed, out / f"SIMULATED-preview-{seed}.png"))
        return
    click.echo(simulator.write_scenes(out, scenes=scenes, gsd_m=gsd_m, seed=seed))


@click.command(short_help="Turn a checkpoint into a release.")
@click.argument("checkpoints", type=FILE, nargs=-1, required=True)
@click.option("--name", required=True, help="Name of the release and of its folder.")
@click.option(
    "--classes",
    help="Class names in the checkpoint's order, comma separated; freight_* are counted.  [default: its own]",
)
@click.option("--gsd", "gsd_range", required=True, help="GSD range it was trained for in metres, e.g. 0.3-1.2.")
@click.option("--pixel", "pixel_m", type=float, help="Pixel it was trained on, metres.  [default: its run's, else 0.5]")
@click.option(
    "--data", type=FOLDER, help="Labelled pictures to measure it on; without them its counts have no interval."
)
@click.option("--simulated", type=FOLDER, help="Measure it on held-out simulated pictures, drawn here and kept.")
@click.option("--backgrounds", type=FOLDER, help="Real tiles as ground of those.")
@click.option("--out", type=FOLDER, help="Folder of releases.  [default: the models folder]")
def release(checkpoints: tuple[Path, ...], name: str, out: Path | None, **asked: Any) -> None:
    """Turn CHECKPOINTS (Ultralytics oriented boxes, .pt) into a release that the daily path can use.

    Of several the mean is released, which is kept beside the last: they must be of one training, or have gone on from
    one another.
    With --simulated, threshold and quality are fixed on yards and stations that no training seed draws.
    """
    need("ultralytics", "train")
    from yardwatch.detection import load_release
    from yardwatch.training import ReleaseRequest, make_release
    from yardwatch.training.averaging import average_checkpoints
    from yardwatch.training.export import checkpoint_classes

    checkpoint = checkpoints[-1]
    if len(checkpoints) > 1:
        checkpoint = average_checkpoints(checkpoints, checkpoint.with_name(f"mean-for-{name}.pt"))
    simulated, backgrounds = asked.pop("simulated"), asked.pop("backgrounds")
    if asked["classes"] is None and checkpoint.is_file():
        asked["classes"] = ",".join(checkpoint_classes(checkpoint))
    settings = open_workspace().settings
    request = ReleaseRequest.parse(checkpoint, name=name, **(asked | {"classes": asked["classes"] or ""}))
    click.echo(f"read at {request.pixel_m} m a pixel, classes {', '.join(request.classes)}", err=True)
    made = make_release(request, out or settings.models_folder())
    if simulated is not None:
        from yardwatch.training.quality import Held
        from yardwatch.training.requalify import requalify_on_simulated

        held = Held(simulated, settings.areas_folder(), backgrounds=backgrounds)
        requalify_on_simulated(load_release(made.parent, made.name), held)
    click.echo(made)


COMMANDS = (models, simulate, release)
