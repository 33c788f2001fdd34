"""Tables of the exchanges: the journal of telephony, and which exchange is being emptied."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean, Json, Utc

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New tables only."""
    op.create_table(
        "telephone_event",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("exchange", Clean(), nullable=False),
        sa.Column("kind", Clean(), nullable=False),
        sa.Column("facts", Json(), nullable=False),
    )
    op.create_index("ix_telephone_event_at", "telephone_event", ["at"])
    op.create_index("ix_telephone_event_exchange_kind_at", "telephone_event", ["exchange", "kind", "at"])
    op.create_table(
        "exchange_state",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("changed_by_id", Id, sa.ForeignKey("staff.id"), nullable=True),
    )
