"""A story like that of Tumangang: 24 looks in five years, 0-20 cars, then 73; three looks that show nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from shapely import Point, box

from yardwatch.records import (
    Area,
    AreaVersion,
    Event,
    Observation,
    PublishedCount,
    Reason,
    Verdict,
    VerdictKind,
)
from yardwatch.report import SeriesStory

SURGE_DAY = datetime(2023, 10, 5, 2, 12, tzinfo=UTC)


def drawn_area(**changes: Any) -> Area:
    version = AreaVersion(
        area_version="0123456789ab",
        valid_from=date(2014, 1, 1),
        valid_to=None,
        outline=box(130.60, 42.418, 130.616, 42.425),
        tracks=(),
        tracks_kind="approximate",
        canopies=(),
        provenance="drawn for a test",
    )
    area = Area(
        name="tumangang",
        title="Tumangang",
        native_title="두만강",
        country="North Korea",
        time_zone="Asia/Pyongyang",
        reference=Point(130.6081, 42.4214),
        watched=True,
        versions=(version,),
    )
    return replace(area, **changes)


def drawn_observation(moment: datetime, value: float | None, **changes: Any) -> Observation:
    look_id = f"tumangang/simsat-1/{moment:%Y%m%dT%H%M}"
    observation = Observation(
        look_id=look_id,
        area="tumangang",
        area_version="0123456789ab",
        release="2026.1-yolo11n",
        pipeline_version="1",
        acquired_from=moment,
        acquired_to=moment,
        platform="simsat-1",
        measure="count",
        value=value,
        low=None if value is None else max(0.0, round(0.94 * value - 1.2, 1)),
        high=None if value is None else round(1.09 * value + 1.8, 1),
        visible=1.0 if value is not None else 0.0,
        gsd_m=0.5,
        effective_gsd_m=0.5,
        source="archive",
        licence="CC0-1.0",
        attribution="yardwatch simulator",
        simulated=True,
        by_class={} if value is None else {"freight_gondola": int(value)},
        scene_keys=(f"archive:SIM_{moment:%Y%m%d}",),
        observation_id=f"o-{moment:%Y%m%d}",
        recorded_at=datetime(2026, 11, 30, 12, 0, tzinfo=UTC),
    )
    return replace(observation, **changes)


def drawn_verdict(look: Observation, kind: VerdictKind = VerdictKind.CALM, **changes: Any) -> Verdict:
    verdict = Verdict(
        look_id=look.look_id,
        area=look.area,
        measure=look.measure,
        kind=kind,
        sentence=f"{look.value or 0:.0f} cars: within what is usual here.",
        method="negative binomial",
        expected=9.3 * look.visible,
        expected_low=1.0,
        expected_high=24.0 * max(look.visible, 0.3),
        smallest_alarming=31.0,
        baseline_looks=20,
        observation_ids=(look.observation_id,),
    )
    return replace(verdict, **changes)


def drawn_story(**changes: Any) -> SeriesStory:
    """24 looks: three without a value, two partly visible, one of exactly 20, the last of 73."""
    rng = np.random.default_rng(20231005)
    looks = []
    for index in range(23):
        moment = datetime(2018, 10, 10, 2, 0, tzinfo=UTC) + timedelta(days=78.4 * index, minutes=int(rng.integers(40)))
        look = drawn_observation(moment, float(rng.integers(0, 19)))
        if index in {4, 17}:
            look = replace(drawn_observation(moment, None), reason=Reason.CLOUD, visible=0.03)
        elif index == 9:
            look = replace(drawn_observation(moment, None), reason=Reason.NO_DATA)
        elif index in {12, 19}:
            look = replace(look, visible=0.62)
        elif index == 15:
            look = replace(drawn_observation(moment, 20.0), confidence="low", gsd_m=0.9)
        looks.append(look)
    surge = drawn_observation(SURGE_DAY, 73.0)
    verdicts = {
        look.look_id: drawn_verdict(look)
        if index >= 4
        else drawn_verdict(look, VerdictKind.UNJUDGED, expected=None, expected_low=None, expected_high=None)
        for index, look in enumerate(looks)
        if look.value is not None
    }
    verdicts[surge.look_id] = drawn_verdict(
        surge,
        VerdictKind.SURGE,
        sentence="About 73 freight cars stand at Tumangang, 7.8 times what is usual: in five years the highest was 20.",
        ratio=7.8,
        rank=1,
        event_key=surge.look_id,
    )
    event = Event("e1", "tumangang", "count", "surge", True, surge.look_id, SURGE_DAY, surge.look_id, 73.0)
    story = SeriesStory(
        area=drawn_area(),
        measure="count",
        simulated=True,
        observations=(*looks, surge),
        verdicts=verdicts,
        events=(event,),
        generated_at=datetime(2026, 11, 30, 12, 30, tzinfo=UTC),
        published=(
            PublishedCount(
                "CSIS Beyond Parallel",
                "tumangang",
                datetime(2023, 10, 5, tzinfo=UTC),
                datetime(2023, 10, 6, tzinfo=UTC),
                "count",
                73.0,
                "about",
                url="https://beyondparallel.csis.org/",
            ),
        ),
        release_facts={"Trained on": "simulated scenes", "Recall": "0.93 at 0.5 m", "Precision": "0.97"},
    )
    return replace(story, **changes)


def real_looks(looks: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """The same looks as if a satellite had seen them."""
    return tuple(
        replace(look, simulated=False, attribution="(c) Example Sat 2023", licence="CC-BY-4.0") for look in looks
    )
