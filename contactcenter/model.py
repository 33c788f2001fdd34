"""The tables. Words as in the glossary: organisation, topic, queue, case, contact, event, offer, delivery.

All times are aware UTC. All ids are integers given by the database. Text columns never hold NUL.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from contactcenter import field
from contactcenter.columns import Clean
from contactcenter.field import BigId
from contactcenter.states import (
    AddressKind,
    AgentState,
    CallbackFirst,
    CallPhase,
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
)  # fmt: skip


class Organisation(SQLModel, table=True):
    """A municipality, a department (förvaltning) of it or a unit (enhet) of that."""

    id: int = field.identity()
    parent_id: int | None = field.reference("organisation", null=True)
    kind: OrganisationKind = field.state(OrganisationKind, OrganisationKind.MUNICIPALITY)
    key: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    """Stable word for configuration files, e.g. `solvik.bygg`."""
    name: str = field.text()
    mail_from: str = field.text()
    """Address that mails from this organisation are sent from; empty: the parent's."""
    hours: dict[str, Any] = field.json_value(dict)
    """Opening hours (see contactcenter.hours); empty: the parent's."""
    letterhead: dict[str, Any] = field.json_value(dict)
    """What stands on its letters: `address` (lines), `phone`, `email`, `web`, `logo` (a file); empty: the parent's."""


class Topic(SQLModel, table=True):
    """What a case is about (ärendetyp), two levels."""

    id: int = field.identity()
    organisation_id: int = field.reference("organisation")
    parent_id: int | None = field.reference("topic", null=True)
    key: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    name: str = field.text()
    queue_id: int | None = field.reference("queue", null=True)
    promised: dict[str, int] = field.json_value(dict)
    """Channel -> promised time in seconds of open time; a missing channel has the default."""
    skills: dict[str, int] = field.json_value(dict)
    """Skill -> level (1..5) that an agent needs."""
    handoff: dict[str, Any] = field.json_value(dict)
    """`{"connector": kind, "target": …}` where cases of this topic are handed off to; empty: nowhere."""
    wrap_up_seconds: int = 30
    retention_days: int = 730


class Queue(SQLModel, table=True):
    """A named part of the one queue, owned by an organisation; agents serve one or several."""

    id: int = field.identity()
    organisation_id: int = field.reference("organisation")
    key: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    name: str = field.text()
    overflow: list[dict[str, Any]] = field.json_value(list)
    """Where callers go when it is too long: steps as `contactcenter.overflow.rules.Step` has them."""
    callback_first: CallbackFirst = field.state(CallbackFirst, CallbackFirst.AGENT)
    taped: bool = False
    """Its calls are recorded when they are answered by somebody who `may_record`."""


class AddressPoint(SQLModel, table=True):
    """A number, mailbox or post box that citizens use; leads to a queue and perhaps a topic."""

    __table_args__ = (UniqueConstraint("kind", "address"),)

    id: int = field.identity()
    kind: AddressKind = field.state(AddressKind, AddressKind.EMAIL)
    address: str = Field(sa_column=Column(Clean, nullable=False))
    """E.164 number, lower-case mail address, or name of a post box."""
    organisation_id: int = field.reference("organisation")
    queue_id: int = field.reference("queue")
    topic_id: int | None = field.reference("topic", null=True)
    menu: dict[str, Any] = field.json_value(dict)
    """Phone only: key pressed -> topic key (tonval), e.g. `{"1": "bygg.bygglov"}`."""
    tree: dict[str, Any] = field.json_value(dict)
    """Phone only: the menu in force, with levels (see contactcenter.menus); empty: `menu` says it all."""


class User(SQLModel, table=True):
    """Somebody who signs in. An agent is a user with a presence."""

    __tablename__ = "staff"

    id: int = field.identity()
    organisation_id: int = field.reference("organisation")
    login: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    name: str = field.text()
    password_hash: str = field.text()
    """argon2id; empty: cannot sign in."""
    role: Role = field.state(Role, Role.AGENT)
    language: str = "sv"
    active: bool = True
    may_pick: bool = False
    """May take any waiting case, not only the next one."""
    may_record: bool = False
    """Calls of recorded queues that they answer are recorded; may play recordings."""
    sees_protected: bool = False
    """May see names, numbers and addresses of citizens with protected identity."""
    extension: str = field.text()
    """The agent's telephone, e.g. `201`; empty: takes no calls."""
    queues: list[int] = field.json_value(list)
    """Ids of the queues served; empty: every queue of the organisation and below."""
    skills: dict[str, int] = field.json_value(dict)
    written_capacity: int = 3
    """How many written cases at once before no more are offered."""
    # presence
    state: AgentState = field.state(AgentState, AgentState.SIGNED_OUT, index=True)
    reason: str = field.text()
    """Why away: `lunch`, `no_answer`, …"""
    state_since: datetime | None = field.maybe_time()
    idle_since: datetime | None = field.maybe_time()
    heartbeat_at: datetime | None = field.maybe_time()
    wrap_up_until: datetime | None = field.maybe_time()


class Citizen(SQLModel, table=True):
    """Whom a case is about. Exists only when an agent saved one; anonymous is normal."""

    id: int = field.identity()
    organisation_id: int = field.reference("organisation")
    """The municipality."""
    name: str = field.text()
    address: str = field.text()
    protected: bool = False
    """Protected identity (skyddade personuppgifter): masked for those without the right."""
    note: str = field.text()
    created_at: datetime = field.time()


class CitizenMark(SQLModel, table=True):
    """Something a citizen is known by: `phone` (E.164), `email` (lower case) or `personal_number` (12 digits)."""

    __table_args__ = (
        UniqueConstraint("citizen_id", "kind", "value"),
        Index("ix_citizenmark_kind_value", "kind", "value"),
    )

    id: int = field.identity()
    citizen_id: int = field.reference("citizen")
    kind: str = field.text()
    value: str = field.text()


class Case(SQLModel, table=True):
    """One matter; holds one or more contacts. `cases.py` is the only writer of its state."""

    __tablename__ = "kase"
    __table_args__ = (
        Index("ix_kase_state_queue", "state", "queue_id"),
        Index("ix_kase_agent_state", "agent_id", "state"),
    )

    id: int = field.identity()
    number: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    """Readable: `KC-2026-000123`."""
    state: CaseState = field.state(CaseState, CaseState.WAITING)
    channel: Channel = field.state(Channel, Channel.EMAIL)
    """The work that waits now: a live call (`phone`), a missed one (`callback`), or something written."""
    organisation_id: int = field.reference("organisation")
    queue_id: int = field.reference("queue")
    topic_id: int | None = field.reference("topic", null=True)
    citizen_id: int | None = field.reference("citizen", null=True)
    agent_id: int | None = field.reference("staff", null=True, index=False)
    preferred_agent_id: int | None = field.reference("staff", null=True, index=False)
    subject: str = field.text()
    sender: str = field.text()
    """Shown in the queue: name, number or address of who wrote; masked in views when protected."""
    priority: int = 0
    """-1 low, 0 normal, 1 high, 2 urgent."""
    protected: bool = False
    language: str = field.text()
    """Chosen by the caller (`en`, `fi`): a skill that the agent needs; empty: any."""
    unread: bool = False
    """Something new arrived since the agent last opened it."""
    arrived_at: datetime = field.time(index=True)
    """When the waiting began that the promised time counts from. Kept through offers and restarts."""
    opened_at: datetime = field.time(index=True)
    promised_seconds: int = 0
    changed_at: datetime = field.time()
    parked_until: datetime | None = field.maybe_time(index=True)
    closed_at: datetime | None = field.maybe_time(index=True)
    outcome: Outcome | None = field.maybe_state(Outcome)
    first_answer_at: datetime | None = field.maybe_time()
    merged_into_id: int | None = field.reference("kase", null=True)
    suggested_case_id: int | None = field.reference("kase", null=True, index=False)
    """A case that this one may belong to (a letter with our number on it); a human joins them."""
    version: int = 1
    """Grows with every change; the REST API's ETag."""


class Contact(SQLModel, table=True):
    """One thing that arrived or was sent. Never changes after it ended."""

    __table_args__ = (
        UniqueConstraint("channel", "key"),
        Index("ix_contact_message_id", "message_id"),
        Index("ix_contact_sender", "sender", "arrived_at"),
    )

    id: int = field.identity()
    case_id: int = field.reference("kase")
    channel: Channel = field.state(Channel, Channel.EMAIL)
    direction: Direction = field.state(Direction, Direction.IN)
    state: ContactState = field.state(ContactState, ContactState.RECEIVED)
    key: str = Field(sa_column=Column(Clean, nullable=False))
    """De-duplication: the same (channel, key) is the same contact however often it is delivered."""
    address_point: str = field.text()
    """The number, mailbox or post box of ours that was used."""
    sender: str = field.text()
    """E.164, mail address, or empty (hidden number, unsigned letter)."""
    sender_name: str = field.text()
    recipients: list[str] = field.json_value(list)
    subject: str = field.text()
    text: str = field.text()
    """Plain text: the mail's body, the letter's recognised text, the note."""
    html: str = field.text()
    """Sanitised HTML, safe to show in a sandboxed frame; empty when there is none."""
    message_id: str = field.text()
    references: list[str] = field.json_value(list)
    facts: dict[str, Any] = field.json_value(dict)
    """What the channel found out: fields with confidence, headers, call times, automatic, spam."""
    problem: str = field.text()
    """Why it could not be read (code), or empty."""
    phase: CallPhase = field.state(CallPhase, CallPhase.TALKING)
    """Of a call that was answered."""
    third: str = field.text()
    """Extension or number of who else is in the call, or is being asked to be."""
    third_talks: bool = False
    """That one has answered."""
    user_id: int | None = field.reference("staff", null=True, index=False)
    """Who wrote or talked."""
    arrived_at: datetime = field.time(index=True)
    answered_at: datetime | None = field.maybe_time()
    ended_at: datetime | None = field.maybe_time()


class FileRecord(SQLModel, table=True):
    """A file of a contact; its bytes lie in the file store under their SHA-256."""

    __tablename__ = "file"

    id: int = field.identity()
    contact_id: int = field.reference("contact")
    role: str = field.text("attachment")
    """`original`, `attachment`, `inline`, `page` (image), `searchable` (PDF with text layer), `pdf`."""
    name: str = field.text()
    media_type: str = field.text("application/octet-stream")
    size: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    sha256: str = Field(sa_column=Column(Clean, nullable=False, index=True))
    position: int = 0
    facts: dict[str, Any] = field.json_value(dict)
    """Content-ID of inline images, page size, words with place and confidence …"""


class Inbox(SQLModel, table=True):
    """A raw original taken in at the door before anything was read: the promise behind SMTP's 250."""

    id: int = field.identity()
    kind: str = field.text("email")
    state: InboxState = field.state(InboxState, InboxState.NEW, index=True)
    received_at: datetime = field.time()
    envelope: dict[str, Any] = field.json_value(dict)
    sha256: str = Field(default="", sa_column=Column(Clean, nullable=False, index=True))
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    attempts: int = 0
    problem: str = field.text()


class Offer(SQLModel, table=True):
    """A case put before one agent for some seconds."""

    __table_args__ = (Index("ix_offer_state_case", "state", "case_id"),)

    id: int = field.identity()
    case_id: int = field.reference("kase")
    agent_id: int = field.reference("staff")
    state: OfferState = field.state(OfferState, OfferState.OPEN)
    why: dict[str, Any] = field.json_value(dict)
    offered_at: datetime = field.time()
    expires_at: datetime = field.time()
    ended_at: datetime | None = field.maybe_time()


class Draft(SQLModel, table=True):
    """An unsent answer or note; survives a reload. One for each agent, case and kind."""

    __table_args__ = (UniqueConstraint("case_id", "user_id", "kind"),)

    id: int = field.identity()
    case_id: int = field.reference("kase")
    user_id: int = field.reference("staff")
    kind: str = field.text("reply")
    text: str = field.text()
    saved_at: datetime = field.time()


class OutgoingMail(SQLModel, table=True):
    """A mail to be sent through the smart host. Reserved before it is sent; the Message-ID never changes."""

    id: int = field.identity()
    contact_id: int | None = field.reference("contact", null=True)
    """None for receipts that are no contact of their own."""
    case_id: int | None = field.reference("kase", null=True)
    state: MailState = field.state(MailState, MailState.QUEUED, index=True)
    sender: str = field.text()
    recipient: str = field.text()
    message_id: str = Field(sa_column=Column(Clean, nullable=False, index=True))
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    kind: str = field.text("reply")
    """`reply`, `receipt`, `handoff`."""
    attempts: int = 0
    next_at: datetime = field.time(index=True)
    last_error: str = field.text()
    created_at: datetime = field.time()
    sent_at: datetime | None = field.maybe_time()


class Delivery(SQLModel, table=True):
    """The sending of a case to a case-management system: outbox row and its own statistics."""

    id: int = field.identity()
    case_id: int = field.reference("kase")
    connector: str = field.text()
    target: dict[str, Any] = field.json_value(dict)
    idempotency_key: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    state: DeliveryState = field.state(DeliveryState, DeliveryState.PENDING, index=True)
    payload: dict[str, Any] = field.json_value(dict)
    """The case as it was when handed off, with links to files."""
    attempts: int = 0
    next_at: datetime = field.time(index=True)
    last_error: str = field.text()
    remote_reference: str = field.text()
    remote_status: RemoteStatus | None = field.maybe_state(RemoteStatus)
    created_at: datetime = field.time()
    delivered_at: datetime | None = field.maybe_time()
    created_by_id: int | None = field.reference("staff", null=True, index=False)


class Event(SQLModel, table=True):
    """One line of the append-only journal: who did what to which case, when. Ids are in commit order."""

    __table_args__ = (Index("ix_event_case", "case_id", "id"),)

    id: int = field.identity()
    at: datetime = field.time(index=True)
    kind: EventKind = field.state(EventKind, EventKind.CASE_CHANGED)
    organisation_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    case_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    contact_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    user_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    """Who did it; None: the system."""
    agent_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    """Whom it concerns, when that is another than who did it."""
    data: dict[str, Any] = field.json_value(dict)


class Counter(SQLModel, table=True):
    """Running numbers, e.g. case numbers of a year."""

    name: str = Field(sa_column=Column(Clean, primary_key=True))
    value: int = 0
