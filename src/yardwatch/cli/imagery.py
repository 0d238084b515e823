"""Commands of what can be watched and with what: areas, sources, scenes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yardwatch.cli import watching
from yardwatch.cli.output import print_json, print_table
from yardwatch.cli.watching import as_json, chosen_days, since_option, until_option
from yardwatch.errors import BadInput, NotConfigured

if TYPE_CHECKING:
    from yardwatch.areas.drawing import Drawing
    from yardwatch.operations.offering import SceneNote
    from yardwatch.settings import Settings


class _Listing(click.Group):
    """A group whose bare call, or a call with anything that is no subcommand, goes to ``show``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Listing, short_help="List the areas that can be watched, or add one.")
def areas() -> None:
    """List the areas that can be watched, or add one.

    \b
    yardwatch areas                     all of them
    yardwatch areas tumangang           one, with where its geometry comes from
    yardwatch areas add NAME ...        a new area file
    """


@areas.command()
@click.argument("name", required=False)
@as_json
def show(name: str | None, as_json: bool) -> None:
    """List the areas that can be watched, or show NAME. This is what a bare `yardwatch areas` does."""
    workspace = watching.open_workspace()
    chosen = [workspace.area(name)] if name else list(workspace.areas.values())
    if as_json:
        print_json(chosen)
        return
    if not chosen:
        click.echo(f"no area file in {workspace.settings.areas_folder()}; `yardwatch areas add NAME ...` makes one")
        return
    watched = workspace.watched_areas()
    rows = [
        (
            area.name,
            " ".join(dict.fromkeys((area.title, area.native_title))),
            area.country,
            area.time_zone,
            "yes" if area.name in watched else "no",
            f"{version.valid_from} to {version.valid_to or 'now'}",
            f"{len(version.tracks)} {version.tracks_kind}",
            version.area_version,
        )
        for area in chosen
        for version in area.versions
    ]
    print_table(("area", "station", "country", "zone", "watched", "valid", "tracks", "version"), rows)
    for version in chosen[0].versions if name else ():
        click.echo(f"{version.valid_from}: {version.provenance}")


@areas.command()
@click.argument("name")
@click.option("--point", help="LATITUDE,LONGITUDE of its middle: a square around it.")
@click.option("--radius", "radius_m", type=click.FloatRange(50, 5000), default=500.0, help="Half its side, metres.")
@click.option("--bbox", help="WEST,SOUTH,EAST,NORTH in degrees.")
@click.option("--kml", type=click.Path(path_type=Path, dir_okay=False), help="A drawing: outline, and tracks as lines.")
@click.option("--osm", is_flag=True, help="Take the tracks from OpenStreetMap (needs a network; ODbL).")
@click.option("--surveyed", is_flag=True, help="The lines of --kml lie on the rails within a few metres.")
@click.option("--country", required=True, help="Two letters of ISO 3166.")
@click.option("--time-zone", required=True, help="IANA name, e.g. Asia/Pyongyang.")
@click.option("--title", help="Name in Latin script.  [default: NAME]")
@click.option("--native-title", help="Name in the script of the place.  [default: the title]")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder.  [default: YARDWATCH_AOI_DIR]")
@as_json
def add(
    name: str,
    point: str | None,
    radius_m: float,
    bbox: str | None,
    kml: Path | None,
    osm: bool,
    surveyed: bool,
    country: str,
    time_zone: str,
    title: str | None,
    native_title: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Make the area file of station NAME, checked as every area file is.

    Give one of --point, --bbox, --kml, and --osm for its tracks. Without tracks, or with lines that are not known to
    lie on the rails, the whole outline is searched. Look at the file on a map (QGIS opens it) before you trust it.
    """
    from yardwatch.areas.drawing import Station, write_area
    from yardwatch.settings import load_settings

    drawing, source = _drawn(point, bbox, kml, radius_m)
    kind = "none" if not drawing.tracks else "surveyed" if surveyed else "approximate"
    if surveyed and kind != "surveyed":
        raise BadInput("--surveyed: speaks of lines that --kml draws, and there are none")
    if osm:
        drawing, kind, source = _with_openstreetmap(drawing, source)
    name_of = title or name
    station = Station(name, name_of, native_title or name_of, country.upper(), time_zone, kind, source)  # type: ignore[arg-type]
    path, area = write_area(out or _own_folder(load_settings()), station, drawing)
    if as_json:
        print_json({"path": path, "area": area})
        return
    version = area.versions[0]
    click.echo(f"wrote {path}: {len(version.tracks)} tracks ({kind}), version {version.area_version}")
    click.echo(f"Look at it on a map, then put {name!r} under areas in yardwatch.toml.")


def _drawn(point: str | None, bbox: str | None, kml: Path | None, radius_m: float) -> tuple[Drawing, str]:
    from yardwatch.areas.drawing import around_point, from_kml, in_box

    if sum(one is not None for one in (point, bbox, kml)) != 1:
        raise BadInput("give one of --point, --bbox and --kml: where is the station?")
    if point is not None:
        lat, lon = _numbers(point, 2, "--point", "LATITUDE,LONGITUDE")
        return around_point(lon, lat, radius_m), f"A square of {2 * radius_m:g} m around {lat}, {lon}, by command."
    if bbox is not None:
        west, south, east, north = _numbers(bbox, 4, "--bbox", "WEST,SOUTH,EAST,NORTH")
        return in_box(west, south, east, north), "A box given by command."
    assert kml is not None
    return from_kml(kml), f"Drawn by its user in {kml.name}."


def _numbers(text: str, count: int, option: str, form: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.replace(";", ",").split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise BadInput(f"{option} {text}: write {form} in degrees, with points for decimals")
    return numbers


def _with_openstreetmap(drawing: Drawing, source: str) -> tuple[Drawing, str, str]:
    from dataclasses import replace
    from datetime import UTC

    from yardwatch.areas.drawing import cut_to
    from yardwatch.areas.overpass import CREDIT, tracks_of

    tracks = cut_to(drawing.outline, tracks_of(drawing.outline))
    if not tracks:
        raise BadInput("--osm: OpenStreetMap has no track of 20 m or more inside the outline; widen or move it")
    day = datetime.now(UTC).date()
    click.echo(f"tracks: {CREDIT}; whoever shares the file shares it under that licence", err=True)
    return replace(drawing, tracks=tracks), "openstreetmap", f"{source} Tracks: {CREDIT}, read on {day}."


def _own_folder(settings: Settings) -> Path:
    folder = settings.areas_folder()
    if "_shipped" in folder.parts:
        raise NotConfigured(
            "the shipped areas are replaced with every upgrade; copy them to a folder of yours and name it by "
            f"YARDWATCH_AOI_DIR (they lie in {folder}), or give --out"
        )
    return folder


@click.command(short_help="List what can be asked for imagery.")
@as_json
def sources(as_json: bool) -> None:
    """List what can be asked for imagery: the built-in sources and those of yardwatch.toml.

    "automated" says whether terms or licence allow a machine to read and analyse it; where it says "read its terms",
    yardwatch does not know them.
    """
    from yardwatch.imagery.offered import offered

    workspace = watching.open_workspace()
    known = offered(workspace.watchlist)
    if as_json:
        print_json(known)
        return
    rows = [
        (
            one.name,
            one.kind,
            "?" if one.gsd_m is None else f"{one.gsd_m:g} m",
            one.revisit,
            one.licence,
            one.login,
            one.automated,
            "yes" if one.preferred else "no",
            one.note,
        )
        for one in known
    ]
    print_table(("source", "kind", "GSD", "revisit", "licence", "login", "automated", "asked", "note"), rows)


@click.command(short_help="List scenes over an area and what reading them would cost.")
@click.argument("area")
@since_option
@until_option
@click.option("--source", "source_names", multiple=True, help="Ask this source.  [default: those of the watch list]")
@click.option("--headers/--no-headers", default=True, help="Read file headers and small masks, for cost and cloud.")
@as_json
def scenes(
    area: str,
    since: datetime | None,
    until: datetime | None,
    source_names: tuple[str, ...],
    headers: bool,
    as_json: bool,
) -> None:
    """List the scenes over AREA, with time, GSD, cloud, angles, and the bytes that a read would fetch.

    Nothing large is read and nothing is recorded. "cloud here" is the share of the searched ground that the scene's own
    mask calls cloud, shadow or snow; "cloud" is what the catalog says of the whole scene.
    """
    from yardwatch import operations

    with watching.open_workspace() as workspace:
        days = chosen_days(workspace, area, since, until)
        found = operations.scenes(workspace, area, days, source_names, ask_files=headers)
    if as_json:
        print_json(found)
    else:
        click.echo(f"{area}, {days.since} to {days.until}: {len(found.scenes)} scenes")
        columns = (
            "acquired (UTC)",
            "source",
            "scene",
            "GSD",
            "counts",
            "cloud",
            "cloud here",
            "off nadir",
            "sun",
            "cost",
        )
        if found.scenes:
            print_table(columns, [_row(note) for note in found.scenes])
    for fault in (*found.faults, *(note.fault for note in found.scenes if note.fault)):
        click.echo(f"  {fault}", err=True)
    if found.exit_code:
        raise SystemExit(found.exit_code)


def _row(note: SceneNote) -> tuple[str, ...]:
    from yardwatch.report.wording import pixel_size

    def share(value: float | None) -> str:
        return "?" if value is None else f"{100 * value:.0f} %"

    def degrees(value: float | None) -> str:
        return "?" if value is None else f"{value:.0f}°"

    cost = "?" if note.read_bytes is None else f"{note.read_bytes / 1e6:.1f} MB"
    return (
        f"{note.acquired_from:%Y-%m-%d %H:%M}",
        note.source,
        note.scene_id,
        pixel_size(note.gsd_m, 3),
        "yes" if note.counts else "no",
        share(note.cloud_claimed),
        share(note.cloud_over_area),
        degrees(note.off_nadir_deg),
        degrees(note.sun_elevation_deg),
        cost,
    )


COMMANDS = (areas, sources, scenes)
