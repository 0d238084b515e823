"""Make the network that sees tracks: draw, teach, export, and write down how.

    python -m yardwatch.training.registering --out DIR --backgrounds TILES --minutes 60

leaves ``tracks.onnx``, its checkpoint and ``registration.toml`` in ``DIR``. Copied to ``models/registration/`` they are
what the daily path lays pictures onto tracks with; ``PIPELINE_VERSION`` is then raised, since counts may change, and
``benchmarks/registration.py`` says how well it does.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
import torch

from yardwatch.errors import YardwatchError
from yardwatch.simulate.chips import ChipOptions
from yardwatch.training.track_material import TrackMaterial, track_samples
from yardwatch.training.track_network import Lessons, Taught, TrackNetwork, export, teach

FOLDER = click.Path(path_type=Path, file_okay=False)


def make(out: Path, material: TrackMaterial, lessons: Lessons, start: Path | None = None) -> Path:
    """Everything of the module's description; returns the path of ``registration.toml``.

    Args:
        start: a checkpoint of an earlier run with the same channels to go on from.

    Raises:
        BadInput: for seeds that measure.
    """
    out.mkdir(parents=True, exist_ok=True)
    network = None
    if start is not None:
        network = TrackNetwork(lessons.channels)
        network.load_state_dict(torch.load(start, weights_only=True))
    pictures, maps = track_samples(material)
    taught = teach(pictures, maps, lessons, network, _say)
    torch.save(taught.network.state_dict(), out / "tracks.pt")
    difference = export(taught.network, out / "tracks.onnx")
    facts = out / "registration.toml"
    facts.write_text(_facts(out / "tracks.onnx", material, lessons, taught, difference), encoding="utf-8")
    return facts


def _say(step: int, loss: float, share: float) -> None:
    if step % 50 == 0:
        print(f"{step} steps, loss {loss:.4f}, {share:.0%} of the time", flush=True)


def _facts(weights: Path, material: TrackMaterial, lessons: Lessons, taught: Taught, difference: float) -> str:
    """TOML: what the weights are and how they were made."""
    ground = "none" if material.options.backgrounds is None else material.options.backgrounds.name
    parameters = sum(parameter.numel() for parameter in taught.network.parameters())
    lines = [
        f'weights = "{weights.name}"',
        f'sha256 = "{hashlib.sha256(weights.read_bytes()).hexdigest()}"',
        f'created = "{datetime.now(UTC):%Y-%m-%d}"',
        'licence = "AGPL-3.0-or-later"',
        f"parameters = {parameters}",
        f"max_logit_difference = {difference:.2g}",
        "",
        "[training]",
        f'chips = "yardwatch.simulate.training_chip, seeds {material.seed}-{material.seed + material.chips - 1}"',
        f'backgrounds = "{ground}"',
        *(f"{name} = {list(value) if isinstance(value, tuple) else value}" for name, value in asdict(lessons).items()),
        f"steps = {taught.steps}",
        f"hours = {taught.hours:.3f}",
        f"final_loss = {taught.loss:.4f}",
    ]
    return "\n".join(lines) + "\n"


@click.command(help=__doc__)
@click.option("--out", type=FOLDER, required=True)
@click.option("--chips", default=TrackMaterial.chips, show_default=True, type=click.IntRange(1))
@click.option(
    "--seed", default=TrackMaterial.seed, show_default=True, type=click.IntRange(0), help="Of the first chip."
)
@click.option("--backgrounds", type=FOLDER, help="Real tiles without railcars.")
@click.option("--drawn", type=FOLDER, help="Chips that `yardwatch train` drew with the same options.")
@click.option("--minutes", default=Lessons.minutes, show_default=True, type=click.FloatRange(0, min_open=True))
@click.option("--start", type=click.Path(path_type=Path, exists=True), help="A checkpoint, tracks.pt, to go on from.")
def main(out: Path, chips: int, seed: int, minutes: float, **asked: Path | None) -> None:
    """The command."""
    try:
        material = TrackMaterial(chips, seed, asked["drawn"], ChipOptions(backgrounds=asked["backgrounds"]))
        click.echo(make(out, material, Lessons(minutes=minutes), asked["start"]))
    except YardwatchError as error:
        click.echo(str(error), err=True)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
