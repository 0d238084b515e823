"""Commands of the daily path: init, find, watch, judge, look."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yardwatch.cli.output import print_json, print_table, progress_bar
from yardwatch.errors import BadInput, NotConfigured

if TYPE_CHECKING:
    from yardwatch.operations import AreaRun, Days, Found
    from yardwatch.report import SeriesStory
    from yardwatch.workspace import Workspace


class _Day(click.DateTime):
    """A day between the first satellites and a century from here."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The day, or a usage error that names the option."""
        from yardwatch.operations.days import why_no_day

        day = super().convert(value, param, ctx)
        if (why := why_no_day(day.date())) is not None:
            self.fail(why, param, ctx)
        return day


DAY = _Day(["%Y-%m-%d"])
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
since_option = click.option(
    "--since", type=DAY, help="First day, in the area's zone.  [default: 14 days before --until]"
)
until_option = click.option("--until", type=DAY, help="Last day, included.  [default: today]")


def open_workspace() -> Workspace:
    """The workspace of the environment."""
    from yardwatch.settings import contain, load_settings
    from yardwatch.workspace import Workspace

    settings = load_settings()
    contain(settings)
    return Workspace(settings)


def chosen_days(workspace: Workspace, area: str, since: datetime | None, until: datetime | None) -> Days:
    """The span that the options name."""
    from datetime import timedelta

    from yardwatch.operations import Days, last_days

    recent = last_days(workspace.area(area), workspace.now(), 14)
    last = until.date() if until else recent.until
    return Days(since.date() if since else last - timedelta(days=14), last)


@click.command()
@click.option("--print", "only_print", is_flag=True, help="Print the commented watch list and write nothing.")
@click.option("--migrate", is_flag=True, help="Bring an older ledger to this version's schema.")
def init(only_print: bool, migrate: bool) -> None:
    """Write a commented yardwatch.toml and make the ledger."""
    import json

    from yardwatch.watchlist import TEMPLATE

    workspace = open_workspace()
    path = workspace.settings.watchlist
    text = TEMPLATE.format(areas=json.dumps([name for name, area in workspace.areas.items() if area.watched]))
    if only_print:
        click.echo(text, nl=False)
        return
    if migrate:
        workspace.migrate()
    workspace.ledger.row_counts()
    if path.is_dir():
        raise BadInput(f"{path}: is a folder; set YARDWATCH_WATCHLIST to a file, or unset it")
    if path.exists():
        click.echo(f"{path} exists and is left as it is")
    else:
        _write_watchlist(path, text)
        click.echo(f"wrote {path}")
    click.echo(f"the ledger and all that yardwatch writes lie in {workspace.settings.root}")


def _write_watchlist(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotConfigured(
            f"{path}: {error.strerror}; set YARDWATCH_WATCHLIST to a file that can be written"
        ) from None


@click.command(short_help="Ask the sources of an area for scenes.")
@click.argument("area")
@since_option
@until_option
@as_json
def find(area: str, since: datetime | None, until: datetime | None, as_json: bool) -> None:
    """Ask the sources of AREA for scenes and register the looks they make."""
    from yardwatch import operations

    with open_workspace() as workspace:
        found = operations.find(workspace, area, chosen_days(workspace, area, since, until))
    print_json(found) if as_json else _say_found(found)


def _say_found(found: Found) -> None:
    click.echo(
        f"{found.area}, {found.days.since} to {found.days.until}: {found.scenes} scenes make {len(found.looks)} looks; "
        f"{len(found.new)} new, {found.known} known, {len(found.due)} to be read"
    )
    for fault in found.faults:
        click.echo(f"  {fault}", err=True)


@click.command(short_help="Find, read, count and judge the newest looks.")
@click.argument("area_names", metavar="[AREA]...", nargs=-1)
@since_option
@until_option
@as_json
def watch(area_names: tuple[str, ...], since: datetime | None, until: datetime | None, as_json: bool) -> None:
    """Find, read, count and judge the looks of AREA, or of the whole watch list.

    Looks that are recorded are not read again. Exit code 75 says that something must be tried again later.
    """
    from yardwatch import operations
    from yardwatch.errors import TryAgain, YardwatchError

    runs: list[AreaRun] = []
    errors: list[YardwatchError] = []
    with open_workspace() as workspace:
        # the names as the list has them: one that is wrong is told below and does not end the run of the others
        for name in dict.fromkeys(area_names or workspace.listed_areas()):
            try:
                days = chosen_days(workspace, name, since, until)
                with progress_bar(name) as progress:
                    runs.append(operations.watch(workspace, name, days, progress, live=until is None))
            except YardwatchError as error:
                errors.append(error)
                click.echo(f"yardwatch: {name}: {error}", err=True)
        if as_json:
            print_json(runs)
        for run in () if as_json else runs:
            _say_run(workspace, run)
        if runs and not workspace.settings.watchlist.exists():
            said = f"there is no watch list at {workspace.settings.watchlist}: defaults are used and nobody is told"
            click.echo(f"{said}; `yardwatch init` writes one", err=True)
    if errors:
        lasting = [error for error in errors if not isinstance(error, TryAgain)]  # what no later run mends by itself
        raise SystemExit((lasting or errors)[0].exit_code)
    if any(run.failed for run in runs):
        raise SystemExit(75)


def _say_run(workspace: Workspace, run: AreaRun) -> None:
    from yardwatch import operations

    _say_found(run.found)
    begin, end = run.found.days.span(workspace.area(run.found.area))
    for measure in operations.MEASURES:
        for simulated in (False, True):
            story = operations.story_of(workspace, run.found.area, measure=measure, simulated=simulated)
            print_series(story, since=begin, until=end)
    for look_id, why in run.failed:
        click.echo(f"stays due: {look_id}: {why}", err=True)
    if not run.recorded:
        click.echo("nothing new to read: every look of these days is recorded")
    if run.judged.messages_queued:
        click.echo(f"{run.judged.messages_queued} message(s) wait to be sent: yardwatch deliver")


def print_series(story: SeriesStory, *, since: datetime | None = None, until: datetime | None = None) -> None:
    """The table of a series within [since, until), or nothing when there is none."""
    from yardwatch.report import series_table
    from yardwatch.report.wording import NAMES

    when = {look_id: seen.acquired_from for look_id, seen in story.by_look.items()}
    rows = [
        row
        for row in series_table(story)
        if (since is None or when[row.look_id] >= since) and (until is None or when[row.look_id] < until)
    ]
    if rows:
        print_table(
            ("local time", NAMES[story.measure], "90 % interval", "visible", "verdict, or why not"),
            [(row.date, row.count, row.interval, row.visible, row.outcome) for row in rows],
            f"{'SIMULATED ' if story.simulated else ''}{story.area.title}",
        )


@click.command(short_help="Judge the series of an area again.")
@click.argument("area")
@as_json
def judge(area: str, as_json: bool) -> None:
    """Judge the series of AREA again and queue what is news."""
    from yardwatch import operations

    with open_workspace() as workspace:
        judged = operations.judge(workspace, area)
    if as_json:
        print_json(judged)
    else:
        click.echo(f"{area}: {judged.verdicts_added} new verdicts, {judged.messages_queued} messages queued")


@click.command(short_help="Count the freight cars of one picture.")
@click.argument("picture", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--area", help="Search only this area's outline.")
@click.option(
    "--gsd", "gsd_m", type=float, help="Ground sample distance in metres, for a picture without georeference."
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the results.  [default: look-out]"
)
@as_json
def look(picture: Path, area: str | None, gsd_m: float | None, out: Path | None, as_json: bool) -> None:
    """Count the freight cars of PICTURE, a georeferenced file (or any, with --gsd)."""
    from yardwatch import operations

    if gsd_m is not None and not 0.01 <= gsd_m <= 1000:
        raise BadInput(f"--gsd {gsd_m}: give metres between 0.01 and 1000, e.g. 0.5")
    out = out or Path("look-out")
    if picture.is_file():
        _make_folder(out)
    with open_workspace() as workspace:
        counted = operations.count_picture(workspace, picture, out, area_name=area, gsd_m=gsd_m)
    if as_json:
        print_json(counted.summary())
        return
    click.echo(counted.sentence())
    click.echo(f"picture: {counted.picture}")
    if counted.detections is not None:
        click.echo(f"detections: {counted.detections}")


def _make_folder(out: Path) -> None:
    """Before anything is read: a count that nobody can store is a count for nothing."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{out}: cannot be made ({error.strerror}); name another folder with --out") from None


COMMANDS = (look, init, find, watch, judge)
