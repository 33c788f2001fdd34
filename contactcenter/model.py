"""The tables. Words as in the glossary: organisation, topic, queue, case, contact, event, offer, delivery.

All times are aware UTC. All ids are integers given by the database. Text columns never hold NUL.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from contactcenter.columns import Clean, Json, Utc, stored_by_value
from contactcenter.states import (
    AddressKind,
    AgentState,
    CaseState,
    Channel,
    ContactState,
    DeliveryState,
    Direction,
    EventKind,
    InboxState,
    MailState,
    OfferState,
    OrganisationKind,
    Outcome,
    RemoteStatus,
    Role,
)

BigId = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Any:
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def _time(index: bool = False) -> Any:
    return Field(sa_column=Column(Utc, nullable=False, index=index))


def _maybe_time(index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Utc, nullable=True, index=index))


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(Clean, nullable=False))


def _json(default: type[Any]) -> Any:
    return Field(default_factory=default, sa_column=Column(Json, nullable=False))


def _state(kind: Any, default: Any, index: bool = False) -> Any:
    return Field(default=default, sa_column=Column(stored_by_value(kind), nullable=False, index=index))


def _maybe_state(kind: Any) -> Any:
    return Field(default=None, sa_column=Column(stored_by_value(kind), nullable=True))


def _ref(table: str, *, null: bool = False, index: bool = True) -> Any:
    column: Column[Any] = Column(BigId, ForeignKey(f"{table}.id"), nullable=null, index=index)
    return Field(default=None, sa_column=column) if null else Field(sa_column=column)


class Organisation(SQLModel, table=True):
    """A municipality, a department (förvaltning) of it or a unit (enhet) of that."""

    id: int = _id()
    parent_id: int | None = _ref("organisation", null=True)
    kind: OrganisationKind = _state(OrganisationKind, OrganisationKind.MUNICIPALITY)
    key: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    """Stable word for configuration files, e.g. `solvik.bygg`."""
    name: str = _text()
    mail_from: str = _text()
    """Address that mails from this organisation are sent from; empty: the parent's."""
    hours: dict[str, Any] = _json(dict)
    """Opening hours (see contactcenter.hours); empty: the parent's."""


class Topic(SQLModel, table=True):
    """What a case is about (ärendetyp), two levels."""

    id: int = _id()
    organisation_id: int = _ref("organisation")
    parent_id: int | None = _ref("topic", null=True)
    key: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    name: str = _text()
    queue_id: int | None = _ref("queue", null=True)
    promised: dict[str, int] = _json(dict)
    """Channel -> promised time in seconds of open time; a missing channel has the default."""
    skills: dict[str, int] = _json(dict)
    """Skill -> level (1..5) that an agent needs."""
    handoff: dict[str, Any] = _json(dict)
    """`{"connector": kind, "target": …}` where cases of this topic are handed off to; empty: nowhere."""
    wrap_up_seconds: int = 30
    retention_days: int = 730


class Queue(SQLModel, table=True):
    """A named part of the one queue, owned by an organisation; agents serve one or several."""

    id: int = _id()
    organisation_id: int = _ref("organisation")
    key: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    name: str = _text()


class AddressPoint(SQLModel, table=True):
    """A number, mailbox or post box that citizens use; leads to a queue and perhaps a topic."""

    __table_args__ = (UniqueConstraint("kind", "address"),)

    id: int = _id()
    kind: AddressKind = _state(AddressKind, AddressKind.EMAIL)
    address: str = Field(sa_column=Column(Clean, nullable=False))
    """E.164 number, lower-case mail address, or name of a post box."""
    organisation_id: int = _ref("organisation")
    queue_id: int = _ref("queue")
    topic_id: int | None = _ref("topic", null=True)
    menu: dict[str, Any] = _json(dict)
    """Phone only: key pressed -> topic key (tonval), e.g. `{"1": "bygg.bygglov"}`."""


class User(SQLModel, table=True):
    """Somebody who signs in. An agent is a user with a presence."""

    __tablename__ = "staff"

    id: int = _id()
    organisation_id: int = _ref("organisation")
    login: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    name: str = _text()
    password_hash: str = _text()
    """argon2id; empty: cannot sign in."""
    role: Role = _state(Role, Role.AGENT)
    language: str = "sv"
    active: bool = True
    may_pick: bool = False
    """May take any waiting case, not only the next one."""
    sees_protected: bool = False
    """May see names, numbers and addresses of citizens with protected identity."""
    extension: str = _text()
    """The agent's telephone, e.g. `201`; empty: takes no calls."""
    queues: list[int] = _json(list)
    """Ids of the queues served; empty: every queue of the organisation and below."""
    skills: dict[str, int] = _json(dict)
    written_capacity: int = 3
    """How many written cases at once before no more are offered."""
    # presence
    state: AgentState = _state(AgentState, AgentState.SIGNED_OUT, index=True)
    reason: str = _text()
    """Why away: `lunch`, `no_answer`, …"""
    state_since: datetime | None = _maybe_time()
    idle_since: datetime | None = _maybe_time()
    heartbeat_at: datetime | None = _maybe_time()
    wrap_up_until: datetime | None = _maybe_time()


class SignIn(SQLModel, table=True):
    """A signed-in browser. Only the hash of its token is kept."""

    __tablename__ = "user_session"

    id: int = _id()
    token_hash: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    user_id: int = _ref("staff")
    created_at: datetime = _time()
    seen_at: datetime = _time()
    expires_at: datetime = _time(index=True)


class ApiKey(SQLModel, table=True):
    """A key for another system. Only the hash is kept. Scopes e.g. `cases:read`, `handoff:callback`."""

    id: int = _id()
    organisation_id: int = _ref("organisation")
    name: str = _text()
    key_hash: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    scopes: list[str] = _json(list)
    created_at: datetime = _time()
    revoked_at: datetime | None = _maybe_time()


class IdempotentAnswer(SQLModel, table=True):
    """The answer that was given to an Idempotency-Key, given again when the key comes again."""

    __table_args__ = (UniqueConstraint("api_key_id", "key"),)

    id: int = _id()
    api_key_id: int = _ref("apikey")
    key: str = Field(sa_column=Column(Clean, nullable=False))
    request_hash: str = _text()
    status: int = 0
    body: str = _text()
    at: datetime = _time(index=True)


class Citizen(SQLModel, table=True):
    """Whom a case is about. Exists only when an agent saved one; anonymous is normal."""

    id: int = _id()
    organisation_id: int = _ref("organisation")
    """The municipality."""
    name: str = _text()
    address: str = _text()
    protected: bool = False
    """Protected identity (skyddade personuppgifter): masked for those without the right."""
    note: str = _text()
    created_at: datetime = _time()


class CitizenMark(SQLModel, table=True):
    """Something a citizen is known by: `phone` (E.164), `email` (lower case) or `personal_number` (12 digits)."""

    __table_args__ = (
        UniqueConstraint("citizen_id", "kind", "value"),
        Index("ix_citizenmark_kind_value", "kind", "value"),
    )

    id: int = _id()
    citizen_id: int = _ref("citizen")
    kind: str = _text()
    value: str = _text()


class Case(SQLModel, table=True):
    """One matter; holds one or more contacts. `cases.py` is the only writer of its state."""

    __tablename__ = "kase"
    __table_args__ = (
        Index("ix_kase_state_queue", "state", "queue_id"),
        Index("ix_kase_agent_state", "agent_id", "state"),
    )

    id: int = _id()
    number: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    """Readable: `KC-2026-000123`."""
    state: CaseState = _state(CaseState, CaseState.WAITING)
    channel: Channel = _state(Channel, Channel.EMAIL)
    """The work that waits now: a live call (`phone`), a missed one (`callback`), or something written."""
    organisation_id: int = _ref("organisation")
    queue_id: int = _ref("queue")
    topic_id: int | None = _ref("topic", null=True)
    citizen_id: int | None = _ref("citizen", null=True)
    agent_id: int | None = _ref("staff", null=True, index=False)
    preferred_agent_id: int | None = _ref("staff", null=True, index=False)
    subject: str = _text()
    sender: str = _text()
    """Shown in the queue: name, number or address of who wrote; masked in views when protected."""
    priority: int = 0
    """-1 low, 0 normal, 1 high, 2 urgent."""
    protected: bool = False
    unread: bool = False
    """Something new arrived since the agent last opened it."""
    arrived_at: datetime = _time(index=True)
    """When the waiting began that the promised time counts from. Kept through offers and restarts."""
    opened_at: datetime = _time(index=True)
    promised_seconds: int = 0
    changed_at: datetime = _time()
    parked_until: datetime | None = _maybe_time(index=True)
    closed_at: datetime | None = _maybe_time(index=True)
    outcome: Outcome | None = _maybe_state(Outcome)
    first_answer_at: datetime | None = _maybe_time()
    merged_into_id: int | None = _ref("kase", null=True)
    suggested_case_id: int | None = _ref("kase", null=True, index=False)
    """A case that this one may belong to (a letter with our number on it); a human joins them."""
    version: int = 1
    """Grows with every change; the REST API's ETag."""


class Contact(SQLModel, table=True):
    """One thing that arrived or was sent. Never changes after it ended."""

    __table_args__ = (
        UniqueConstraint("channel", "key"),
        Index("ix_contact_message_id", "message_id"),
    )

    id: int = _id()
    case_id: int = _ref("kase")
    channel: Channel = _state(Channel, Channel.EMAIL)
    direction: Direction = _state(Direction, Direction.IN)
    state: ContactState = _state(ContactState, ContactState.RECEIVED)
    key: str = Field(sa_column=Column(Clean, nullable=False))
    """De-duplication: the same (channel, key) is the same contact however often it is delivered."""
    address_point: str = _text()
    """The number, mailbox or post box of ours that was used."""
    sender: str = _text()
    """E.164, mail address, or empty (hidden number, unsigned letter)."""
    sender_name: str = _text()
    recipients: list[str] = _json(list)
    subject: str = _text()
    text: str = _text()
    """Plain text: the mail's body, the letter's recognised text, the note."""
    html: str = _text()
    """Sanitised HTML, safe to show in a sandboxed frame; empty when there is none."""
    message_id: str = _text()
    references: list[str] = _json(list)
    facts: dict[str, Any] = _json(dict)
    """What the channel found out: fields with confidence, headers, call times, automatic, spam."""
    problem: str = _text()
    """Why it could not be read (code), or empty."""
    user_id: int | None = _ref("staff", null=True, index=False)
    """Who wrote or talked."""
    arrived_at: datetime = _time(index=True)
    answered_at: datetime | None = _maybe_time()
    ended_at: datetime | None = _maybe_time()


class FileRecord(SQLModel, table=True):
    """A file of a contact; its bytes lie in the file store under their SHA-256."""

    __tablename__ = "file"

    id: int = _id()
    contact_id: int = _ref("contact")
    role: str = _text("attachment")
    """`original`, `attachment`, `inline`, `page` (image), `searchable` (PDF with text layer), `pdf`."""
    name: str = _text()
    media_type: str = _text("application/octet-stream")
    size: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    sha256: str = Field(sa_column=Column(Clean, nullable=False, index=True))
    position: int = 0
    facts: dict[str, Any] = _json(dict)
    """Content-ID of inline images, page size, words with place and confidence …"""


class Inbox(SQLModel, table=True):
    """A raw original taken in at the door before anything was read: the promise behind SMTP's 250."""

    id: int = _id()
    kind: str = _text("email")
    state: InboxState = _state(InboxState, InboxState.NEW, index=True)
    received_at: datetime = _time()
    envelope: dict[str, Any] = _json(dict)
    sha256: str = Field(default="", sa_column=Column(Clean, nullable=False, index=True))
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    attempts: int = 0
    problem: str = _text()


class Offer(SQLModel, table=True):
    """A case put before one agent for some seconds."""

    __table_args__ = (Index("ix_offer_state_case", "state", "case_id"),)

    id: int = _id()
    case_id: int = _ref("kase")
    agent_id: int = _ref("staff")
    state: OfferState = _state(OfferState, OfferState.OPEN)
    why: dict[str, Any] = _json(dict)
    offered_at: datetime = _time()
    expires_at: datetime = _time()
    ended_at: datetime | None = _maybe_time()


class Draft(SQLModel, table=True):
    """An unsent answer or note; survives a reload. One for each agent, case and kind."""

    __table_args__ = (UniqueConstraint("case_id", "user_id", "kind"),)

    id: int = _id()
    case_id: int = _ref("kase")
    user_id: int = _ref("staff")
    kind: str = _text("reply")
    text: str = _text()
    saved_at: datetime = _time()


class OutgoingMail(SQLModel, table=True):
    """A mail to be sent through the smart host. Reserved before it is sent; the Message-ID never changes."""

    id: int = _id()
    contact_id: int | None = _ref("contact", null=True)
    """None for receipts that are no contact of their own."""
    case_id: int | None = _ref("kase", null=True)
    state: MailState = _state(MailState, MailState.QUEUED, index=True)
    sender: str = _text()
    recipient: str = _text()
    message_id: str = Field(sa_column=Column(Clean, nullable=False, index=True))
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    kind: str = _text("reply")
    """`reply`, `receipt`, `handoff`."""
    attempts: int = 0
    next_at: datetime = _time(index=True)
    last_error: str = _text()
    created_at: datetime = _time()
    sent_at: datetime | None = _maybe_time()


class Delivery(SQLModel, table=True):
    """The sending of a case to a case-management system: outbox row and its own statistics."""

    id: int = _id()
    case_id: int = _ref("kase")
    connector: str = _text()
    target: dict[str, Any] = _json(dict)
    idempotency_key: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    state: DeliveryState = _state(DeliveryState, DeliveryState.PENDING, index=True)
    payload: dict[str, Any] = _json(dict)
    """The case as it was when handed off, with links to files."""
    attempts: int = 0
    next_at: datetime = _time(index=True)
    last_error: str = _text()
    remote_reference: str = _text()
    remote_status: RemoteStatus | None = _maybe_state(RemoteStatus)
    created_at: datetime = _time()
    delivered_at: datetime | None = _maybe_time()
    created_by_id: int | None = _ref("staff", null=True, index=False)


class Event(SQLModel, table=True):
    """One line of the append-only journal: who did what to which case, when. Ids are in commit order."""

    __table_args__ = (Index("ix_event_case", "case_id", "id"),)

    id: int = _id()
    at: datetime = _time(index=True)
    kind: EventKind = _state(EventKind, EventKind.CASE_CHANGED)
    organisation_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    case_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    contact_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    user_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    """Who did it; None: the system."""
    agent_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    """Whom it concerns, when that is another than who did it."""
    data: dict[str, Any] = _json(dict)


class Counter(SQLModel, table=True):
    """Running numbers, e.g. case numbers of a year."""

    name: str = Field(sa_column=Column(Clean, primary_key=True))
    value: int = 0
