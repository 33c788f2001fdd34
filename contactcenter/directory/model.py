"""The tables of the staff directory: people, what they are absent for, what their calendars say."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from contactcenter import field
from contactcenter.columns import Clean


class Reason(StrEnum):
    """Why somebody is absent. `BUSY` and `AWAY` come from calendars, `CLOSED` from opening hours.

    `PRESENT` is set by hand only: I am here, whatever the calendar says.
    """

    LUNCH = "lunch"
    MEETING = "meeting"
    TRAVEL = "travel"
    TRAINING = "training"
    GONE_HOME = "gone_home"
    LEAVE = "leave"
    PARENTAL = "parental"
    SICK = "sick"
    CHILD = "child"
    BUSY = "busy"
    AWAY = "away"
    CLOSED = "closed"
    PRESENT = "present"


SETTABLE = frozenset(Reason) - {Reason.BUSY, Reason.CLOSED}
"""What people may set themselves."""
PRIVATE = frozenset({Reason.SICK, Reason.CHILD})
"""Health: nobody but the person and supervisors is told; everybody else hears "not available"."""


class Person(SQLModel, table=True):
    """Somebody who works for the municipality, whether they use the contact centre or not."""

    __tablename__ = "directory_person"
    __table_args__ = (UniqueConstraint("source", "source_key"),)

    id: int = field.identity()
    organisation_id: int = field.reference("organisation")
    """The unit, when it is one of ours; else the municipality."""
    source: str = field.text()
    """Where the entry comes from: `csv:1`, `ldap:1` (the municipality's id)."""
    source_key: str = Field(sa_column=Column(Clean, nullable=False))
    """What the source knows them by: number of employment, mail address, GUID."""
    name: str = field.text()
    title: str = field.text()
    unit: str = field.text()
    words: list[str] = field.json_value(list)
    """What they are asked for: `bygglov`, `parkeringstillstånd`."""
    extension: str = field.text()
    work: str = field.text()
    """Number to ring, E.164."""
    mobile: str = field.text()
    direct: str = Field(default="", sa_column=Column(Clean, nullable=False, index=True))
    """E.164 number of ours that leads to this person and is answered by the referral; empty: none."""
    email: str = field.text()
    user_id: int | None = field.reference("staff", null=True)
    protected: bool = False
    """Protected identity: numbers only for those with the right; callers are told no name."""
    unlisted: bool = False
    """Not found by searching; only the direct number leads there."""
    mobile_hidden: bool = False
    calendar_url: str = field.text()
    """Secret: whoever has it can read the calendar. Never shown again, never logged."""
    spoken: str = field.text()
    """How the name is said, when the synthesiser says it wrong; empty: as it is written."""
    recording: str = field.text()
    """SHA-256 of the name as the person says it, in the file store; empty: synthesised."""
    pin_hash: str = field.text()
    """For setting absence from any telephone; empty: not possible."""
    pin_failures: int = 0
    pin_locked_until: datetime | None = field.maybe_time()
    gone_at: datetime | None = field.maybe_time()
    """When the source no longer knew them. Kept: cases name them."""
    changed_at: datetime = field.time()


class Absence(SQLModel, table=True):
    """One absence that somebody set. Past ones are taken away after a while."""

    __tablename__ = "directory_absence"

    id: int = field.identity()
    person_id: int = field.reference("directory_person")
    source: str = field.text()
    """`hand` (console) or `phone` (code)."""
    reason: Reason = field.state(Reason, Reason.AWAY)
    begins_at: datetime = field.time()
    until: datetime | None = field.maybe_time(index=True)
    """Back at; None: not known."""
    set_by_id: int | None = field.reference("staff", null=True, index=False)
    set_at: datetime = field.time()


class CalendarState(SQLModel, table=True):
    """What a person's calendar said when it was last read: times only, never what they are for."""

    __tablename__ = "directory_calendar"
    __table_args__ = (UniqueConstraint("person_id"),)

    id: int = field.identity()
    person_id: int = field.reference("directory_person", index=False)
    etag: str = field.text()
    modified: str = field.text()
    sha256: str = field.text()
    """Of the address and what was last read, so that an unchanged calendar is not worked out again."""
    fetched_at: datetime | None = field.maybe_time()
    """When it was last read well, or was unchanged."""
    worked_out_at: datetime | None = field.maybe_time()
    next_at: datetime = field.time(index=True)
    failures: int = 0
    failure: str = field.text()
    """Code of what went wrong last; empty: nothing."""
    spans: list[Any] = field.json_value(list)
    """`[begin, end, kind]`, epoch seconds and `busy` or `away`."""
