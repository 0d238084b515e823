"""Commands that show and tell: series, alerts, deliver, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from yardwatch.cli.output import print_json, print_table
from yardwatch.cli.watching import as_json, open_workspace, print_series

if TYPE_CHECKING:
    from yardwatch.report import SeriesStory

simulated_option = click.option("--simulated", is_flag=True, help="The series of simulated scenes.")
measure_option = click.option(
    "--measure",
    type=click.Choice(["count", "occupied_m", "activity"]),
    help="Which series.  [default: the sharpest there is]",
)


@click.command(short_help="Show the looks of an area in time order, or import counts.")
@click.argument("area", required=False)
@measure_option
@simulated_option
@click.option("--csv", "csv_path", type=click.Path(path_type=Path, dir_okay=False), help="Write the series as CSV.")
@click.option(
    "--geojson", "geojson_path", type=click.Path(path_type=Path, dir_okay=False), help="Write the looks as GeoJSON."
)
@click.option(
    "--import",
    "import_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read counts that people published from a CSV: date, value, source, and until, measure, exactness, url, "
    "second_hand, note, area.",
)
@as_json
def series(
    area: str | None,
    measure: str | None,
    simulated: bool,
    csv_path: Path | None,
    geojson_path: Path | None,
    import_path: Path | None,
    as_json: bool,
) -> None:
    """Show the looks of AREA in time order: value, interval, what was visible, verdict or why not.

    With --import, add counts that people published of AREA (or of the areas that the file names). They are kept apart
    from our own, shown beside them, and serve as history for what we see after them.
    """
    from yardwatch import operations
    from yardwatch.report import write_csv, write_geojson

    if import_path is not None:
        return _import(area, import_path, as_json)
    if area is None:
        raise click.UsageError("name an AREA; `yardwatch areas` lists them")
    with open_workspace() as workspace:
        story = operations.story_of(workspace, area, measure=measure, simulated=simulated)  # type: ignore[arg-type]
        other = not (story.observations or simulated) and operations.story_of(workspace, area, simulated=True)
    if csv_path:
        click.echo(f"wrote {write_csv(story, csv_path)}", err=True)
    if geojson_path:
        click.echo(f"wrote {write_geojson(story, geojson_path)}", err=True)
    if as_json:
        said = {"observations": story.observations, "verdicts": story.verdicts, "published": story.published}
        print_json({"area": area, **said})
    elif other and other.observations and not story.published:
        click.echo(f"only simulated looks of {area} are recorded; `yardwatch series {area} --simulated` shows them")
    elif not (story.observations or story.published):
        click.echo(f"no look of {area} is recorded; `yardwatch watch {area}` makes some")
    else:
        print_series(story)
        _print_published(story)


def _import(area: str | None, path: Path, as_json: bool) -> None:
    from yardwatch import operations

    with open_workspace() as workspace:
        done = operations.import_published(workspace, path, area)
    if as_json:
        print_json(done)
        return
    click.echo(f"{path}: {done.read} published counts of {', '.join(done.areas) or 'no area'}, {done.added} new")
    for name in done.areas:
        click.echo(f"`yardwatch backtest {name} --published` replays them")


def _print_published(story: SeriesStory) -> None:
    """What people published of the area, apart from our own."""
    from yardwatch.report.page import published_rows

    rows = [(row["when"], f"{row['value']} {row['what']}", row["source"]) for row in published_rows(story)]
    if rows and not story.simulated:
        print_table(("days", "published by people", "source"), rows)


@click.command(short_help="List surges and drops and what became of their messages.")
@click.argument("area", required=False)
@click.option("--open", "open_only", is_flag=True, help="Only events that are not closed.")
@as_json
def alerts(area: str | None, open_only: bool, as_json: bool) -> None:
    """List surges and drops, and what became of their messages."""
    with open_workspace() as workspace:
        if area is not None:
            workspace.area(area)
        events = workspace.ledger.events(area, open_only=open_only)
        messages = {event.event_id: workspace.ledger.outbox(event_id=event.event_id) for event in events}
    if as_json:
        print_json([{"event": event, "messages": messages[event.event_id]} for event in events])
        return
    if not events:
        click.echo("no surge or drop is recorded")
        return
    rows = [
        (
            event.area,
            ("SIMULATED " if event.simulated else "") + ("provisional " if event.provisional else "") + event.kind,
            f"{event.opened_at:%Y-%m-%d}",
            f"{event.peak_value:.0f}",
            "open" if event.closed_at is None else f"closed {event.closed_at:%Y-%m-%d}",
            ", ".join(f"{m.happening} to {m.channel}: {m.state}" for m in messages[event.event_id])
            or "no channel wanted it",
        )
        for event in events
    ]
    print_table(("area", "event", "opened", "peak", "state", "messages"), rows)


@click.command(short_help="Send the messages that wait.")
@as_json
def deliver(as_json: bool) -> None:
    """Send the messages that wait. Exit code 75 says that some still wait."""
    from yardwatch import operations

    with open_workspace() as workspace:
        delivered = operations.deliver(workspace)
    if as_json:
        print_json(delivered)
    else:
        for outcome in (*delivered.sent, *delivered.failed, *delivered.waiting):
            click.echo(f"{outcome.state:8} {outcome.channel:12} {outcome.title} {outcome.detail}".rstrip())
        click.echo(f"{len(delivered.sent)} sent, {len(delivered.failed)} failed, {len(delivered.waiting)} waiting")
    if delivered.failed:
        raise SystemExit(75)


@click.command(short_help="Write the story of an area as one HTML file.")
@click.argument("area")
@measure_option
@simulated_option
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="HTML file.  [default: reports/ of the data root]"
)
def report(area: str, measure: str | None, simulated: bool, out: Path | None) -> None:
    """Write the story of AREA as one HTML file that needs nothing else."""
    from yardwatch import operations

    with open_workspace() as workspace:
        click.echo(operations.report(workspace, area, out, measure=measure, simulated=simulated))  # type: ignore[arg-type]


COMMANDS = (series, alerts, deliver, report)
