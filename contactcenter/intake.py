"""Intake: one transaction from what arrived to Contact, Case and Event. De-duplicates and threads.

Only proof joins a contact to a case (see `threads`). A case number that is merely mentioned makes a suggestion which a
human accepts or not.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlmodel import Session, col, func, select

from contactcenter import cases, citizens, journal, layout, search, threads
from contactcenter.errors import Misconfigured
from contactcenter.layout import Layout, Point
from contactcenter.model import Case, Citizen, Contact, FileRecord, Inbox
from contactcenter.ports import InboundContact, Received
from contactcenter.states import AddressKind, CaseState, Channel, ContactState, Direction, EventKind, InboxState

_reopen_within = timedelta(days=30)
LANGUAGE = re.compile("[a-z]{2}")
_KINDS = {
    Channel.PHONE: AddressKind.PHONE,
    Channel.CALLBACK: AddressKind.PHONE,
    Channel.EMAIL: AddressKind.EMAIL,
    Channel.POST: AddressKind.POST,
}


def use_reopen_days(days: int) -> None:
    """An answer to a case closed longer ago becomes a new case with a suggestion. Call once at start."""
    global _reopen_within
    _reopen_within = timedelta(days=days)


_TAKE_IN = insert(Inbox.__table__)  # type: ignore[attr-defined]


def accept_raw(
    session: Session, raw: bytes, envelope: dict[str, object], sha256: str, now: datetime, kind: str = "email"
) -> int:
    """Take a raw original in at the door; return the inbox row's id. Once committed it cannot be lost."""
    values = {"received_at": now, "envelope": envelope, "sha256": sha256, "raw": raw}
    # The table, not the object: the mail door waits for this, and it takes half the time.
    result = session.connection().execute(
        _TAKE_IN,
        values | {"kind": kind, "state": InboxState.NEW, "attempts": 0, "problem": ""},
    )
    assert result.inserted_primary_key is not None  # noqa: S101
    return int(result.inserted_primary_key[0])


def receive(session: Session, inbound: InboundContact, now: datetime, *, is_new: bool = False) -> Received:
    """File what arrived: on the case it belongs to, else on a new one. The same (channel, key) changes nothing.

    `is_new`: the caller has looked for it in this transaction, and it is not there.
    """
    if not is_new and (known := _known(session, inbound)) is not None:
        return _answer(session, known, new_case=False, duplicate=True)
    place = place_of(session, inbound)
    digest = threads.said(inbound)
    if again := threads.resent(session, inbound, digest, citizens.municipality_of(session, place.organisation_id)):
        _keep_original(session, again, inbound)
        return _answer(session, again, new_case=False, duplicate=True)
    inbound = replace(inbound, facts=inbound.facts | {"said": digest}) if digest else inbound
    case = threaded_case(session, inbound, place.organisation_id)
    new_case = case is None
    if case is None:
        case = _new_case(session, inbound, place, now)
    contact = add_contact(session, case, inbound, now)
    if not new_case:
        _stir(session, case, contact, inbound, now)
    _index(session, case, inbound, new_case=new_case)
    return _answer(session, contact, new_case=new_case, duplicate=False)


def place_of(session: Session, inbound: InboundContact) -> Point:
    """The address point used, with the topic that the citizen or separator sheet chose. A missing one falls back
    to the first queue of the organisation, so nothing is lost for want of configuration."""
    kind = _KINDS.get(inbound.channel, AddressKind.EMAIL)
    all_ = layout.of(session)
    place = all_.points.get((kind, inbound.address_point)) or _fallback(all_, inbound, kind)
    topic = all_.by_key.get(inbound.topic_key) if inbound.topic_key else None
    organisation = all_.organisations.get(inbound.organisation_key) if inbound.organisation_key else None
    own_queue = all_.first_queue(organisation) if organisation is not None else None
    return Point(
        address=place.address,
        organisation_id=organisation or (topic.organisation_id if topic else place.organisation_id),
        queue_id=topic.queue_id if topic and topic.queue_id else own_queue or place.queue_id,
        topic_id=topic.id if topic else place.topic_id,
    )


def threaded_case(session: Session, inbound: InboundContact, organisation_id: int) -> Case | None:
    """The case that this contact provably belongs to and may still join."""
    municipality = citizens.municipality_of(session, organisation_id)
    for proven in threads.proven(session, inbound):
        case = cases.follow(session, proven)
        if citizens.municipality_of(session, case.organisation_id) != municipality:
            continue
        closed_long_ago = case.closed_at is not None and inbound.arrived_at - case.closed_at > _reopen_within
        if not closed_long_ago:
            return case
    return None


def add_contact(session: Session, case: Case, inbound: InboundContact, now: datetime) -> Contact:
    """Write the contact, its files and its event."""
    contact = Contact(
        case_id=case.id,
        channel=inbound.channel,
        direction=Direction.IN,
        state=ContactState.WAITING if inbound.channel is Channel.PHONE else ContactState.RECEIVED,
        key=inbound.key,
        address_point=inbound.address_point,
        sender=inbound.sender,
        sender_name=inbound.sender_name,
        recipients=list(inbound.recipients),
        subject=inbound.subject,
        text=inbound.text,
        html=inbound.html,
        message_id=inbound.message_id,
        references=list(inbound.references),
        facts=inbound.facts | {"marks": [list(mark) for mark in inbound.marks], "automatic": inbound.automatic},
        problem=inbound.problem,
        arrived_at=inbound.arrived_at,
    )
    session.add(contact)
    session.flush()
    add_files(session, contact, inbound)
    journal.record(
        session,
        EventKind.CONTACT_RECEIVED,
        at=now,
        case=case,
        contact_id=contact.id,
        channel=inbound.channel,
        problem=inbound.problem,
        automatic=inbound.automatic,
        topic_id=case.topic_id,
        queue_id=case.queue_id,
    )
    return contact


def add_files(session: Session, contact: Contact, inbound: InboundContact) -> None:
    for position, file in enumerate(inbound.files):
        session.add(
            FileRecord(
                contact_id=contact.id,
                role=file.role,
                name=file.name,
                media_type=file.media_type,
                size=file.size,
                sha256=file.sha256,
                position=position,
                facts=file.facts,
            )
        )


def _keep_original(session: Session, contact: Contact, inbound: InboundContact) -> None:
    """A mail that says what another said is kept as it came, beside that one."""
    kept = session.exec(select(func.count()).select_from(FileRecord).where(FileRecord.contact_id == contact.id)).one()
    for number, file in enumerate(one for one in inbound.files if one.role == "original"):
        session.add(
            FileRecord(
                contact_id=contact.id,
                role=file.role,
                name=f"again-{kept + number}.eml",
                media_type=file.media_type,
                size=file.size,
                sha256=file.sha256,
                position=kept + number,
            )
        )


def _known(session: Session, inbound: InboundContact) -> Contact | None:
    return session.exec(select(Contact).where(Contact.channel == inbound.channel, Contact.key == inbound.key)).first()


def _answer(session: Session, contact: Contact, *, new_case: bool, duplicate: bool) -> Received:
    case = cases.get(session, contact.case_id)
    return Received(case.id, contact.id, case.number, new_case, duplicate)


def _new_case(session: Session, inbound: InboundContact, place: Point, now: datetime) -> Case:
    municipality = citizens.municipality_of(session, place.organisation_id)
    maybe = citizens.possible(session, municipality, list(inbound.marks))
    topic = layout.of(session).topics.get(place.topic_id) if place.topic_id else None
    suggested = _suggested(session, inbound, municipality)
    case = Case(
        number=cases.next_number(session, now),
        channel=inbound.channel,
        organisation_id=place.organisation_id,
        queue_id=place.queue_id,
        topic_id=place.topic_id,
        subject=inbound.subject,
        sender=inbound.sender_name or inbound.sender,
        language=_language(inbound),
        # one whom the marks may mean has a protected identity: the case is treated so at once
        protected=bool(inbound.facts.get("protected")) or any(one.protected for one in maybe),
        unread=True,
        arrived_at=inbound.arrived_at,
        opened_at=now,
        changed_at=now,
        promised_seconds=cases.promised(topic, inbound.channel),
        suggested_case_id=suggested.id if suggested else None,
        preferred_agent_id=suggested.agent_id if suggested else _recent_agent(session, maybe, now),
    )
    return cases.open_case(session, case, now)


def _language(inbound: InboundContact) -> str:
    """That the caller chose in a menu: an agent who knows it is looked for first."""
    chosen = str(inbound.facts.get("language", ""))
    return chosen if LANGUAGE.fullmatch(chosen) else ""


def _suggested(session: Session, inbound: InboundContact, municipality: int) -> Case | None:
    for case in threads.suggested(session, inbound):
        if citizens.municipality_of(session, case.organisation_id) == municipality:
            return case
    return None


def _recent_agent(session: Session, found: list[Citizen], now: datetime) -> int | None:
    """Who last had a case of the only citizen that those who came can mean, this week."""
    if len(found) != 1:
        return None
    return session.exec(
        select(Case.agent_id)
        .where(
            Case.citizen_id == found[0].id, col(Case.agent_id).is_not(None), Case.changed_at > now - timedelta(days=7)
        )
        .order_by(col(Case.changed_at).desc())
    ).first()


def _stir(session: Session, case: Case, contact: Contact, inbound: InboundContact, now: datetime) -> None:
    """Something came to an existing case: wake it, unless a machine wrote it."""
    if case.state in (CaseState.CLOSED, CaseState.HANDED_OFF) and not inbound.automatic:
        cases.reopen(session, case, now, contact_id=contact.id)
    elif case.state is CaseState.PARKED and not inbound.automatic:
        values = cases.wait_again() | {"preferred_agent_id": case.agent_id, "unread": True}
        cases.move(session, case, "wake", EventKind.CASE_RESUMED, now, contact_id=contact.id, change=values)
    else:
        cases.change(session, case, now, unread=True)


def _index(session: Session, case: Case, inbound: InboundContact, *, new_case: bool) -> None:
    words = [case.number, inbound.subject, inbound.sender, inbound.sender_name, inbound.text]
    words += [value for _, value in inbound.marks] + [file.name for file in inbound.files]
    write = search.begin if new_case else search.add
    write(session, case.id, case.organisation_id, "\n".join(word for word in words if word))


def _fallback(all_: Layout, inbound: InboundContact, kind: AddressKind) -> Point:
    same_kind = next((point for (one, _), point in all_.points.items() if one is kind), None)
    if same_kind:
        return same_kind
    queue = next(iter(all_.queues.items()), None)
    if queue is None:
        raise Misconfigured("queues", "there is no queue yet: run `contactcenter configure` or `contactcenter demo`")
    return Point(inbound.address_point, organisation_id=queue[1], queue_id=queue[0], topic_id=None)
