"""Several messages as one, for a channel that wants to hear seldom."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from yardwatch.alerts.message import LONGEST_BODY, Message, one_line
from yardwatch.records import OutboxEntry

MOST_PICTURES = 4


def digest_of(entries: Sequence[OutboxEntry]) -> Message:
    """One message of several: their titles, then each claim, oldest first; of one, that one.

    What does not fit is named by number, never left out in silence. Pictures are those of the first entries.
    """
    if len(entries) == 1:
        return message_of(entries[0])
    messages = [message_of(entry) for entry in entries]
    simulated = "SIMULATED: " if all(message.title.startswith("SIMULATED") for message in messages) else ""
    lines: list[str] = []
    for number, message in enumerate(messages):
        said = f"{message.title}\n{one_line(message.body.splitlines()[0], 400)}\n{_facts(message)}".rstrip()
        if sum(map(len, lines)) + len(said) > LONGEST_BODY - 100:
            lines.append(f"... and {len(messages) - number} more: `yardwatch alerts` lists them.")
            break
        lines.append(said)
    pictures = [path for message in messages for path in message.attachments[:1]][:MOST_PICTURES]
    return Message(f"{simulated}yardwatch: {len(messages)} messages", "\n\n".join(lines), tuple(pictures))


def digest_id(entries: Sequence[OutboxEntry]) -> str:
    """The same for the same entries; of one, its own."""
    if len(entries) == 1:
        return entries[0].entry_id
    return hashlib.sha256("\x1f".join(sorted(entry.entry_id for entry in entries)).encode()).hexdigest()[:16]


def message_of(entry: OutboxEntry) -> Message:
    """The message as it was queued."""
    payload = entry.payload
    return Message(str(payload["title"]), str(payload["body"]), tuple(payload.get("attachments", ())))


def _facts(message: Message) -> str:
    """Count and licence: what a short message must still say."""
    kept = [line for line in message.body.splitlines() if line.startswith(("Count:", "Licence:"))]
    return "\n".join(one_line(line, 240) for line in kept)
