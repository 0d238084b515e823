"""Review: record what a person leaves of a look, judge the series again, and amend the alerts that stood on it.

Nothing is overwritten: a review is one more revision of the observation, and the newest reviewed one is the current
one. The verdict on a look that a person called unusable is superseded by one that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from yardwatch.alerts import compose, queue_entries
from yardwatch.errors import BadInput
from yardwatch.ledger import SeriesJudgement
from yardwatch.operations.corrections import told_of, what_it_corrects
from yardwatch.operations.judging import judge
from yardwatch.operations.opening import OpenLook, open_look
from yardwatch.records import Event, Observation, OutboxEntry, Review, Verdict, VerdictKind
from yardwatch.review.boxes import ReviewedBox, reviewed_table
from yardwatch.review.correction import REVIEWED, Correction, checked, reviewed_observation, visible_by_class

if TYPE_CHECKING:
    from yardwatch.workspace import Workspace

UNUSABLE_METHOD = "review"


def review(workspace: Workspace, look_id: str, correction: Correction) -> Observation:
    """Record a correction; the observation that stands after it. Said twice, it adds nothing.

    Raises:
        BadInput: naming what is wrong with the correction; also when the look has been read or reviewed anew since it
            was opened.
    """
    opened = open_look(workspace, look_id)
    if correction.observation_id != opened.current.observation_id:
        raise BadInput(
            f"look {look_id}: it was {'reviewed' if opened.reviewed else 'read'} anew since you opened it (observation "
            f"{opened.current.observation_id}, not {correction.observation_id}); open it again and repeat the changes"
        )
    recorded = _record(workspace, opened, correction)
    judge(workspace, recorded.area)
    _amend(workspace, opened.current, recorded)
    return recorded


def confirm(workspace: Workspace, look_id: str, reviewer: str, note: str = "") -> Review:
    """A second person says that a review is right.

    Raises:
        BadInput: when nobody reviewed the look, or the same person did.
    """
    opened = open_look(workspace, look_id)
    first = opened.current.provenance.removeprefix(REVIEWED)
    if not opened.reviewed:
        raise BadInput(f"look {look_id}: nobody reviewed it yet, so there is nothing to confirm; review it first")
    said = checked(Correction(opened.current.observation_id, reviewer, note=note))
    if said.reviewer.casefold() == first.casefold():
        raise BadInput(f"look {look_id}: {first} reviewed it; a confirmation is a second person's")
    confirmed = Review(
        look_id=look_id,
        observation_id=opened.current.observation_id,
        reviewer=first,
        said_at=workspace.now(),
        verdict="unusable" if opened.current.value is None else "accepted",
        note=said.note,
        confirmed_by=said.reviewer,
    )
    workspace.ledger.add_review(confirmed)
    return confirmed


def _record(workspace: Workspace, opened: OpenLook, correction: Correction) -> Observation:
    """Observation first, then who said it; a kill between the two is mended by saying it again."""
    said = checked(correction, None if correction.boxes is None else opened.limits)
    table, by_class = None, None
    if said.boxes is not None and not said.unusable:
        by_class = visible_by_class(said.boxes, opened.shown)
        table = reviewed_table(said.boxes, opened.detected, opened.chip.grid)
    elif opened.reviewed and not said.unusable:
        raise BadInput(f"look {opened.current.look_id} is reviewed; confirm it, or change its boxes")
    observation = reviewed_observation(opened.automatic, said.reviewer, by_class, unusable=said.unusable)
    moved = table is not None and opened.reviewed and not _same(said.boxes or (), opened.boxes)
    receipt = workspace.ledger.record(observation, table, anew=moved)
    recorded = receipt.observation
    said_before = any(
        (one.observation_id, one.reviewer) == (recorded.observation_id, said.reviewer)
        for one in workspace.ledger.reviews(recorded.look_id)
    )
    if said_before and not said.note:
        return recorded
    workspace.ledger.add_review(
        Review(
            look_id=recorded.look_id,
            observation_id=recorded.observation_id,
            reviewer=said.reviewer,
            said_at=said.said_at or workspace.now(),
            verdict=_verdict_of(opened, said),
            note=said.note,
        )
    )
    return recorded


def _verdict_of(opened: OpenLook, said: Correction) -> Literal["accepted", "corrected", "unusable"]:
    if said.unusable:
        return "unusable"
    untouched = said.boxes is None or _same(said.boxes, opened.detected)
    return "accepted" if untouched else "corrected"


def _same(one: Sequence[ReviewedBox], other: Sequence[ReviewedBox]) -> bool:
    """Whether two lots are the same boxes, to a tenth of a pixel and a degree."""

    def rounded(boxes: Sequence[ReviewedBox]) -> list[tuple[object, ...]]:
        return sorted(
            (
                round(b.x_px, 1),
                round(b.y_px, 1),
                round(b.length_px, 1),
                round(b.width_px, 1),
                round(b.angle_deg),
                b.label,
            )
            for b in boxes
        )

    return rounded(one) == rounded(other)


def _amend(workspace: Workspace, before: Observation, after: Observation) -> None:
    """Queue an amendment for each event that a channel was told of on this look, where judging did not do so."""
    ledger, area = workspace.ledger, workspace.area(after.area)
    if before.value == after.value:
        return
    verdict = _verdict_now(workspace, after)
    events = [event for event in ledger.events(after.area, simulated=after.simulated) if event.measure == after.measure]
    entries: list[OutboxEntry] = []
    for event in events:
        told = told_of(workspace, event, after.look_id)
        message = compose(area, event, verdict, after, "amended")
        corrects = what_it_corrects(told, message) if told else None
        if corrects is not None:
            channels = workspace.watchlist.channels_of(area.name, "amended")
            now = workspace.now()
            entries += queue_entries(event, "amended", after.look_id, message, channels, now, corrects=corrects)
    verdicts = [verdict] if verdict.method == UNUSABLE_METHOD else []
    if entries or verdicts:
        judgement = SeriesJudgement(
            area=area.name,
            measure=after.measure,
            simulated=after.simulated,
            verdicts=verdicts,
            events=_withdrawn(events, after),
            outbox=entries,
        )
        ledger.record_judgement(judgement)


def _verdict_now(workspace: Workspace, after: Observation) -> Verdict:
    """The verdict on the look; on one without a value, that there is nothing to judge."""
    standing = {one.look_id: one for one in workspace.ledger.verdicts(after.area, after.measure)}.get(after.look_id)
    if after.value is not None and standing is not None:
        return standing
    who = after.provenance.removeprefix(REVIEWED)
    return Verdict(
        look_id=after.look_id,
        area=after.area,
        measure=after.measure,
        kind=VerdictKind.UNJUDGED,
        sentence=f"The picture permits no count, says {who} in review; what was read from it before is withdrawn.",
        method=UNUSABLE_METHOD,
        reason=after.reason.value if after.reason else None,
        observation_ids=(after.observation_id,),
    )


def _withdrawn(events: Sequence[Event], after: Observation) -> list[Event]:
    """Events that only this look opened and that it no longer carries; judging closed the others already."""
    return [
        replace(event, closed_look=event.opened_look, closed_at=event.opened_at)
        for event in events
        if after.value is None and event.opened_look == after.look_id and event.closed_at is None
    ]
