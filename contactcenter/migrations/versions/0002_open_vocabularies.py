"""No CHECK on words that grow with the product: a new kind of event must not mean rewriting ten million lines.

What may be written is decided by `contactcenter.states` alone, in the one writer. On SQLite a constraint is taken
away by correcting the kept statement, which leaves the rows where they are: the way that SQLite's documentation of
ALTER TABLE (section 7) gives for removing a CHECK. On PostgreSQL it is dropped.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KNOWN = {
    "addresspoint": ["addresskind"],
    "contact": ["channel", "direction", "contactstate"],
    "delivery": ["deliverystate", "remotestatus"],
    "event": ["eventkind"],
    "inbox": ["inboxstate"],
    "kase": ["casestate", "channel", "outcome"],
    "offer": ["offerstate"],
    "organisation": ["organisationkind"],
    "outgoingmail": ["mailstate"],
    "staff": ["role", "agentstate"],
}
CHECK = re.compile(r",\s*CONSTRAINT \w+_known CHECK \(\w+ IN \([^)]*\)\)")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _correct_statements()
        return
    for table, words in KNOWN.items():
        for word in words:
            op.drop_constraint(f"{word}_known", table, type_="check")


def _correct_statements() -> None:
    connection = op.get_bind()
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    kept = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    for name, statement in connection.execute(kept).all():
        if name in KNOWN:
            correct = sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name")
            connection.execute(correct, {"sql": CHECK.sub("", statement), "name": name})
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))
