"""The tables of the waiting: promised calls back, and what callers were told."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from contactcenter import field
from contactcenter.columns import Clean


class PromisedCall(SQLModel, table=True):
    """A caller who hung up and keeps the place: their case waits on, with the arrival time of the call."""

    __tablename__ = "promised_call"

    id: int = field.identity()
    case_id: int = field.reference("kase")
    number: str | None = Field(default=None, sa_column=Column(Clean, unique=True, nullable=True))
    """E.164 while the promise stands, so that there is one for each number; None when it is over."""
    promised_at: datetime = field.time()
    next_at: datetime = field.time()
    """Not before then: after a try that was not answered there is a pause."""
    tries: int = 0
    most_tries: int = 3
    pause_seconds: int = 900
    ended: str = field.text()
    """`kept`, `cancelled`, `unreachable`; empty while the promise stands."""
    ended_at: datetime | None = field.maybe_time()


class WaitAnnouncement(SQLModel, table=True):
    """One moment at which a caller was, or honestly could not be, told how long it will take."""

    __tablename__ = "wait_announcement"

    id: int = field.identity()
    case_id: int = field.reference("kase")
    queue_id: int = field.reference("queue")
    at: datetime = field.time(index=True)
    place: int = 0
    agents: int = 0
    expected: float | None = None
    """Seconds, also when it was not said; None: too little to go by."""
    said_place: int | None = None
    said_low: int | None = None
    said_high: int | None = None
    """Whole minutes; None: not said."""
    true_seconds: float | None = None
    """How long it took from `at` until an agent was there; None while they wait, and for ever if they gave up."""
