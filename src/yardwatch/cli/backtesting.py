"""The command that replays history: backtest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yardwatch.cli.output import print_json, print_table
from yardwatch.cli.telling import measure_option, simulated_option
from yardwatch.cli.watching import DAY, as_json, open_workspace
from yardwatch.errors import BadInput

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from yardwatch.operations import Backtested
    from yardwatch.surges import Alarm, Backtest, Detection

ENDINGS = {
    "return": "back to normal",
    "new_normal": "became the new normal",
    "next event": "ended by the next event",
    "unseen": "over: nothing was seen for 90 days",
}


@click.command(short_help="Replay the history of an area as if day by day.")
@click.argument("area")
@measure_option
@simulated_option
@click.option("--published", "published_only", is_flag=True, help="Only counts that people published.")
@click.option("--since", type=DAY, help="First day told, in the area's zone; what is before it is history.")
@click.option("--until", type=DAY, help="Last day told, included.")
@click.option("--budget", type=click.FloatRange(0, 12, min_open=True), help="False alarms a year, for this replay.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV of the surges and drops you hold for true: date, until, kind, text.",
)
@click.option("--chart", type=click.Path(path_type=Path, dir_okay=False), help="Write the chart, .png or .jpg.")
@as_json
def backtest(
    area: str,
    measure: str | None,
    simulated: bool,
    published_only: bool,
    since: datetime | None,
    until: datetime | None,
    budget: float | None,
    labels: Path | None,
    chart: Path | None,
    as_json: bool,
) -> None:
    """Replay the history of AREA as if day by day: each look is judged on the looks before it alone.

    Says which alerts would have been sent, how each ended and, with --labels, which were false, what was missed and
    how late the others came. Nothing is recorded and nobody is told. The series is what a live run judges: our own
    looks, and before the first of them the counts that people published (`yardwatch series AREA --import CSV`).
    """
    from yardwatch import operations
    from yardwatch.report import series_chart_png

    with open_workspace() as workspace:
        station = workspace.area(area)
        days = None
        if since or until:
            first, last = since or datetime(1970, 1, 2, tzinfo=UTC), until or workspace.now()
            days = operations.Days(first.date(), last.date())
        chosen = measure or (
            "count" if published_only else operations.main_measure(workspace, area, simulated=simulated)
        )
        replay = operations.Replay(chosen, simulated, published_only, budget, days)  # type: ignore[arg-type]
        known = operations.read_labels(station, labels) if labels else []
        done = operations.backtest_area(workspace, area, replay, known)
    if as_json:
        print_json({"area": area, "measure": done.story.measure, "simulated": simulated, "result": done.result})
    else:
        _say(done, labelled=bool(known))
    if chart:
        if chart.suffix.lower() not in (".png", ".jpg", ".jpeg"):
            raise BadInput(f"--chart {chart}: write .png or .jpg")
        click.echo(f"wrote {series_chart_png(done.story, chart)}", err=True)


def _say(done: Backtested, *, labelled: bool) -> None:
    from yardwatch.report.beside import day_span, letter
    from yardwatch.report.wording import NAMES

    result, story = done.result, done.story
    rows = [_alarm_row(alarm, result, labelled, story.zone) for alarm in result.alarms]
    columns = ("local day", NAMES[story.measure], "what", "how it ended", *(["by your labels"] if labelled else []))
    if rows:
        print_table(columns, rows, f"{'SIMULATED ' if story.simulated else ''}{story.area.title}, replayed")
    for alarm in result.alarms:
        click.echo(f"{alarm.at.astimezone(story.zone):%Y-%m-%d}: {alarm.sentence}")
    click.echo(_summary(result, labelled=labelled))
    for detection in result.detections:
        click.echo(f"  {_found(detection, story.zone)}")
    shown = [seen.acquired_from for seen in story.observations]
    events = () if story.simulated or not shown else tuple(enumerate(story.known_events))
    for index, known in events:
        begin, end = day_span(story, known)
        if end > min(shown) and begin <= story.generated_at:
            until = "" if known.since == known.until else f" to {known.until}"
            click.echo(f"known event {letter(index)}, {known.since}{until}: {known.text} ({known.source})")


def _alarm_row(alarm: Alarm, result: Backtest, labelled: bool, zone: ZoneInfo) -> tuple[object, ...]:
    what = "new level" if alarm.happening == "new_normal" else f"{alarm.kind.value.replace('_', ' ')}"
    ended = "the new normal" if alarm.happening == "new_normal" else "open"
    if alarm.closed is not None:
        ended = f"{alarm.closed.astimezone(zone):%Y-%m-%d} {ENDINGS[alarm.ending]}"
    row = (
        f"{alarm.at.astimezone(zone):%Y-%m-%d}",
        f"{alarm.value:,.0f}",
        f"{'provisional ' if alarm.provisional else ''}{what}",
        ended,
    )
    if not labelled:
        return row
    text = "false" if alarm.label is None else result.detections[alarm.label].label.text or "true"
    return (*row, "" if alarm.label is None and alarm.happening != "opened" else text)


def _summary(result: Backtest, *, labelled: bool) -> str:
    opened = len(result.openings)
    said = f"{result.looks} looks, {result.judged} judged over {result.years:.1f} years: {opened} alert(s)"
    still = sum(alarm.closed is None for alarm in result.openings)
    said += f", {still} of them open" if still else ", none of them open"
    false = len(result.false_alarms) if labelled else opened
    rate = result.per_year(false)
    if labelled:
        found = sum(detection.delay_days is not None for detection in result.detections)
        said += f"; {found} of {len(result.detections)} labels found, {false} false"
    if rate is not None:
        said += f" ({rate:.2f} a year; the budget allows {result.allowed_per_year:g} false ones)"
    return f"{said}."


def _found(detection: Detection, zone: ZoneInfo) -> str:
    label = detection.label
    last = label.end.astimezone(zone) - timedelta(seconds=1)
    name = f"{label.kind} {label.begin.astimezone(zone):%Y-%m-%d} to {last:%Y-%m-%d}"
    name += f" ({label.text})" if label.text else ""
    if detection.delay_days is None:
        return f"{name}: missed" if detection.looks_within else f"{name}: nothing was seen within it"
    return f"{name}: found after {detection.delay_days:.0f} days, at look {detection.delay_looks} within it"


COMMANDS = (backtest,)
