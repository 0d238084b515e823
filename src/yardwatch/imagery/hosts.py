"""Which hosts imagery may be fetched from: not those of the reader's own network, unless the user says so.

A public catalog is written by others. An item that names ``http://169.254.169.254/`` or ``http://localhost:8080/``
would make yardwatch ask a service that trusts the machine it runs on, so the addresses behind a name are looked at.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from yardwatch.errors import BadInput, Refused, TryAgain
from yardwatch.imagery.addresses import redacted
from yardwatch.imagery.terms import check_address

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


@dataclass(frozen=True)
class HostRule:
    """Who may be asked.

    Attributes:
        own: hosts that the user named; they may be private.
        private_allowed: whether others may be private too.
    """

    own: frozenset[str] = frozenset()
    private_allowed: bool = False

    @classmethod
    def of(cls, url: str | None, private_allowed: bool) -> HostRule:
        """The rule of a source at ``url``."""
        host = urlsplit(url).hostname if url is not None else None
        return cls(frozenset({host} if host else ()), private_allowed)

    def check(self, url: str) -> None:
        """Nothing, where ``url`` may be asked.

        Raises:
            Refused: for an address of a private network, and imagery whose terms forbid it.
            BadInput: for a URL without a host.
            TryAgain: when the name of the host is not known at present.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise BadInput(f"{redacted(url)[:200]}: is no URL; correct the catalog's address") from None
        if not host or parts.scheme.lower() not in ("http", "https"):
            raise Refused(f"{redacted(url)[:200]}: is no http(s) address; correct the catalog's address")
        check_address(url)
        if self.private_allowed or host in self.own:
            return
        for address in _addresses(host, port, redacted(url)):
            if not address.is_global or address.is_multicast:
                raise Refused(
                    f"{redacted(url)}: leads to {address}, an address of a private network; where that is your own "
                    "server, set allow_private_addresses = true for the source in yardwatch.toml"
                )


def _addresses(host: str, port: int | None, label: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        return [_unmapped(ipaddress.ip_address(host))]
    except ValueError:
        pass
    if any(os.environ.get(name) or os.environ.get(name.lower()) for name in PROXIES):
        return []  # the proxy resolves names, and decides what lies behind it
    try:
        found = socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TryAgain(f"{label}: its host could not be found ({error.__class__.__name__})") from None
    return [_unmapped(ipaddress.ip_address(str(one[4][0]).partition("%")[0])) for one in found]


def _unmapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address inside ``::ffff:a.b.c.d``."""
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address
