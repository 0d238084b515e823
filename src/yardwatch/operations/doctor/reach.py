"""Reachable: sources of imagery, channels, the Prefect server where one is named."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from yardwatch.alerts import check_address
from yardwatch.errors import NotConfigured
from yardwatch.operations.doctor.check import Check, guarded

if TYPE_CHECKING:
    from yardwatch.watchlist import ChannelEntry, SourceEntry
    from yardwatch.workspace import Workspace

MOST_AT_ONCE = 8


def check_reach(workspace: Workspace, *, offline: bool, timeout_s: float) -> list[Check]:
    """Sources and Prefect are asked at the same time, each for at most ``timeout_s``."""
    asked: list[tuple[str, Callable[[], Check]]] = [
        (f"source {name}", partial(_asked_source, workspace, name, offline, timeout_s)) for name in _asked(workspace)
    ]
    if os.environ.get("PREFECT_API_URL"):
        asked.append(("Prefect server", partial(_prefect, offline, timeout_s)))
    with ThreadPoolExecutor(MOST_AT_ONCE) as threads:
        checks = list(threads.map(lambda pair: guarded(*pair), asked))
    return checks + _channels(workspace)


def _asked(workspace: Workspace) -> list[str]:
    """Names of the sources that a watched area asks, then of those that are described and not asked."""
    watchlist = workspace.watchlist
    names = [name for area in workspace.listed_areas() for name in watchlist.sources_of(area)]
    return list(dict.fromkeys([*names, *(entry.name for entry in watchlist.source)]))


def _asked_source(workspace: Workspace, name: str, offline: bool, timeout_s: float) -> Check:
    """The check of a source by name; a name that is none is bad, and so is a description that is no source."""
    from yardwatch.imagery import open_source, preset

    entry = {entry.name: entry for entry in workspace.watchlist.source}.get(name)
    asking = [area for area in workspace.listed_areas() if name in workspace.watchlist.sources_of(area)]
    with suppress(NotConfigured):  # a login that is missing is told below
        if asking:
            workspace.source(asking[0], name)
        elif entry is not None:
            open_source(entry)
    if not asking:
        return Check(f"source {name}", "good", "described, and asked by no watched area")
    return _source(entry or preset(name), offline, timeout_s)


def _source(entry: SourceEntry, offline: bool, timeout_s: float) -> Check:
    name = f"source {entry.name}"
    if entry.path is not None:
        if not entry.path.exists():
            return Check(name, "bad", f"{entry.path} is not there", "mount or make it, or correct `path`")
        if not os.access(entry.path, os.R_OK):
            return Check(name, "bad", f"{entry.path} cannot be read", "give the user that runs yardwatch the right")
        return Check(name, "good", f"{entry.path} is readable")
    if entry.headers_env is not None and not os.environ.get(entry.headers_env):
        return Check(name, "bad", f"{entry.headers_env} is not set", f"set {entry.headers_env} to the login it wants")
    url = _address(entry)
    if url is None:
        return Check(name, "good", f"kind {entry.kind} has no address to ask")
    if offline:
        return Check(name, "good", f"{_host(url)}: not asked (--offline)")
    return _head(name, url, timeout_s)


def _address(entry: SourceEntry) -> str | None:
    """Where to ask; of a template of tiles only the host."""
    from yardwatch.imagery import preset

    url = entry.url
    if url is None and entry.kind not in ("folder",):
        try:
            url = preset(entry.kind).url
        except Exception:
            url = None
    if url is None or not url.startswith(("http://", "https://")):
        return None
    return url if "{" not in url else "/".join(url.split("/")[:3]) + "/"


def _head(name: str, url: str, timeout_s: float) -> Check:
    """Any answer below 500 shows that somebody is there: HEAD is not allowed everywhere."""
    import httpx

    mend = "check the network, or `url` in the watch list; looks stay due until it answers"
    try:
        answer = httpx.head(url, timeout=timeout_s, follow_redirects=True)
    except httpx.HTTPError as error:
        return Check(name, "bad", f"{_host(url)} does not answer: {type(error).__name__}", mend)
    if answer.status_code in (401, 403):
        return Check(name, "warning", f"{_host(url)} answers {answer.status_code}", "it may want a login: headers_env")
    if answer.status_code >= 500:
        return Check(name, "bad", f"{_host(url)} answers {answer.status_code}", mend)
    return Check(name, "good", f"{_host(url)} answers")


def _host(url: str) -> str:
    """Scheme and host: what follows may hold a key."""
    return re.sub(r"^(\w+://)(?:[^/@]*@)?([^/?#]*).*$", r"\1\2", url)


def _prefect(offline: bool, timeout_s: float) -> Check:
    url = os.environ["PREFECT_API_URL"]
    if offline and not re.match(r"https?://(127\.0\.0\.1|localhost|\[::1\])[:/]", url):
        return Check("Prefect server", "good", f"{_host(url)}: not asked (--offline)")
    found = _head("Prefect server", f"{url.rstrip('/')}/health", timeout_s)
    if found.state == "good":
        return found
    return Check("Prefect server", "bad", found.said, "start it: `prefect server start`; or unset PREFECT_API_URL")


def _channels(workspace: Workspace) -> list[Check]:
    channels = workspace.watchlist.channels
    if not channels:
        said = "nobody is told: the watch list has no channel"
        return [Check("channels", "warning", said, "add [channels.NAME] to the watch list")]
    root = workspace.settings.root
    checks = [guarded(f"channel {name}", partial(_channel, name, entry, root)) for name, entry in channels.items()]
    loud = {severity for entry in channels.values() for severity in entry.severities}
    if "surge" not in loud:
        mend = 'add "surge" to the severities of one'
        checks.append(Check("channels", "warning", "no channel wants to hear of a surge", mend))
    return checks


def _channel(name: str, entry: ChannelEntry, root: Path) -> Check:
    if entry.url_env is not None and not os.environ.get(entry.url_env):
        mend = f"set {entry.url_env} to its Apprise URL, or remove the channel"
        if not os.environ.get("PREFECT_API_URL"):
            return Check(f"channel {name}", "bad", f"{entry.url_env} is not set", mend)
        block = entry.url_env.lower().replace("_", "-")
        said = f"{entry.url_env} is not set here; flows look for Prefect's block {block} too"
        return Check(f"channel {name}", "warning", said, mend)
    address = entry.address(name)
    check_address(name, address, root)
    scheme = address.get_secret_value().split(":", 1)[0]
    said = f"{scheme}: address is set; hears {', '.join(entry.severities)}"
    return Check(f"channel {name}", "good", said)
