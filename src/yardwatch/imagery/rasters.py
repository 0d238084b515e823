"""Open a raster through GDAL with settings that suit a network, and say in our errors what went wrong.

Only drivers of plain pictures are allowed; a file that names further files (VRT, WMS) does not open.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader

from yardwatch.errors import BadInput, NotConfigured, TryAgain, YardwatchError
from yardwatch.imagery.addresses import Address

DRIVERS = ("GTiff", "JP2OpenJPEG", "PNG", "JPEG")
SUFFIXES = (".tif", ".tiff", ".jp2", ".j2k", ".png", ".jpg", ".jpeg")
PROBE_TIMEOUT_S = 20.0

NETWORK: dict[str, str] = {
    # Not TRUE: only EMPTY_DIR stops GDAL from asking a web server for side files (gdal.org, "Configuration options").
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_HTTP_MAX_RETRY": "4",
    "GDAL_HTTP_RETRY_DELAY": "0.5",
    "GDAL_HTTP_CONNECTTIMEOUT": "15",
    "GDAL_HTTP_TIMEOUT": "90",
    "GDAL_HTTP_LOW_SPEED_TIME": "30",
    "GDAL_HTTP_LOW_SPEED_LIMIT": "1000",
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    "VSI_CACHE": "TRUE",
}
LOCAL: dict[str, str] = {"GDAL_DISABLE_READDIR_ON_OPEN": "FALSE"}  # world files and .aux.xml lie beside pictures
_NETWORK_WORDS = re.compile(
    r"HTTP response code\s*:?\s*(?:0|408|425|429|5\d\d)\b"
    r"|timed? ?out|CURL error|could not resolve|connection|recv failure",
    re.IGNORECASE,
)


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
    extra = {} if overview_level is None else {"overview_level": overview_level}
    with rasterio.Env(**_environment(address)):
        try:
            with _reader(address, extra) as dataset:
                yield dataset
        except (RasterioError, OSError) as error:
            raise _translated(address, error) from error


def _reader(address: Address, options: dict[str, int]) -> Any:
    # rasterio.open would take one driver only; a Path is not parsed for schemes and archives.
    path = address.path if address.remote else Path(address.path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return DatasetReader(path, driver=list(DRIVERS), sharing=False, **options)


def _environment(address: Address) -> dict[str, str]:
    if not address.remote:
        return LOCAL
    options = dict(NETWORK)
    # Without it GDAL remembers for the life of the process that a file could not be reached.
    options["CPL_VSIL_CURL_NON_CACHED"] = address.path
    if address.path.startswith("/vsis3/") and not os.environ.get("AWS_ACCESS_KEY_ID"):
        options["AWS_NO_SIGN_REQUEST"] = "YES"
    if address.headers:
        options["GDAL_HTTP_HEADERS"] = "\r\n".join(f"{name}: {value}" for name, value in address.headers)
    return options


def _translated(address: Address, error: Exception) -> YardwatchError:
    reason = _speakable(str(error.__cause__ or error), address)
    if not address.remote:
        if not Path(address.path).exists():
            return BadInput(f"{address.label}: there is no such file; correct the path")
        return BadInput(
            f"{address.label}: cannot be read ({reason}); replace it by an intact GeoTIFF, JPEG 2000, PNG or JPEG"
        )
    if _NETWORK_WORDS.search(str(error)) or _NETWORK_WORDS.search(reason):
        return TryAgain(f"{address.label}: could not be fetched ({reason})")
    return _asked_why(address, reason)


def _speakable(text: str, address: Address) -> str:
    """GDAL's words without the token that its path may hold."""
    first = text.replace(address.path, address.label).strip().splitlines() or ["no reason given"]
    return re.sub(r"\?[^\s'\"]+", "?...", first[0])[:300]


def _asked_why(address: Address, reason: str) -> YardwatchError:
    """GDAL often says of a server's refusal only that the file does not exist: one small request tells which it was."""
    if not address.path.startswith("/vsicurl/"):
        return TryAgain(f"{address.label}: could not be read ({reason})")
    headers = {**dict(address.headers), "Range": "bytes=0-0"}
    try:
        url = address.path.removeprefix("/vsicurl/")
        with httpx.stream("GET", url, headers=headers, timeout=PROBE_TIMEOUT_S, follow_redirects=True) as response:
            status, wait = response.status_code, response.headers.get("Retry-After", "")
    except httpx.HTTPError as error:
        return TryAgain(f"{address.label}: could not be fetched ({error.__class__.__name__})")
    fault = http_fault(address.label, status, wait)
    if fault is None and "not recognized" not in reason:
        # It opened, then some of it did not come, and now the server answers: that judges neither file nor sky.
        return TryAgain(f"{address.label}: could not be read whole ({reason})")
    return fault or BadInput(
        f"{address.label}: is no raster that yardwatch opens; name another asset of the catalog, or a GeoTIFF"
    )


def http_fault(label: str, status: int, retry_after: str = "") -> YardwatchError | None:
    """What an HTTP status means to the caller; None where it is no fault."""
    if status < 400:
        return None
    if status in (408, 425, 429) or status >= 500:
        return TryAgain(f"{label}: HTTP {status}", float(retry_after) if retry_after.isdigit() else None)
    if status in (401, 403, 407):
        return NotConfigured(
            f"{label}: HTTP {status}; the source wants a login: name it by headers_env in yardwatch.toml"
        )
    return BadInput(f"{label}: HTTP {status}; the catalog names a file that is not there")
