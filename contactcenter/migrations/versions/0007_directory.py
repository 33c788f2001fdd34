"""The staff directory: people, their absences, and what their calendars say."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean, Json, Utc

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New tables only."""
    _people()
    _absences()
    _calendars()


def _identity() -> sa.Column[int]:
    return sa.Column("id", Id, primary_key=True, autoincrement=True)


def _reference(name: str, table: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, Id, sa.ForeignKey(f"{table}.id"), nullable=null)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, Clean(), nullable=False) for name in names]


def _people() -> None:
    op.create_table(
        "directory_person",
        _identity(),
        _reference("organisation_id", "organisation"),
        *_texts("source", "source_key", "name", "title", "unit"),
        sa.Column("words", Json(), nullable=False),
        *_texts("extension", "work", "mobile", "direct", "email"),
        _reference("user_id", "staff", null=True),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("unlisted", sa.Boolean(), nullable=False),
        sa.Column("mobile_hidden", sa.Boolean(), nullable=False),
        *_texts("calendar_url", "spoken", "recording", "pin_hash"),
        sa.Column("pin_failures", sa.Integer(), nullable=False),
        sa.Column("pin_locked_until", Utc(), nullable=True),
        sa.Column("gone_at", Utc(), nullable=True),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.UniqueConstraint("source", "source_key"),
    )
    for column in ("organisation_id", "direct", "user_id"):
        op.create_index(f"ix_directory_person_{column}", "directory_person", [column])


def _absences() -> None:
    op.create_table(
        "directory_absence",
        _identity(),
        _reference("person_id", "directory_person"),
        *_texts("source"),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("begins_at", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=True),
        _reference("set_by_id", "staff", null=True),
        sa.Column("set_at", Utc(), nullable=False),
    )
    for column in ("person_id", "until"):
        op.create_index(f"ix_directory_absence_{column}", "directory_absence", [column])


def _calendars() -> None:
    op.create_table(
        "directory_calendar",
        _identity(),
        _reference("person_id", "directory_person"),
        *_texts("etag", "modified", "sha256"),
        sa.Column("fetched_at", Utc(), nullable=True),
        sa.Column("worked_out_at", Utc(), nullable=True),
        sa.Column("next_at", Utc(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        *_texts("failure"),
        sa.Column("spans", Json(), nullable=False),
        sa.UniqueConstraint("person_id"),
    )
    op.create_index("ix_directory_calendar_next_at", "directory_calendar", ["next_at"])
