"""The first schema."""

from alembic import op

from contactcenter import search
from contactcenter.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    metadata.create_all(connection)
    search.create(connection)


def downgrade() -> None:
    raise NotImplementedError("restore the backup instead")
