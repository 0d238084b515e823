"""What passes between the rooms: small frozen dataclasses that import no room.

Units live in the names: ``_m`` metres, ``_deg`` degrees, ``_s`` seconds. Times are aware and UTC. Geometries of
areas and scenes are WGS84 (longitude, latitude); geometries of detections are in the CRS of the grid they were read on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from shapely.geometry import LineString, MultiPolygon, Point, Polygon

Measure = Literal["count", "occupied_m", "activity"]
TracksKind = Literal["approximate", "surveyed", "openstreetmap", "none"]

FREIGHT_PREFIX = "freight"
"""A detection counts as a freight car when its class starts with this; locomotives and coaches do not."""


def require_utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: for a naive time, which names no moment.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; give an aware time such as {moment.isoformat()}+00:00")
    return moment.astimezone(UTC)


# --- where -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class AreaVersion:
    """A station's geometry as it stood from ``valid_from`` (inclusive) to ``valid_to`` (exclusive).

    Attributes:
        area_version: first 12 hex digits of the SHA-256 of the geometry; a new one is a break the series knows of.
        outline: what is searched where tracks are approximate or absent; WGS84.
        tracks: centre lines, WGS84; empty where ``tracks_kind`` is "none".
        canopies: permanent roofs that hide cars, WGS84; their track length is not observable.
        provenance: who drew it, from what, under which licence.
    """

    area_version: str
    valid_from: date
    valid_to: date | None
    outline: Polygon
    tracks: tuple[LineString, ...]
    tracks_kind: TracksKind
    canopies: tuple[Polygon, ...]
    provenance: str


@dataclass(frozen=True, eq=False)
class Area:
    """A station: who it is, and its dated geometries.

    Attributes:
        name: key, lower case, as in ``aoi/<name>.geojson``.
        title: name in Latin script; ``native_title`` in the script of the place.
        time_zone: IANA name; ``--since/--until`` are days of this zone.
        reference: a published coordinate of the station (WGS84) that its outline must contain.
        watched: whether the area is on the default watch list.
    """

    name: str
    title: str
    native_title: str
    country: str
    time_zone: str
    reference: Point
    watched: bool
    versions: tuple[AreaVersion, ...]

    def at(self, moment: datetime) -> AreaVersion | None:
        """The version valid on the day (in the area's zone) of an aware ``moment``, or None."""
        from zoneinfo import ZoneInfo

        day = moment.astimezone(ZoneInfo(self.time_zone)).date()
        for version in self.versions:
            if version.valid_from <= day and (version.valid_to is None or day < version.valid_to):
                return version
        return None


@dataclass(frozen=True)
class Grid:
    """Pixels on the ground: where an image is read onto.

    Attributes:
        crs: anything PROJ reads, normally "EPSG:326xx"; None for a picture without georeference (then the unit is
            the pixel of the picture).
        transform: (a, b, c, d, e, f) of the affine from (col, row) to (x, y), as in rasterio's ``Affine``.
        width, height: pixels.
        pixel_m: size of a pixel, metres.
    """

    crs: str | None
    transform: tuple[float, float, float, float, float, float]
    width: int
    height: int
    pixel_m: float

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) in the units of the CRS, for a north-up grid."""
        a, _, c, _, e, f = self.transform
        x, y = c + a * self.width, f + e * self.height
        return min(c, x), min(f, y), max(c, x), max(f, y)


# --- imagery ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Asset:
    """One file of a scene. ``role`` is "visual", "data" (raw bands) or "cloud" (a mask)."""

    href: str
    role: str
    bands: tuple[str, ...] = ()
    mask_hidden_values: tuple[int, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Scene:
    """One item of a catalog, one file, or one tile mosaic.

    Attributes:
        source: name of the configured source that found it.
        scene_id: identifier within the source.
        acquired_from, acquired_to: aware UTC, equal for a snapshot.
        pass_id: the catalog's datatake or strip id where it has one.
        gsd_m: claimed ground sample distance.
        footprint: WGS84.
        cloud_cover: share 0-1 over the whole scene as the catalog claims it, or None.
        updated: when the catalog last changed the item; a later delivery of one acquisition is preferred.
    """

    source: str
    scene_id: str
    acquired_from: datetime
    acquired_to: datetime
    platform: str
    gsd_m: float
    licence: str
    attribution: str
    footprint: Polygon | MultiPolygon
    assets: tuple[Asset, ...]
    simulated: bool = False
    pass_id: str | None = None
    cloud_cover: float | None = None
    off_nadir_deg: float | None = None
    sun_azimuth_deg: float | None = None
    sun_elevation_deg: float | None = None
    updated: datetime | None = None

    @property
    def key(self) -> str:
        """``source:scene_id``, unique in a ledger."""
        return f"{self.source}:{self.scene_id}"


class Hidden(IntEnum):
    """Why a pixel does not show the ground; 0 where it does."""

    SEEN = 0
    CLOUD = 1
    CLOUD_SHADOW = 2
    CANOPY = 3
    SATURATED = 4
    HAZE = 5
    SNOW = 6


@dataclass(frozen=True, eq=False)
class Chip:
    """Pixels of one look on the area's grid, resampled once from the native pixels.

    Attributes:
        pixels: uint8 or float32, (band, row, col), in the order of ``bands``; uint8 0-255 as a display shows it.
        bands: names such as ("red", "green", "blue").
        valid: bool, (row, col); False where no source pixel was: never black ground.
        hidden: uint8 of :class:`Hidden`, (row, col).
        grid: where it lies.
        gsd_m: claimed GSD of the coarsest scene used.
        effective_gsd_m: measured GSD, or the claimed one where it was not measured.
        scenes: keys of the scenes it was read from.
        bytes_read: bytes fetched, where the reader knows.
    """

    pixels: NDArray[Any]
    bands: tuple[str, ...]
    valid: NDArray[np.bool_]
    hidden: NDArray[np.uint8]
    grid: Grid
    gsd_m: float
    effective_gsd_m: float
    scenes: tuple[str, ...]
    bytes_read: int | None = None

    @property
    def seen(self) -> NDArray[np.bool_]:
        """bool, (row, col): valid and not hidden."""
        return self.valid & (self.hidden == Hidden.SEEN)


# --- looks and what they were read as -----------------------------------------------------------------------------


class LookState(StrEnum):
    """``unusable`` and ``observed`` are final: a time-out is not a judgement on the sky."""

    PENDING = "pending"
    FAILED = "failed"
    UNUSABLE = "unusable"
    OBSERVED = "observed"


class Reason(StrEnum):
    """The closed list of why an observation has no value."""

    NO_DATA = "no_data"
    CLOUD = "cloud"
    CLOUD_SHADOW = "cloud_shadow"
    HAZE = "haze"
    SATURATED = "saturated"
    SNOW = "snow"
    HIDDEN_BY_CANOPY = "hidden_by_canopy"
    OUTSIDE_SCENE = "outside_scene"
    TOO_LITTLE_VISIBLE = "too_little_visible"
    TOO_COARSE = "too_coarse"
    NO_AREA_VERSION = "no_area_version"
    UNREADABLE = "unreadable"
    TOO_FEW_CLEAR_LOOKS = "too_few_clear_looks"
    REVIEWER = "reviewer"


@dataclass(frozen=True, eq=False)
class Look:
    """One acquisition over one area; its key is (area, platform, pass).

    Attributes:
        look_id: ``area/platform/pass``, safe in a path.
        scenes: what it can be read from, best first; tiles and duplicate deliveries of one pass together.
        attempts: reads tried so far; ``retry_at`` is set while ``failed``.
        error: the last failure in words.
    """

    look_id: str
    area: str
    platform: str
    pass_id: str
    acquired_from: datetime
    acquired_to: datetime
    scenes: tuple[Scene, ...]
    state: LookState = LookState.PENDING
    attempts: int = 0
    retry_at: datetime | None = None
    error: str | None = None

    @property
    def simulated(self) -> bool:
        return any(scene.simulated for scene in self.scenes)


@dataclass(frozen=True)
class Observation:
    """What a look was read as. Append-only, key (look, area_version, release, pipeline_version, revision).

    Attributes:
        value: in the unit of ``measure``; None when the imagery does not permit one, and then ``reason`` says why.
        low, high: 90 % interval for what stands in the visible part, same unit; None when the release was never
            measured. Hidden parts are never extrapolated.
        confidence: "normal", or "low" at 0.6-1.2 m and where registration or visibility is poor.
        by_class: accepted detections in the visible part by class, locomotives and coaches among them.
        visible: share 0-1 of the observable track length (of valid pixels where the area has no tracks).
        searched: "outline" where tracks are approximate or absent, else "corridor".
        recall, recall_cv, false_positives: exposure for the surge model; None when never measured.
        registration_m: image against tracks, None where not measured.
        detections_path, chip_path: relative to the data root.
        provenance: "automatic" or "review:<who>".
    """

    look_id: str
    area: str
    area_version: str
    release: str
    pipeline_version: str
    acquired_from: datetime
    acquired_to: datetime
    platform: str
    measure: Measure
    value: float | None
    low: float | None
    high: float | None
    visible: float
    gsd_m: float
    effective_gsd_m: float
    source: str
    licence: str
    attribution: str
    simulated: bool
    confidence: Literal["normal", "low"] = "normal"
    by_class: Mapping[str, int] = field(default_factory=dict)
    searched: Literal["outline", "corridor"] = "outline"
    reason: Reason | None = None
    recall: float | None = None
    recall_cv: float | None = None
    false_positives: float | None = None
    registration_m: float | None = None
    detections_path: str | None = None
    chip_path: str | None = None
    revision: int = 0
    provenance: str = "automatic"
    scene_keys: tuple[str, ...] = ()
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    bytes_read: int | None = None
    observation_id: str = ""
    recorded_at: datetime | None = None

    @property
    def count(self) -> int | None:
        """Accepted freight detections in the visible part, uncorrected; None when no count is permitted."""
        if self.measure != "count" or self.value is None:
            return None
        return int(round(self.value))


# --- judgement and news -------------------------------------------------------------------------------------------


class VerdictKind(StrEnum):
    CALM = "calm"
    SURGE = "surge"
    ESCALATION = "escalation"
    DROP = "drop"
    NEW_NORMAL = "new_normal"
    RETURN = "return_to_normal"
    UNJUDGED = "unjudged"


@dataclass(frozen=True)
class Verdict:
    """The surge judgement on one look; superseded, never updated.

    Attributes:
        expected, expected_low, expected_high: mean and 95 % predictive interval, in counted cars of this look.
        p_up, p_down: tail probabilities of the look given the looks before it.
        ratio: value over expected.
        smallest_alarming: the smallest count that would have alarmed on this look.
        last_higher: day and value of the last earlier look as high or higher, or None.
        rank: 1 when no earlier look of the series was as high.
        sentence: the same in words that an editor can check.
        observation_ids: what it stands on, the judged one last.
        event_key: look_id of the look that opened the event this look belongs to, or None.
    """

    look_id: str
    area: str
    measure: Measure
    kind: VerdictKind
    sentence: str
    method: str
    provisional: bool = False
    expected: float | None = None
    expected_low: float | None = None
    expected_high: float | None = None
    p_up: float | None = None
    p_down: float | None = None
    ratio: float | None = None
    smallest_alarming: float | None = None
    rank: int | None = None
    last_higher: tuple[datetime, float] | None = None
    baseline_looks: int = 0
    effective_looks: float = 0.0
    down_weighted: tuple[str, ...] = ()
    reason: str | None = None
    observation_ids: tuple[str, ...] = ()
    event_key: str | None = None
    verdict_id: str = ""
    recorded_at: datetime | None = None


Happening = Literal["opened", "escalated", "amended", "closed"]


@dataclass(frozen=True)
class Event:
    """A surge or drop from the look that opened it to the one that closed it."""

    event_id: str
    area: str
    measure: Measure
    kind: Literal["surge", "drop"]
    simulated: bool
    opened_look: str
    opened_at: datetime
    peak_look: str
    peak_value: float
    provisional: bool = False
    closed_look: str | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class OutboxEntry:
    """One message to one channel; key (event, happening, what it is about, channel), so none is sent twice.

    Attributes:
        state: "queued", "claimed" (being sent), "sent", or "failed" (will be tried again at ``retry_at``).
        payload: title, body and attachment paths relative to the data root, fixed when queued.
    """

    entry_id: str
    event_id: str
    happening: Happening
    look_id: str
    channel: str
    state: Literal["queued", "claimed", "sent", "failed"]
    payload: Mapping[str, Any]
    queued_at: datetime
    attempts: int = 0
    retry_at: datetime | None = None
    sent_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True)
class PublishedCount:
    """A count published by people, with its exactness and times as vague as the report."""

    source: str
    area: str
    acquired_from: datetime
    acquired_to: datetime
    measure: Measure
    value: float
    exactness: Literal["exact", "about", "at_most"]
    url: str | None = None
    second_hand: bool = False


@dataclass(frozen=True)
class Review:
    """What a person says of a detection or a look."""

    look_id: str
    observation_id: str
    reviewer: str
    said_at: datetime
    verdict: Literal["accepted", "corrected", "unusable"]
    note: str = ""
    confirmed_by: str | None = None
