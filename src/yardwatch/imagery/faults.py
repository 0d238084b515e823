"""What an HTTP status means to the caller."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from yardwatch.errors import BadInput, NotConfigured, TryAgain, YardwatchError

LONGEST_PAUSE_S = 86_400.0


def http_fault(label: str, status: int, retry_after: str = "") -> YardwatchError | None:
    """The error for an HTTP status, or None where it is no fault."""
    if status < 400:
        return None
    if status in (408, 425, 429) or status >= 500:
        return TryAgain(f"{label}: HTTP {status}", pause_s(retry_after))
    if status in (401, 403, 407):
        return NotConfigured(
            f"{label}: HTTP {status}; the source wants a login: name it by headers_env in yardwatch.toml"
        )
    if status == 416:  # nothing lies where the first bytes were asked for
        return BadInput(f"{label}: HTTP 416; the file is empty or cut short; replace it by a whole one")
    return BadInput(f"{label}: HTTP {status}; the catalog names a file that is not there")


def pause_s(retry_after: str) -> float | None:
    """Seconds that a Retry-After header asks for, a number or a date (RFC 9110, 10.2.3); at most a day."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_PAUSE_S)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_PAUSE_S)
