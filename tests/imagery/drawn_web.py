"""A web server on the loopback interface that serves files by range, plays a STAC API, and fails on request."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = Callable[[dict[str, Any]], Any]


class Web:
    """Files below ``folder``; ``answers`` maps paths to functions of the request's JSON; ``faults`` come first.

    Attributes:
        faults: path to the HTTP statuses that its next requests get; a status of 0 closes the connection.
        log: (method, path, headers) of every request.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: dict[str, Answer] = {}
        self.faults: dict[str, list[int]] = {}
        self.log: list[tuple[str, str, dict[str, str]]] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web._answer(self, {key: value[-1] for key, value in parse_qs(urlsplit(self.path).query).items()})

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_POST(self) -> None:
                web._answer(self, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def paths(self, method: str | None = None) -> list[str]:
        return [path for used, path, _ in self.log if method in (None, used)]

    def _answer(self, request: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        path = urlsplit(request.path).path
        self.log.append((request.command, path, dict(request.headers)))
        if self.faults.get(path):
            status = self.faults[path].pop(0)
            if status == 0:
                request.connection.close()
                return
            return self._send(request, status, b"", {"Retry-After": "7"} if status == 429 else {})
        if path in self.answers:
            return self._send(
                request, 200, json.dumps(self.answers[path](asked)).encode(), {"Content-Type": "application/json"}
            )
        file = self.folder / path.lstrip("/")
        if not file.is_file():
            return self._send(request, 404, b"", {})
        return self._send_file(request, file.read_bytes())

    def _send_file(self, request: BaseHTTPRequestHandler, content: bytes) -> None:
        span = request.headers.get("Range")
        if span is None:
            return self._send(request, 200, content, {"Accept-Ranges": "bytes"})
        first, last = (int(end) for end in span.removeprefix("bytes=").split("-"))
        last = min(last, len(content) - 1)
        where = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
        return self._send(request, 206, content[first : last + 1], where)

    def _send(self, request: BaseHTTPRequestHandler, status: int, content: bytes, headers: dict[str, str]) -> None:
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            request.send_header(name, value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)
