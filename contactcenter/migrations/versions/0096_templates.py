"""Answers that are written often."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean

revision = "0096"
down_revision = "0093"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A new table."""
    op.create_table(
        "template",
        sa.Column("id", Id, primary_key=True),
        sa.Column("key", Clean(), nullable=False, unique=True),
        sa.Column("name", Clean(), nullable=False),
        sa.Column("organisation_id", Id, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("topic_id", Id, sa.ForeignKey("topic.id"), nullable=True, index=True),
        sa.Column("language", Clean(), nullable=False),
        sa.Column("text", Clean(), nullable=False),
    )
