"""Overflow: the steps of each queue, and which caller took which."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean, Json, Utc

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A column with a default and a new table."""
    op.add_column("queue", sa.Column("overflow", Json(), nullable=False, server_default="[]"))
    op.create_table(
        "overflow_step",
        sa.Column("id", Id, primary_key=True),
        sa.Column("case_id", Id, sa.ForeignKey("kase.id"), nullable=False, index=True),
        sa.Column("queue_id", Id, sa.ForeignKey("queue.id"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("target", Clean(), nullable=False),
        sa.Column("helping_queue_id", Id, sa.ForeignKey("queue.id"), nullable=True),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.UniqueConstraint("case_id", "queue_id", "position"),
    )
