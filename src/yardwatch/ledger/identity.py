"""Ids made of what they identify: whoever records the same thing, in whichever process, makes the same id."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import numpy as np

from yardwatch.errors import BadInput
from yardwatch.records import require_utc

ID_DIGITS = 20


def identify(*parts: Any) -> str:
    """First 20 hex digits (80 bits) of the SHA-256 of ``parts`` as canonical JSON.

    Times of one moment are one, whatever their zone; tuples are lists.

    Raises:
        BadInput: for a naive time.
        TypeError: for a part that JSON does not know.
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_known)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:ID_DIGITS]


def plain(value: Any) -> Any:
    """A NumPy scalar as the Python number that databases and JSON know; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def _known(value: Any) -> Any:
    if isinstance(value, datetime):
        try:
            return require_utc(value).isoformat()
        except ValueError as error:
            raise BadInput(str(error)) from None
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no place in an id")
