"""What is handed to the ledger whole, and what it answers; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from yardwatch.records import Event, Measure, Observation, OutboxEntry, Verdict


@dataclass(frozen=True)
class Registration:
    """What became of the looks that were registered, as ids of the ledger's looks in the order given.

    Attributes:
        new: looks the ledger did not have.
        known: looks it had; a look matched by time answers to the id it was first registered under.
        extended: those of ``known`` to which scenes were attached.
    """

    new: tuple[str, ...]
    known: tuple[str, ...]
    extended: tuple[str, ...]


@dataclass(frozen=True)
class ReadKey:
    """How a look is read today: a look without an observation under this key may be read again on purpose.

    Attributes:
        area_version: the version, or every valid version of the area where the span meets several.
        release: name of the model release.
        pipeline_version: :data:`yardwatch.PIPELINE_VERSION`.
    """

    area_version: str | tuple[str, ...]
    release: str
    pipeline_version: str

    @property
    def area_versions(self) -> tuple[str, ...]:
        """The versions as a tuple."""
        return (self.area_version,) if isinstance(self.area_version, str) else tuple(self.area_version)


@dataclass(frozen=True)
class Recorded:
    """An observation as stored, and whether this call stored it."""

    observation: Observation
    added: bool


@dataclass(frozen=True)
class ChipProfile:
    """How chips are written: lossless, so that what was counted can be counted again.

    Attributes:
        compress: a lossless codec of GDAL's COG driver.
        block_px: edge of a tile, pixels; a multiple of 16.
    """

    compress: Literal["DEFLATE", "LZW", "ZSTD"] = "DEFLATE"
    block_px: int = 512


@dataclass(frozen=True)
class SeriesJudgement:
    """The judgement of one series, recorded in one transaction.

    Attributes:
        verdicts: at most one a look; looks not named keep the verdict they have.
        events: as they now stand.
        outbox: messages to queue; those queued before are passed over.
    """

    area: str
    measure: Measure
    simulated: bool
    verdicts: Sequence[Verdict] = ()
    events: Sequence[Event] = ()
    outbox: Sequence[OutboxEntry] = ()


@dataclass(frozen=True)
class JudgementReceipt:
    """How many rows a judgement added; all zero when it said nothing new.

    Attributes:
        verdicts_added: new verdicts, ``verdicts_superseded`` of them in place of an earlier one.
        events_added: events never seen before; ``events_changed``: those that took a new form.
        outbox_added: messages queued.
    """

    verdicts_added: int = 0
    verdicts_superseded: int = 0
    events_added: int = 0
    events_changed: int = 0
    outbox_added: int = 0


@dataclass(frozen=True)
class Sweep:
    """Where files and rows disagree; paths relative to the data root.

    Attributes:
        orphans: files that no row names, half-written ones among them; ``deleted`` says whether they are gone.
        missing: files that a row names and that are not there. Rows are kept: they say what was once seen.
    """

    orphans: tuple[str, ...]
    missing: tuple[str, ...]
    deleted: bool
