"""What the replay of the room shows."""

from datetime import datetime

from msgspec import Struct


class ReplayStretch(Struct, frozen=True):
    """A call was in a state (menu, closed, waiting, ringing, fallback, dialling, talking, held) between two times."""

    state: str
    phone: str
    agent: str
    begin: datetime
    end: datetime


class ReplayCall(Struct, frozen=True):
    """A call as it went. `case_id` 0: none that the reader may see. `kind`: citizen or callback."""

    id: str
    exchange: str
    kind: str
    number: str
    topic: str
    case_id: int
    case_number: str
    stretches: list[ReplayStretch]


class ReplayGap(Struct, frozen=True):
    """Nothing is known of an exchange between two times."""

    exchange: str
    begin: datetime
    end: datetime


class ReplayRoom(Struct, frozen=True):
    """The room between two times."""

    begin: datetime
    end: datetime
    calls: list[ReplayCall]
    gaps: list[ReplayGap]
