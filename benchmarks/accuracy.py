"""How well a release counts: on simulated scenes held out from training, and on labelled pictures.

    python benchmarks/accuracy.py --simulated FOLDER [--backgrounds DIR] [--write]
    python benchmarks/accuracy.py --data LABELLED

`--simulated` draws crowded yards and sparse stations of seeds never trained on into FOLDER (kept for the next call),
fixes the score threshold on some stations (least mean absolute count error) and measures quality on the yards and on
other stations; `--write` puts both into the manifest and the card.
`--data` measures at the release's own threshold on pictures with labels beside them; boxes cut by the edge are ignored
in precision and recall.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from yardwatch.detection import Release, load_release
from yardwatch.settings import load_settings
from yardwatch.training.evaluate import examine_all
from yardwatch.training.figures import figures
from yardwatch.training.labelled import labelled_pictures
from yardwatch.training.quality import Fixed, Held, fix_on_simulated
from yardwatch.training.release import quality_lines, requalify


@click.command(help=__doc__)
@click.option("--release", "name", help="Release; default is the one in use.")
@click.option("--simulated", type=click.Path(path_type=Path, file_okay=False))
@click.option("--scenes", default=8, show_default=True, help="Scenes per ground sample distance.")
@click.option("--backgrounds", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--write", is_flag=True)
@click.option("--data", type=click.Path(path_type=Path, file_okay=False, exists=True))
def main(
    name: str | None, simulated: Path | None, scenes: int, backgrounds: Path | None, write: bool, data: Path | None
) -> None:
    release = load_release(load_settings().models_folder(), name)
    if simulated is not None:
        fixed = fix_on_simulated(release, Held(simulated, load_settings().areas_folder(), scenes, backgrounds))
        click.echo(json.dumps({"threshold": fixed.threshold, "bands": fixed.figures}, indent=1))
        if write:
            write_down(release, fixed)
            release = load_release(load_settings().models_folder(), name)
    if data is not None:
        for picture in labelled_pictures(data):
            [seen] = examine_all([picture], release)
            click.echo(json.dumps({"picture": seen.name, **figures([seen], release.score_threshold)}, indent=1))


def write_down(release: Release, fixed: Fixed) -> None:
    """Threshold and quality into the manifest, the same table into the card."""
    requalify(release, fixed.threshold, fixed.rows)
    card = release.card_path.read_text(encoding="utf-8")
    before, _, after = card.partition("## Measured")
    told = f"Score threshold {fixed.threshold}.\n\n" + "\n".join(quality_lines(fixed.rows))
    _, _, rest = after.partition("## Use")
    release.card_path.write_text(f"{before}## Measured\n\n{told}\n\n## Use{rest}", encoding="utf-8")


if __name__ == "__main__":
    main()
