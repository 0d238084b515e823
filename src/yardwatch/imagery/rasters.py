"""Open a raster through GDAL with settings that suit a network, and say in our errors what went wrong.

Only drivers of plain pictures are allowed; a file that names further files (VRT, WMS) does not open.
"""

from __future__ import annotations

import os
import re
import threading
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import rasterio
from pyproj.exceptions import ProjError
from rasterio._err import CPLE_BaseError
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader

from yardwatch.errors import BadInput, NotConfigured, TryAgain, YardwatchError
from yardwatch.imagery.addresses import Address
from yardwatch.imagery.ranges import RemoteFile, RemoteOpener
from yardwatch.imagery.s3_bytes import STATISTICS, counted
from yardwatch.imagery.tally import count
from yardwatch.imagery.web import Web

DRIVERS = ("GTiff", "JP2OpenJPEG", "PNG", "JPEG")
SUFFIXES = (".tif", ".tiff", ".jp2", ".j2k", ".png", ".jpg", ".jpeg")
MOST_BANDS = 64
LONGEST_SIDE_PIXELS = 2_000_000

BOUNDED: dict[str, str | int] = {
    "GDAL_MAX_BAND_COUNT": str(MOST_BANDS * 4),
    "GDAL_CACHEMAX": 128_000_000,  # bytes; its default is a share of the machine's memory
}
NETWORK: dict[str, str | int] = {
    **BOUNDED,
    # Not TRUE: only EMPTY_DIR stops GDAL from asking a web server for side files (gdal.org, "Configuration options").
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GTIFF_HAS_OPTIMIZED_READ_MULTI_RANGE": "YES",  # all blocks of a window in one question
}
S3: dict[str, str | int] = {
    **BOUNDED,
    **STATISTICS,
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_HTTP_MAX_RETRY": "4",
    "GDAL_HTTP_RETRY_DELAY": "0.5",
    "GDAL_HTTP_CONNECTTIMEOUT": "15",
    "GDAL_HTTP_TIMEOUT": "90",
    "GDAL_HTTP_LOW_SPEED_TIME": "30",
    "GDAL_HTTP_LOW_SPEED_LIMIT": "1000",
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
}
LOCAL: dict[str, str | int] = {**BOUNDED, "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE"}  # world files lie beside pictures
_NETWORK_WORDS = re.compile(
    r"HTTP response code\s*:?\s*(?:0|408|425|429|5\d\d)\b"
    r"|timed? ?out|CURL error|could not resolve|connection|recv failure",
    re.IGNORECASE,
)
_FAULTS = (RasterioError, CPLE_BaseError, ProjError, SystemError, UnicodeDecodeError, OSError)
"""What a read raises: rasterio's warps pass errors of GDAL on as they are, and as SystemError where GDAL gave no reason
(rasterio/_err.pyx); it takes names inside a file for UTF-8."""

_GONE_WORDS = re.compile(r"specified (?:key|bucket) does not exist|NoSuchKey|NoSuchBucket", re.IGNORECASE)
_LOGIN_WORDS = re.compile(r"InvalidCredentials|AccessDenied|SignatureDoesNotMatch|InvalidAccessKey|403", re.IGNORECASE)


class BrokenFile(BadInput):
    """A file from the web whose pixels do not decode: perhaps the file, perhaps what happened on the way."""


@contextmanager
def opened(address: Address, *, overview_level: int | None = None) -> Iterator[Any]:
    """A rasterio dataset of ``address``, open within the block; faults inside the block are translated as well.

    Args:
        overview_level: open this overview (0 is the finest) instead of the full image.

    Raises:
        TryAgain: for network faults, 429 and 5xx.
        NotConfigured: where a login is missing or refused.
        BadInput: for a file that is missing, broken, or of a kind that yardwatch does not open.
    """
    options = {} if overview_level is None else {"overview_level": overview_level}
    if address.remote and not address.path.startswith("/vsis3/"):
        with _opened_by_range(address, options) as dataset:
            yield dataset
        return
    with rasterio.Env(**_environment(address)), counted(address.path) if address.remote else nullcontext():
        try:
            with _reader(address, options) as dataset:
                _check_size(dataset, address)
                yield dataset
        except _FAULTS as error:
            raise _translated(address, error) from error


@contextmanager
def _opened_by_range(address: Address, options: dict[str, int]) -> Iterator[Any]:
    file = _remote(address)
    before = file.fetched_bytes
    path = f"/{uuid.uuid4().hex}/picture"  # the made-up folder keeps openers of two threads apart
    with rasterio.Env(**NETWORK):
        try:
            driver = file.begin()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NotGeoreferencedWarning)
                dataset = rasterio.open(path, driver=driver, sharing=False, opener=RemoteOpener(file), **options)
            with dataset:
                _check_size(dataset, address)
                yield dataset
        except _FAULTS as error:
            _KEPT.file = _KEPT.of = None  # what is kept of it may be what is broken
            raise file.fault or BrokenFile(
                f"{address.label}: is broken ({_speakable(str(error.__cause__ or error), address)}); "
                "replace the file or name another asset"
            ) from error
        finally:
            count(file.fetched_bytes - before)
        if file.fault is not None:  # GDAL went on without the bytes that did not come
            raise file.fault


class _Kept(threading.local):
    """The file opened last by a thread: its overviews, or its pixels after a look at its header, are opened next."""

    file: RemoteFile | None = None
    of: tuple[str, int] | None = None


_KEPT = _Kept()


def _remote(address: Address) -> RemoteFile:
    web = address.web or Web(headers=address.headers, home=urlsplit(address.path).netloc)
    name = (address.path, id(web))
    if _KEPT.of != name or _KEPT.file is None or _KEPT.file.fault is not None:
        _KEPT.file, _KEPT.of = RemoteFile(web, address.path, address.label), name
    return _KEPT.file


def _check_size(dataset: Any, address: Address) -> None:
    if dataset.count > MOST_BANDS or max(dataset.width, dataset.height) > LONGEST_SIDE_PIXELS:
        raise BadInput(
            f"{address.label}: claims {dataset.width} x {dataset.height} pixels of {dataset.count} bands; "
            "replace the file: no picture is that large"
        )


def _reader(address: Address, options: dict[str, int]) -> Any:
    # rasterio.open would take one driver only; a Path is not parsed for schemes and archives.
    path = address.path if address.remote else Path(address.path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return DatasetReader(path, driver=list(DRIVERS), sharing=False, **options)


def _environment(address: Address) -> dict[str, str | int]:
    if not address.remote:
        return LOCAL
    options = dict(S3)
    # Without it GDAL remembers for the life of the process that a file could not be reached.
    options["CPL_VSIL_CURL_NON_CACHED"] = address.path
    if not os.environ.get("AWS_ACCESS_KEY_ID"):
        options["AWS_NO_SIGN_REQUEST"] = "YES"
    return options


def _translated(address: Address, error: Exception) -> YardwatchError:
    reason = _speakable(str(error.__cause__ or error), address)
    if not address.remote:
        if not Path(address.path).exists():
            return BadInput(f"{address.label}: there is no such file; correct the path")
        return BadInput(
            f"{address.label}: cannot be read ({reason}); replace it by an intact GeoTIFF, JPEG 2000, PNG or JPEG"
        )
    if _GONE_WORDS.search(f"{error} {reason}"):
        return BadInput(f"{address.label}: {reason.rstrip('.')}; the catalog names a file that is not there")
    if _NETWORK_WORDS.search(f"{error} {reason}"):
        return TryAgain(f"{address.label}: could not be fetched ({reason})")
    if _LOGIN_WORDS.search(f"{error} {reason}"):
        return NotConfigured(f"{address.label}: wants a login ({reason}); set AWS_ACCESS_KEY_ID and its secret")
    return TryAgain(f"{address.label}: could not be read ({reason})")


def _speakable(text: str, address: Address) -> str:
    """GDAL's words without the token that its path may hold."""
    first = text.replace(address.path, address.label).strip().splitlines() or ["no reason given"]
    return re.sub(r"\?[^\s'\"]+", "?...", first[0])[:300]
