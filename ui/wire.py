"""What travels between server and console: the records, and their TypeScript.

`python -m ui.wire > ui/web/src/wire.ts` writes the types the console is compiled with; a test fails when they are stale.
"""

import sys
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from contactcenter.states import (
    AgentState,
    CaseState,
    Channel,
    ContactState,
    DeliveryState,
    Direction,
    EventKind,
    MailState,
    OrganisationKind,
    Outcome,
    RemoteStatus,
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


class BoardRow(Struct, frozen=True):
    """The wallboard's figures, for supervisors; see docs/api.md for each figure's formula."""

    id: Literal["today"]
    at: datetime
    figures: dict[str, Any]


class SettingsRow(Struct, frozen=True):
    id: Literal["routing"]
    band: float
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

# over HTTP


class FileRow(Struct, frozen=True):
    """A file of a contact. `role`: original, attachment, inline, page, searchable, pdf. `url` null: masked."""

    id: int
    name: str
    media_type: str
    size: int
    role: str
    url: str | None
    position: int
    facts: dict[str, Any]


class ContactRow(Struct, frozen=True):
    """One thing that arrived or was sent. `html_url`: a page to show in a sandboxed frame."""

    id: int
    channel: Channel
    direction: Direction
    state: ContactState
    address_point: str
    sender: str
    sender_name: str
    recipients: list[str]
    subject: str
    text: str
    html_url: str | None
    arrived_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    facts: dict[str, Any]
    problem: str
    user: str
    """Name of the colleague who wrote or talked."""
    files: list[FileRow]
    mail_state: MailState | None


class HistoryRow(Struct, frozen=True):
    """A line of the case's journal."""

    id: int
    at: datetime
    kind: EventKind
    user: str
    agent: str
    contact_id: int | None
    data: dict[str, Any]


class DeliveryRow(Struct, frozen=True):
    id: int
    connector: str
    state: DeliveryState
    attempts: int
    next_at: datetime
    last_error: str
    remote_reference: str
    remote_status: RemoteStatus | None
    created_at: datetime
    delivered_at: datetime | None


class Mark(Struct, frozen=True, forbid_unknown_fields=True):
    """Something a citizen is known by."""

    kind: Literal["phone", "email", "personal_number"]
    value: Annotated[str, Meta(min_length=1, max_length=320)]


class CitizenRow(Struct, frozen=True):
    """Name, address, note and marks are empty when protected and may not be seen."""

    id: int
    name: str
    address: str
    protected: bool
    note: str
    marks: list[Mark]


class CaseBrief(Struct, frozen=True):
    """A case in a list: the citizen's history, or found by search with a plain-text `excerpt` round what was found."""

    id: int
    number: str
    state: CaseState
    channel: Channel
    organisation_id: int
    queue_id: int
    topic_id: int | None
    agent_id: int | None
    subject: str
    sender: str
    protected: bool
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    outcome: Outcome | None
    excerpt: str = ""


class CaseDetail(Struct, frozen=True):
    """Everything about one case."""

    case: CaseRow
    outcome: Outcome | None
    closed_at: datetime | None
    merged_into_id: int | None
    masked: bool
    """Protected, and the reader may not see who it is."""
    contacts: list[ContactRow]
    events: list[HistoryRow]
    deliveries: list[DeliveryRow]
    citizen: CitizenRow | None
    history: list[CaseBrief]
    maybe: list[CitizenRow]
    drafts: dict[str, str]
    """Kind (`reply`, `note`) -> own unsent text."""
    reply_to: list[str]
    """Whom an answer would go to."""
    reply_subject: str
    call_back: str
    """The number a call back would go to; empty: none known."""


class Found(Struct, frozen=True):
    """A page of search results; `before` gives the next page, null when there is none."""

    cases: list[CaseBrief]
    before: int | None


class Citizens(Struct, frozen=True):
    citizens: list[CitizenRow]


class Upload(Struct, frozen=True):
    """A file that waits to be sent with a reply; `id` goes into the verb's `files`."""

    id: str
    name: str
    media_type: str
    size: int


class UserRow(Struct, frozen=True):
    """A user as administrators see them."""

    id: int
    login: str
    name: str
    organisation_id: int
    role: Role
    language: str
    active: bool
    may_pick: bool
    sees_protected: bool
    extension: str
    queues: list[int]
    skills: dict[str, int]
    written_capacity: int
    has_password: bool


class UserForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A new or changed user. An empty `password` leaves the old one."""

    login: Annotated[str, Meta(min_length=1, max_length=200)]
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    organisation_id: int
    role: Role = Role.AGENT
    language: Literal["sv", "en"] = "sv"
    active: bool = True
    may_pick: bool = False
    sees_protected: bool = False
    extension: Annotated[str, Meta(max_length=20)] = ""
    queues: list[int] = []
    skills: dict[str, Annotated[int, Meta(ge=1, le=5)]] = {}
    written_capacity: Annotated[int, Meta(ge=0, le=100)] = 3
    password: Annotated[str, Meta(max_length=200)] = ""


class Users(Struct, frozen=True):
    users: list[UserRow]


class ConfigurationForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A configuration document as YAML text. `dry_run`: say what would change, and change nothing."""

    yaml: Annotated[str, Meta(max_length=2_000_000)]
    dry_run: bool = True


class ConfigurationChange(Struct, frozen=True):
    """`fields` maps a field to [now, then]; empty for something new."""

    action: Literal["add", "change"]
    kind: str
    name: str
    fields: dict[str, tuple[Any, Any]]


class ConfigurationChanges(Struct, frozen=True):
    changes: list[ConfigurationChange]


class Problem(Struct, frozen=True, omit_defaults=True):
    """RFC 9457. `code` is for programs, `detail` for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    login: Annotated[str, Meta(min_length=1, max_length=200)]
    password: Annotated[str, Meta(min_length=1, max_length=200)]


class SearchForm(Struct, frozen=True, forbid_unknown_fields=True):
    """In the body, since an address of a page is written to logs and what is searched for may be a person."""

    q: Annotated[str, Meta(min_length=1, max_length=200)]
    before: int | None = None


class DemoAccount(Struct, frozen=True):
    login: str
    password: str
    name: str
    role: str


class Welcome(Struct, frozen=True):
    """What the sign-in page shows before anybody has signed in. `demo` is empty outside the demo."""

    version: str
    accounts: list[DemoAccount] = []
    sink: bool = False


if __name__ == "__main__":
    from ui import typescript

    sys.stdout.write(typescript.module())
