"""One polite HTTP client for everything that is no catalog: files by range, tiles, forms of other people's servers.

It asks again after passing faults, waits as long as it is told to within a budget, follows redirects itself so that
each hop is looked at, sends secrets to the host they belong to and to no other, and ends what never ends.
"""

from __future__ import annotations

import random
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urljoin, urlsplit

import httpx

from yardwatch.errors import BadInput, TryAgain, YardwatchError
from yardwatch.imagery.addresses import redacted
from yardwatch.imagery.faults import http_fault
from yardwatch.imagery.hosts import HostRule

MOST_REDIRECTS = 5
USER_AGENT = "yardwatch (+https://github.com/yardwatch/yardwatch)"


@dataclass(frozen=True)
class Patience:
    """How long one question may take.

    Attributes:
        tries: of one request.
        first_wait_s: before the second try; it doubles, with jitter.
        longest_wait_s: a server that asks for a longer pause is asked again in the next run.
        connect_s, read_s: silence that counts as a fault.
        whole_s: for one answer from its first byte to its last, however slowly it drips.
    """

    tries: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    connect_s: float = 15.0
    read_s: float = 30.0
    whole_s: float = 120.0


PATIENCE = Patience()


@dataclass(frozen=True)
class Answer:
    """What a server said: status, headers (lower case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass
class Web:
    """A client of one source; shared by threads.

    Attributes:
        rule: whom it may ask.
        headers: sent to ``home`` alone, secrets among them.
        home: host and port of the source.
        fetched_bytes: bodies received so far.
    """

    rule: HostRule = field(default_factory=HostRule)
    headers: tuple[tuple[str, str], ...] = ()
    home: str = ""
    fetched_bytes: int = 0
    _clients: dict[str, httpx.Client] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, url: str, *, most_bytes: int, span: tuple[int, int] | None = None) -> Answer:
        """The answer to a GET of ``url``, its body whole.

        Args:
            most_bytes: a longer body is refused while it comes.
            span: first and last byte wanted.

        Raises:
            TryAgain: for time-outs, broken connections, bodies cut short, 408, 425, 429 and 5xx, after some tries.
            NotConfigured, BadInput: for other statuses, see :func:`yardwatch.imagery.faults.http_fault`.
            Refused: for an address that may not be asked, also where a redirect leads there.
        """
        for attempt in range(PATIENCE.tries):
            try:
                return self._follow(url, most_bytes, span)
            except TryAgain as fault:
                wait = fault.retry_after_s
                if attempt == PATIENCE.tries - 1 or (wait is not None and wait > PATIENCE.longest_wait_s):
                    raise
                doubled = PATIENCE.first_wait_s * 2**attempt * random.uniform(0.75, 1.25)
                time.sleep(doubled if wait is None else wait)
        raise AssertionError("unreachable: the last try returns or raises")

    def _follow(self, url: str, most_bytes: int, span: tuple[int, int] | None) -> Answer:
        for _ in range(MOST_REDIRECTS + 1):
            self.rule.check(url)
            answer = self._ask(url, most_bytes, span)
            if answer.status not in (301, 302, 303, 307, 308):
                fault = http_fault(redacted(url), answer.status, answer.headers.get("retry-after", ""))
                if fault is not None:
                    raise fault
                return answer
            target = answer.headers.get("location")
            if not target:
                raise BadInput(f"{redacted(url)}: redirects without saying where; correct the catalog's address")
            url = urljoin(url, target)
        raise BadInput(f"{redacted(url)}: redirects in a circle; correct the catalog's address")

    def _ask(self, url: str, most_bytes: int, span: tuple[int, int] | None) -> Answer:
        label, own = redacted(url), urlsplit(url).netloc == self.home
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **(dict(self.headers) if own else {})}
        if span is not None:
            headers["Range"] = f"bytes={span[0]}-{span[1]}"
        began, pieces, size = time.monotonic(), list[bytes](), 0
        try:
            with self._open(urlsplit(url).scheme).stream("GET", url, headers=headers) as response:
                known = {name.lower(): value for name, value in response.headers.items()}
                if response.status_code not in (200, 206):
                    return Answer(response.status_code, known, b"")
                for piece in response.iter_raw():
                    pieces.append(piece)
                    size += len(piece)
                    if size > most_bytes:
                        raise BadInput(f"{label}: sends more than {most_bytes} bytes; it is not what its catalog says")
                    if time.monotonic() - began > PATIENCE.whole_s:
                        raise TryAgain(f"{label}: took longer than {PATIENCE.whole_s:g} s; the server is too slow now")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            raise _fault(label, error) from error
        finally:
            with self._lock:
                self.fetched_bytes += size
        return Answer(response.status_code, known, b"".join(pieces))

    def _open(self, scheme: str) -> httpx.Client:
        with self._lock:
            if scheme not in self._clients:
                limits = httpx.Timeout(PATIENCE.read_s, connect=PATIENCE.connect_s)
                trusted = certificates() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nobody
                self._clients[scheme] = httpx.Client(timeout=limits, follow_redirects=False, verify=trusted)
            return self._clients[scheme]


@cache
def certificates() -> ssl.SSLContext:
    """Whom the system or the environment trusts, loaded once for all sources: that takes a tenth of a second."""
    return httpx.create_ssl_context()


def _fault(label: str, error: Exception) -> YardwatchError:
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | ValueError):
        return BadInput(f"{label}: is no address that can be asked; correct the catalog's address")
    return TryAgain(f"{label}: could not be fetched ({error.__class__.__name__})")
