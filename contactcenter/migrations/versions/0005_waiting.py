"""Tables of the waiting: promised calls back, and what callers were told."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean, Utc
from contactcenter.field import BigId

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Both tables."""
    op.create_table(
        "promised_call",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("case_id", BigId, sa.ForeignKey("kase.id"), nullable=False),
        sa.Column("number", Clean(), nullable=True, unique=True),
        sa.Column("promised_at", Utc(), nullable=False),
        sa.Column("next_at", Utc(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("most_tries", sa.Integer(), nullable=False),
        sa.Column("pause_seconds", sa.Integer(), nullable=False),
        sa.Column("ended", Clean(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
    )
    op.create_index("ix_promised_call_case_id", "promised_call", ["case_id"])
    op.create_table(
        "wait_announcement",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("case_id", BigId, sa.ForeignKey("kase.id"), nullable=False),
        sa.Column("queue_id", BigId, sa.ForeignKey("queue.id"), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("agents", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=True),
        sa.Column("said_place", sa.Integer(), nullable=True),
        sa.Column("said_low", sa.Integer(), nullable=True),
        sa.Column("said_high", sa.Integer(), nullable=True),
        sa.Column("true_seconds", sa.Float(), nullable=True),
    )
    for column in ("case_id", "queue_id", "at"):
        op.create_index(f"ix_wait_announcement_{column}", "wait_announcement", [column])
