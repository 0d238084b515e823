"""Make the network that sees tracks: draw, teach, export, and write down how.

    python -m yardwatch.training.registering --out DIR --backgrounds TILES --minutes 60

leaves ``tracks.onnx``, its checkpoint and ``registration.toml`` in ``DIR``. Copied to ``models/registration/`` they are
what the daily path lays pictures onto tracks with; ``PIPELINE_VERSION`` is then raised, since counts may change, and
``benchmarks/registration.py`` says how well it does.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import torch

from yardwatch.simulate.chips import ChipOptions
from yardwatch.training.track_material import TrackMaterial, track_samples
from yardwatch.training.track_network import Lessons, Taught, TrackNetwork, export, teach


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


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--chips", type=int, default=TrackMaterial.chips)
    parser.add_argument("--seed", type=int, default=TrackMaterial.seed, help="of the first chip")
    parser.add_argument("--backgrounds", type=Path, help="real tiles without railcars")
    parser.add_argument("--drawn", type=Path, help="chips that `yardwatch train` drew with the same options")
    parser.add_argument("--minutes", type=float, default=Lessons.minutes)
    parser.add_argument("--start", type=Path, help="a checkpoint, tracks.pt, to go on from")
    options = parser.parse_args()
    material = TrackMaterial(options.chips, options.seed, options.drawn, ChipOptions(backgrounds=options.backgrounds))
    print(make(options.out, material, Lessons(minutes=options.minutes), options.start))


if __name__ == "__main__":
    main()
