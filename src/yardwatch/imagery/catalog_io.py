"""Requests to catalogs: retried, timed out, with the user's headers for the catalog's own host only."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import pystac
import requests
from pystac import Link
from pystac_client.errors import ClientTypeError
from pystac_client.exceptions import APIError
from pystac_client.stac_api_io import StacApiIO
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from yardwatch.errors import BadInput, NotConfigured, Refused, TryAgain
from yardwatch.imagery.addresses import is_url, redacted
from yardwatch.imagery.faults import http_fault
from yardwatch.imagery.hosts import HostRule
from yardwatch.watchlist import SourceEntry

TIMEOUT_S = (10.0, 60.0)
LONGEST_ANSWER_S = 300.0
"""For one page from its first byte to its last, however slowly it drips."""

LARGEST_ANSWER_BYTES = 100_000_000
RETRIES = 4
RETRY_STATUSES = (429, 500, 502, 503, 504)


def read_headers(entry: SourceEntry) -> dict[str, str]:
    """HTTP headers from the environment variable that ``headers_env`` names: ``Name: value``, one a line.

    Raises:
        NotConfigured: where the variable is not set.
        BadInput: where it does not hold headers; its value is not shown.
    """
    if entry.headers_env is None:
        return {}
    text = os.environ.get(entry.headers_env)
    if not text:
        raise NotConfigured(
            f"source {entry.name}: set {entry.headers_env} to its HTTP headers, `Name: value` one a line"
        )
    headers = {}
    for line in filter(str.strip, text.splitlines()):
        match = re.fullmatch(r"\s*([A-Za-z0-9-]+)\s*:\s*(\S.*?)\s*", line)
        if match is None:
            raise BadInput(f"source {entry.name}: {entry.headers_env} is not written as `Name: value`, one a line")
        headers[match[1]] = match[2]
    return headers


class CatalogIO(StacApiIO):
    """Reads the JSON of one catalog: retries with back-off, POST included, since a search changes nothing.

    pystac-client retries neither POST nor 429 by itself. Headers go to the catalog's own host alone, wherever its
    links lead.
    """

    def __init__(self, catalog: str, headers: Mapping[str, str], rule: HostRule | None = None) -> None:
        retries = Retry(
            total=RETRIES,
            backoff_factor=0.5,
            status_forcelist=RETRY_STATUSES,
            allowed_methods=None,
            raise_on_status=False,
            respect_retry_after_header=False,  # it may be an hour: the caller waits, not the connection
        )
        super().__init__(timeout=TIMEOUT_S, max_retries=retries)
        self._host = urlsplit(catalog).netloc
        self._own_headers = dict(headers)
        self._rule = rule or HostRule.of(catalog, private_allowed=False)
        self.session.hooks["response"].append(self._check_redirect)

    def read_text(self, source: Any, *args: Any, **kwargs: Any) -> str:
        """See :meth:`pystac_client.stac_api_io.StacApiIO.read_text`, which opens what is no URL as a local file."""
        if isinstance(source, str) and not is_url(source):
            raise Refused(f"{redacted(source)[:200]}: a catalog on the network may not name local files; correct it")
        text: str = super().read_text(source, *args, **kwargs)
        return text

    def request(
        self,
        href: str,
        method: str | None = None,
        headers: dict[str, str] | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> str:
        """See :meth:`pystac_client.stac_api_io.StacApiIO.request`; here an answer has an end, in bytes and in time."""
        self._rule.check(href)
        verb, own = (method or "GET").upper(), self._own_headers if urlsplit(href).netloc == self._host else {}
        if verb not in ("GET", "POST"):
            raise Refused(f"{redacted(href)}: its catalog wants a {verb[:20]}, and catalogs are only read; correct it")
        asked: dict[str, Any] = {"json": parameters} if verb == "POST" else {"params": parameters}
        try:
            with self.session.request(
                verb, href, headers={**(headers or {}), **own}, timeout=self.timeout, stream=True, **asked
            ) as answer:
                if not answer.ok:
                    fault = APIError(next(answer.iter_content(2_000), b"").decode(errors="replace"))
                    fault.status_code = answer.status_code
                    raise fault
                return _whole(answer, redacted(href)).decode("utf-8")
        except (requests.RequestException, HTTPError, OSError) as error:
            raise APIError(str(error)) from error

    def get_pages(
        self, url: str, method: str | None = None, parameters: dict[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """See :meth:`pystac_client.stac_api_io.StacApiIO.get_pages`, which ends at the first page without items.

        A server may filter what it has paged through; here only a page without a next link is the last.
        """
        page = self.read_json(url, method=method, parameters=parameters)
        while True:
            yield page
            link = next((link for link in page.get("links", ()) if link["rel"] == "next"), None)
            if link is None:
                return
            page = self.read_json(Link.from_dict(link), parameters=parameters)

    def _check_redirect(self, response: Any, **_: Any) -> None:
        """A redirect is looked at before requests follows it."""
        if response.is_redirect:
            self._rule.check(urljoin(response.url, response.headers["location"]))


def _whole(answer: requests.Response, label: str) -> bytes:
    begun, content = time.monotonic(), bytearray()
    for piece in answer.iter_content(65_536):
        content += piece
        if len(content) > LARGEST_ANSWER_BYTES:
            raise BadInput(
                f"{label}: sends more than {LARGEST_ANSWER_BYTES} bytes, more than a page of a catalog holds; "
                "correct the url of the source"
            )
        if time.monotonic() - begun > LONGEST_ANSWER_S:
            raise TryAgain(f"{label}: took longer than {LONGEST_ANSWER_S:g} s; the server is too slow now")
    return bytes(content)


@contextmanager
def catalog_faults(label: str) -> Iterator[None]:
    """Turns what pystac, pystac-client and requests raise within the block into our errors, naming ``label``."""
    try:
        yield
    except APIError as error:
        # pystac-client sets the status only where there was an answer.
        status = getattr(error, "status_code", None)
        if status is None:
            raise TryAgain(f"{label}: does not answer ({_brief(error)})") from error
        if status in (404, 410):
            raise BadInput(
                f"{label}: HTTP {status}: no catalog is there; correct the url of the source, or the link to it"
            ) from error
        raise (http_fault(label, status) or BadInput(f"{label}: {_brief(error)}")) from error
    except (
        ClientTypeError,
        pystac.STACError,
        KeyError,
        TypeError,
        AttributeError,
        ValueError,  # what is no JSON, no UTF-8, no date among it
        RecursionError,
        OverflowError,
    ) as error:
        raise BadInput(f"{label}: is no STAC catalog ({_brief(error)}); correct the url of the source") from error


def _brief(error: Exception) -> str:
    text = re.sub(r"\?[^\s'\")]+", "?...", str(error)).strip().splitlines()
    return (text[0] if text else error.__class__.__name__)[:200]
