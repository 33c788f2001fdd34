"""Recorded calls: which queues, by whom, and what became of each recording."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean, Json, Utc

revision = "0093"
down_revision = "0019"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A new table, and two columns."""
    op.add_column("queue", sa.Column("taped", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("staff", sa.Column("may_record", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "tape",
        sa.Column("id", Id, primary_key=True),
        sa.Column("token", Clean(), nullable=False, unique=True),
        sa.Column("contact_id", Id, sa.ForeignKey("contact.id"), nullable=False, index=True),
        sa.Column("agent_id", Id, sa.ForeignKey("staff.id"), nullable=False, index=True),
        sa.Column("state", sa.String(32), nullable=False, index=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("ordered_at", Utc(), nullable=False),
        sa.Column("begun_at", Utc(), nullable=True),
        sa.Column("over_at", Utc(), nullable=True),
        sa.Column("erase_at", Utc(), nullable=True, index=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("peaks", Json(), nullable=False),
        sa.Column("reason", Clean(), nullable=False),
    )
