"""What databases and file systems complain of, in words that name the ledger and the mend."""

from __future__ import annotations

import errno
from pathlib import Path

from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from yardwatch.errors import BadInput, NotConfigured, YardwatchError
from yardwatch.ledger.address import SETTING, Address
from yardwatch.ledger.away import LedgerAway

RESTORE = f"restore it from a copy, or move it away (or point {SETTING} elsewhere) to begin an empty ledger"
_SQLITE_NOT_CONFIGURED = {
    "database or disk is full": "free space on that disk, then run the same command again",
    "readonly database": "make the file and its folder writable, or set YARDWATCH_DATA_DIR to a folder that is",
    "unable to open database file": "make its folder writable, or set YARDWATCH_DATA_DIR to a folder that is",
    "disk I/O error": "check the disk it lies on; a ledger does not work on some network drives",
}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def explain(error: StatementError | PoolTimeout, address: Address) -> YardwatchError:
    """The error that tells the user of ``address`` what to do about ``error``."""
    if isinstance(error, PoolTimeout):
        return LedgerAway(f"ledger {address}: more threads than connections; try again with fewer at once")
    cause = error.orig
    said = " ".join(str(cause if cause is not None else error).split())
    if isinstance(cause, ValueError):
        return BadInput(f"ledger {address}: {said}")
    if isinstance(error, IntegrityError):
        return BadInput(f"ledger {address} refuses a row that contradicts what it holds: {said}")
    return _explain_sqlite(said, address) if address.is_sqlite else _explain_server(error, said, address)


def _explain_sqlite(said: str, address: Address) -> YardwatchError:
    for words, mend in _SQLITE_NOT_CONFIGURED.items():
        if words in said:
            return NotConfigured(f"ledger {address}: {said}; {mend}")
    if "locked" in said or "busy" in said:
        return LedgerAway(f"ledger {address} is held by another process ({said}); try again when it is done")
    return BadInput(f"ledger {address}: {said}; {RESTORE}")


def _explain_server(error: StatementError, said: str, address: Address) -> YardwatchError:
    password = address.url.password
    if password:
        said = said.replace(str(password), "***")
    if any(words in said for words in ("authentication failed", "permission denied", "does not exist")):
        return NotConfigured(f"ledger {address}: {said}; correct {SETTING} or the rights of its user")
    if isinstance(error, OperationalError) or getattr(error, "connection_invalidated", False):
        return LedgerAway(f"ledger {address}: {said}; try again when its server answers")
    return BadInput(f"ledger {address}: {said}; {RESTORE}")


def explain_file(error: OSError, path: Path) -> YardwatchError:
    """The error that tells what to do about ``error``, met while ``path`` was written."""
    said = error.strerror or str(error)
    if error.errno in _FULL:
        return NotConfigured(f"{path}: {said}; free space on that disk, then run the same command again")
    if error.errno in _FORBIDDEN:
        return NotConfigured(f"{path}: {said}; make it writable, or set YARDWATCH_DATA_DIR to a folder that is")
    return NotConfigured(f"{path}: {said}; set YARDWATCH_DATA_DIR to a folder that can be written")
