"""Answering by mail: the reply is a contact of the case and one outgoing mail to each recipient."""

import re
from datetime import datetime

from sqlmodel import Session, col, select

from contactcenter import cases, journal, mail_seal, mailout, search, tokens
from contactcenter.errors import Refused
from contactcenter.model import Case, Contact, FileRecord
from contactcenter.ports import Actor, StoredFile
from contactcenter.sight import own
from contactcenter.states import Channel, ContactState, Direction, EventKind
from contactcenter.writing import TEXT_LIMIT, drop_draft

ADDRESS = re.compile(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,253}")
RECIPIENTS = 20


def reply(
    session: Session,
    actor: Actor,
    case_id: int,
    now: datetime,
    *,
    key: str,
    to: list[str],
    subject: str,
    text: str,
    files: list[tuple[StoredFile, bytes]] | None = None,
    sent_open: bool = False,
) -> int:
    """Answer the citizen. `key` makes it happen once however often it is asked for. Returns the contact's id.

    `sent_open`: without encryption, although it could be encrypted; who may not gets Refused.
    """
    case = own(session, actor, case_id)
    known = session.exec(select(Contact).where(Contact.channel == Channel.EMAIL, Contact.key == key)).first()
    if known:
        return known.id
    recipients = addresses(to)
    if not text.strip():
        raise Refused("empty", "there is nothing to send")
    contact = _contact(session, case, actor, key, recipients, subject, text[:TEXT_LIMIT], now)
    if sent_open:
        mail_seal.open_(actor, contact)
    _attach(session, contact, files or [])
    _send(session, case, contact, files or [], now)
    answered(session, case, actor, contact, now)
    drop_draft(session, actor, case_id, "reply")
    return contact.id


def addresses(to: list[str]) -> list[str]:
    """The recipients, each once, in lower case. Raises Refused for none, too many or an impossible one."""
    found = list(dict.fromkeys(address.strip().lower() for address in to if address.strip()))
    if not found or len(found) > RECIPIENTS:
        raise Refused("recipients", f"give between 1 and {RECIPIENTS} recipients")
    if not all(ADDRESS.fullmatch(address) for address in found):
        raise Refused("recipients", "one of the addresses is not a mail address")
    return found


def last_received(session: Session, case: Case) -> Contact | None:
    """The mail that a reply answers."""
    return session.exec(
        select(Contact)
        .where(Contact.case_id == case.id, Contact.channel == Channel.EMAIL, Contact.direction == Direction.IN)
        .order_by(col(Contact.id).desc())
    ).first()


def _contact(
    session: Session, case: Case, actor: Actor, key: str, to: list[str], subject: str, text: str, now: datetime
) -> Contact:
    answered = last_received(session, case)
    sender, name = mailout.sender_for(session, case, answered.address_point if answered else "")
    contact = Contact(
        case_id=case.id,
        channel=Channel.EMAIL,
        direction=Direction.OUT,
        state=ContactState.QUEUED,
        key=key,
        sender=sender,
        sender_name=name,
        recipients=to,
        subject=_subject(subject or case.subject, case.number, answered is not None),
        text=text,
        message_id=mailout.new_message_id(sender),
        references=_references(answered),
        user_id=actor.user_id,
        arrived_at=now,
    )
    session.add(contact)
    session.flush()
    return contact


def _references(answered: Contact | None) -> list[str]:
    """What a threading mail reader expects (RFC 5322 3.6.4), the newest twenty."""
    if answered is None:
        return []
    return [one for one in [*answered.references, answered.message_id] if one][-20:]


def _subject(subject: str, number: str, is_answer: bool) -> str:
    token = tokens.subject_token(number)
    bare = subject.replace(token, "").strip()
    prefix = "" if not is_answer or re.match(r"(?i)(re|sv|aw|vs):", bare) else "Sv: "
    return f"{prefix}{bare} {token}".strip()


def _attach(session: Session, contact: Contact, files: list[tuple[StoredFile, bytes]]) -> None:
    for position, (file, _) in enumerate(files):
        session.add(
            FileRecord(
                contact_id=contact.id,
                name=file.name,
                media_type=file.media_type,
                size=file.size,
                sha256=file.sha256,
                position=position,
            )
        )


def _send(session: Session, case: Case, contact: Contact, files: list[tuple[StoredFile, bytes]], now: datetime) -> None:
    raw = mailout.composer()(
        sender=contact.sender,
        sender_name=contact.sender_name,
        to=contact.recipients,
        subject=contact.subject,
        text=contact.text,
        case_number=case.number,
        message_id=contact.message_id,
        in_reply_to=contact.references[-1] if contact.references else "",
        references=contact.references,
        attachments=[(file.name, file.media_type, data) for file, data in files],
        automatic=False,
        now=now,
    )
    for recipient in contact.recipients:
        mailout.enqueue(
            session,
            sender=contact.sender,
            recipient=recipient,
            message_id=contact.message_id,
            raw=mail_seal.sealed(session, raw, contact.sender, recipient, contact, now),
            kind="reply",
            case_id=case.id,
            contact_id=contact.id,
            now=now,
        )


def answered(session: Session, case: Case, actor: Actor, contact: Contact, now: datetime) -> None:
    """An answer is on its way to the citizen: found by its words, counted, and told."""
    search.add(session, case.id, case.organisation_id, contact.text)
    waited = int((now - case.arrived_at).total_seconds())
    if first := cases.is_unanswered(case):
        cases.change(session, case, now, user_id=actor.user_id, first_answer_at=now)
    journal.record(
        session,
        EventKind.REPLY_QUEUED,
        at=now,
        case=case,
        contact_id=contact.id,
        user_id=actor.user_id,
        channel=case.channel.value,
        first=first,
        waited=waited,
        promised=case.promised_seconds,
    )
