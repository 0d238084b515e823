"""How well a release counts: on simulated scenes held out from training, and on labelled pictures.

    python benchmarks/accuracy.py --simulated FOLDER [--backgrounds DIR] [--write]
    python benchmarks/accuracy.py --data LABELLED [--negatives DIR --gsd 0.3]

`--simulated` draws crowded yards and sparse stations of seeds never trained on into FOLDER (kept for the next call),
fixes the score threshold on some of them (least mean count error relative to the true count) and measures quality on
the others; `--write` puts both into the manifest and the card.
`--data` measures at the release's own threshold on pictures with labels beside them; boxes cut by the edge are ignored
in precision and recall. `yardwatch evaluate` tells the same and more, as tables.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from yardwatch.detection import load_release
from yardwatch.settings import load_settings
from yardwatch.training.appraisal import Examiner
from yardwatch.training.quality import Held, fix_on_simulated
from yardwatch.training.requalify import write_down


@click.command(help=__doc__)
@click.option("--release", "name", help="Release; default is the one in use.")
@click.option("--simulated", type=click.Path(path_type=Path, file_okay=False))
@click.option("--scenes", default=8, show_default=True, help="Scenes per ground sample distance.")
@click.option("--backgrounds", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--write", is_flag=True)
@click.option("--data", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--negatives", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--gsd", "gsd_m", type=float, help="Metres a pixel where a picture does not say.")
def main(name: str | None, simulated: Path | None, scenes: int, backgrounds: Path | None, **asked: Any) -> None:
    release = load_release(load_settings().models_folder(), name)
    if simulated is not None:
        fixed = fix_on_simulated(release, Held(simulated, load_settings().areas_folder(), scenes, backgrounds))
        click.echo(json.dumps({"threshold": fixed.threshold, "bands": fixed.figures}, indent=1))
        if asked["write"]:
            write_down(release, fixed)
            release = load_release(load_settings().models_folder(), name)
    examiner = Examiner(release)
    if asked["data"] is not None:
        for part in examiner.labelled(asked["data"], asked["gsd_m"]).parts:
            click.echo(json.dumps({"picture": part.pop("on"), **part}, indent=1))
    if asked["negatives"] is not None:
        click.echo(json.dumps(examiner.negatives(asked["negatives"], asked["gsd_m"]).empty, indent=1))


if __name__ == "__main__":
    main()
