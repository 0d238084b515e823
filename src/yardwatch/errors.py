"""What can go wrong, named by what the caller should do about it.

One root and six kinds below it. "No imagery" is a result, not an error.
Every message names the offending file, area or setting and the mend.
"""

from __future__ import annotations


class YardwatchError(Exception):
    """Root of every error that yardwatch raises on purpose."""

    exit_code = 1


class TryAgain(YardwatchError):
    """A passing fault: network, 429, 5xx. The same call may succeed later.

    Attributes:
        retry_after_s: seconds the other side asked us to wait, or None.
    """

    exit_code = 75  # EX_TEMPFAIL of sysexits.h

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BadInput(YardwatchError):
    """A file, argument or field is wrong; the message names it and the mend."""

    exit_code = 65  # EX_DATAERR


class NotConfigured(YardwatchError):
    """A login, an extra, a tool or a setting is missing; the message names it."""

    exit_code = 78  # EX_CONFIG


class Refused(YardwatchError):
    """Not done, because a licence, the terms of a source or safety forbid it."""

    exit_code = 77  # EX_NOPERM


class BadRelease(YardwatchError):
    """A model release does not hold what its manifest says; it is not used."""

    exit_code = 66  # EX_NOINPUT


class NeedsMigration(YardwatchError):
    """The ledger was written by another version; the message names the command that migrates it."""

    exit_code = 78
