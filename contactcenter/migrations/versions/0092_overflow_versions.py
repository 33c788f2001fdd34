"""Versions of the steps out of a queue."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Json, Utc

revision = "0092"
down_revision = "0022"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A new table."""
    op.create_table(
        "overflow_version",
        sa.Column("id", Id, primary_key=True),
        sa.Column("queue_id", Id, sa.ForeignKey("queue.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("steps", Json(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("made_by_id", Id, sa.ForeignKey("staff.id"), nullable=True),
        sa.Column("restored_from", sa.Integer(), nullable=False),
        sa.UniqueConstraint("queue_id", "number"),
    )
    op.create_index("ix_overflow_version_queue_id", "overflow_version", ["queue_id"])
