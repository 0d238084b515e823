"""Which imagery may be read by a machine at all: the terms of known hosts and of licences, in one place.

This is a guard against the known cases, not legal advice: the terms of any other source are the user's to read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from yardwatch.errors import Refused
from yardwatch.watchlist import SourceEntry

Automated = Literal["allowed", "forbidden", "non-commercial only", "read its terms"]


@dataclass(frozen=True)
class Forbidden:
    """Imagery whose terms forbid automated extraction.

    Attributes:
        hosts: a host belongs to it when it is one of these or ends with a dot and one of these.
        but: hosts below them that are another service, under other terms.
    """

    title: str
    hosts: tuple[str, ...]
    reason: str
    but: tuple[str, ...] = ()

    def owns(self, host: str) -> bool:
        """Whether a host belongs to it."""
        return _below(host, self.hosts) and not _below(host, self.but)


def _below(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in domains)


FORBIDDEN = (
    Forbidden(
        "Esri World Imagery and Wayback",
        ("arcgisonline.com", "maptiles.arcgis.com", "ibasemaps-api.arcgis.com"),
        "the Esri Master License Agreement lets people view it and forbids to extract or analyse it by machine",
    ),
    Forbidden(
        "Google Maps and Google Earth imagery",
        ("google.com", "googleapis.com", "gstatic.com", "ggpht.com"),
        "the Google Maps Platform terms forbid to scrape, store or analyse map content",
        but=("storage.googleapis.com", "storage.cloud.google.com", "earthengine.googleapis.com"),
    ),
    Forbidden(
        "Bing Maps imagery",
        ("virtualearth.net", "bing.com", "bing.net"),
        "the Bing Maps terms forbid to extract or analyse imagery",
    ),
)

_NONCOMMERCIAL = re.compile(r"(?:^|[\s-])NC(?:$|[\s-])|non-?commercial", re.IGNORECASE)


def forbidden_owner(address: str) -> Forbidden | None:
    """Whose imagery an address is, where its terms forbid what yardwatch does; None otherwise.

    ``address`` is a URL or a template of one; ``https://{s}.example.org`` is looked at by its domain.
    """
    try:
        host = (urlsplit(re.sub(r"\{[^}]*\}", "x", address)).hostname or "").rstrip(".")
    except ValueError:
        return None  # no URL; who opens it says so
    return next((one for one in FORBIDDEN if one.owns(host)), None)


def is_noncommercial(licence: str | None) -> bool:
    """Whether a licence allows non-commercial use only, such as CC-BY-NC-4.0."""
    return licence is not None and _NONCOMMERCIAL.search(licence) is not None


def check_address(address: str) -> None:
    """Nothing, where an address may be read.

    Raises:
        Refused: naming whose imagery it is and why it is not read.
    """
    owner = forbidden_owner(address)
    if owner is not None:
        host = urlsplit(address).netloc.rpartition("@")[2]
        raise Refused(f"{host}: is {owner.title}: {owner.reason}; name another source in yardwatch.toml")


def check_licence(licence: str | None, what: str, entry: SourceEntry) -> None:
    """Nothing, where imagery under ``licence`` may be read for the source ``entry``.

    Raises:
        Refused: for a non-commercial licence that the entry has not accepted.
    """
    if is_noncommercial(licence) and not entry.accept_noncommercial:
        raise Refused(
            f"{what}: its licence {licence} is for non-commercial use only; if yours is, describe it as [[source]] "
            "with "
            "accept_noncommercial = true in yardwatch.toml"
        )


def check_terms(entry: SourceEntry) -> None:
    """Nothing, where the source that ``entry`` describes may be read by a machine.

    Raises:
        Refused: see :func:`check_address` and :func:`check_licence`.
    """
    if entry.url is not None:
        try:
            check_address(entry.url)
        except Refused as error:
            raise Refused(f"source {entry.name}: {error}") from None
    check_licence(entry.licence, f"source {entry.name}", entry)


def automated_use(entry: SourceEntry) -> Automated:
    """One word for the table of sources."""
    if entry.url is not None and forbidden_owner(entry.url) is not None:
        return "forbidden"
    if is_noncommercial(entry.licence):
        return "non-commercial only"
    if entry.kind == "folder" or re.match(r"CC-BY-4|CC-BY-SA|CC0|Copernicus", entry.licence or ""):
        return "allowed" if entry.licence else "read its terms"
    return "read its terms"
