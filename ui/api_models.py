"""The records of the REST API. Its OpenAPI description is made from them."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from contactcenter.states import CaseState, Channel, ContactState, Direction, Outcome

Text = Annotated[str, Meta(max_length=100_000)]
Line = Annotated[str, Meta(max_length=500)]


class CaseSummary(Struct, frozen=True):
    """A case in a list. `subject` and `sender` are empty when the citizen's identity is protected."""

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
    priority: int
    protected: bool
    arrived_at: datetime
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    outcome: Outcome | None
    promised_seconds: int
    version: int


class Cases(Struct, frozen=True):
    """A page of cases. `next` is the cursor of the next page; null on the last one."""

    cases: list[CaseSummary]
    next: str | None


class CaseQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Narrows the list; newest first."""

    state: CaseState | None = None
    channel: Channel | None = None
    queue_id: int | None = None
    topic_id: int | None = None
    number: Annotated[str, Meta(max_length=40)] | None = None
    changed_since: datetime | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None


class QueueQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Narrows the queue."""

    queue_id: int | None = None
    channel: Channel | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class WaitingCase(Struct, frozen=True):
    """A case that waits. `used` is the share of its promised time that it has used."""

    id: int
    number: str
    channel: Channel
    queue_id: int
    topic_id: int | None
    subject: str
    sender: str
    priority: int
    protected: bool
    arrived_at: datetime
    promised_seconds: int
    used: float


class WaitingCases(Struct, frozen=True):
    """The queue in its order: most of the promised time used first, then priority, then arrival."""

    cases: list[WaitingCase]
    total: int


class ApiContact(Struct, frozen=True):
    """One thing that arrived or was sent."""

    id: int
    channel: Channel
    direction: Direction
    state: ContactState
    sender: str
    sender_name: str
    recipients: list[str]
    subject: str
    text: str
    arrived_at: datetime
    ended_at: datetime | None


class ApiCase(Struct, frozen=True):
    """A case with its contacts, which are left out when the citizen's identity is protected."""

    case: CaseSummary
    contacts: list[ApiContact]


class CaseChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    subject: Line | None = None
    topic_id: int | None = None
    priority: Annotated[int, Meta(ge=-1, le=2)] | None = None


class NewNote(Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=100_000)]


class NewClosure(Struct, frozen=True, forbid_unknown_fields=True):
    outcome: Outcome
    note: Text = ""


class NewContact(Struct, frozen=True, forbid_unknown_fields=True):
    """A filled-in web form. `topic` is a topic's key and says who gets it; `id` is the form's own id of this."""

    topic: Annotated[str, Meta(min_length=1, max_length=200)]
    text: Annotated[str, Meta(min_length=1, max_length=100_000)]
    subject: Line = ""
    name: Line = ""
    email: Annotated[str, Meta(max_length=320)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    id: Annotated[str, Meta(max_length=200)] = ""
    fields: dict[str, Annotated[str, Meta(max_length=10_000)]] = {}


class CreatedContact(Struct, frozen=True):
    case_id: int
    contact_id: int
    number: str
    new_case: bool


class CreatedNote(Struct, frozen=True):
    contact_id: int


class QueueFigures(Struct, frozen=True):
    """What waits in one queue, by channel; `oldest_at` of all."""

    queue_id: int
    name: str
    waiting: dict[str, int]
    waiting_total: int
    oldest_at: datetime | None


class Queues(Struct, frozen=True):
    at: datetime
    queues: list[QueueFigures]


class ApiProblem(Struct, frozen=True):
    """RFC 9457."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
