"""The tables. ``docs/ledger.md`` explains them; a change here needs a migration and a new :data:`REVISION`."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from yardwatch.ledger.times import UtcDateTime

REVISION = "0002"
"""The newest migration; a test holds it to ``migrations/versions``."""

VERSION_TABLE = "yardwatch_schema"
"""Where Alembic notes the revision: not ``alembic_version``, which other programs of one database use."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _sequence() -> Column[int]:
    """The order in which rows were recorded: two may share a moment, none shares a number."""
    return Column(
        "sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True, nullable=False
    )


def _current(table: str, *columns: str) -> Index:
    """At most one row that nothing supersedes."""
    current = text("superseded_at IS NULL")
    return Index(f"uq_{table}_current", *columns, unique=True, sqlite_where=current, postgresql_where=current)


identity = Table(
    "ledger_identity",
    metadata,
    Column("ledger_id", String, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
)

scenes = Table(
    "scenes",
    metadata,
    Column("scene_key", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("scene_id", String, nullable=False),
    Column("acquired_from", UtcDateTime, nullable=False),
    Column("acquired_to", UtcDateTime, nullable=False),
    Column("platform", String, nullable=False),
    Column("gsd_m", Float, nullable=False),
    Column("licence", Text, nullable=False),
    Column("attribution", Text, nullable=False),
    Column("footprint", LargeBinary, nullable=False),  # WKB, WGS84
    Column("assets", JSON, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("pass_id", String),
    Column("cloud_cover", Float),
    Column("off_nadir_deg", Float),
    Column("sun_azimuth_deg", Float),
    Column("sun_elevation_deg", Float),
    Column("updated", UtcDateTime),
    Column("recorded_at", UtcDateTime, nullable=False),
)

looks = Table(
    "looks",
    metadata,
    Column("look_id", String, primary_key=True),
    Column("area", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("pass_id", String, nullable=False),
    Column("catalogued", Boolean, nullable=False),  # whether pass_id is a catalog's, or made of the time
    Column("acquired_from", UtcDateTime, nullable=False),
    Column("acquired_to", UtcDateTime, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", UtcDateTime),
    Column("error", Text),
    Column("recorded_at", UtcDateTime, nullable=False),
    UniqueConstraint("area", "platform", "pass_id"),
    Index("ix_looks_area_acquired_from", "area", "acquired_from"),
)

look_scenes = Table(
    "look_scenes",
    metadata,
    Column("look_id", ForeignKey("looks.look_id"), primary_key=True),
    Column("scene_key", ForeignKey("scenes.scene_key"), primary_key=True),
    Column("position", Integer, nullable=False),  # 0 is the best
    Column("attached_at", UtcDateTime, nullable=False),
)

observations = Table(
    "observations",
    metadata,
    _sequence(),
    Column("observation_id", String, nullable=False, unique=True),
    Column("look_id", ForeignKey("looks.look_id"), nullable=False),
    Column("area", String, nullable=False),
    Column("area_version", String, nullable=False),
    Column("release", String, nullable=False),
    Column("pipeline_version", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("acquired_from", UtcDateTime, nullable=False),
    Column("acquired_to", UtcDateTime, nullable=False),
    Column("platform", String, nullable=False),
    Column("measure", String, nullable=False),
    Column("value", Float),
    Column("low", Float),
    Column("high", Float),
    Column("visible", Float, nullable=False),
    Column("gsd_m", Float, nullable=False),
    Column("effective_gsd_m", Float, nullable=False),
    Column("source", String, nullable=False),
    Column("licence", Text, nullable=False),
    Column("attribution", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("confidence", String, nullable=False),
    Column("by_class", JSON, nullable=False),
    Column("searched", String, nullable=False),
    Column("reason", String),
    Column("recall", Float),
    Column("recall_cv", Float),
    Column("false_positives", Float),
    Column("registration_m", Float),
    Column("detections_path", Text),
    Column("chip_path", Text),
    Column("provenance", String, nullable=False),
    Column("scene_keys", JSON, nullable=False),
    Column("stage_seconds", JSON, nullable=False),
    Column("bytes_read", BigInteger),
    Column("recorded_at", UtcDateTime, nullable=False),
    UniqueConstraint("look_id", "area_version", "release", "pipeline_version", "revision"),
    Index("ix_observations_area_simulated", "area", "simulated"),
)

verdicts = Table(
    "verdicts",
    metadata,
    _sequence(),
    Column("verdict_id", String, nullable=False, unique=True),
    Column("content_hash", String, nullable=False),
    Column("look_id", ForeignKey("looks.look_id"), nullable=False),
    Column("area", String, nullable=False),
    Column("measure", String, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("kind", String, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("method", String, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("expected", Float),
    Column("expected_low", Float),
    Column("expected_high", Float),
    Column("p_up", Float),
    Column("p_down", Float),
    Column("ratio", Float),
    Column("smallest_alarming", Float),
    Column("rank", Integer),
    Column("last_higher_at", UtcDateTime),
    Column("last_higher_value", Float),
    Column("baseline_looks", Integer, nullable=False),
    Column("effective_looks", Float, nullable=False),
    Column("down_weighted", JSON, nullable=False),
    Column("reason", Text),
    Column("observation_ids", JSON, nullable=False),
    Column("event_key", String),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("superseded_at", UtcDateTime),
    Index("ix_verdicts_area_measure", "area", "measure"),
    _current("verdicts", "look_id", "measure", "simulated"),
)

events = Table(
    "events",
    metadata,
    Column("event_id", String, primary_key=True),
    Column("area", String, nullable=False),
    Column("measure", String, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("ix_events_area", "area"),
)

event_states = Table(
    "event_states",
    metadata,
    _sequence(),
    Column("event_id", ForeignKey("events.event_id"), nullable=False),
    Column("content_hash", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("opened_look", ForeignKey("looks.look_id"), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("peak_look", ForeignKey("looks.look_id"), nullable=False),
    Column("peak_value", Float, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("closed_look", ForeignKey("looks.look_id")),
    Column("closed_at", UtcDateTime),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("superseded_at", UtcDateTime),
    _current("event_states", "event_id"),
)

outbox = Table(
    "outbox",
    metadata,
    _sequence(),
    Column("entry_id", String, nullable=False, unique=True),  # made of what the message is: one row each
    Column("event_id", ForeignKey("events.event_id"), nullable=False),
    Column("happening", String, nullable=False),
    Column("look_id", ForeignKey("looks.look_id"), nullable=False),
    Column("channel", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("payload", JSON, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", UtcDateTime),
    Column("claimed_until", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("error", Text),
    Index("ix_outbox_event_id", "event_id"),
)

published = Table(
    "published_counts",
    metadata,
    _sequence(),
    Column("content_hash", String, nullable=False),
    Column("source", String, nullable=False),
    Column("area", String, nullable=False),
    Column("acquired_from", UtcDateTime, nullable=False),
    Column("acquired_to", UtcDateTime, nullable=False),
    Column("measure", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("exactness", String, nullable=False),
    Column("url", Text),
    Column("second_hand", Boolean, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("superseded_at", UtcDateTime),
    _current("published_counts", "source", "area", "acquired_from", "acquired_to", "measure"),
)

reviews = Table(
    "reviews",
    metadata,
    _sequence(),
    Column("review_id", String, nullable=False, unique=True),
    Column("look_id", ForeignKey("looks.look_id"), nullable=False, index=True),
    Column("observation_id", ForeignKey("observations.observation_id"), nullable=False),
    Column("reviewer", String, nullable=False),
    Column("said_at", UtcDateTime, nullable=False),
    Column("verdict", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("confirmed_by", String),
    Column("recorded_at", UtcDateTime, nullable=False),
)
