"""The review desk: the looks of an area one after the other, and what a person does to them, saved at once.

What the notebook shows is a page of plain values made here; the widget only draws and edits it.
"""

from __future__ import annotations

import base64
import getpass
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from yardwatch.errors import BadInput
from yardwatch.operations.opening import OpenLook, open_look
from yardwatch.operations.reporting import story_of
from yardwatch.operations.reviewing import confirm, review
from yardwatch.operations.teaching import alerted_looks, next_lessons
from yardwatch.records import VerdictKind
from yardwatch.report.wording import SIMULATED, local_time, pixel_size, utc_time, why_no_value
from yardwatch.review.correction import REVIEWED, Correction
from yardwatch.review.exchange import box_from_page, box_to_page
from yardwatch.review.labels import display_pixels, encoded
from yardwatch.review.widget import desk_widget

if TYPE_CHECKING:
    from yardwatch.records import Grid, Observation
    from yardwatch.report import SeriesStory
    from yardwatch.workspace import Workspace

WHICHES = {
    "all": "every look",
    "alerts": "looks that alerts stand on",
    "next": "looks that teach most",
    "open": "looks nobody reviewed",
}
PNG_UP_TO_PX = 1_500_000
"""Pictures with more pixels are sent as JPEG: PNG of a whole station is tens of megabytes."""
ALARMS = (VerdictKind.SURGE, VerdictKind.ESCALATION, VerdictKind.DROP)


def review_desk(
    workspace: Workspace,
    area: str | None = None,
    *,
    which: str = "alerts",
    simulated: bool | None = None,
    reviewer: str | None = None,
) -> Any:
    """The desk as a widget, for the last line of a notebook's cell.

    Args:
        area: default is the first one watched that has looks, else the first one.
        which: one of :data:`WHICHES`; where it names no look, every look is shown.
        simulated: the series of simulated looks; None takes it where the area has no other.
        reviewer: default is the name that the system knows.

    Raises:
        BadInput: for an unknown area.
        NotConfigured: where anywidget is not installed.
    """
    chosen = area or area_to_open(workspace)
    if simulated is None:
        simulated = only_simulated(workspace, chosen)
    desk = Desk(workspace, workspace.area(chosen).name, which, simulated, reviewer or getpass.getuser())
    desk.look_id = next(iter(reversed(desk.look_ids())), None)
    return desk_widget(desk.page(), desk.answer)


def area_to_open(workspace: Workspace) -> str:
    """The first watched area that has looks, else the first one.

    Raises:
        BadInput: where no area is watched.
    """
    areas = workspace.watched_areas()
    if not areas:
        raise BadInput("no area is watched; name one: review_desk(workspace, 'tumangang')")
    return next((name for name in areas if workspace.ledger.looks(name)), areas[0])


def only_simulated(workspace: Workspace, area: str) -> bool:
    """Whether every look of the area is simulated, and there is one."""
    looks = workspace.ledger.looks(area)
    return bool(looks) and all(look.simulated for look in looks)


@dataclass
class Desk:
    """What lies on the desk."""

    workspace: Workspace
    area: str
    which: str
    simulated: bool
    reviewer: str
    look_id: str | None = None
    say: str = ""
    _pictures: dict[str, str] = field(default_factory=dict)

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The page after a request of the widget.

        Raises:
            YardwatchError: when it is refused; what lies on the desk stays.
        """
        kind, self.say = asked.get("kind"), ""
        if kind == "area":
            self.workspace.area(str(asked["area"]))
            self.area, self.look_id = str(asked["area"]), None
            self.look_id = next(iter(reversed(self.look_ids())), None)
        elif kind == "which":
            self.which = str(asked["which"]) if asked["which"] in WHICHES else "all"
            self.look_id = next(iter(reversed(self.look_ids())), None)
        elif kind == "open":
            self.look_id = str(asked["look_id"])
        elif kind == "save":
            self._save(asked)
        elif kind == "confirm":
            said = confirm(self.workspace, self._open_id(), str(asked.get("reviewer", "")))
            self.say = f"{said.confirmed_by} confirms what {said.reviewer} said."
        else:
            raise BadInput(f"the desk knows no request {kind!r}; run the notebook's cells again")
        return self.page()

    def _save(self, asked: Mapping[str, Any]) -> None:
        boxes = asked.get("boxes")
        correction = Correction(
            observation_id=str(asked["observation_id"]),
            reviewer=str(asked.get("reviewer", "")),
            boxes=None if boxes is None else tuple(box_from_page(box) for box in boxes),
            unusable=bool(asked.get("unusable")),
            note=str(asked.get("note", "")),
        )
        saved = review(self.workspace, str(asked["look_id"]), correction)
        self.look_id = saved.look_id
        verdict = self._story().verdicts.get(saved.look_id)
        what = "unusable, no count" if saved.value is None else f"{saved.value:g} freight cars"
        judged = f" Judged again: {verdict.kind.value.replace('_', ' ')}." if verdict else ""
        self.say = f"Saved as revision {saved.revision} by {saved.provenance.removeprefix(REVIEWED)}: {what}.{judged}"

    def _open_id(self) -> str:
        if self.look_id is None:
            raise BadInput(f"no look of {self.area} lies on the desk; choose one")
        return self.look_id

    def _story(self) -> SeriesStory:
        return story_of(self.workspace, self.area, measure="count", simulated=self.simulated)

    def look_ids(self) -> list[str]:
        """Looks to choose from, in time order; those of ``which``, or every one where it names none."""
        with_picture = [one.look_id for one in self._story().observations if one.chip_path is not None]
        if self.which == "alerts":
            wanted = alerted_looks(self.workspace, self.area, simulated=self.simulated)
        elif self.which == "next":
            wanted = {one.observation.look_id for one in next_lessons(self.workspace, [self.area], 10, self.simulated)}
        elif self.which == "open":
            reviewed = {one.look_id for one in self.workspace.ledger.reviewed(self.area)}
            wanted = set(with_picture) - reviewed
        else:
            wanted = set(with_picture)
        return [look_id for look_id in with_picture if look_id in wanted] or with_picture

    def page(self) -> dict[str, Any]:
        """Everything that the widget shows, JSON values."""
        story, ids = self._story(), self.look_ids()
        opened = open_look(self.workspace, self.look_id) if self.look_id else None
        listed = ids if self.look_id is None or self.look_id in ids else [*ids, self.look_id]
        by_look = story.by_look
        page: dict[str, Any] = {
            "areas": [[name, self.workspace.area(name).title] for name in self._area_names()],
            "area": self.area,
            "whiches": [list(item) for item in WHICHES.items()],
            "which": self.which,
            "looks": [{"look_id": look_id, "label": _label(by_look[look_id], story)} for look_id in listed],
            "series": [_mark(one, story) for one in story.observations],
            "reviewer": self.reviewer,
            "classes": list(self.workspace.release.classes if opened is None else opened.classes),
            "say": self.say or ("" if opened else f"No look of {self.area} has a picture yet: run `yardwatch watch`."),
            "say_wrong": False,
            "look": None,
            "before": None,
            "after": None,
        }
        if opened is not None:
            ordered = [one.look_id for one in story.observations if one.chip_path is not None]
            at = ordered.index(opened.current.look_id)
            page["look"] = self._shot(opened, opened, story) | _editable(opened)
            for name, index in (("before", at - 1), ("after", at + 1)):
                if 0 <= index < len(ordered):
                    page[name] = self._shot(open_look(self.workspace, ordered[index]), opened, story)
        return page

    def _area_names(self) -> list[str]:
        return list(dict.fromkeys((*self.workspace.watched_areas(), self.area)))

    def _shot(self, look: OpenLook, main: OpenLook, story: SeriesStory) -> dict[str, Any]:
        """One picture with its boxes; a neighbour's lie on the pixels of the look under review."""
        place = placed(look.chip.grid, main.chip.grid)
        x, y, scale = place
        shown = look.shown
        boxes = [
            box_to_page(box, shown)
            | {"x": x + box.x_px * scale, "y": y + box.y_px * scale}
            | {"l": box.length_px * scale, "w": box.width_px * scale}
            for box in look.boxes
        ]
        return {
            "title": _label(look.current, story),
            "image": self._picture(look),
            "width": look.chip.grid.width,
            "height": look.chip.grid.height,
            "place": list(place),
            "metres": main.chip.grid.pixel_m,
            "boxes": boxes,
        }

    def _picture(self, look: OpenLook) -> str:
        """The chip as a data URL; made once a session, since a person goes back and forth."""
        key = look.automatic.observation_id
        if key not in self._pictures:
            pixels = display_pixels(look.chip)
            kind = "PNG" if pixels.shape[0] * pixels.shape[1] <= PNG_UP_TO_PX else "JPEG"
            data = base64.b64encode(encoded(pixels, kind)).decode()
            self._pictures[key] = f"data:image/{kind.lower()};base64,{data}"
            while len(self._pictures) > 6:
                self._pictures.pop(next(iter(self._pictures)))
        return self._pictures[key]


def placed(grid: Grid, on: Grid) -> tuple[float, float, float]:
    """(x, y, scale) that put the pixels of one north-up grid onto another of the same CRS.

    Grids of one area are of one CRS and snapped to their pixel, so nothing is resampled.

    Raises:
        BadInput: for grids of different CRS.
    """
    if grid.crs != on.crs:
        raise BadInput(f"a look lies in {grid.crs}, its neighbour in {on.crs}; they cannot be shown on one grid")
    a, _, c, _, e, f = on.transform
    return (grid.transform[2] - c) / a, (grid.transform[5] - f) / e, grid.transform[0] / a


def _editable(opened: OpenLook) -> dict[str, Any]:
    """What only the look under review has: the detections that were rejected, and what may be changed."""
    standing = {box.was for box in opened.boxes}
    shown = opened.shown
    boxes = [box_to_page(box, shown) for box in opened.boxes]
    boxes += [box_to_page(box, shown) | {"rejected": True} for box in opened.detected if box.was not in standing]
    automatic, current = opened.automatic, opened.current
    return {
        "look_id": current.look_id,
        "observation_id": current.observation_id,
        "boxes": boxes,
        "fixed": automatic.value is None or automatic.measure != "count",
        "unusable": opened.reviewed and current.value is None,
        "reviewed": opened.reviewed,
        "pixel_m": opened.chip.grid.pixel_m,
        "credit": "; ".join(
            filter(None, (f"{current.platform}, {pixel_size(current.gsd_m)}", current.attribution, current.licence))
        ),
    }


def _label(one: Observation, story: SeriesStory) -> str:
    when = f"{local_time(one.acquired_from, one.acquired_to, ZoneInfo(story.area.time_zone))} = "
    when += utc_time(one.acquired_from)
    said = why_no_value(one) if one.value is None else f"{one.value:g} cars"
    said += f" [{one.low:g}-{one.high:g}]" if one.low is not None and one.high is not None else ""
    by = one.provenance.removeprefix(REVIEWED)
    marks = [SIMULATED] if one.simulated else []
    marks += [f"reviewed by {by}"] if one.provenance.startswith(REVIEWED) else []
    kind = story.kind_of(one.look_id)
    marks += [kind.value] if kind in ALARMS else []
    return " · ".join([when, said, *marks])


def _mark(one: Observation, story: SeriesStory) -> dict[str, Any]:
    return {
        "look_id": one.look_id,
        "t": one.acquired_from.timestamp() * 1000,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "reviewed": one.provenance.startswith(REVIEWED),
        "alarm": story.kind_of(one.look_id) in ALARMS,
        "said": _label(one, story),
    }
