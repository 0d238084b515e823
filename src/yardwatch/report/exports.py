"""Small exports for other people's tools; every row says where it comes from."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from yardwatch.records import Observation
from yardwatch.report.atomic import beside
from yardwatch.report.story import SeriesStory


def series_records(story: SeriesStory) -> list[dict[str, Any]]:
    """The looks as plain values, one mapping a look, in time order.

    Times are ISO 8601, ``value``, ``low`` and ``high`` in the unit that ``measure`` names, None where there is none.
    Provenance (source, scenes, licence, attribution, release, pipeline version, time of recording) is in each.
    """
    return [_record(story, observation) for observation in story.observations]


def _record(story: SeriesStory, seen: Observation) -> dict[str, Any]:
    verdict = story.verdicts.get(seen.look_id)
    judged: dict[str, Any] = {"verdict": None}
    if verdict is not None:
        judged = {
            "verdict": verdict.kind.value,
            "provisional": verdict.provisional,
            "expected": verdict.expected,
            "expected_low": verdict.expected_low,
            "expected_high": verdict.expected_high,
            "smallest_alarming": verdict.smallest_alarming,
            "sentence": verdict.sentence,
            "method": verdict.method,
        }
    return {
        "area": story.area.name,
        "look_id": seen.look_id,
        "acquired_from": seen.acquired_from.isoformat(),
        "acquired_to": seen.acquired_to.isoformat(),
        "local_time": seen.acquired_from.astimezone(story.zone).isoformat(),
        "measure": seen.measure,
        "value": seen.value,
        "low": seen.low,
        "high": seen.high,
        "visible": seen.visible,
        "reason": None if seen.reason is None else seen.reason.value,
        "confidence": seen.confidence,
        "registration_m": seen.registration_m,
        "placed": seen.placed,
        "gsd_m": seen.gsd_m,
        "effective_gsd_m": seen.effective_gsd_m,
        "simulated": seen.simulated,
        **judged,
        "platform": seen.platform,
        "source": seen.source,
        "scenes": list(seen.scene_keys),
        "licence": seen.licence,
        "attribution": seen.attribution,
        "release": seen.release,
        "pipeline_version": seen.pipeline_version,
        "area_version": seen.area_version,
        "provenance": seen.provenance,
        "revision": seen.revision,
        "recorded_at": None if seen.recorded_at is None else seen.recorded_at.isoformat(),
    }


_JUDGED = (
    "verdict",
    "provisional",
    "expected",
    "expected_low",
    "expected_high",
    "smallest_alarming",
    "sentence",
    "method",
)


def write_csv(story: SeriesStory, path: Path) -> Path:
    """One row a look, UTF-8 with a header; an empty ``value`` is a look without one, and ``reason`` says why.

    A text that a spreadsheet would run as a formula is preceded by an apostrophe.
    """
    records = series_records(story)
    columns = list(dict.fromkeys(name for record in records for name in (*record, *_JUDGED)))
    with beside(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns or ["area", "look_id", "value"], restval="")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in record.items()} for record in records)
    return path


def write_geojson(story: SeriesStory, path: Path) -> Path:
    """A FeatureCollection in WGS84 (RFC 7946): one point a look, at the station's reference coordinate."""
    point = {"type": "Point", "coordinates": [story.area.reference.x, story.area.reference.y]}
    features = [
        {"type": "Feature", "id": record["look_id"], "geometry": point, "properties": record}
        for record in series_records(story)
    ]
    collection = {
        "type": "FeatureCollection",
        "name": f"{'simulated ' if story.simulated else ''}{story.area.name} {story.measure}",
        "features": features,
    }
    with beside(path) as partial:
        partial.write_text(json.dumps(collection, ensure_ascii=False, allow_nan=False, indent=1), encoding="utf-8")
    return path


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = " ".join(value)
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value
