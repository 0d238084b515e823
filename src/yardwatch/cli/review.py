"""Commands of review: what to check next, who said what, labels out and back, quality as reviewers found it."""

from __future__ import annotations

from pathlib import Path

import click

from yardwatch.cli.output import print_json, print_table
from yardwatch.cli.watching import as_json, open_workspace

simulated_option = click.option("--simulated", is_flag=True, help="Simulated looks instead of real ones.")
reviewer_option = click.option("--reviewer", required=True, help="Who says so.")
NOTEBOOK = "notebooks/review_detections.ipynb"


@click.group(short_help="Check counts by eye, and take labels out.")
def review() -> None:
    """Check counts by eye, and take labels out.

    The pictures themselves are checked in notebooks/review_detections.ipynb, see docs/review.md.

    \b
    yardwatch review next               looks that would teach most
    yardwatch review list tumangang     who said what
    yardwatch review quality            precision and recall as reviewers found them
    yardwatch review export labels      reviewed looks for training
    """


@review.command("next", short_help="Name the looks that would teach most.")
@click.argument("area", required=False)
@click.option("-n", "limit", type=click.IntRange(1), default=10, show_default=True, help="How many.")
@simulated_option
@as_json
def next_looks(area: str | None, limit: int, simulated: bool, as_json: bool) -> None:
    """Name the looks, of AREA or of all, whose review would teach most.

    Those are looks with doubtful scores, wide intervals or a fresh alert, in areas that nobody reviewed.
    """
    from yardwatch import operations

    with open_workspace() as workspace:
        found = operations.next_lessons(workspace, [area] if area else None, limit, simulated)
    if as_json:
        print_json([{"look_id": one.observation.look_id, "worth": one.worth, "why": one.why} for one in found])
    elif not found:
        apart = "" if simulated else "; simulated ones are listed with --simulated"
        click.echo(f"no look waits for a review: every one with a picture is reviewed, or none is recorded{apart}")
    else:
        rows = [(one.observation.look_id, _count(one.observation.value), one.why) for one in found]
        print_table(("look", "count", "why"), rows)
        click.echo(f"review them in {NOTEBOOK}")


@review.command("list", short_help="List what was said of looks.")
@click.argument("area", required=False)
@as_json
def list_reviews(area: str | None, as_json: bool) -> None:
    """List what people said of the looks of AREA, or of all."""
    with open_workspace() as workspace:
        if area:
            workspace.area(area)
        current = workspace.ledger.reviewed(area)
        said = [(one, entry) for one in current for entry in workspace.ledger.reviews(one.look_id)]
    if as_json:
        print_json([entry for _, entry in said])
    elif not said:
        click.echo("nobody reviewed a look yet; `yardwatch review next` names some")
    else:
        rows = [
            (
                f"{entry.said_at:%Y-%m-%d %H:%M}",
                ("SIMULATED " if one.simulated else "") + one.look_id,
                _count(one.value),
                entry.verdict,
                entry.reviewer + (f", confirmed by {entry.confirmed_by}" if entry.confirmed_by else ""),
                entry.note,
            )
            for one, entry in said
        ]
        print_table(("said (UTC)", "look", "count now", "verdict", "who", "note"), rows)


@review.command(short_help="Precision and recall as reviewers found them.")
@click.argument("area", required=False)
@simulated_option
@as_json
def quality(area: str | None, simulated: bool, as_json: bool) -> None:
    """Show precision and recall by release, ground sample distance and area, from reviewed looks."""
    from yardwatch import operations

    with open_workspace() as workspace:
        found = operations.reviewed_quality(workspace, area, simulated=simulated)
    if as_json:
        print_json(found)
    elif not found:
        click.echo("no counted look is reviewed yet; `yardwatch review next` names some")
    else:
        rows = [
            (
                one.release,
                f"{one.gsd_m[0]:g}-{one.gsd_m[1]:g} m",
                one.area or "all",
                one.looks,
                one.cars,
                _share(one.recall, one.recall_90),
                _share(one.precision, one.precision_90),
                one.retyped,
            )
            for one in found
        ]
        columns = ("release", "GSD", "area", "looks", "cars", "recall", "precision", "other type")
        print_table(columns, rows, "90 % intervals in brackets")


@review.command(short_help="Write reviewed looks as pictures and labels.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--format", "format_", type=click.Choice(["yolo", "coco", "label-studio"]), default="yolo", show_default=True
)
@click.option("--area", help="Only this area.")
@click.option("--unreviewed", type=click.IntRange(0), default=0, help="Label Studio: add so many looks to be reviewed.")
@simulated_option
def export(folder: Path, format_: str, area: str | None, unreviewed: int, simulated: bool) -> None:
    """Write reviewed looks below FOLDER for training (YOLO-OBB, COCO), or for Label Studio."""
    from yardwatch import operations

    with open_workspace() as workspace:
        path, looks = operations.export_labels(
            workspace, folder, format_, area=area, simulated=simulated, unreviewed=unreviewed
        )
    click.echo(f"{looks} looks: {path}")


@review.command("import", short_help="Take reviews back from Label Studio.")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@reviewer_option
@as_json
def import_(path: Path, reviewer: str, as_json: bool) -> None:
    """Make reviews of PATH, a JSON export of Label Studio. Exit code 65 says that a look was refused."""
    from yardwatch import operations

    with open_workspace() as workspace:
        done = operations.import_labels(workspace, path, reviewer)
    if as_json:
        print_json(done)
    else:
        for one in done.reviewed:
            click.echo(f"{one.look_id}: {_count(one.value)} cars, {one.provenance}")
        for look_id, why in done.refused:
            click.echo(f"left as it is: {look_id}: {why}", err=True)
        click.echo(f"{len(done.reviewed)} looks reviewed, {len(done.refused)} refused")
    if done.refused:
        raise SystemExit(65)


@review.command(short_help="Say as a second person that a review is right.")
@click.argument("look_id", metavar="LOOK")
@reviewer_option
@click.option("--note", default="", help="What you would add.")
def confirm(look_id: str, reviewer: str, note: str) -> None:
    """Say as a second person that the review of LOOK is right."""
    from yardwatch import operations

    with open_workspace() as workspace:
        said = operations.confirm(workspace, look_id, reviewer, note)
    click.echo(f"{look_id}: {said.confirmed_by} confirms what {said.reviewer} said")


def _count(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"


def _share(share: float | None, span: tuple[float, float] | None) -> str:
    if share is None or span is None:
        return "unknown"
    return f"{share:.2f} [{span[0]:.2f}-{span[1]:.2f}]"


COMMANDS = (review,)
