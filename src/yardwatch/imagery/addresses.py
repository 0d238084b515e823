"""Which addresses yardwatch opens: http, https, s3, and files below a source's own root. Nothing else.

GDAL opens far more than files: archives, other file systems, web services, and XML that names further addresses. A
catalog is written by others, so an address from it is read by these rules before GDAL sees it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import url2pathname

from yardwatch.errors import Refused

if TYPE_CHECKING:
    from yardwatch.imagery.web import Web

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):")
_WEB = ("http", "https")


@dataclass(frozen=True)
class Address:
    """A raster that may be opened.

    Attributes:
        path: a URL, or a path as GDAL takes it; may hold a token, so never show it.
        label: the same for messages, without query and login.
        remote: whether reading it goes over a network.
        headers: HTTP headers to send, secrets among them.
        web: the client of the source, for a URL; None asks with a new one.
    """

    path: str
    label: str
    remote: bool
    headers: tuple[tuple[str, str], ...] = ()
    web: Web | None = None


def redacted(href: str) -> str:
    """``href`` without query, fragment and login: fit for messages and logs."""
    if not _SCHEME.match(href):
        return href
    try:
        parts = urlsplit(href)
    except ValueError:  # such as http://[half
        return href.partition("?")[0].rpartition("@")[2]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def is_url(href: str) -> bool:
    """Whether ``href`` is an http(s) URL."""
    return href.lower().startswith(("http://", "https://"))


def allowed(href: str, root: Path | None, headers: tuple[tuple[str, str], ...] = ()) -> Address:
    """The address of an absolute ``href`` that may be opened.

    Args:
        href: a URL, or the path of a local file.
        root: folder below which local files may lie; None where the source is not local.

    Raises:
        Refused: for every other scheme, GDAL's virtual file systems, and files outside ``root``.
    """
    label = redacted(href)
    scheme = _SCHEME.match(href)
    kind = scheme.group(1).lower() if scheme else "file"
    if kind in _WEB:
        return Address(href, label, remote=True, headers=headers)
    if kind == "s3":
        return Address(f"/vsis3/{href[5:]}", label, remote=True)
    if kind != "file" or href.startswith(("/vsi", "<")):
        raise Refused(
            f"{label[:200]}: yardwatch opens http, https, s3 and local files only; correct the catalog's address"
        )
    return Address(str(local_file(href, root)), label, remote=False)


def local_file(href: str, root: Path | None) -> Path:
    """The resolved local path of ``href``, links followed.

    Raises:
        Refused: when it lies outside ``root``, or there is no root.
    """
    if root is None:
        raise Refused(f"{href}: a catalog on the network may not name local files; correct the catalog's address")
    try:
        path = Path(url2pathname(unquote(urlsplit(href).path))) if href.lower().startswith("file:") else Path(href)
        resolved = path.resolve()
    except (ValueError, OSError, RuntimeError) as error:  # a zero byte, half a surrogate, links in a circle
        raise Refused(f"{href[:200]!r}: is no path of a file ({error}); correct the catalog's address") from None
    if not resolved.is_relative_to(root.resolve()):
        raise Refused(
            f"{href}: lies outside {root}, the root of its source; move the file there or set the source's path"
        )
    return resolved
