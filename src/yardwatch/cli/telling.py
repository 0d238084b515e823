"""Commands that show and tell: series, alerts, deliver, report."""

from __future__ import annotations

from pathlib import Path

import click

from yardwatch.cli.output import print_json, print_table
from yardwatch.cli.watching import as_json, open_workspace, print_series

simulated_option = click.option("--simulated", is_flag=True, help="The series of simulated scenes.")
measure_option = click.option(
    "--measure", type=click.Choice(["count", "occupied_m", "activity"]), default="count", show_default=True
)


@click.command(short_help="Show the looks of an area in time order.")
@click.argument("area")
@measure_option
@simulated_option
@click.option("--csv", "csv_path", type=click.Path(path_type=Path, dir_okay=False), help="Write the series as CSV.")
@click.option(
    "--geojson", "geojson_path", type=click.Path(path_type=Path, dir_okay=False), help="Write the looks as GeoJSON."
)
@as_json
def series(
    area: str, measure: str, simulated: bool, csv_path: Path | None, geojson_path: Path | None, as_json: bool
) -> None:
    """Show the looks of AREA in time order: count, interval, what was visible, verdict or why not."""
    from yardwatch import operations
    from yardwatch.report import write_csv, write_geojson

    with open_workspace() as workspace:
        story = operations.story_of(workspace, area, measure=measure, simulated=simulated)  # type: ignore[arg-type]
    if csv_path:
        click.echo(f"wrote {write_csv(story, csv_path)}", err=True)
    if geojson_path:
        click.echo(f"wrote {write_geojson(story, geojson_path)}", err=True)
    if as_json:
        print_json({"area": area, "observations": story.observations, "verdicts": story.verdicts})
    elif not story.observations:
        click.echo(f"no look of {area} is recorded; `yardwatch watch {area}` makes some")
    else:
        print_series(story)


@click.command(short_help="List surges and drops and what became of their messages.")
@click.argument("area", required=False)
@click.option("--open", "open_only", is_flag=True, help="Only events that are not closed.")
@as_json
def alerts(area: str | None, open_only: bool, as_json: bool) -> None:
    """List surges and drops, and what became of their messages."""
    with open_workspace() as workspace:
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
def report(area: str, measure: str, simulated: bool, out: Path | None) -> None:
    """Write the story of AREA as one HTML file that needs nothing else."""
    from yardwatch import operations

    with open_workspace() as workspace:
        click.echo(operations.report(workspace, area, out, measure=measure, simulated=simulated))  # type: ignore[arg-type]


COMMANDS = (series, alerts, deliver, report)
