"""A web server on loopback that fails in every way a real one does, for a while, and then serves the file."""

from __future__ import annotations

import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PASSING = (
    "http-500",
    "http-503",
    "http-429",
    "http-408",
    "closed",
    "reset-mid-body",
    "short-body",
    "wrong-range",
    "wrong-length",
    "silence",
    "drip",
    "changed",
    "redirect",
    "no-ranges",
    "html-200",
    "corrupt",
)
"""Faults that a later request no longer meets. The last two spoil one answer that looks whole."""

LASTING = ("http-404", "http-403", "html", "empty", "truncated", "garbage", "redirect-loop", "redirect-file")
"""Faults that stay: the look is unusable, or wants something of the user, and says why."""


class FaultyWeb:
    """Files below ``folder``; each path may have a fault, met by its first ``often`` requests.

    Attributes:
        faults: path to (kind, how many requests still meet it, next kind, ...); LASTING ones never end.
        answered: how many requests each path has had.
    """

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder = folder
        self.faults: dict[str, list[object]] = {}
        self.answered: dict[str, int] = {}
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    web._answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, path: str) -> str:
        with self._lock:
            self.answered[path] = self.answered.get(path, 0) + 1
            fault = self.faults.get(path)
            if fault is None:
                return ""
            kind = str(fault[0])
            if kind in LASTING:
                return kind
            fault[1] = int(str(fault[1])) - 1
            if fault[1] == 0:
                del fault[:2]
            if not fault:
                del self.faults[path]
            return kind

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(request.path).path
        file = self.folder / path.removeprefix("/moved").lstrip("/")
        kind = self._take(path)
        if not file.is_file() or kind == "http-404":
            return self._send(request, 404, b"")
        content = file.read_bytes()
        if kind.startswith("http-"):
            return self._send(request, int(kind[5:]), b"slow down", {"Retry-After": "0"} if kind == "http-429" else {})
        if kind == "closed":
            return request.connection.close()
        if kind == "silence":
            time.sleep(1.0)
            return request.connection.close()
        if kind == "redirect":
            return self._send(request, 302, b"", {"Location": f"/moved{path}"})
        if kind == "redirect-loop":
            return self._send(request, 302, b"", {"Location": path})
        if kind == "redirect-file":
            return self._send(request, 302, b"", {"Location": "file:///etc/passwd"})
        if kind in ("html", "html-200"):
            return self._send(request, 200, b"<html>please log in</html>", {"Content-Type": "text/html"})
        if kind == "empty":
            content = b""
        if kind == "truncated":
            content = content[: len(content) // 3]
        if kind == "garbage":
            content = content[:200] + bytes(self._random.randbytes(len(content) - 200))
        return self._send_span(request, content, kind)

    def _send_span(self, request: BaseHTTPRequestHandler, content: bytes, kind: str) -> None:
        span = request.headers.get("Range")
        if span is None or kind == "no-ranges":
            return self._send(request, 200, content)
        first, last = (int(end) for end in span.removeprefix("bytes=").split("-"))
        if first >= len(content):
            return self._send(request, 416, b"", {"Content-Range": f"bytes */{len(content)}"})
        last = min(last, len(content) - 1)
        part, size, claimed = content[first : last + 1], len(content), last - first + 1
        if kind == "corrupt":
            part = self._random.randbytes(len(part))
        if kind == "wrong-range":
            first, last = first + 7, last + 7
        if kind == "changed":
            size += 1000
        if kind == "short-body":
            part = part[: len(part) // 2]
        if kind == "wrong-length":
            claimed += 50
        request.send_response(206)
        request.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        request.send_header("Content-Length", str(claimed))
        request.end_headers()
        if kind == "reset-mid-body":
            request.wfile.write(part[: len(part) // 2])
            request.wfile.flush()
            return request.connection.close()
        if kind == "drip":
            for start in range(0, len(part), max(len(part) // 50, 1)):
                request.wfile.write(part[start : start + max(len(part) // 50, 1)])
                request.wfile.flush()
                time.sleep(0.05)
            return None
        request.wfile.write(part)
        if kind in ("short-body", "wrong-length"):
            request.close_connection = True
        return None

    def _send(
        self, request: BaseHTTPRequestHandler, status: int, content: bytes, headers: dict[str, str] | None = None
    ) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)
