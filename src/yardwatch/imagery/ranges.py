"""A file on the web as GDAL wants it: read by range, the blocks of one window in one question, nothing twice.

GDAL has a reader of its own (``/vsicurl/``). It follows redirects to wherever they lead and tells little of what went
wrong or how much was fetched; this one asks through :class:`yardwatch.imagery.web.Web` and keeps the first fault.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from rasterio.abc import MultiByteRangeResourceContainer

from yardwatch.errors import BadInput, NotConfigured, TryAgain, YardwatchError
from yardwatch.imagery.web import Web

PAGE_BYTES = 16_384
"""Headers are read in pages: one holds the directory of a usual COG."""

HEADER_TRIES = 2
ANSWER_TRIES = 2

MERGE_BYTES = 4_096
"""Ranges with a smaller gap become one: a request costs more than so many bytes."""

LARGEST_PIECE_BYTES = 8_000_000
CONNECTIONS = 6
LARGEST_WHOLE_BYTES = 64_000_000
"""A server that knows no ranges sends the whole file for each: up to this size it may."""

LARGEST_READ_BYTES = 1_500_000_000

MAGIC = {
    b"II*\0": "GTiff",
    b"MM\0*": "GTiff",
    b"II+\0": "GTiff",
    b"MM\0+": "GTiff",
    b"\0\0\0\x0cjP  ": "JP2OpenJPEG",
    b"\xffO\xffQ": "JP2OpenJPEG",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
}


class _OtherBytes(TryAgain):
    """The server answered, with something else than was asked for."""


@dataclass
class RemoteFile:
    """One file on the web.

    Attributes:
        url: may hold a token: never show it.
        label: the same for messages.
        size: of the whole file, known once it has begun.
        fetched_bytes: so far.
        fault: the first thing that went wrong, since GDAL passes no exceptions on.
    """

    web: Web
    url: str
    label: str
    fault: YardwatchError | None = None
    size: int = 0
    fetched_bytes: int = 0
    _pages: dict[int, bytes] = field(default_factory=dict)
    _tag: str | None = None
    _taken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> str:
        """Fetch the first page; the name of the GDAL driver for it.

        Raises:
            BadInput: when it is no raster that yardwatch opens.
            NotConfigured: when it is a web page, as servers send where a login is missing.
            TryAgain, NotConfigured, Refused: see :meth:`yardwatch.imagery.web.Web.get`.
        """
        for _ in range(HEADER_TRIES):
            if 0 not in self._pages:
                self._pages[0] = self._fetch(0, PAGE_BYTES - 1)[:PAGE_BYTES]
            first = self._pages[0]
            if first.startswith(tuple(MAGIC)):
                break
            self._forget()  # a gateway's page, or damage on the way, may be gone the next time
        driver = next((name for magic, name in MAGIC.items() if first.startswith(magic)), None)
        if driver is None:
            if first.lstrip()[:1] == b"<":
                raise NotConfigured(
                    f"{self.label}: is no raster that yardwatch opens, but a web page; it may want a login "
                    "(headers_env in yardwatch.toml), or its server has moved"
                )
            raise BadInput(
                f"{self.label}: is no raster that yardwatch opens; name another asset, or correct the address"
            )
        return driver

    def _forget(self) -> None:
        self._pages.clear()
        self.size, self._tag = 0, None

    def read(self, start: int, length: int) -> bytes:
        """``length`` bytes from ``start``; fewer at the end of the file. Small ones come from whole pages."""
        length = min(length, self.size - start)
        if length <= 0:
            return b""
        first, last = start // PAGE_BYTES, (start + length - 1) // PAGE_BYTES
        if length > PAGE_BYTES and any(page not in self._pages for page in range(first, last + 1)):
            return self._fetch(start, start + length - 1)
        for page in range(first, last + 1):
            if page not in self._pages:
                self._pages[page] = self._fetch(page * PAGE_BYTES, min((page + 1) * PAGE_BYTES, self.size) - 1)
        whole = b"".join(self._pages[page] for page in range(first, last + 1))
        return whole[start - first * PAGE_BYTES :][:length]

    def read_many(self, spans: Sequence[tuple[int, int]]) -> list[bytes]:
        """The bytes of every (start, length); neighbours are asked for together, the others at once."""
        if any(start + length > self.size for start, length in spans):
            raise BadInput(f"{self.label}: ends before its pixels do; replace the file by a whole one")
        merged = _merged([span for span in spans if not self._held(*span)])
        with ThreadPoolExecutor(min(CONNECTIONS, max(len(merged), 1))) as pool:
            fetched = list(pool.map(lambda piece: self._fetch(piece[0], piece[0] + piece[1] - 1), merged))
        pieces = [(start, content) for (start, _), content in zip(merged, fetched, strict=True)]
        return [self._cut(span, pieces) for span in spans]

    def _held(self, start: int, length: int) -> bool:
        return all(page in self._pages for page in range(start // PAGE_BYTES, (start + length - 1) // PAGE_BYTES + 1))

    def _cut(self, span: tuple[int, int], pieces: Sequence[tuple[int, bytes]]) -> bytes:
        start, length = span
        for begin, content in pieces:
            if begin <= start and start + length <= begin + len(content):
                return content[start - begin : start - begin + length]
        return self.read(start, length)

    def _fetch(self, first: int, last: int) -> bytes:
        for attempt in range(ANSWER_TRIES):
            try:
                return self._fetch_once(first, last)
            except _OtherBytes:
                if attempt == ANSWER_TRIES - 1:
                    raise
        raise AssertionError("unreachable: the last try returns or raises")

    def _fetch_once(self, first: int, last: int) -> bytes:
        with self._lock:
            self._taken += last - first + 1
            if self._taken > LARGEST_READ_BYTES:
                raise BadInput(f"{self.label}: more than {LARGEST_READ_BYTES} bytes would be read; crop it first")
        answer = self.web.get(self.url, most_bytes=LARGEST_WHOLE_BYTES, span=(first, last))
        with self._lock:
            self.fetched_bytes += len(answer.content)
        if answer.status != 206:
            return self._whole(answer.content, first, last)
        begin, end, size = _content_range(answer.headers.get("content-range", ""), self.label)
        self._check_same(size, answer.headers.get("etag"))
        if begin != first or len(answer.content) != end - begin + 1 or end != min(last, size - 1):
            raise _OtherBytes(f"{self.label}: sent other bytes than were asked for")
        return answer.content

    def _whole(self, content: bytes, first: int, last: int) -> bytes:
        """A server that does not know ranges: fine where the file is small enough to come whole."""
        if self.size and len(content) != self.size:
            raise _OtherBytes(f"{self.label}: changed while it was read")
        self.size = len(content)
        for start in range(0, len(content), PAGE_BYTES):
            self._pages[start // PAGE_BYTES] = content[start : start + PAGE_BYTES]
        return content[first : last + 1]

    def _check_same(self, size: int, tag: str | None) -> None:
        if self.size and (size != self.size or (tag and self._tag and tag != self._tag)):
            raise _OtherBytes(f"{self.label}: changed while it was read")
        self.size, self._tag = size, tag or self._tag


def _content_range(text: str, label: str) -> tuple[int, int, int]:
    try:
        span, _, size = text.removeprefix("bytes ").partition("/")
        begin, _, end = span.partition("-")
        return int(begin), int(end), int(size)
    except ValueError:
        raise _OtherBytes(f"{label}: answers with a part and does not say which") from None


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(start, length) of as few questions as cover the spans, in order."""
    merged: list[tuple[int, int]] = []
    for start, length in sorted(spans):
        if merged:
            begin, so_far = merged[-1]
            end = max(begin + so_far, start + length)
            if start - (begin + so_far) <= MERGE_BYTES and end - begin <= LARGEST_PIECE_BYTES:
                merged[-1] = (begin, end - begin)
                continue
        merged.append((start, length))
    return merged


class _Handle:
    """One open handle of GDAL's on a remote file; it never raises, since nobody would see it."""

    def __init__(self, file: RemoteFile) -> None:
        self._file, self._at = file, 0

    def read(self, count: int = -1) -> bytes:
        try:
            got = self._file.read(self._at, self._file.size if count < 0 else count)
        except YardwatchError as fault:
            self._file.fault = self._file.fault or fault
            return b""
        self._at += len(got)
        return got

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        """Nothing to let go of."""

    def get_byte_ranges(self, offsets: Sequence[int], sizes: Sequence[int]) -> list[bytes]:
        try:
            return self._file.read_many(list(zip(map(int, offsets), map(int, sizes), strict=True)))
        except YardwatchError as fault:
            self._file.fault = self._file.fault or fault
            return [bytes(int(size)) for size in sizes]  # as long as GDAL's buffers; who reads looks at the fault

    def __enter__(self) -> _Handle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RemoteOpener:
    """What rasterio's ``opener`` wants, for one remote file."""

    def __init__(self, file: RemoteFile) -> None:
        self._file = file

    def open(self, path: str, mode: str = "rb", **_: Any) -> _Handle:
        """A new handle, at the beginning."""
        return _Handle(self._file)

    def isfile(self, path: str) -> bool:
        """The one file is all there is."""
        return True

    def isdir(self, path: str) -> bool:
        """See :meth:`isfile`."""
        return False

    def ls(self, path: str) -> list[str]:
        """Side files are not looked for."""
        return []

    def mtime(self, path: str) -> int:
        """Unknown."""
        return 0

    def size(self, path: str) -> int:
        """Bytes of the file."""
        return self._file.size

    def rm(self, path: str) -> None:
        """Never."""
        raise PermissionError("imagery is only read")


MultiByteRangeResourceContainer.register(RemoteOpener)
