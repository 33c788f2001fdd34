"""The table of letters on their way out."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import SQLModel

from contactcenter import field


class LetterState(StrEnum):
    """`queued` → `handing` → `handed_over` (printer or digital mailbox has it) → `delivered` (digital only)."""

    QUEUED = "queued"
    HANDING = "handing"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Way(StrEnum):
    """How a letter goes out."""

    PRINT = "print"
    DIGITAL = "digital"


class OutgoingLetter(SQLModel, table=True):
    """A letter to be printed or put into a digital mailbox. Reserved before it is handed over."""

    __tablename__ = "outgoing_letter"

    id: int = field.identity()
    case_id: int = field.reference("kase")
    contact_id: int = field.reference("contact")
    state: LetterState = field.state(LetterState, LetterState.QUEUED, index=True)
    way: Way = field.state(Way, Way.PRINT)
    recipient: list[str] = field.json_value(list)
    """What stands in the window of the envelope, line by line."""
    forwarded: bool = False
    """Protected identity: the Tax Agency forwards it (`recipient` is the citizen's name alone)."""
    personal_number: str = field.text()
    """Twelve digits, for a digital mailbox or for the Tax Agency; else empty."""
    slip: bool = False
    """With a reply slip."""
    attempts: int = 0
    next_at: datetime = field.time(index=True)
    last_error: str = field.text()
    """Code of why it has not gone out."""
    created_at: datetime = field.time()
    handed_at: datetime | None = field.maybe_time()
