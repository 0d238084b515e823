"""The report: one HTML file that holds everything and asks the network for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from yardwatch import __version__
from yardwatch.errors import BadInput
from yardwatch.records import KnownEvent, Observation, PublishedCount
from yardwatch.report.atomic import beside
from yardwatch.report.beside import letter
from yardwatch.report.chart import series_chart
from yardwatch.report.embedding import as_data_uri
from yardwatch.report.palette import DARK, LIGHT, style_sheet
from yardwatch.report.picture import count_line
from yardwatch.report.story import SeriesStory
from yardwatch.report.table import series_table
from yardwatch.report.wording import AXIS_LABELS, local_time, number, outcome, utc_time

if TYPE_CHECKING:
    from jinja2 import Template

LARGEST_BYTES = 5_000_000
"""A report stays small enough for a mail."""
_PICTURE_BYTES = 3_000_000


@dataclass(frozen=True)
class Claim:
    """What the report says first.

    Attributes:
        sentence: the newest news, or that there is none.
        when: local and UTC time of the look it rests on, or empty.
        is_news: whether it is news.
        provisional: whether more looks may withdraw it.
    """

    sentence: str
    when: str
    is_news: bool
    provisional: bool = False


@dataclass(frozen=True)
class Plate:
    """One picture of the report; without ``uri`` the ``caption`` says why it is gone."""

    uri: str
    alt: str
    caption: str


def claim_of(story: SeriesStory) -> Claim:
    """The sentence of the newest verdict that is news; without one, what the newest look showed."""
    if story.news:
        look = story.news[-1]
        verdict = story.verdicts[look.look_id]
        return Claim(verdict.sentence, _when(story, look), True, verdict.provisional)
    if story.valued:
        look = story.valued[-1]
        return Claim(
            f"No look of this series is news. The newest with a value: {count_line(look)}.", _when(story, look), False
        )
    if story.observations:
        return Claim(f"None of {len(story.observations)} looks permitted a value, so nothing can be said.", "", False)
    return Claim("No look has been recorded yet.", "", False)


def write_report(story: SeriesStory, path: Path) -> Path:
    """Write the report of ``story`` as one HTML file below 5 MB and return its path.

    Everything that came from outside (scene ids, licences, sentences) is escaped.

    Raises:
        BadInput: when a picture of the story cannot be read.
    """
    html = _template().render(
        story=story,
        claim=claim_of(story),
        chart=_labelled_chart(story),
        plates=_plates(story),
        rows=series_table(story),
        sources=[_source_row(story, look) for look in story.observations],
        published=published_rows(story),
        known_events=[_event_row(index, known) for index, known in enumerate(story.known_events)],
        axis_label=AXIS_LABELS[story.measure],
        searched_outline=any(o.searched == "outline" for o in story.observations),
        unplaced=sum(
            o.searched == "corridor" and o.value is not None and not o.well_placed for o in story.observations
        ),
        generated=f"{utc_time(story.generated_at)}",
        zone=f"{story.generated_at.astimezone(story.zone):%Z}",
        version=__version__,
        light=style_sheet(LIGHT),
        dark=style_sheet(DARK),
    )
    if len(html.encode()) > LARGEST_BYTES:
        raise BadInput(f"report {path}: over 5 MB with {len(story.observations)} looks; report a shorter span")
    with beside(path) as partial:
        partial.write_text(html, encoding="utf-8")
    return path


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("yardwatch.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


def _labelled_chart(story: SeriesStory) -> str:
    """The chart with a name for those who do not see it; the caller marks it as safe."""
    from markupsafe import escape

    alt = (
        f"{'Simulated. ' if story.simulated else ''}Chart of {AXIS_LABELS[story.measure]} at {story.area.title}: "
        f"{len(story.valued)} looks with a value, {len(story.unusable)} without. The table below holds the same."
    )
    return series_chart(story).replace("<svg ", f'<svg role="img" aria-label="{escape(alt)}" ', 1)


def _plates(story: SeriesStory) -> list[Plate]:
    told = [look for look in story.observations if look.look_id in story.pictures or look.look_id in story.lost]
    return [_plate(story, look, _PICTURE_BYTES // max(len(story.pictures), 1)) for look in told]


def _plate(story: SeriesStory, look: Observation, most_bytes: int) -> Plate:
    if look.look_id not in story.pictures:
        return Plate("", "", f"{_when(story, look)}: {count_line(look)}. No picture: {story.lost[look.look_id]}")
    verdict = story.verdicts.get(look.look_id)
    said = outcome(look, verdict)
    text = count_line(look) if look.value is None else f"{count_line(look)}; {said}"
    caption = f"{_when(story, look)}: {text}"
    world = "Simulated picture" if story.simulated else "Satellite picture"
    alt = f"{world} of {story.area.title}, {caption}. Detected cars are outlined by class."
    return Plate(as_data_uri(story.pictures[look.look_id], most_bytes), alt, caption)


def _when(story: SeriesStory, look: Observation) -> str:
    return f"{local_time(look.acquired_from, look.acquired_to, story.zone)} ({utc_time(look.acquired_from)})"


def _days(story: SeriesStory, known: PublishedCount) -> str:
    """As vague as the report: a day or a span of days of the station's zone, the end exclusive."""
    first = known.acquired_from.astimezone(story.zone).date()
    last = max(first, (known.acquired_to - timedelta(seconds=1)).astimezone(story.zone).date())
    return f"{first}" if first == last else f"{first} to {last}"


def _source_row(story: SeriesStory, look: Observation) -> dict[str, str]:
    return {
        "date": local_time(look.acquired_from, look.acquired_to, story.zone),
        "scenes": ", ".join(look.scene_keys) or "–",
        "platform": look.platform,
        "licence": f"{look.licence}; {look.attribution}",
        "read_by": f"{look.release}, pipeline {look.pipeline_version}",
        "area_version": look.area_version,
        "provenance": look.provenance if not look.revision else f"{look.provenance}, revision {look.revision}",
        "recorded": "–" if look.recorded_at is None else utc_time(look.recorded_at),
    }


def _event_row(index: int, known: KnownEvent) -> dict[str, str]:
    when = f"{known.since}" if known.since == known.until else f"{known.since} to {known.until}"
    return {"letter": letter(index), "when": when, "text": known.text, "source": known.source, "url": _link(known.url)}


def _link(url: str | None) -> str:
    """An address that a reader may follow; anything but a web page is dropped."""
    return url if url and url.startswith(("https://", "http://")) else ""


def published_rows(story: SeriesStory) -> list[dict[str, str]]:
    """What people published, in words: ``when``, ``value``, ``what``, ``source``, ``url``."""
    return [_published_row(story, known) for known in story.published]


def _published_row(story: SeriesStory, known: PublishedCount) -> dict[str, str]:
    word = {"exact": "", "about": "about ", "at_most": "at most "}[known.exactness]
    return {
        "when": _days(story, known),
        "value": f"{word}{number(known.value, known.measure)}",
        "what": AXIS_LABELS[known.measure].split(" in ")[0],
        "source": f"{known.source}{' (second hand)' if known.second_hand else ''}",
        "url": _link(known.url),
    }
