"""``yardwatch.toml``: which areas are watched, from which sources, with what alarm budget, and who is told.

Validated whole; a fault names the line and the field. Secrets do not belong in the file: a channel names the
environment variable that holds its URL.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from yardwatch.errors import BadInput, NotConfigured

Severity = Literal["provisional", "surge", "escalation", "drop", "new_normal", "amended", "closed", "stale"]
LOUD: tuple[Severity, ...] = ("surge", "escalation", "drop", "amended")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceEntry(_Strict):
    """One place to ask for imagery.

    ``kind`` is an adapter of :mod:`yardwatch.imagery`, or the name of one of its presets, whose other fields may then
    be left out.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    kind: str
    url: str | None = None
    path: Path | None = None
    collections: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    gsd_m: float | None = Field(default=None, gt=0, le=1000)
    licence: str | None = None
    attribution: str | None = None
    platform: str | None = None
    time_pattern: str | None = None
    headers_env: str | None = None
    layer: str | None = None
    zoom: int | None = Field(default=None, ge=0, le=24)
    tile_px: Literal[256, 512] = 256
    times: tuple[str, ...] = ()
    accept_noncommercial: bool = False
    allow_private_addresses: bool = False


class ChannelEntry(_Strict):
    """One recipient: an Apprise URL, given in the file only when it is a local ``file:`` path.

    ``digest_hours`` gathers: what is queued waits until its oldest message is that old, and then goes as one.
    """

    url: str | None = None
    url_env: str | None = Field(None, pattern=r"^[A-Z_][A-Z0-9_]*$")
    severities: tuple[Severity, ...] = LOUD
    digest_hours: float | None = Field(None, gt=0, le=24 * 31)

    @model_validator(mode="after")
    def _one_address(self) -> ChannelEntry:
        if (self.url is None) == (self.url_env is None):
            raise ValueError("give either url_env (the environment variable that holds the address) or a file: url")
        if self.url is not None and not self.url.startswith("file:"):
            raise ValueError("an address can hold a secret: put it into an environment variable and name it in url_env")
        if self.url is not None and self.digest_hours is not None:
            raise ValueError("a file takes every message as it comes; digest_hours is for channels with a url_env")
        return self

    def address(self, name: str) -> SecretStr:
        """The channel's URL.

        Raises:
            NotConfigured: when the environment variable is not set.
        """
        if self.url is not None:
            return SecretStr(self.url)
        assert self.url_env is not None
        value = os.environ.get(self.url_env)
        if not value:
            raise NotConfigured(f"channel {name}: set {self.url_env} to its Apprise URL, or remove the channel")
        return SecretStr(value)


class AreaEntry(_Strict):
    """What differs for one area."""

    alarm_budget: float | None = Field(None, gt=0, le=12)
    sources: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    stale_after_days: float | None = Field(None, gt=0, le=3660)


class Retention(_Strict):
    """How long chips, and the pictures drawn from them, are kept; counts and detections stay for good.

    ``licence`` is a pattern as in a shell, matched to the licence of the scene without regard to case.
    """

    licence: str = "*"
    chips_days: float = Field(ge=0, le=36600)


class Watchlist(_Strict):
    """The whole file; its defaults are what ``yardwatch init`` writes."""

    areas: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("earth-search",)
    alarm_budget: float = Field(default=0.2, gt=0, le=12)
    minimum_visible: float = Field(default=0.2, ge=0, le=1)
    source: tuple[SourceEntry, ...] = ()
    channels: dict[str, ChannelEntry] = Field(default_factory=dict)
    retention: tuple[Retention, ...] = ()
    area: dict[str, AreaEntry] = Field(default_factory=dict)

    def budget_of(self, area: str) -> float:
        """False alarms allowed per station-year for ``area``."""
        entry = self.area.get(area)
        return self.alarm_budget if entry is None or entry.alarm_budget is None else entry.alarm_budget

    def sources_of(self, area: str) -> tuple[str, ...]:
        """Names of the sources asked for ``area``, most preferred first."""
        entry = self.area.get(area)
        return self.sources if entry is None or entry.sources is None else entry.sources

    def stale_after_of(self, area: str) -> float | None:
        """Days without a usable look after which ``area`` is news; None leaves it to the area's usual gap."""
        entry = self.area.get(area)
        return None if entry is None else entry.stale_after_days

    def channels_of(self, area: str, severity: str) -> tuple[str, ...]:
        """Names of the channels that want news of ``severity`` from ``area``."""
        entry = self.area.get(area)
        named = entry.channels if entry is not None and entry.channels is not None else tuple(self.channels)
        return tuple(name for name in named if name in self.channels and severity in self.channels[name].severities)


def load_watchlist(path: Path) -> Watchlist:
    """Read and validate ``path``; a missing file is the default watch list.

    Raises:
        BadInput: naming file, line and field.
    """
    if not path.exists():
        return Watchlist()
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); set YARDWATCH_WATCHLIST to a TOML file") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: {error}; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path}: is no TOML: {error}; `yardwatch init --print` shows a right one") from None
    _resolve_paths(data, path.parent)
    try:
        watchlist = Watchlist.model_validate(data)
    except ValidationError as error:
        raise BadInput(_explain(path, text, error)) from None
    for name in {n for entry in watchlist.area.values() for n in entry.channels or ()}:
        if name not in watchlist.channels:
            raise BadInput(
                f"{path}{_line(text, name)}: no channel {name!r}; known: {', '.join(watchlist.channels) or 'none'}"
            )
    return watchlist


def _resolve_paths(data: dict[str, Any], folder: Path) -> None:
    """Paths in the file are relative to the file, whoever reads it from wherever."""
    for entry in data.get("source", []) if isinstance(data.get("source"), list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("path"), str):
            entry["path"] = str((folder / entry["path"]).resolve())


def _explain(path: Path, text: str, error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "the file"
    names = [str(part) for part in first["loc"] if not isinstance(part, int)]
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "there is no such field; see `yardwatch init --print`"
    elif first["type"] == "tuple_type":
        sample = f"[[{place}]]" if place in ("source", "retention") else '["one", "two"]'
        message = f"write a list, as in {sample}"
    return f"{path}{_line(text, names[-1] if names else '')}: {place}: {message}"


def line_of(path: Path, name: str) -> str:
    """``:12`` for the first line of the watch list at ``path`` that speaks of ``name``; nothing where none can."""
    try:
        return _line(path.read_text(encoding="utf-8-sig"), name)
    except (OSError, UnicodeDecodeError):
        return ""


def _line(text: str, name: str) -> str:
    """``:12`` for the first line that speaks of ``name``, or nothing."""
    if name:
        for number, line in enumerate(text.splitlines(), start=1):
            if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", line.split("#")[0]):
                return f":{number}"
    return ""


TEMPLATE = """\
# yardwatch.toml: what is watched, from where, and who is told.

# Areas by name; `yardwatch areas` lists them.
areas = {areas}

# Sources in order of preference. Built in: earth-search and planetary-computer (Sentinel-2, 10 m: too coarse to count
# cars). Your own are described below as [[source]].
sources = ["earth-search"]

# False alarms you accept per station and year, surges and drops together.
alarm_budget = 0.2

# A look that shows less of the tracks than this is not counted.
minimum_visible = 0.2

# A folder of GeoTIFFs from any vendor:
# [[source]]
# name = "deliveries"
# kind = "folder"
# path = "deliveries"
# gsd_m = 0.5                 # where the files do not say it
# licence = "commercial, do not redistribute"
# attribution = "(c) the vendor"

# A STAC API or a static STAC catalog:
# [[source]]
# name = "archive"
# kind = "stac"
# url = "https://stac.example.org/v1"
# collections = ["scenes"]
# assets = ["visual"]

# Map tiles, XYZ or WMTS: docs/imagery.md shows both.

# Who is told. Addresses are Apprise URLs and hold secrets: they stand in environment variables.
[channels.log]
url = "file:alerts.log"       # below the data root
# [channels.desk]
# url_env = "YARDWATCH_CHANNEL_DESK"   # e.g. mailto://..., slack://..., json://...
# severities = ["provisional", "surge", "escalation", "drop", "new_normal", "amended", "closed", "stale"]
# digest_hours = 24                    # gather what is queued and send it as one

# How long chips and pictures are kept; counts and detections stay for good. The first that fits the licence counts.
# [[retention]]
# licence = "commercial*"
# chips_days = 30

# What differs for one area:
# [area.tumangang]
# alarm_budget = 0.1
# stale_after_days = 21       # without a usable look for longer is news; default is 1.5 times the usual gap
"""
