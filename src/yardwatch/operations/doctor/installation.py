"""Installed, configured, writable, migrated."""

from __future__ import annotations

import os
import shutil
import sys
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from yardwatch import __version__
from yardwatch.areas import area_names
from yardwatch.operations.doctor.check import Check, guarded
from yardwatch.settings import Settings
from yardwatch.watchlist import line_of

if TYPE_CHECKING:
    from yardwatch.workspace import Workspace

OTHERS = frozenset({"YARDWATCH_CHECKOUT", "YARDWATCH_DB_PASSWORD"})
"""Variables of the deployment, which deploy/ and prefect.yaml read and yardwatch does not."""
LEAST_FREE_GB, TIGHT_FREE_GB = 0.5, 5.0
EXTRAS = {
    "simulate": "cv2",
    "train": "ultralytics",
    "postgres": "psycopg",
    "dask": "prefect_dask",
    "notebooks": "anywidget",
}


def check_installation(workspace: Workspace) -> list[Check]:
    """What lies on this machine."""
    return [
        guarded("yardwatch", _version),
        guarded("data root", lambda: _writable(workspace.settings.root)),
        guarded("disk space", lambda: _space(workspace.settings.root)),
        guarded("settings", lambda: _settings(workspace)),
        guarded("watch list", lambda: _watch_list(workspace)),
        guarded("areas", lambda: _areas(workspace)),
        guarded("model release", lambda: _release(workspace)),
        guarded("ledger", lambda: _ledger(workspace)),
    ]


def _version() -> Check:
    there = [extra for extra, module in EXTRAS.items() if find_spec(module) is not None]
    python = ".".join(map(str, sys.version_info[:3]))
    return Check("yardwatch", "good", f"{__version__} on Python {python}; extras: {', '.join(there) or 'none'}")


def _writable(root: Path) -> Check:
    probe = root / f".doctor-{os.getpid()}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"yardwatch")
        probe.unlink()
    except OSError as error:
        mend = "give the user that runs yardwatch the right to write there, or set YARDWATCH_DATA_DIR"
        return Check("data root", "bad", f"{root} cannot be written: {error.strerror}", mend)
    return Check("data root", "good", f"{root} is writable")


def _space(root: Path) -> Check:
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    free_gb = shutil.disk_usage(there).free / 1e9
    said = f"{free_gb:.1f} GB free at {root}"
    mend = "free some, or let chips go: `yardwatch sweep --chips-older-than DAYS`"
    if free_gb < LEAST_FREE_GB:
        return Check("disk space", "bad", said, mend)
    return Check("disk space", "warning", said, mend) if free_gb < TIGHT_FREE_GB else Check("disk space", "good", said)


def _settings(workspace: Workspace) -> Check:
    """A variable of ours that nothing reads is a slip of the hand: the setting it was meant for is not set."""
    watchlist = workspace.watchlist
    known = {f"YARDWATCH_{field.upper()}" for field in Settings.model_fields}
    named = {entry.url_env for entry in watchlist.channels.values()} | {one.headers_env for one in watchlist.source}
    others = sorted(name for name in os.environ if name.startswith("YARDWATCH_") and name not in known | named | OTHERS)
    unknown = [name for name in others if not name.startswith(("YARDWATCH_TEST_", "YARDWATCH_CHANNEL_"))]
    if not unknown:
        return Check("settings", "good", "every YARDWATCH_ variable that is set is known")
    meant = [f"{name} for {close[0]}" for name in unknown if (close := get_close_matches(name, known, n=1))]
    mend = f"correct or unset it{'; perhaps ' + ', '.join(meant) if meant else ''}"
    return Check("settings", "warning", f"nothing reads {', '.join(unknown)}", mend)


def _watch_list(workspace: Workspace) -> Check:
    path = workspace.settings.watchlist
    watched = workspace.watched_areas()
    if not path.exists():
        return Check("watch list", "warning", f"{path} is not there; defaults are used", "write one: `yardwatch init`")
    if not watched:
        return Check("watch list", "bad", f"{path} watches no area", 'name some: areas = ["tumangang"]')
    known = area_names(workspace.settings.areas_folder())
    strange = [name for name in workspace.watchlist.area if name not in known]
    if strange:
        tables = ", ".join(f"[area.{name}]{line_of(path, name)}" for name in strange)
        mend = f"correct the name to one of {', '.join(known) or 'none'}, or remove the table"
        return Check("watch list", "warning", f"{path}: {tables} speaks of no area and does nothing", mend)
    return Check("watch list", "good", f"{path}: {len(watched)} area{'' if len(watched) == 1 else 's'}")


def _areas(workspace: Workspace) -> Check:
    areas, now = workspace.areas, workspace.now()
    ended = [name for name in workspace.watched_areas() if workspace.area(name).at(now) is None]
    if ended:
        said = f"no geometry valid today: {', '.join(ended)}"
        return Check("areas", "warning", said, "add a version to their files in the folder of areas")
    return Check("areas", "good", f"{len(areas)} in {workspace.settings.areas_folder()}")


def _release(workspace: Workspace) -> Check:
    release = workspace.release
    if not release.quality:
        mend = "measure it with labelled pictures: `yardwatch release ... --data LABELLED`"
        return Check("model release", "warning", f"{release.name} was never measured: counts without interval", mend)
    return Check("model release", "good", f"{release.name}, intact and measured")


def _ledger(workspace: Workspace) -> Check:
    from yardwatch.ledger import Ledger

    settings = workspace.settings
    with Ledger.open(settings.ledger_address(), settings.root, create=False, clock=workspace.now) as ledger:
        rows = ledger.row_counts()
        said = f"{ledger.address}: {rows['looks']} looks, {rows['observations']} observations, schema to date"
    return Check("ledger", "good", said)
