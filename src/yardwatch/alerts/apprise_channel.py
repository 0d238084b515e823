"""Every channel that Apprise knows: mail, chat, paging, JSON webhooks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from yardwatch.alerts.parcel import Parcel
from yardwatch.alerts.scrub import scrubbed
from yardwatch.errors import BadInput, Refused, TryAgain

if TYPE_CHECKING:
    import apprise

_TAKES_HEADERS = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})
_TALKATIVE = ("apprise", "urllib3.connectionpool")
"""Loggers that print addresses at their lower levels."""
_LONGEST_DETAIL = 300


def send_by_apprise(parcel: Parcel) -> None:
    """Send one message, with the attachments that are still there.

    A picture that was tidied away never holds an alert back: the body then names it. Webhooks get the header
    ``Idempotency-Key``, the same in every try.

    Raises:
        BadInput: when Apprise does not understand the address.
        TryAgain: when the service did not take the message; Apprise does not tell passing faults from lasting ones.
    """
    import apprise
    from apprise.attachment.file import AttachFile

    with _EAR.listening(parcel) as heard:
        sender = _sender(parcel)
        body, pictures = _with_pictures(parcel)
        attached = [AttachFile(str(path)) for path in pictures]  # type: ignore[no-untyped-call]
        taken: object
        try:
            taken = sender.notify(
                body=body,
                title=parcel.message.title,
                notify_type=apprise.NotifyType.WARNING,
                body_format=apprise.NotifyFormat.TEXT,
                attach=attached or None,
            )
        except Exception as error:  # a fault in one of Apprise's plugins must not stop the other channels
            heard.append(f"{type(error).__name__}: {error}")
            taken = False
    if not taken:
        raise TryAgain(_why(parcel, heard))


def check_service(parcel: Parcel) -> None:
    """Nothing, where Apprise understands the address; nobody is asked.

    Raises:
        BadInput: when it does not.
    """
    with _EAR.listening(parcel):
        _sender(parcel)


def _sender(parcel: Parcel) -> apprise.Apprise:
    import apprise

    sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="yardwatch", app_desc="freight railcar watch"))
    if not sender.add(_address(parcel)):
        known = "see https://appriseit.com/services/ for the form that the service wants"
        raise BadInput(f"channel {parcel.channel}: not an address that Apprise understands; {known}")
    return sender


def _address(parcel: Parcel) -> str:
    url = parcel.address.get_secret_value().strip()
    if parcel.scheme not in _TAKES_HEADERS:
        return url
    return f"{url}{'&' if '?' in url else '?'}+Idempotency-Key={parcel.entry_id}"


def _with_pictures(parcel: Parcel) -> tuple[str, list[Path]]:
    body, pictures = parcel.message.body, []
    for name in parcel.message.attachments:
        try:
            path = parcel.below_root(name)
        except Refused:
            continue
        if path.is_file():
            pictures.append(path)
        else:
            body += f"\n(Picture {name} is no longer there.)"
    return f"{body}\n\nAlert {parcel.entry_id}", pictures


def _why(parcel: Parcel, heard: list[str]) -> str:
    detail = scrubbed(" ".join(heard), parcel.address)[:_LONGEST_DETAIL] or "no reason given"
    return f"channel {parcel.channel} ({parcel.scheme}): not delivered: {detail}"


class _Ear(logging.Filter):
    """Masks what Apprise logs while messages are under way, before anybody's log handler sees it.

    Apprise sends from threads of its own, so a record does not tell whose it is: the addresses of all that are under
    way are masked in it, and each of them hears it, however little the program logs.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._under_way: list[tuple[Parcel, list[str]]] = []
        self._levels: dict[str, tuple[int, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record; its lower levels, and what the program would not log, are kept from every handler."""
        with self._lock:
            under_way = list(self._under_way)
            wanted = self._levels.get(record.name, (logging.NOTSET, logging.WARNING))[1]
        if not under_way:
            return True
        text = record.getMessage()
        for parcel, _ in under_way:
            text = scrubbed(text, parcel.address)
        record.msg, record.args = text, None
        record.exc_info = record.exc_text = None
        if record.levelno >= logging.WARNING:
            for _, heard in under_way:
                heard.append(text)
        return record.levelno >= max(wanted, logging.WARNING)

    @contextmanager
    def listening(self, parcel: Parcel) -> Iterator[list[str]]:
        """What Apprise warns of while the block runs."""
        mine: tuple[Parcel, list[str]] = (parcel, [])
        with self._lock:
            if not self._under_way:
                self._open_ears()
            self._under_way.append(mine)
        try:
            yield mine[1]
        finally:
            with self._lock:
                self._under_way = [other for other in self._under_way if other is not mine]
                if not self._under_way:
                    for name, (level, _) in self._levels.items():
                        logging.getLogger(name).setLevel(level)

    def _open_ears(self) -> None:
        """Warnings are made even where the program logs errors only: they say why a message was not taken."""
        for name in _TALKATIVE:
            logger = logging.getLogger(name)
            logger.addFilter(self)  # once: a logger keeps no filter twice
            self._levels[name] = logger.level, logger.getEffectiveLevel()
            logger.setLevel(min(logger.getEffectiveLevel(), logging.WARNING))


_EAR = _Ear()
