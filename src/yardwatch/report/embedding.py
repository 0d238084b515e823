"""Pictures as data URIs, small enough to travel inside the report."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING

from yardwatch.errors import BadInput

if TYPE_CHECKING:
    from PIL.Image import Image

_QUALITIES = (88, 80, 70, 60)
_SHRINK = 0.8
_SMALLEST_PX = 480


def as_data_uri(path: Path, most_bytes: int) -> str:
    """The picture at ``path`` as a JPEG data URI of at most about ``most_bytes`` (base64 adds a third to the file).

    Quality goes first, then size, down to 480 pixels: whether cars can be told apart matters more than fine tones.

    Raises:
        BadInput: when the file is not a picture.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
    except (OSError, UnidentifiedImageError) as error:
        raise BadInput(f"picture {path}: {error}; draw it again or leave it out of the story") from None
    return f"data:image/jpeg;base64,{base64.b64encode(_encoded(picture, most_bytes * 3 // 4)).decode('ascii')}"


def _encoded(picture: Image, most_bytes: int) -> bytes:
    while True:
        for quality in _QUALITIES:
            buffer = io.BytesIO()
            picture.save(buffer, "JPEG", quality=quality, subsampling=0)
            if buffer.tell() <= most_bytes:
                return buffer.getvalue()
        if max(picture.size) <= _SMALLEST_PX:
            return buffer.getvalue()
        picture = picture.resize((max(1, int(picture.width * _SHRINK)), max(1, int(picture.height * _SHRINK))))
