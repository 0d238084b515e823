"""The ledger as the other rooms see it: one object, whose parts know a subject each."""

from __future__ import annotations

from pathlib import Path

from yardwatch.ledger import schema
from yardwatch.ledger.address import parse_address
from yardwatch.ledger.faults import explain_file
from yardwatch.ledger.judgements import Judgements
from yardwatch.ledger.looks import Looks
from yardwatch.ledger.observations import Observations
from yardwatch.ledger.outbox import Outbox
from yardwatch.ledger.owner import claim_root
from yardwatch.ledger.people import People
from yardwatch.ledger.retired import Retired
from yardwatch.ledger.sweep import Housekeeping
from yardwatch.ledger.times import Clock, now_utc


class Ledger(Looks, Observations, Judgements, Outbox, People, Housekeeping, Retired):
    """What was seen and decided, in a database, with files beside it below ``root``.

    It may be shared by the threads of a process, and any number of processes may open one at a time. Do not carry it
    over a fork. Use it as a context manager, or close it.
    """

    @classmethod
    def open(
        cls,
        address: str,
        root: Path,
        *,
        create: bool = True,
        migrate: bool = False,
        clock: Clock = now_utc,
    ) -> Ledger:
        """Open the ledger at ``address``, making it where there is none.

        Args:
            address: SQLAlchemy URL; never part of an error text, which masks passwords.
            root: the data root, which the paths of files are relative to.
            create: False refuses to make a ledger.
            migrate: bring an older ledger to this version's schema.
            clock: gives ``recorded_at``.

        Raises:
            BadInput: when the address is none, or what is there is no ledger.
            NotConfigured: when there is no ledger and ``create`` is False, a driver is missing, or the root or the
                database cannot be written.
            NeedsMigration: when the ledger was written by an older yardwatch (unless ``migrate``) or a newer one.
            TryAgain: when a server does not answer.
        """
        root = root.expanduser().absolute()
        if create:
            try:
                root.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise explain_file(error, root) from error
        ledger = cls(parse_address(address), root, clock)
        try:
            schema.prepare(ledger, create=create, migrate=migrate)
            if create:
                claim_root(ledger)
        except BaseException:
            ledger.close()
            raise
        return ledger

    def migrate(self) -> None:
        """Bring the schema to this version; nothing to do for a ledger that opened without ``migrate``."""
        schema.upgrade(self)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
