"""Commands that keep a watch running: doctor, channels, costs, sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from yardwatch.cli.output import print_json, print_table
from yardwatch.cli.watching import as_json, open_workspace

if TYPE_CHECKING:
    from yardwatch.operations.retention import Retirement


@click.command(short_help="Say what is missing for a watch, and the mend.")
@click.option("--offline", is_flag=True, help="Ask nothing that lies beyond this machine.")
@click.option("--timeout", "timeout_s", default=10.0, show_default=True, help="Seconds a source may take to answer.")
@click.option("--strict", is_flag=True, help="Warnings give exit code 75.")
@as_json
def doctor(offline: bool, timeout_s: float, strict: bool, as_json: bool) -> None:
    """Check what a watch needs: installed, writable, migrated, reachable, due, told; and name the mend.

    For monitors: exit code 0 when it works, 78 when something must be mended, 75 for warnings with --strict.
    """
    from yardwatch.operations.doctor import examine, worst

    with open_workspace() as workspace:
        checks = examine(workspace, offline=offline, timeout_s=timeout_s)
    state = worst(checks)
    if as_json:
        print_json({"state": state, "checks": checks})
    else:
        print_table(("state", "what", "found", "mend"), [(c.state, c.name, c.said, c.mend) for c in checks])
    if state == "bad":
        raise SystemExit(78)
    if state == "warning" and strict:
        raise SystemExit(75)


@click.group(invoke_without_command=True, short_help="List who is told of what; send a test message.")
@as_json
@click.pass_context
def channels(context: click.Context, as_json: bool) -> None:
    """List who is told of what, and whether the address is set; `channels test` tries one.

    Addresses are secrets and are never shown.
    """
    if context.invoked_subcommand is not None:
        return
    from yardwatch.errors import NotConfigured

    rows = []
    for name, entry in open_workspace().watchlist.channels.items():
        try:
            scheme = entry.address(name).get_secret_value().split(":", 1)[0]
        except NotConfigured:
            scheme = f"{entry.url_env} is not set"
        digest = "" if entry.digest_hours is None else f"digest, {entry.digest_hours:g} h"
        rows.append((name, scheme, ", ".join(entry.severities), digest))
    if as_json:
        print_json([dict(zip(("channel", "address", "severities", "digest"), row, strict=True)) for row in rows])
    elif rows:
        print_table(("channel", "address", "hears", "how"), rows)
    else:
        click.echo("nobody is told: add [channels.NAME] to the watch list (`yardwatch init --print` shows how)")


@channels.command("test", short_help="Send a message that says it is a test.")
@click.argument("names", metavar="[CHANNEL]...", nargs=-1)
@as_json
def channels_test(names: tuple[str, ...], as_json: bool) -> None:
    """Send a message that says it is a test to CHANNEL, or to all. Exit code 75 when one was not delivered."""
    from yardwatch import operations

    tried = operations.try_channels(open_workspace(), names)
    if as_json:
        print_json(tried)
    for one in () if as_json else tried:
        click.echo(f"{one.channel}: {'delivered' if one.delivered else one.detail}")
    if not all(one.delivered for one in tried):
        raise SystemExit(75)


@click.command(short_help="Show what looks have cost: bytes, seconds, disk.")
@click.argument("area", required=False)
@as_json
def costs(area: str | None, as_json: bool) -> None:
    """Show what the looks of AREA, or of all, have cost by source: bytes fetched, seconds by stage, disk."""
    from yardwatch.operations.costs import costs as costs_of

    with open_workspace() as workspace:
        found = costs_of(workspace, area)
    if as_json:
        print_json(found)
        return
    if not found.sources:
        click.echo("nothing was ever read")
        return
    stages = list(dict.fromkeys(stage for source in found.sources for stage in source.median_s))
    rows = [
        (
            source.source,
            source.looks,
            source.usable,
            *(source.median_s.get(stage, "") for stage in stages),
            source.total_s,
            "not recorded" if source.median_mb is None else source.median_mb,
            "not recorded" if source.total_mb is None else source.total_mb,
        )
        for source in found.sources
    ]
    columns = ("source", "looks", "usable", *(f"{stage} s" for stage in stages), "all s", "MB a look", "all MB")
    print_table(columns, rows, "median of a look, and all")
    for folder, size_mb in found.disk_mb.items():
        click.echo(f"{folder}: {size_mb} MB on disk")


@click.command(short_help="Remove files that no record names, and chips past their time.")
@click.option(
    "--chips-older-than", "days", type=click.FloatRange(0), metavar="DAYS", help="Let chips go that are older."
)
@click.option(
    "--licence", default="*", help="With --chips-older-than: only of this licence, a pattern such as 'commercial*'."
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@as_json
def sweep(days: float | None, licence: str, dry_run: bool, as_json: bool) -> None:
    """Remove files that no record names (left by a killed run), and chips past their time; name files that are missing.

    Chips go by [[retention]] of the watch list, or by --chips-older-than. Pictures drawn from them go too; counts and
    detections stay for good.
    """
    from yardwatch.operations.retention import retire_chips
    from yardwatch.watchlist import Retention

    rules = None if days is None else [Retention(licence=licence, chips_days=days)]
    with open_workspace() as workspace:
        retired = retire_chips(workspace, rules, dry_run=dry_run)
        swept = workspace.ledger.sweep(delete=not dry_run)
    if as_json:
        print_json({"retired": retired, "swept": swept})
    else:
        _say_swept(retired, len(swept.orphans), swept.missing)
    if swept.missing:
        raise SystemExit(65)


def _say_swept(retired: Retirement, orphans: int, missing: tuple[str, ...]) -> None:
    would = "would be " if retired.dry_run else ""
    if retired.chips:
        click.echo(
            f"{len(retired.chips)} chip(s) and {len(retired.pictures)} picture(s) past their time {would}removed"
            + ("" if retired.dry_run else f", {retired.freed_mb:g} MB freed")
        )
    click.echo(f"{orphans} orphan file(s) {would}removed, {len(missing)} file(s) missing")
    for path in missing:
        click.echo(f"  missing: {path}", err=True)


COMMANDS = (doctor, channels, costs, sweep)
