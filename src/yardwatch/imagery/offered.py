"""The list of what can be asked for imagery: built-in sources and those of the watch list."""

from __future__ import annotations

from dataclasses import dataclass, replace

from yardwatch.errors import BadInput, YardwatchError
from yardwatch.imagery.presets import OFFERS
from yardwatch.imagery.source import completed, open_source, own_entries
from yardwatch.imagery.terms import Automated, automated_use
from yardwatch.watchlist import SourceEntry, Watchlist


@dataclass(frozen=True)
class Offered:
    """One source as a user sees it.

    Attributes:
        automated: whether a machine may read and analyse it.
        preferred: whether the watch list asks it.
        note: what else to know, or what is wrong with its description.
    """

    name: str
    kind: str
    where: str
    gsd_m: float | None
    revisit: str
    licence: str
    attribution: str
    login: str
    automated: Automated
    accepted: bool
    preferred: bool
    note: str


def offered(watchlist: Watchlist) -> tuple[Offered, ...]:
    """What is on the watch list first, then the built-in sources that it does not replace.

    Raises:
        BadInput: where two sources of the watch list have one name.
    """
    asked = {*watchlist.sources, *(name for entry in watchlist.area.values() for name in entry.sources or ())}
    own = own_entries(watchlist)
    mine = [
        replace(one, note=_mistake(entry) or one.note)
        for entry in own.values()
        for one in [_described(completed(entry), entry.kind, entry.name in asked)]
    ]
    built_in = [
        _described(offer.entry, offer.entry.name, offer.entry.name in asked)
        for offer in OFFERS
        if offer.entry.name not in own
    ]
    return (*mine, *built_in)


def _mistake(entry: SourceEntry) -> str:
    """What is wrong with how the watch list describes a source, or ""; a login that is not set is no mistake."""
    try:
        open_source(entry)
    except BadInput as error:
        return str(error)
    except YardwatchError:
        pass
    return ""


def _described(entry: SourceEntry, preset: str, preferred: bool) -> Offered:
    offer = next((one for one in OFFERS if one.entry.name == preset), None)
    login = "none" if entry.headers_env is None else f"headers in {entry.headers_env}"
    automated = automated_use(entry)
    return Offered(
        name=entry.name,
        kind=entry.kind,
        where=str(entry.path or entry.url or "").partition("?")[0],
        gsd_m=entry.gsd_m,
        revisit="as delivered" if offer is None else offer.revisit,
        licence=entry.licence or "as each scene says",
        attribution=entry.attribution or "",
        login=login if offer is None or entry.headers_env else offer.login,
        automated=automated,
        accepted=automated != "forbidden" and (automated != "non-commercial only" or entry.accept_noncommercial),
        preferred=preferred,
        note="" if offer is None else offer.note,
    )
