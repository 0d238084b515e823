"""Short-lived tokens of the Planetary Computer, fetched just before a file is read and kept until they near their end.

Its files lie in Azure blob storage and are read with a SAS token per account and container
(https://planetarycomputer.microsoft.com/docs/concepts/sas/); no login is needed.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from yardwatch.errors import TryAgain
from yardwatch.imagery.acquired import parse_time
from yardwatch.imagery.faults import http_fault

TOKEN_URL = "https://planetarycomputer.microsoft.com/api/sas/v1/token"
CATALOG_HOST = "planetarycomputer.microsoft.com"
BLOB_HOST = ".blob.core.windows.net"
RENEW_BEFORE = timedelta(minutes=5)


@dataclass(frozen=True)
class _Token:
    query: str
    expires: datetime


class PlanetaryComputerSigner:
    """Signs addresses of Azure blobs; shared by the threads of a process."""

    def __init__(self, client: httpx.Client | None = None) -> None:
        self._client = client
        self._tokens: dict[tuple[str, str], _Token] = {}
        self._lock = threading.Lock()

    def sign(self, href: str, now: datetime | None = None) -> str:
        """``href`` with a token; returned as it is where it needs none or is signed already.

        Raises:
            TryAgain: when no token could be fetched.
        """
        parts = urlsplit(href)
        host = parts.hostname or ""
        if parts.scheme != "https" or not host.endswith(BLOB_HOST) or "sig=" in parts.query:
            return href
        account, container = host.removesuffix(BLOB_HOST), parts.path.lstrip("/").partition("/")[0]
        token = self._token(account, container, now or datetime.now(UTC))
        return parts._replace(query="&".join(filter(None, (parts.query, token)))).geturl()

    def _token(self, account: str, container: str, now: datetime) -> str:
        with self._lock:
            known = self._tokens.get((account, container))
            if known is None or known.expires - RENEW_BEFORE <= now:
                known = self._tokens[account, container] = self._fetch(f"{TOKEN_URL}/{account}/{container}")
            return known.query

    def _fetch(self, url: str) -> _Token:
        if self._client is None:  # made when first needed: it loads certificates
            self._client = httpx.Client(timeout=30.0, transport=httpx.HTTPTransport(retries=3))
        try:
            response = self._client.get(url)
            fault = http_fault(url, response.status_code, response.headers.get("Retry-After", ""))
            if fault is not None:
                raise fault
            body = response.json()
            expires = parse_time(str(body["msft:expiry"]))
            query = str(body["token"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise TryAgain(f"{url}: no token ({error.__class__.__name__})") from error
        if expires is None:
            raise TryAgain(f"{url}: a token without an expiry")
        return _Token(query, expires)
