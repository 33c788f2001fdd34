"""The table of recorded calls. The sound lies in a folder of its own under the token, never in the file store."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from contactcenter import field
from contactcenter.columns import Clean


class TapeState(StrEnum):
    """`ordered` (the telephone rings) → `running` → `over` (the sound is on its way here) → `kept` → `erased`.

    `empty`: nobody talked. `lost`: the sound never came.
    """

    ORDERED = "ordered"
    RUNNING = "running"
    OVER = "over"
    KEPT = "kept"
    ERASED = "erased"
    EMPTY = "empty"
    LOST = "lost"


class Tape(SQLModel, table=True):
    """One agent's part of a call, as it was recorded."""

    id: int = field.identity()
    token: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    """Name of the file, drawn by lot: it says nothing of anybody."""
    contact_id: int = field.reference("contact")
    agent_id: int = field.reference("staff")
    state: TapeState = field.state(TapeState, TapeState.ORDERED, index=True)
    paused: bool = False
    ordered_at: datetime = field.time()
    begun_at: datetime | None = field.maybe_time()
    over_at: datetime | None = field.maybe_time()
    erase_at: datetime | None = field.maybe_time(index=True)
    seconds: float = 0.0
    peaks: list[int] = field.json_value(list)
    """Loudness, 0 to 100, for the picture of it."""
    reason: str = field.text()
    """Why it was erased: `retention`, `protected`, `by_hand`."""
