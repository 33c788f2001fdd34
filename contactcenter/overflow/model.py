"""The tables of the steps that were taken, and of what the steps were."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from contactcenter import field


class OverflowStep(SQLModel, table=True):
    """A caller took a step out of a queue; each at most once."""

    __tablename__ = "overflow_step"
    __table_args__ = (UniqueConstraint("case_id", "queue_id", "position"),)

    id: int = field.identity()
    case_id: int = field.reference("kase")
    queue_id: int = field.reference("queue", index=False)
    """The queue whose step it is."""
    position: int = 0
    """Which step of it, 0 is the first."""
    target: str = field.text()
    """`contactcenter.overflow.rules.Target`."""
    helping_queue_id: int | None = field.reference("queue", null=True, index=False)
    """Whose agents help out from then on."""
    is_over: bool = False
    """They came back: the number outside was not reached."""
    at: datetime = field.time()


class OverflowVersion(SQLModel, table=True):
    """What the steps of a queue were from a moment on. The newest is in force, if it was written in the console."""

    __tablename__ = "overflow_version"
    __table_args__ = (UniqueConstraint("queue_id", "number"),)

    id: int = field.identity()
    queue_id: int = field.reference("queue")
    number: int = 1
    steps: list[dict[str, Any]] = field.json_value(list)
    """As in `Queue.overflow`."""
    at: datetime = field.time()
    made_by_id: int | None = field.reference("staff", null=True, index=False)
    """None: it was there before the first one that is kept, or came by the command line."""
    restored_from: int = 0
    """The version it is a copy of; 0: none."""
