"""Tables of the menus: versions of trees, recorded prompts, messages before the queue, telephone codes, surges."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from contactcenter import field
from contactcenter.columns import Clean

DRAFT = 0
"""Number of the version that is being worked on; published ones count from 1."""


class MenuVersion(SQLModel, table=True):
    """What callers to one number are led by: a draft, or one of the versions that were ever in force."""

    __table_args__ = (UniqueConstraint("address_point_id", "number"),)

    id: int = field.identity()
    address_point_id: int = field.reference("addresspoint")
    number: int = DRAFT
    revision: int = 1
    """Grows each time the draft is saved: who saves over somebody else's work is told."""
    tree: dict[str, Any] = field.json_value(dict)
    made_at: datetime = field.time()
    made_by_id: int | None = field.reference("staff", null=True, index=False)
    restored_from: int = 0
    """The version it is a copy of; 0: none."""


class Prompt(SQLModel, table=True):
    """One version of a recorded prompt. The newest of its key and language is what callers hear."""

    __table_args__ = (UniqueConstraint("organisation_id", "key", "language", "number"),)

    id: int = field.identity()
    organisation_id: int = field.reference("organisation")
    """The municipality."""
    key: str = Field(sa_column=Column(Clean, nullable=False))
    language: str = field.text("sv")
    number: int = 1
    sha256: str = field.text()
    """Of the WAV file in the file store; empty: from here on it is spoken by the synthesiser again."""
    seconds: float = 0.0
    how: str = field.text("uploaded")
    """`recorded` in the browser, `uploaded`, or `telephone`."""
    made_at: datetime = field.time()
    made_by_id: int | None = field.reference("staff", null=True, index=False)


class Announcement(SQLModel, table=True):
    """A message before the queue (lavinmeddelande). While it is off it is a template for the next time."""

    __tablename__ = "line_message"

    id: int = field.identity()
    organisation_id: int = field.reference("organisation")
    """The municipality."""
    name: str = field.text()
    text: dict[str, str] = field.json_value(dict)
    """Language -> what is said, where there is no recording."""
    sha256: str = field.text()
    """A recording that is played instead, in every language; a WAV file in the file store."""
    address_point_id: int | None = field.reference("addresspoint", null=True)
    """Only for callers to this number."""
    topic_id: int | None = field.reference("topic", null=True)
    """Only for callers about this topic. Neither: for everybody."""
    must_stay: bool = False
    """Press 1 to stay in the queue; otherwise the call ends with thanks."""
    active_until: datetime | None = field.maybe_time(index=True)
    """None, or past: off."""
    switched_at: datetime | None = field.maybe_time()
    switched_by_id: int | None = field.reference("staff", null=True, index=False)
    heard: int = 0
    """Callers who heard it since it was switched on, …"""
    helped: int = 0
    """… and those of them who then hung up, or did not press 1."""


class PhoneCode(SQLModel, table=True):
    """The code by which a supervisor switches messages from a telephone."""

    __table_args__ = (UniqueConstraint("user_id"),)

    id: int = field.identity()
    user_id: int = field.reference("staff", index=False)
    code_hash: str = field.text()
    """argon2id."""
    failures: int = 0
    """Wrong codes in a row."""
    locked_until: datetime | None = field.maybe_time()


class Surge(SQLModel, table=True):
    """Unusually many about the same thing: put before supervisors until one decides, or an hour is over."""

    __table_args__ = (UniqueConstraint("organisation_id", "kind", "key", "began_at"),)

    id: int = field.identity()
    organisation_id: int = field.reference("organisation")
    """The municipality."""
    kind: str = field.text("topic")
    """`topic` or `area`."""
    key: str = field.text()
    """The topic's key, or the digits that the numbers share."""
    topic_id: int | None = field.reference("topic", null=True, index=False)
    began_at: datetime = field.time(index=True)
    """The hour in which it was first seen: one proposal for each hour at most, whoever looks."""
    seen_at: datetime = field.time()
    counted: int = 0
    minutes: int = 15
    expected: float = 0.0
    """How many are normal at that hour."""
    chance: float = 0.0
    """How likely so many would be if nothing had happened."""
    settled_at: datetime | None = field.maybe_time()
    settled_by_id: int | None = field.reference("staff", null=True, index=False)
