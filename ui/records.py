"""What the console reads and sends over HTTP; `ui.wire` has what goes through its socket."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from contactcenter.letters.model import LetterState, Way
from contactcenter.ring_choice import RingPlace
from contactcenter.states import (
    CaseState,
    Channel,
    ContactState,
    DeliveryState,
    Direction,
    EventKind,
    MailState,
    Outcome,
    RemoteStatus,
    Role,
)
from contactcenter.tapes.model import TapeState
from ui.wire import CaseRow, Figures


class Telephone(Struct, frozen=True):
    """The telephone in the agent's browser. `user` empty: there is none now. `servers`: STUN and TURN, as WebRTC has
    them. `place`: where this agent is rung."""

    extension: str
    user: str
    place: RingPlace
    number: str
    servers: list[dict[str, str]]


class RingForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Where an agent wants to be rung; `number` only counts for that place."""

    place: RingPlace
    number: Annotated[str, Meta(max_length=40)] = ""


class Seal(Struct, frozen=True):
    """How an answer by mail would go out: signed and encrypted (S/MIME), and to whom it will hardly come."""

    signed: bool
    encrypted: list[str]
    """Recipients it is encrypted for."""
    may_open: bool
    """Whether the reader may send it without encryption."""
    failing: dict[str, str]
    """Recipients whom the last mail could not be delivered to -> why (code)."""


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


class LetterTo(Struct, frozen=True):
    """Whom a letter would go to, lines of an address. `forwarded`: by the Tax Agency, as the identity is protected."""

    address: str
    digital: bool
    """The citizen may have a digital mailbox."""
    forwarded: bool


class LetterRow(Struct, frozen=True):
    """How far a letter of ours has come."""

    state: LetterState
    way: Way
    forwarded: bool
    may_cancel: bool
    error: str


class TapeRow(Struct, frozen=True):
    """A recorded call. `url`: its sound, for whoever may hear it; None: erased, lost, or not theirs to hear."""

    id: int
    state: TapeState
    agent: str
    begun_at: datetime | None
    seconds: float
    peaks: list[int]
    reason: str
    url: str | None


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
    letter: LetterRow | None
    tapes: list[TapeRow]


class TemplateRow(Struct, frozen=True):
    """A text that may be used; `language` as in ISO 639-1."""

    id: int
    name: str
    language: str


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
    letter_to: LetterTo | None
    templates: list[TemplateRow]
    """Those for this topic and language first."""
    call_back: str
    """The number a call back would go to; empty: none known."""
    suggested: CaseBrief | None
    """The case that this one may belong to."""


class Found(Struct, frozen=True):
    """A page of search results; `before` gives the next page, null when there is none."""

    cases: list[CaseBrief]
    before: int | None


class Citizens(Struct, frozen=True):
    citizens: list[CitizenRow]


class CitizenDetail(Struct, frozen=True):
    """One citizen, and the cases about them that the reader may see, newest first."""

    citizen: CitizenRow
    cases: list[CaseBrief]


class Upload(Struct, frozen=True):
    """A file that waits to be sent with a reply; `id` goes into the verb's `files`."""

    id: str
    name: str
    media_type: str
    size: int


class ReportRow(Struct, frozen=True):
    """`key`: a time, day, month, channel, or id. `label`: its name, where it has one. `before`: the year before."""

    key: str
    label: str
    figures: Figures
    before: Figures | None = None


class Report(Struct, frozen=True):
    kind: Literal["half_hours", "days", "topics", "channels", "agents", "months"]
    first: str
    last: str
    rows: list[ReportRow]
    total: Figures
    formula: dict[str, str]


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
    may_record: bool
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
    may_record: bool = False
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
