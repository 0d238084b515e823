"""Keeping the addresses of channels, which are secrets, out of errors and logs."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, unquote_plus

from pydantic import SecretStr

MASK = "***"
SHORTEST_SECRET = 4
"""Shorter parts of an address are no secret, and masking them would blot out the words of the message."""


def scrubbed(text: str, address: SecretStr) -> str:
    """``text`` without ``address`` or any part of it but the scheme, however they are quoted."""
    for part in sorted(_parts(address.get_secret_value()), key=len, reverse=True):
        text = re.sub(re.escape(part), MASK, text, flags=re.IGNORECASE)
    return text


def _parts(url: str) -> set[str]:
    rest = url.split(":", 1)[-1].lstrip("/")
    pieces = {url, rest, *re.split(r"[/?&=@:,;#+\s]", rest), *re.split(r"[/?&=@,;#\s]", rest)}
    for piece in list(pieces):
        pieces |= {
            unquote(piece),
            unquote_plus(piece),
            quote(piece),
            quote(piece, safe=""),
            quote(unquote(piece), safe=""),
        }
    return {piece for piece in pieces if len(piece) >= SHORTEST_SECRET}
