"""What travels between server and console: the records, and their TypeScript.

`python -m ui.wire > ui/web/src/wire.ts` writes the types that the console is compiled with; a test finds stale ones.
"""

import sys
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from contactcenter.states import (
    AgentState,
    CallPhase,
    CaseState,
    Channel,
    ContactState,
    EventKind,
    OrganisationKind,
    Outcome,
    Role,
)

PROTOCOL = 1
"""Grows when an older console would misread us; the console then asks to be reloaded."""


class Other(StrEnum):
    """Kinds of change that are not in the journal, since they are not kept."""

    LOOKING = "looking"
    HEALTH = "health"
    BOARD = "board"


# rows of the state; every row has an `id`


class CaseRow(Struct, frozen=True):
    """A case as the queue shows it. `sender` and `subject` are empty when it is protected and may not be seen."""

    id: int
    number: str
    state: CaseState
    channel: Channel
    organisation_id: int
    queue_id: int
    topic_id: int | None
    agent_id: int | None
    preferred_agent_id: int | None
    subject: str
    sender: str
    priority: int
    protected: bool
    unread: bool
    arrived_at: datetime
    opened_at: datetime
    promised_seconds: int
    calendar: int | None
    """The calendar its open hours are counted in; null: the clock."""
    parked_until: datetime | None
    citizen_id: int | None
    contact_id: int | None
    """The call that is going on, else the newest contact."""
    call_state: ContactState | None
    """Of the call that is going on."""
    call_phase: CallPhase
    """Of a call that was answered; empty: they talk."""
    call_agent_id: int | None
    """Who talks in it or is being rung for it; null: nobody."""
    call_third: str
    """Extension or number of who else is in it, or is being asked to be."""
    call_third_talks: bool
    """That one has answered."""
    call_overheard: str
    call_tape: str
    """`on` or `paused` while the call is being recorded; else empty."""
    """How a supervisor listens, whispers or joins in, as agents may know it; empty: none that they know of."""
    version: int
    suggested_case_id: int | None


class AgentRow(Struct, frozen=True):
    """A colleague. `written` is how many written cases they have in their hands."""

    id: int
    name: str
    state: AgentState
    reason: str
    since: datetime | None
    wrap_up_until: datetime | None
    extension: str
    written: int
    written_capacity: int
    on_call_case_id: int | None
    organisation_id: int


class OfferRow(Struct, frozen=True):
    """An open offer to the one who reads this. `why` is the router's reason: used, band, priority, place, …"""

    id: int
    case_id: int
    offered_at: datetime
    expires_at: datetime
    why: dict[str, Any]


class QueueRow(Struct, frozen=True):
    id: int
    name: str
    organisation_id: int


class TopicRow(Struct, frozen=True):
    """`handoff`: cases of this topic can be handed off."""

    id: int
    name: str
    parent_id: int | None
    queue_id: int | None
    organisation_id: int
    handoff: bool


class OrganisationRow(Struct, frozen=True):
    id: int
    name: str
    kind: OrganisationKind
    parent_id: int | None


class CalendarRow(Struct, frozen=True):
    """Open spans `[start, end]` in order, from before the oldest open case to 14 days ahead."""

    id: int
    spans: list[tuple[datetime, datetime]]


class HealthRow(Struct, frozen=True):
    id: str
    ok: bool
    code: str
    hint: str
    since: datetime | None
    facts: dict[str, Any]


class LookingRow(Struct, frozen=True):
    """Who has the case `id` open on their screen."""

    id: int
    user_ids: list[int]


class Figures(Struct, frozen=True):
    """Figures of one place and time; docs/statistics.md has each one's formula. Shares are 0..1, null of nothing."""

    offered: int
    answered: int
    in_time: int
    abandoned: int
    short_abandoned: int
    called_back: int
    wait_seconds: int
    talk_seconds: int
    handle_seconds: int
    closed: int
    first_contact: int
    handed_off: int
    replies: int
    wait_max: int
    missed: int
    service_level: float | None
    mean_wait: float | None
    mean_handling: float | None
    first_contact_share: float | None


class Waiting(Struct, frozen=True):
    """What waits in one queue by one channel. `oldest_at`: a screen can count the wait on by itself."""

    queue_id: int
    queue: str
    channel: Channel
    count: int
    oldest_at: datetime
    longest_wait: int


class BoardRow(Struct, frozen=True):
    """The wallboard's figures, for supervisors. `service_level` is that of calls; `formula` is in `sv` and `en`."""

    id: Literal["today"]
    at: datetime
    day: str
    waiting: list[Waiting]
    waiting_total: int
    waiting_by_channel: dict[str, int]
    callbacks_waiting: int
    longest_call_wait: int
    longest_wait: int
    agents: dict[str, int]
    away: dict[str, int]
    today: Figures
    today_by_channel: dict[str, Figures]
    answered: int
    abandoned: int
    called_back: int
    service_level: float | None
    service_level_all: float | None
    formula: dict[str, str]


class AnnouncementRow(Struct, frozen=True):
    """A message before the queue that is on. `number` empty: to whatever number; `topic_id` null: about whatever."""

    id: int
    organisation_id: int
    name: str
    text: str
    number: str
    topic_id: int | None
    must_stay: bool
    active_until: datetime


class SurgeRow(Struct, frozen=True):
    """Unusually many about a topic, or from an area (`key`: the digits that the numbers share). For supervisors."""

    id: int
    organisation_id: int
    kind: str
    key: str
    topic_id: int | None
    counted: int
    minutes: int
    expected: float
    seen_at: datetime


class SettingsRow(Struct, frozen=True):
    id: Literal["routing"]
    band: float
    ceiling: float
    """From this used share on only arrival counts."""
    offer_seconds: int
    relax_every: float
    away_reasons: list[str]
    outcomes: list[Outcome]
    time_zone: str


class State(Struct, frozen=True):
    """All that a console shows live. Each collection maps id to row."""

    cases: dict[int, CaseRow]
    agents: dict[int, AgentRow]
    offers: dict[int, OfferRow]
    queues: dict[int, QueueRow]
    topics: dict[int, TopicRow]
    organisations: dict[int, OrganisationRow]
    calendars: dict[int, CalendarRow]
    health: dict[str, HealthRow]
    looking: dict[int, LookingRow]
    board: dict[str, BoardRow]
    settings: dict[str, SettingsRow]
    announcements: dict[int, AnnouncementRow]
    surges: dict[int, SurgeRow]


class Put(Struct, frozen=True, omit_defaults=True):
    """Rows to put, by collection."""

    cases: list[CaseRow] = []
    agents: list[AgentRow] = []
    offers: list[OfferRow] = []
    queues: list[QueueRow] = []
    topics: list[TopicRow] = []
    organisations: list[OrganisationRow] = []
    calendars: list[CalendarRow] = []
    health: list[HealthRow] = []
    looking: list[LookingRow] = []
    board: list[BoardRow] = []
    settings: list[SettingsRow] = []


class Drop(Struct, frozen=True, omit_defaults=True):
    """Ids to drop, by collection."""

    cases: list[int] = []
    agents: list[int] = []
    offers: list[int] = []
    looking: list[int] = []


class Me(Struct, frozen=True):
    """Who is signed in."""

    id: int
    login: str
    name: str
    role: Role
    language: str
    organisation_id: int
    may_pick: bool
    sees_protected: bool
    extension: str


# server -> console


class Hello(Struct, frozen=True, tag_field="t", tag="hello"):
    protocol: int
    version: str
    me: Me


class Snapshot(Struct, frozen=True, tag_field="t", tag="snapshot"):
    seq: int
    state: State


class Event(Struct, frozen=True, tag_field="t", tag="event"):
    """A change. `seq` is one more than the last; anything else is a gap."""

    seq: int
    kind: EventKind | Other
    case_id: int | None
    user_id: int | None
    at: datetime
    put: Put
    drop: Drop


class Ok(Struct, frozen=True, tag_field="t", tag="ok"):
    id: int
    result: Any


class Refusal(Struct, frozen=True, tag_field="t", tag="refused"):
    """`code` is for programs, `text` for the one who asked, in their language."""

    id: int
    code: str
    text: str


class Pong(Struct, frozen=True, tag_field="t", tag="pong"):
    pass


ServerMessage = Hello | Snapshot | Event | Ok | Refusal | Pong

# console -> server

Key = Annotated[str, Meta(min_length=8, max_length=64)]


class Verb(Struct, frozen=True, forbid_unknown_fields=True, tag_field="t", tag="verb"):
    """`key` (a UUID) makes a verb that is sent again after a reconnect happen once."""

    id: int
    key: Key
    verb: str
    args: dict[str, Any] = {}


class Ping(Struct, frozen=True, forbid_unknown_fields=True, tag_field="t", tag="ping"):
    pass


class Resync(Struct, frozen=True, forbid_unknown_fields=True, tag_field="t", tag="resync"):
    pass


class Looking(Struct, frozen=True, forbid_unknown_fields=True, tag_field="t", tag="looking"):
    case_id: int | None


ClientMessage = Verb | Ping | Resync | Looking


if __name__ == "__main__":
    from ui import typescript

    sys.stdout.write(typescript.module())
