"""The whole case as another system gets it: the models behind docs/handoff-payload.schema.json, and their filling.

What is stored with a delivery is the case as it was when handed off, without links; links to files are made anew for
each attempt, since they are valid for a short time.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from contactcenter import citizens, scanning
from contactcenter.model import Case, Citizen, Contact, Event, FileRecord, Organisation, Topic, User
from contactcenter.states import Channel, ContactState, Direction, EventKind, RemoteStatus

FORMAT: Literal["contactcenter.case/1"] = "contactcenter.case/1"
PROTECTED_BASIS = "OSL 21 kap. 3 §"
"""Offentlighets- och sekretesslagen (2009:400): secrecy for addresses and the like of people under threat."""
PROTECTED_NOTE = (
    "Skyddade personuppgifter. Uppgifter som kan röja var personen finns omfattas av sekretess enligt "
    "offentlighets- och sekretesslagen 21 kap. 3 §. Sprid dem inte och visa dem bara för den som behöver dem."
)
STORY = (
    EventKind.CASE_OPENED,
    EventKind.CASE_ACCEPTED,
    EventKind.CASE_TRANSFERRED,
    EventKind.CASE_MERGED,
    EventKind.CASE_RETURNED,
    EventKind.CASE_REOPENED,
    EventKind.CASE_HANDED_OFF,
    EventKind.CASE_CLOSED,
)
"""Lines of the journal that tell the receiver what happened to the case."""


class Part(BaseModel):
    """A piece of the payload: unknown fields may be added within the same format, so receivers must ignore them."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Named(Part):
    key: str
    name: str


class Secrecy(Part):
    """Why the case must be handled with care."""

    basis: str = Field(description="The statute")
    note: str = Field(description="What it means, in Swedish, to be shown to whoever opens the case")


class Mark(Part):
    """Something the citizen is known by."""

    kind: str = Field(description="`phone` (E.164), `email` or `personal_number` (12 digits)")
    value: str


class CitizenPart(Part):
    name: str
    address: str
    protected: bool = Field(description="Protected identity; then `case.secrecy` says by which statute")
    marks: list[Mark]


class FilePart(Part):
    id: int
    role: str = Field(description="`original`, `attachment`, `inline`, `page`, `searchable` or `pdf`")
    name: str
    media_type: str
    size: int = Field(description="Bytes")
    sha256: str = Field(description="Of the content, hexadecimal; verify it after the download")
    url: str = Field(default="", description="Fetch with GET before `links_expire`; no sign-in needed")


class ContactPart(Part):
    """One thing that arrived or was sent, oldest first."""

    id: int
    channel: Channel
    direction: Direction = Field(description="`internal` is a note by staff")
    state: ContactState
    arrived_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    sender: str
    sender_name: str
    recipients: list[str]
    subject: str
    text: str
    message_id: str
    problem: str = Field(description="Code of why it could not be read, or empty")
    fields: dict[str, Any] = Field(description="What was found out by the channel, e.g. fields of a scanned letter")
    by: str = Field(description="Name of the agent who wrote or talked, or empty")
    files: list[FilePart]


class StoryLine(Part):
    at: datetime
    kind: EventKind
    by: str


class CasePart(Part):
    number: str
    subject: str
    organisation: Named
    municipality: Named
    topic: Named | None
    channel: Channel
    priority: int = Field(description="-1 low, 0 normal, 1 high, 2 urgent")
    arrived_at: datetime = Field(description="When the citizen's waiting began")
    opened_at: datetime
    protected: bool
    secrecy: Secrecy | None


class HandoffPart(Part):
    by: str
    at: datetime
    note: str


class CallbackPart(Part):
    """Where to say what becomes of the case."""

    url: str
    statuses: list[RemoteStatus]


class CasePayload(Part):
    """A case handed off by the contact centre."""

    format: Literal["contactcenter.case/1"]
    key: str = Field(description="Of this hand-off; the same however often it is sent. Take each key once")
    case: CasePart
    citizen: CitizenPart | None = Field(description="Null: unknown or anonymous, which is normal")
    contacts: list[ContactPart]
    story: list[StoryLine]
    handoff: HandoffPart
    callback: CallbackPart | None = None
    links_expire: datetime | None = None


def build(session: Session, case: Case, key: str, by: str, note: str, now: datetime) -> CasePayload:
    """The payload of `case` as it is now, without links."""
    names = _Names(session)
    return CasePayload(
        format=FORMAT,
        key=key,
        case=_case(session, case),
        citizen=_citizen(session, case.citizen_id),
        contacts=[_contact(session, contact, names) for contact in contacts_of(session, case.id)],
        story=[
            StoryLine(at=event.at, kind=event.kind, by=names.of(event.user_id)) for event in story_of(session, case.id)
        ],
        handoff=HandoffPart(by=by, at=now, note=note),
    )


def linked(
    payload: CasePayload, url_of: Callable[[int], str], callback_url: str, links_expire: datetime
) -> CasePayload:
    """`payload` with a link to every file (`url_of` gives one by the file's id) and the address for the status."""
    contacts = [
        contact.model_copy(
            update={"files": [file.model_copy(update={"url": url_of(file.id)}) for file in contact.files]}
        )
        for contact in payload.contacts
    ]
    callback = CallbackPart(url=callback_url, statuses=list(RemoteStatus))
    return payload.model_copy(update={"contacts": contacts, "callback": callback, "links_expire": links_expire})


def callback_url(public_url: str, key: str) -> str:
    """Where the receiver of the hand-off `key` says what becomes of it."""
    return f"{public_url.rstrip('/')}/api/v1/handoff/{quote(key, safe='')}/status"


def contacts_of(session: Session, case_id: int) -> list[Contact]:
    """The case's contacts, oldest first."""
    found = select(Contact).where(Contact.case_id == case_id).order_by(col(Contact.arrived_at), col(Contact.id))
    return list(session.exec(found))


def story_of(session: Session, case_id: int) -> list[Event]:
    """The journal's lines that tell an outsider what happened to the case."""
    found = select(Event).where(Event.case_id == case_id, col(Event.kind).in_(STORY)).order_by(col(Event.id))
    return list(session.exec(found))


class _Names:
    """Names of staff, each looked up once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[int, str] = {}

    def of(self, user_id: int | None) -> str:
        if user_id is None:
            return ""
        if user_id not in self._known:
            user = self._session.get(User, user_id)
            self._known[user_id] = user.name if user else ""
        return self._known[user_id]


def _case(session: Session, case: Case) -> CasePart:
    topic = session.get(Topic, case.topic_id) if case.topic_id else None
    municipality = citizens.municipality_of(session, case.organisation_id)
    return CasePart(
        number=case.number,
        subject=case.subject,
        organisation=_organisation(session, case.organisation_id),
        municipality=_organisation(session, municipality),
        topic=Named(key=topic.key, name=topic.name) if topic else None,
        channel=case.channel,
        priority=case.priority,
        arrived_at=case.arrived_at,
        opened_at=case.opened_at,
        protected=case.protected,
        secrecy=Secrecy(basis=PROTECTED_BASIS, note=PROTECTED_NOTE) if case.protected else None,
    )


def _organisation(session: Session, organisation_id: int) -> Named:
    organisation = session.get_one(Organisation, organisation_id)
    return Named(key=organisation.key, name=organisation.name)


def _citizen(session: Session, citizen_id: int | None) -> CitizenPart | None:
    citizen = session.get(Citizen, citizen_id) if citizen_id else None
    if citizen is None:
        return None
    marks = [Mark(kind=kind, value=value) for kind, value in citizens.marks_of(session, citizen.id)]
    return CitizenPart(name=citizen.name, address=citizen.address, protected=citizen.protected, marks=marks)


def _contact(session: Session, contact: Contact, names: _Names) -> ContactPart:
    return ContactPart(
        id=contact.id,
        channel=contact.channel,
        direction=contact.direction,
        state=contact.state,
        arrived_at=contact.arrived_at,
        answered_at=contact.answered_at,
        ended_at=contact.ended_at,
        sender=contact.sender,
        sender_name=contact.sender_name,
        recipients=contact.recipients,
        subject=contact.subject,
        text=contact.text,
        message_id=contact.message_id,
        problem=contact.problem,
        fields=contact.facts,
        by=names.of(contact.user_id),
        files=_files(session, contact.id),
    )


def _files(session: Session, contact_id: int) -> list[FilePart]:
    found = select(FileRecord).where(FileRecord.contact_id == contact_id).order_by(col(FileRecord.position))
    return [
        FilePart(
            id=file.id, role=file.role, name=file.name, media_type=file.media_type, size=file.size, sha256=file.sha256
        )
        for file in session.exec(found)
        if not scanning.is_locked(file)
    ]
