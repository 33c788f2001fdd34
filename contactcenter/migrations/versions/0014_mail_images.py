"""From whose mails images may be loaded."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean, Utc

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A new table."""
    op.create_table(
        "mail_images",
        sa.Column("id", Id, primary_key=True),
        sa.Column("organisation_id", Id, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("sender", Clean(), nullable=False),
        sa.Column("user_id", Id, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.UniqueConstraint("organisation_id", "sender"),
    )
