"""The table of the steps that were taken."""

from datetime import datetime

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
