"""A look may be corrected more than once, and each correction is told: the id alone says which message is which.

Revision 0002, after 0001.
"""

from __future__ import annotations

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as batch:
        batch.drop_constraint("uq_outbox_event_id", type_="unique")
        batch.create_index("ix_outbox_event_id", ["event_id"])


def downgrade() -> None:
    with op.batch_alter_table("outbox") as batch:
        batch.drop_index("ix_outbox_event_id")
        batch.create_unique_constraint("uq_outbox_event_id", ["event_id", "happening", "look_id", "channel"])
