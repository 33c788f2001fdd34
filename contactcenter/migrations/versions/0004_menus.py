"""Menus: trees and their versions, recorded prompts, messages before the queue, codes for the telephone, surges."""

import sqlalchemy as sa
from alembic import op

from contactcenter.columns import Clean, Json, Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New tables, and two columns that are empty for what is there."""
    op.add_column("addresspoint", sa.Column("tree", Json(), nullable=False, server_default="{}"))
    op.add_column("kase", sa.Column("language", Clean(), nullable=False, server_default=""))
    _versions()
    _prompts()
    _messages()
    _codes()
    _surges()


def _identity() -> sa.Column[int]:
    return sa.Column("id", Id, primary_key=True, autoincrement=True)


def _reference(name: str, table: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, Id, sa.ForeignKey(f"{table}.id"), nullable=null)


def _versions() -> None:
    op.create_table(
        "menuversion",
        _identity(),
        _reference("address_point_id", "addresspoint"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tree", Json(), nullable=False),
        sa.Column("made_at", Utc(), nullable=False),
        _reference("made_by_id", "staff", null=True),
        sa.Column("restored_from", sa.Integer(), nullable=False),
        sa.UniqueConstraint("address_point_id", "number"),
    )
    op.create_index("ix_menuversion_address_point_id", "menuversion", ["address_point_id"])


def _prompts() -> None:
    op.create_table(
        "prompt",
        _identity(),
        _reference("organisation_id", "organisation"),
        sa.Column("key", Clean(), nullable=False),
        sa.Column("language", Clean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", Clean(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("how", Clean(), nullable=False),
        sa.Column("made_at", Utc(), nullable=False),
        _reference("made_by_id", "staff", null=True),
        sa.UniqueConstraint("organisation_id", "key", "language", "number"),
    )
    op.create_index("ix_prompt_organisation_id", "prompt", ["organisation_id"])


def _messages() -> None:
    op.create_table(
        "line_message",
        _identity(),
        _reference("organisation_id", "organisation"),
        sa.Column("name", Clean(), nullable=False),
        sa.Column("text", Json(), nullable=False),
        sa.Column("sha256", Clean(), nullable=False),
        _reference("address_point_id", "addresspoint", null=True),
        _reference("topic_id", "topic", null=True),
        sa.Column("must_stay", sa.Boolean(), nullable=False),
        sa.Column("active_until", Utc(), nullable=True),
        sa.Column("switched_at", Utc(), nullable=True),
        _reference("switched_by_id", "staff", null=True),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.Column("helped", sa.Integer(), nullable=False),
    )
    for column in ("organisation_id", "address_point_id", "topic_id", "active_until"):
        op.create_index(f"ix_line_message_{column}", "line_message", [column])


def _codes() -> None:
    op.create_table(
        "phonecode",
        _identity(),
        _reference("user_id", "staff"),
        sa.Column("code_hash", Clean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", Utc(), nullable=True),
        sa.UniqueConstraint("user_id"),
    )


def _surges() -> None:
    op.create_table(
        "surge",
        _identity(),
        _reference("organisation_id", "organisation"),
        sa.Column("kind", Clean(), nullable=False),
        sa.Column("key", Clean(), nullable=False),
        _reference("topic_id", "topic", null=True),
        sa.Column("began_at", Utc(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("settled_at", Utc(), nullable=True),
        _reference("settled_by_id", "staff", null=True),
        sa.UniqueConstraint("organisation_id", "kind", "key", "began_at"),
    )
    op.create_index("ix_surge_organisation_id", "surge", ["organisation_id"])
    op.create_index("ix_surge_began_at", "surge", ["began_at"])
