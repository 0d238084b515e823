"""Backtest: what the monitor would have said, and how often it would have been right by the user's own labels.

The replay judges each look on the looks before it alone, so the past is judged as it would have been on its day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from yardwatch.records import VerdictKind

from .events import UNSEEN_DAYS
from .judgement import Judgement, SeriesLook

UNSEEN = timedelta(days=UNSEEN_DAYS)
"""An event of which nothing was seen for so long is over."""
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Label:
    """A surge or drop that the user holds for true, from ``begin`` (inclusive) to ``end`` (exclusive); aware UTC."""

    begin: datetime
    end: datetime
    text: str = ""
    kind: Literal["surge", "drop"] = "surge"

    def holds(self, moment: datetime) -> bool:
        """Whether it was going on at a moment."""
        return self.begin <= moment < self.end


@dataclass(frozen=True)
class Alarm:
    """One alert as it would have been sent, and what became of its event.

    Attributes:
        happening: "opened" or "escalated"; "new_normal" where a level was accepted without an alert before.
        closed: when the event was over; None where it is open at the end of the replay.
        ending: how it ended: "return", "new_normal", "next event", "unseen", or "" while open.
        label: index of the label it belongs to, or None: a false alarm by the user's labels.
    """

    look_id: str
    at: datetime
    value: float
    kind: VerdictKind
    happening: str
    provisional: bool
    sentence: str
    event_key: str | None
    closed: datetime | None = None
    ending: str = ""
    label: int | None = None


@dataclass(frozen=True)
class Detection:
    """What became of a label: days and usable looks from its first day to the alarm; None where it was missed.

    ``looks_within`` is how many usable looks there were: a label with none could not be found by anybody.
    """

    label: Label
    looks_within: int
    delay_days: float | None = None
    delay_looks: int | None = None


@dataclass(frozen=True)
class Backtest:
    """The outcome of a replay; ``years`` is the time between the first and the last judged look.

    Without labels every alarm is only counted, and none is called false.
    """

    looks: int
    judged: int
    years: float
    allowed_per_year: float
    alarms: tuple[Alarm, ...]
    detections: tuple[Detection, ...] = ()

    @property
    def openings(self) -> tuple[Alarm, ...]:
        """The alarms that opened an event: what the budget is spent on."""
        return tuple(alarm for alarm in self.alarms if alarm.happening == "opened")

    @property
    def false_alarms(self) -> tuple[Alarm, ...]:
        """Openings that belong to no label."""
        return tuple(alarm for alarm in self.openings if alarm.label is None)

    def per_year(self, alarms: int) -> float | None:
        """A rate; None where less than half a year was judged."""
        return alarms / self.years if self.years >= 0.5 else None


def backtest(
    looks: Sequence[SeriesLook],
    judgements: Sequence[Judgement],
    labels: Sequence[Label],
    *,
    allowed_per_year: float,
    now: datetime,
) -> Backtest:
    """Compare the judgements of a replay with labels.

    Args:
        looks: in time order, one for each of ``judgements``.
        allowed_per_year: the alarm budget the judgements were made with.
        now: end of the replay; an event of which nothing was seen for 90 days before it is over.
    """
    alarms = _alarms(looks, judgements, now)
    alarms = [replace(alarm, label=_label_of(alarm, labels)) for alarm in alarms]
    judged = [look for look, said in zip(looks, judgements, strict=True) if said.kind is not VerdictKind.UNJUDGED]
    days = (judged[-1].acquired - judged[0].acquired) / timedelta(days=1) if judged else 0.0
    detections = tuple(_detection(i, label, looks, alarms) for i, label in enumerate(labels))
    return Backtest(len(looks), len(judged), days / DAYS_PER_YEAR, allowed_per_year, tuple(alarms), detections)


def _alarms(looks: Sequence[SeriesLook], judgements: Sequence[Judgement], now: datetime) -> list[Alarm]:
    alarms: list[Alarm] = []
    ends: dict[str, tuple[datetime, str]] = {}
    for index, (look, said) in enumerate(zip(looks, judgements, strict=True)):
        seen = looks[max(index - 1, 0)].acquired + UNSEEN
        if said.also_closed is not None:
            ends[said.also_closed] = (seen, "unseen") if seen < look.acquired else (look.acquired, "next event")
        if said.happening == "closed" and said.event_key is not None:
            new = said.kind is VerdictKind.NEW_NORMAL
            ended = (seen, "unseen") if seen < look.acquired else (look.acquired, "return")
            ends[said.event_key] = (look.acquired, "new_normal") if new else ended
        happening = "new_normal" if said.kind is VerdictKind.NEW_NORMAL else str(said.happening)
        if happening in ("opened", "escalated", "new_normal"):
            alarms.append(
                Alarm(
                    look.look_id, look.acquired, look.value, said.kind, happening, said.provisional, said.sentence,
                    said.event_key,
                )
            )  # fmt: skip
    if looks and now > looks[-1].acquired + UNSEEN:
        for alarm in alarms:
            ends.setdefault(alarm.event_key or "", (looks[-1].acquired + UNSEEN, "unseen"))
    return [
        alarm
        if alarm.event_key not in ends
        else replace(alarm, closed=ends[alarm.event_key][0], ending=ends[alarm.event_key][1])
        for alarm in alarms
    ]


def _label_of(alarm: Alarm, labels: Sequence[Label]) -> int | None:
    kind = "drop" if alarm.kind is VerdictKind.DROP else "surge"
    for index, label in enumerate(labels):
        if label.holds(alarm.at) and (label.kind == kind or alarm.happening == "new_normal"):
            return index
    return None


def _detection(index: int, label: Label, looks: Sequence[SeriesLook], alarms: Sequence[Alarm]) -> Detection:
    within = [look for look in looks if label.holds(look.acquired)]
    found = next((alarm for alarm in alarms if alarm.label == index and alarm.happening != "new_normal"), None)
    if found is None:
        return Detection(label, len(within))
    delay = (found.at - label.begin) / timedelta(days=1)
    return Detection(label, len(within), max(delay, 0.0), 1 + [look.look_id for look in within].index(found.look_id))
