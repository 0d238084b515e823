"""How many bytes GDAL's own reader fetched of a file in S3, from the statistics that GDAL keeps of its network.

rasterio does not pass them on, so they are asked of the library that it has loaded (``VSINetworkStats...`` of
``cpl_vsi.h``, GDAL 3.2 and newer). They are kept by file; two threads that read one file at once count for each other.
"""

from __future__ import annotations

import ctypes
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import rasterio._env

from yardwatch.imagery.tally import count

STATISTICS: dict[str, str | int] = {"CPL_VSIL_NETWORK_STATS_ENABLED": "YES"}
"""What GDAL has to be told within :func:`counted`."""


_LOCK = threading.Lock()
_READING: list[str] = []


@contextmanager
def counted(path: str) -> Iterator[None]:
    """Counts what GDAL fetches of ``path`` (``/vsis3/...``) within the block; nothing where GDAL does not tell."""
    with _LOCK:
        if not _READING and (gdal := _gdal()) is not None:
            gdal.VSINetworkStatsReset()  # else they grow with every file; it also makes GDAL look at the option again
        _READING.append(path)
    before = _downloaded(path) or 0
    try:
        yield
    finally:
        after = _downloaded(path)
        with _LOCK:
            _READING.remove(path)
        if after is not None:
            count(after - before)


@cache
def _gdal() -> ctypes.CDLL | None:
    """rasterio's GDAL, found through a module that is linked to it; None where the platform does not show it."""
    try:
        library = ctypes.CDLL(rasterio._env.__file__)
        library.VSINetworkStatsGetAsSerializedJSON.restype = ctypes.c_void_p
        library.VSINetworkStatsGetAsSerializedJSON.argtypes = [ctypes.c_void_p]
        library.VSIFree.restype, library.VSIFree.argtypes = None, [ctypes.c_void_p]
        library.VSINetworkStatsReset.restype = None
    except (OSError, AttributeError):
        return None
    return library


def _downloaded(path: str) -> int | None:
    """Bytes of the bodies of all answers for ``path`` since the last reset; None where nothing is known of it."""
    gdal = _gdal()
    text = gdal.VSINetworkStatsGetAsSerializedJSON(None) if gdal is not None else None
    if not text:
        return None
    try:
        told = json.loads(ctypes.string_at(text))
    finally:
        assert gdal is not None
        gdal.VSIFree(text)
    for handler in told.get("handlers", {}).values():
        methods = handler.get("files", {}).get(path, {}).get("methods")
        if methods:
            return sum(int(method.get("downloaded_bytes", 0)) for method in methods.values())
    return None
