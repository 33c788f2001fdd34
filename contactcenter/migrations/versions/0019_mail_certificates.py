"""Certificates of correspondents; who wrote lately."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean, Utc

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A new table and an index."""
    op.create_index("ix_contact_sender", "contact", ["sender", "arrived_at"])
    op.create_table(
        "mail_certificate",
        sa.Column("id", Id, primary_key=True),
        sa.Column("address", Clean(), nullable=False, unique=True),
        sa.Column("certificate", Clean(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
    )
