"""Mail in quarantine, and files that wait for the virus scanner."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean, Utc

revision = "0018"
down_revision = "0092"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Two new tables."""
    op.create_table(
        "held_mail",
        sa.Column("id", Id, primary_key=True),
        sa.Column("inbox_id", Id, sa.ForeignKey("inbox.id"), nullable=False, index=True),
        sa.Column("organisation_id", Id, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("address_point", Clean(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False, index=True),
        sa.Column("sender", Clean(), nullable=False),
        sa.Column("sender_name", Clean(), nullable=False),
        sa.Column("subject", Clean(), nullable=False),
        sa.Column("excerpt", Clean(), nullable=False),
        sa.Column("reason", Clean(), nullable=False),
        sa.Column("arrived_at", Utc(), nullable=False),
        sa.Column("decided_at", Utc(), nullable=True),
        sa.Column("user_id", Id, sa.ForeignKey("staff.id"), nullable=True),
    )
    op.create_table(
        "file_to_scan",
        sa.Column("id", Id, primary_key=True),
        sa.Column("file_id", Id, sa.ForeignKey("file.id"), nullable=False, index=True),
    )
