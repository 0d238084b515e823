"""A JupyterLab over a drawn station, and a browser to open it with; both of the tests' own, on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
QUIET_BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def browser_or_skip() -> str:
    """Path of a Chromium that the system has."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install 'yardwatch[peers]'")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this system: apt-get install chromium")
    return found


@contextmanager
def page_of(chromium: str) -> Iterator[Any]:
    """A page of a headless browser, and a list of what it asked for that is not on loopback and was refused."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=QUIET_BROWSER)
        page = browser.new_page(viewport={"width": 1500, "height": 1150})
        strangers: list[str] = []

        def decide(route: Any) -> None:
            address = route.request.url
            if address.startswith(("http://127.0.0.1", "http://localhost", "file:", "data:", "blob:")):
                route.continue_()
            else:
                strangers.append(address)
                route.abort()

        page.route("**/*", decide)
        try:
            yield page, strangers
        finally:
            browser.close()


@contextmanager
def lab(folder: Path, settings: dict[str, str]) -> Iterator[str]:
    """JupyterLab in ``folder``; its address."""
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed: pip install 'yardwatch[notebooks]'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{kind}_DIR": str(folder / ".jupyter" / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    overrides = folder / ".jupyter" / "settings"
    overrides.mkdir(parents=True)
    (overrides / "overrides.json").write_text(
        '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}'
    )
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root"),
        *("--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={folder}"),
        f"--LabApp.app_settings_dir={overrides}",
    ]
    with (folder / ".jupyter" / "log").open("w") as log:
        server = subprocess.Popen(command, env={**os.environ, **own, **settings}, stdout=log, stderr=log, cwd=folder)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api/status", server)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"JupyterLab did not start at {address}")
