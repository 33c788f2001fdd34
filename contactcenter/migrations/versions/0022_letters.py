"""Letters that we send, and what stands on them."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean, Json, Utc

revision = "0022"
down_revision = "0014"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A new table, and a column."""
    op.add_column("organisation", sa.Column("letterhead", Json(), nullable=False, server_default="{}"))
    op.create_table(
        "outgoing_letter",
        sa.Column("id", Id, primary_key=True),
        sa.Column("case_id", Id, sa.ForeignKey("kase.id"), nullable=False, index=True),
        sa.Column("contact_id", Id, sa.ForeignKey("contact.id"), nullable=False, index=True),
        sa.Column("state", sa.String(32), nullable=False, index=True),
        sa.Column("way", sa.String(32), nullable=False),
        sa.Column("recipient", Json(), nullable=False),
        sa.Column("forwarded", sa.Boolean(), nullable=False),
        sa.Column("personal_number", Clean(), nullable=False),
        sa.Column("slip", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Utc(), nullable=False, index=True),
        sa.Column("last_error", Clean(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("handed_at", Utc(), nullable=True),
    )
