"""The looks of a series as rows of words: what the command line prints and the report shows."""

from __future__ import annotations

from dataclasses import dataclass

from yardwatch.records import Observation, VerdictKind
from yardwatch.report.story import NEWS, SeriesStory
from yardwatch.report.wording import interval, local_time, number, outcome, percent, pixel_size, utc_time


@dataclass(frozen=True)
class SeriesRow:
    """One look, ready to print; every field but the last three is text.

    Attributes:
        date: local date and time with the zone, e.g. ``2023-10-05 11:12 KST``; ``utc`` the same in UTC.
        count: value in the unit of the story's measure, a dash where there is none: never 0 for a look without one.
        interval: 90 % interval, or a dash.
        visible: share of the observable track that was seen; ``gsd`` the sharpness it was read at.
        outcome: the verdict, or why there is none.
        confidence: "normal" or "low"; empty where there is no value.
        sentence: the verdict's own sentence, empty where there is none.
        kind: what was judged; ``is_news`` when it is a surge, escalation, drop or new normal.
        simulated: no satellite saw it.
    """

    look_id: str
    date: str
    utc: str
    count: str
    interval: str
    visible: str
    gsd: str
    outcome: str
    confidence: str
    sentence: str
    source: str
    release: str
    kind: VerdictKind | None
    is_news: bool
    simulated: bool


def series_table(story: SeriesStory) -> list[SeriesRow]:
    """One row a look, in time order, looks without a value among them."""
    return [_row(story, observation) for observation in story.observations]


def _row(story: SeriesStory, seen: Observation) -> SeriesRow:
    verdict = story.verdicts.get(seen.look_id)
    kind = story.kind_of(seen.look_id)
    return SeriesRow(
        look_id=seen.look_id,
        date=local_time(seen.acquired_from, seen.acquired_to, story.zone),
        utc=utc_time(seen.acquired_from),
        count=_count(seen, story),
        interval=interval(seen.low, seen.high, story.measure) if seen.value is not None else "–",
        visible=percent(seen.visible),
        gsd=pixel_size(max(seen.gsd_m, seen.effective_gsd_m)),
        outcome=outcome(seen, verdict),
        confidence=seen.confidence if seen.value is not None else "",
        sentence="" if verdict is None else verdict.sentence,
        source=seen.source,
        release=seen.release,
        kind=kind,
        is_news=kind in NEWS,
        simulated=seen.simulated,
    )


def _count(seen: Observation, story: SeriesStory) -> str:
    """The value; of a count that people published, as exact as they were."""
    word = {"published:about": "about ", "published:at_most": "at most "}.get(seen.provenance, "")
    return f"{word}{number(seen.value, story.measure)}"
