"""The first ledger.

Revision 0001, the first.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    stands = sa.text("superseded_at IS NULL")
    op.create_table(
        "events",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_area", "events", ["area"], unique=False)
    op.create_table(
        "ledger_identity",
        sa.Column("ledger_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ledger_id", name=op.f("pk_ledger_identity")),
    )
    op.create_table(
        "looks",
        sa.Column("look_id", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("pass_id", sa.String(), nullable=False),
        sa.Column("catalogued", sa.Boolean(), nullable=False),
        sa.Column("acquired_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acquired_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("look_id", name=op.f("pk_looks")),
        sa.UniqueConstraint("area", "platform", "pass_id", name=op.f("uq_looks_area")),
    )
    op.create_index("ix_looks_area_acquired_from", "looks", ["area", "acquired_from"], unique=False)
    op.create_table(
        "published_counts",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("acquired_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acquired_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("exactness", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("second_hand", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_published_counts")),
    )
    op.create_index(
        "uq_published_counts_current",
        "published_counts",
        ["source", "area", "acquired_from", "acquired_to", "measure"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )
    op.create_table(
        "scenes",
        sa.Column("scene_key", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("scene_id", sa.String(), nullable=False),
        sa.Column("acquired_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acquired_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("gsd_m", sa.Float(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("footprint", sa.LargeBinary(), nullable=False),
        sa.Column("assets", sa.JSON(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("pass_id", sa.String(), nullable=True),
        sa.Column("cloud_cover", sa.Float(), nullable=True),
        sa.Column("off_nadir_deg", sa.Float(), nullable=True),
        sa.Column("sun_azimuth_deg", sa.Float(), nullable=True),
        sa.Column("sun_elevation_deg", sa.Float(), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scene_key", name=op.f("pk_scenes")),
    )
    op.create_table(
        "event_states",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("opened_look", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("peak_look", sa.String(), nullable=False),
        sa.Column("peak_value", sa.Float(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("closed_look", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["closed_look"], ["looks.look_id"], name=op.f("fk_event_states_closed_look_looks")),
        sa.ForeignKeyConstraint(["event_id"], ["events.event_id"], name=op.f("fk_event_states_event_id_events")),
        sa.ForeignKeyConstraint(["opened_look"], ["looks.look_id"], name=op.f("fk_event_states_opened_look_looks")),
        sa.ForeignKeyConstraint(["peak_look"], ["looks.look_id"], name=op.f("fk_event_states_peak_look_looks")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_event_states")),
    )
    op.create_index(
        "uq_event_states_current",
        "event_states",
        ["event_id"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )
    op.create_table(
        "look_scenes",
        sa.Column("look_id", sa.String(), nullable=False),
        sa.Column("scene_key", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["look_id"], ["looks.look_id"], name=op.f("fk_look_scenes_look_id_looks")),
        sa.ForeignKeyConstraint(["scene_key"], ["scenes.scene_key"], name=op.f("fk_look_scenes_scene_key_scenes")),
        sa.PrimaryKeyConstraint("look_id", "scene_key", name=op.f("pk_look_scenes")),
    )
    op.create_table(
        "observations",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("observation_id", sa.String(), nullable=False),
        sa.Column("look_id", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("area_version", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("pipeline_version", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("acquired_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acquired_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("low", sa.Float(), nullable=True),
        sa.Column("high", sa.Float(), nullable=True),
        sa.Column("visible", sa.Float(), nullable=False),
        sa.Column("gsd_m", sa.Float(), nullable=False),
        sa.Column("effective_gsd_m", sa.Float(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("confidence", sa.String(), nullable=False),
        sa.Column("by_class", sa.JSON(), nullable=False),
        sa.Column("searched", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("recall", sa.Float(), nullable=True),
        sa.Column("recall_cv", sa.Float(), nullable=True),
        sa.Column("false_positives", sa.Float(), nullable=True),
        sa.Column("registration_m", sa.Float(), nullable=True),
        sa.Column("detections_path", sa.Text(), nullable=True),
        sa.Column("chip_path", sa.Text(), nullable=True),
        sa.Column("provenance", sa.String(), nullable=False),
        sa.Column("scene_keys", sa.JSON(), nullable=False),
        sa.Column("stage_seconds", sa.JSON(), nullable=False),
        sa.Column("bytes_read", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["look_id"], ["looks.look_id"], name=op.f("fk_observations_look_id_looks")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_observations")),
        sa.UniqueConstraint(
            "look_id", "area_version", "release", "pipeline_version", "revision", name=op.f("uq_observations_look_id")
        ),
        sa.UniqueConstraint("observation_id", name=op.f("uq_observations_observation_id")),
    )
    op.create_index("ix_observations_area_simulated", "observations", ["area", "simulated"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("happening", sa.String(), nullable=False),
        sa.Column("look_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.event_id"], name=op.f("fk_outbox_event_id_events")),
        sa.ForeignKeyConstraint(["look_id"], ["looks.look_id"], name=op.f("fk_outbox_look_id_looks")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_outbox")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_outbox_entry_id")),
        sa.UniqueConstraint("event_id", "happening", "look_id", "channel", name=op.f("uq_outbox_event_id")),
    )
    op.create_index(op.f("ix_outbox_state"), "outbox", ["state"], unique=False)
    op.create_table(
        "verdicts",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("verdict_id", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("look_id", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=True),
        sa.Column("expected_low", sa.Float(), nullable=True),
        sa.Column("expected_high", sa.Float(), nullable=True),
        sa.Column("p_up", sa.Float(), nullable=True),
        sa.Column("p_down", sa.Float(), nullable=True),
        sa.Column("ratio", sa.Float(), nullable=True),
        sa.Column("smallest_alarming", sa.Float(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("last_higher_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_higher_value", sa.Float(), nullable=True),
        sa.Column("baseline_looks", sa.Integer(), nullable=False),
        sa.Column("effective_looks", sa.Float(), nullable=False),
        sa.Column("down_weighted", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("observation_ids", sa.JSON(), nullable=False),
        sa.Column("event_key", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["look_id"], ["looks.look_id"], name=op.f("fk_verdicts_look_id_looks")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_verdicts")),
        sa.UniqueConstraint("verdict_id", name=op.f("uq_verdicts_verdict_id")),
    )
    op.create_index("ix_verdicts_area_measure", "verdicts", ["area", "measure"], unique=False)
    op.create_index(
        "uq_verdicts_current",
        "verdicts",
        ["look_id", "measure", "simulated"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )
    op.create_table(
        "reviews",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("review_id", sa.String(), nullable=False),
        sa.Column("look_id", sa.String(), nullable=False),
        sa.Column("observation_id", sa.String(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["look_id"], ["looks.look_id"], name=op.f("fk_reviews_look_id_looks")),
        sa.ForeignKeyConstraint(
            ["observation_id"], ["observations.observation_id"], name=op.f("fk_reviews_observation_id_observations")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_reviews")),
        sa.UniqueConstraint("review_id", name=op.f("uq_reviews_review_id")),
    )
    op.create_index(op.f("ix_reviews_look_id"), "reviews", ["look_id"], unique=False)

    identity = sa.table(
        "ledger_identity", sa.column("ledger_id", sa.String), sa.column("created_at", sa.DateTime(timezone=True))
    )
    op.execute(identity.insert().values(ledger_id=str(uuid.uuid4()), created_at=datetime.now(UTC)))


def downgrade() -> None:
    for table in ("reviews", "verdicts", "outbox", "observations", "look_scenes", "event_states"):
        op.drop_table(table)
    for table in ("scenes", "published_counts", "looks", "ledger_identity", "events"):
        op.drop_table(table)
