"""The channel that needs nobody: a file below the data root, for people, and one beside it for scripts.

``file:alerts.log`` appends readable text to ``alerts.log`` and one JSON object a line to ``alerts.jsonl``. An entry
that is already there is not written again, so this channel says everything exactly once.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from yardwatch.alerts.parcel import Parcel
from yardwatch.errors import BadInput, TryAgain


def append_to_file(parcel: Parcel) -> None:
    """Append the parcel's message, unless it is there.

    Raises:
        Refused: when the address leads out of the data root.
        BadInput: when the address names no file.
        TryAgain: when the file cannot be written.
    """
    text_path = check_file(parcel)
    if text_path.suffix in {".json", ".jsonl"}:
        text_path = text_path.with_suffix(".log")
    try:
        text_path.parent.mkdir(parents=True, exist_ok=True)
        _append_once(text_path.with_suffix(".jsonl"), parcel.entry_id, _as_json(parcel))
        _append_once(text_path, parcel.entry_id, _as_text(parcel))
    except OSError as error:
        raise TryAgain(
            f"channel {parcel.channel}: cannot write {error.filename or text_path}: {error.strerror}"
        ) from None


def check_file(parcel: Parcel) -> Path:
    """The file that the address names.

    Raises:
        Refused: when the address leads out of the data root.
        BadInput: when it names no file.
    """
    return parcel.below_root(_path_of(parcel))


def _path_of(parcel: Parcel) -> str:
    path = parcel.address.get_secret_value().split(":", 1)[1].strip()
    path = path.removeprefix("//")
    if not path or path.endswith("/"):
        raise BadInput(f"channel {parcel.channel}: the address names no file; write file:alerts.log")
    return path


def _as_json(parcel: Parcel) -> str:
    return json.dumps({"id": parcel.entry_id, **parcel.message.payload()}, ensure_ascii=False) + "\n"


def _as_text(parcel: Parcel) -> str:
    message = parcel.message
    pictures = "".join(f"Picture: {path}\n" for path in message.attachments)
    return f"{message.title}\n{'=' * len(message.title)}\n{message.body}\n{pictures}Alert {parcel.entry_id}\n\n"


def _append_once(path: Path, entry_id: str, text: str) -> None:
    """Append in one write, behind a line that a kill may have cut short."""
    kept = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    mark = f'{{"id": "{entry_id}"' if path.suffix == ".jsonl" else f"Alert {entry_id}"
    ending = "}" if path.suffix == ".jsonl" else ""
    if any(line.startswith(mark) and line.endswith(ending) for line in kept.splitlines()):
        return
    text = text if not kept or kept.endswith("\n") else f"\n{text}"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
