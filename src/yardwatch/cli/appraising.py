"""The command that measures a release: figures as tables or JSON, misses and false alarms as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yardwatch.cli.needs import need
from yardwatch.cli.output import print_json, print_table, progress_bar
from yardwatch.cli.watching import as_json, open_workspace
from yardwatch.errors import BadInput

if TYPE_CHECKING:
    from yardwatch.training.appraisal import Appraisal, Examiner

_ERRORS = ("count_error_percent", "absolute_count_error_percent")
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(short_help="Measure a release on labelled or simulated pictures.")
@click.argument("release", required=False)
@click.option("--data", type=FOLDER, multiple=True, help="Labelled pictures: YOLO-OBB, GeoJSON, COCO or xView.")
@click.option("--simulated", type=FOLDER, help="Held-out simulated yards and stations, drawn here once and kept.")
@click.option("--negatives", type=FOLDER, multiple=True, help="Pictures that show no railcar.")
@click.option("--gsd", "gsd_m", type=click.FloatRange(0.05, 10), help="Metres a pixel where a picture does not say.")
@click.option("--backgrounds", type=FOLDER, help="Real tiles without railcars, as ground of simulated yards.")
@click.option("--scenes", default=8, show_default=True, type=click.IntRange(1, 500), help="Yards per GSD.")
@click.option("--stations/--no-stations", default=True, show_default=True, help="Five years of a station as well.")
@click.option("--threshold", type=click.FloatRange(0.01, 0.99), help="Score threshold.  [default: the release's]")
@click.option("--pictures", type=FOLDER, help="Draw misses and false alarms there.")
@as_json
def evaluate(release: str | None, **asked: Any) -> None:
    """Measure RELEASE (default: the one in use) and say what it finds, invents and miscounts."""
    if not (asked["data"] or asked["simulated"] or asked["negatives"]):
        raise BadInput("evaluate: give pictures to measure on: --data, --simulated or --negatives")
    if asked["simulated"]:
        need("cv2", "simulate")
    from yardwatch.detection import load_release
    from yardwatch.training.appraisal import Examiner

    settings = open_workspace().settings
    loaded = load_release(settings.models_folder(), release or settings.release)
    with progress_bar("examining") as follow:
        found = _appraisals(Examiner(loaded, follow, asked["threshold"]), settings.areas_folder(), asked)
    if asked["as_json"]:
        print_json({"release": loaded.name, "appraisals": [one.plain() for one in found]})
    else:
        for one in found:
            _print(one, loaded.name)
    if asked["pictures"]:
        from yardwatch.training.marked_pictures import draw_errors

        made = [path for one in found for path in draw_errors(one, loaded.pixel_m, asked["pictures"])]
        click.echo(f"{len(made)} picture(s) of misses and false alarms in {asked['pictures']}", err=True)


def _appraisals(examiner: Examiner, areas: Path, asked: dict[str, Any]) -> list[Appraisal]:
    from yardwatch.training.quality import Held

    found = [examiner.labelled(folder, asked["gsd_m"]) for folder in asked["data"]]
    if asked["simulated"]:
        held = Held(asked["simulated"], areas, asked["scenes"], asked["backgrounds"], stations=asked["stations"])
        found.append(examiner.simulated(held))
    return found + [examiner.negatives(folder, asked["gsd_m"]) for folder in asked["negatives"]]


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    click.echo(title)
    print_table(columns, rows)


def _print(one: Appraisal, name: str) -> None:
    title = f"{name} on {one.on}, score threshold {one.threshold:.2f}"
    if one.parts:
        columns = ("on", "cars", "precision", "recall", "AP 0.3", "AP 0.5", "counted", "true", "error %", "absolute %")
        keys = ("on", "cars", "precision", "recall", "ap30", "ap50", "counted", "true_count", *_ERRORS)
        _table(title, columns, [[_cell(part[key]) for key in keys] for part in one.parts])
    if one.classes:
        by_class = [[label, *map(_cell, facts.values())] for label, facts in one.classes.items()]
        told = "By class: a car found as another class is missed here"
        _table(told, ("class", "cars", "precision", "recall", "AP 0.3", "AP 0.5"), by_class)
    if one.calibration.get("scores"):
        by_score = [
            (f"{row['score']:.1f}-{row['score'] + 0.1:.1f}", row["detections"], _cell(row["share_true"]))
            for row in one.calibration["scores"]
        ]
        told = f"Scores, expected calibration error {one.calibration['expected_error']:.3f}"
        _table(told, ("score", "detections", "share true"), by_score)
    title = f"{name} where there are no cars, score threshold {one.threshold:.2f}"
    for measured, alike in groupby(one.empty, key=tuple):  # tracks and open ground are measured by other columns
        _table(title, list(measured), [[_cell(value) for value in row.values()] for row in alike])


def _cell(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124  not a number
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


COMMANDS = (evaluate,)
