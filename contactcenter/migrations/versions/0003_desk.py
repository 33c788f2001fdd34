"""What becomes of a call that was answered: its phase, and who else is in it."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact", sa.Column("phase", sa.String(32), nullable=False, server_default=""))
    op.add_column("contact", sa.Column("third", Clean(), nullable=False, server_default=""))
    op.add_column("contact", sa.Column("third_talks", sa.Boolean(), nullable=False, server_default=sa.false()))
