"""Where each agent wants to be rung: in the browser, on the desk telephone, or at a number of their own."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean, Utc

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A new table only."""
    op.create_table(
        "ring_choice",
        sa.Column("user_id", Id, sa.ForeignKey("staff.id"), primary_key=True),
        sa.Column("place", Clean(), nullable=False),
        sa.Column("number", Clean(), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
    )
