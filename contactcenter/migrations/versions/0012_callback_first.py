"""Calls back: who is rung first, for each queue."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column with a default."""
    op.add_column("queue", sa.Column("callback_first", sa.String(32), nullable=False, server_default="agent"))
