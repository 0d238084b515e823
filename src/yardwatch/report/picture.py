"""The annotated picture: the evidence behind one count, for an editor's eye.

The whole of what was searched is shown, at one or two screen pixels to the pixel where it fits and with a detail at
full size below where it does not. Words and keys stand beside the image, never on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from yardwatch.records import Area, Chip, Observation
from yardwatch.report import canvas
from yardwatch.report.panels import Bearings, Boxes, Key, Panel, windows_of
from yardwatch.report.sheet import DPI, QUIET, Banner, Block, Gap, Words, lay_out
from yardwatch.report.wording import (
    SIMULATED,
    interval,
    local_time,
    percent,
    pixel_size,
    quantity,
    utc_time,
    why_no_value,
    without_value,
)

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.figure import Figure

NARROWEST_PX = 760
"""So that the words beside a small image stay readable."""


@dataclass(frozen=True)
class PictureCaption:
    """What the picture says of itself.

    Attributes:
        title: what is shown, e.g. the station.
        count: the count with its interval, or why there is none.
        acquired: local and UTC time; empty where the file does not say.
        sensor: platform, pixel and what was visible.
        credit: attribution and licence.
        release: the model release that drew the boxes.
        simulated: no satellite saw this; a banner says so.
    """

    title: str
    count: str
    acquired: str
    sensor: str
    credit: str
    release: str
    simulated: bool

    @classmethod
    def of(cls, observation: Observation, area: Area) -> PictureCaption:
        """The caption of a look of the watch."""
        native = canvas.drawable(area.native_title)
        zone = ZoneInfo(area.time_zone)
        local = local_time(observation.acquired_from, observation.acquired_to, zone)
        return cls(
            title=f"{area.title} ({native})" if native not in {"", area.title} else area.title,
            count=count_line(observation),
            acquired=f"{local} = {utc_time(observation.acquired_from)}",
            sensor=sensor_line(observation),
            credit=f"{observation.attribution}; {observation.licence}",
            release=observation.release,
            simulated=observation.simulated,
        )

    @classmethod
    def of_file(cls, name: str, observation: Observation, acquired: datetime | None = None) -> PictureCaption:
        """The caption of one file that belongs to no station; ``acquired`` is None where the file does not say."""
        return cls(
            title=name,
            count=count_line(observation),
            acquired="time of acquisition unknown" if acquired is None else utc_time(acquired),
            sensor=sensor_line(observation),
            credit=observation.attribution or f"credit unknown, licence {observation.licence}",
            release=observation.release,
            simulated=observation.simulated,
        )


def count_line(observation: Observation) -> str:
    """``73 freight cars (90 % interval 68–81)``, or why there is no count."""
    if observation.value is None:
        return f"{without_value(observation)}: {why_no_value(observation)}"
    between = interval(observation.low, observation.high, observation.measure)
    known = "no interval: release never measured" if between == "–" else f"90 % interval {between}"
    doubt = ", low confidence" if observation.confidence == "low" else ""
    return f"{quantity(observation.value, observation.measure)} ({known}{doubt})"


def sensor_line(observation: Observation) -> str:
    """Platform, pixel size and share seen."""
    sharpness = f"{pixel_size(observation.gsd_m)} pixel"
    if observation.effective_gsd_m > 1.1 * observation.gsd_m:
        sharpness += f" ({pixel_size(observation.effective_gsd_m)} measured)"
    return f"{observation.platform}, {sharpness}, {percent(observation.visible)} visible"


def annotated_picture(
    chip: Chip, detections: GeoDataFrame | None, caption: PictureCaption, path: Path, *, max_px: int = 1600
) -> Path:
    """Draw ``chip`` with its ``detections`` and write it as PNG or JPEG, by the suffix of ``path``.

    Args:
        chip: pixels (band, row, col); red, green and blue are shown where there are such bands, else the first band.
        detections: in the CRS of the chip's grid, columns ``class`` and ``geometry``. Those that a boolean column
            ``counted`` denies, or without it those whose centre is hidden, are drawn dotted and named "not counted".
            None or empty draws no boxes.
        max_px: the image panel is at most this long on its longer side.

    Raises:
        BadInput: for another suffix, or detections without a class.
    """
    with canvas.DRAWING, canvas.style():
        return canvas.to_file(_draw(chip, Boxes.of(chip, detections), caption, max_px), path, DPI)


def _draw(chip: Chip, boxes: Boxes, caption: PictureCaption, max_px: int) -> Figure:
    windows = windows_of(chip, boxes, max_px)
    blocks: list[Block] = [Gap(6), Words(f"{caption.title}: {caption.count}", 12.0, bold=True)]
    if caption.simulated:
        blocks.insert(0, Banner(f"{SIMULATED}: made by a computer, no satellite saw this"))
    blocks += [Words(f"{caption.acquired}. {caption.sensor}.", 9.5, QUIET), Gap(4)]
    blocks.append(Panel(chip, boxes, windows[0], windows[1] if len(windows) > 1 else None))
    if len(windows) > 1:
        blocks += [Gap(6), Words("Detail of the frame above", 9.0, QUIET), Panel(chip, boxes, windows[1])]
    blocks += [Bearings(chip, windows), Key(chip, boxes)]
    blocks += [Words(f"Image: {caption.credit}.", 8.5, QUIET)]
    blocks += [Words(f"Read by yardwatch, release {caption.release}.", 8.5, QUIET), Gap(6)]
    return lay_out(blocks, max(NARROWEST_PX, *(window.shown_px[1] for window in windows)))
