"""Answering by mail: the reply is a contact of the case and one outgoing mail to each recipient."""

import re
from datetime import datetime

from sqlmodel import Session, col, select

from contactcenter import cases, journal, mail_seal, mailout, search, templates, tokens
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.model import Case, Contact, FileRecord, OutgoingMail
from contactcenter.ports import Actor, StoredFile
from contactcenter.sight import own
from contactcenter.states import Channel, ContactState, Direction, EventKind, MailState
from contactcenter.writing import TEXT_LIMIT, draft_text, drop_draft, save_draft

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
    cc: list[str] | None = None,
    bcc: list[str] | None = None,
    not_before: datetime | None = None,
    sent_open: bool = False,
) -> int:
    """Answer the citizen. `key` makes it happen once however often it is asked for. Returns the contact's id.

    `bcc` stands in no field of the mail. `not_before`: until then it can be undone. `sent_open`: without encryption,
    although it could be encrypted; who may not gets Refused.
    """
    case = own(session, actor, case_id)
    known = session.exec(select(Contact).where(Contact.channel == Channel.EMAIL, Contact.key == key)).first()
    if known:
        return known.id
    recipients = addresses(to)
    if not text.strip():
        raise Refused("empty", "there is nothing to send")
    templates.demand_filled(text)
    copies = _copies(recipients, cc or [], bcc or [])
    contact = _contact(session, case, actor, key, recipients, subject, text[:TEXT_LIMIT], now)
    contact.facts = {name: found for name, found in copies.items() if found}
    if not_before:
        contact.facts |= {"not_before": not_before.isoformat()}
    if sent_open:
        mail_seal.open_(actor, contact)
    _attach(session, contact, files or [])
    _send(session, case, contact, files or [], now, not_before)
    answered(session, case, actor, contact, now)
    drop_draft(session, actor, case_id, "reply")
    return contact.id


def undo(session: Session, actor: Actor, contact_id: int, now: datetime) -> str:
    """Take an answer back that has not gone to anybody yet; its text stands before the draft again. Returns both.

    Raises Conflict `mail_gone` when it is too late.
    """
    contact = session.get(Contact, contact_id)
    if contact is None or contact.channel is not Channel.EMAIL or contact.direction is not Direction.OUT:
        raise NotFound("no_such_mail")
    case = own(session, actor, contact.case_id)
    mails = session.exec(select(OutgoingMail).where(OutgoingMail.contact_id == contact_id)).all()
    if not mails or any(mail.state is not MailState.QUEUED or mail.attempts or mail.next_at <= now for mail in mails):
        raise Conflict("mail_gone", "the mail has been sent")
    for mail in mails:
        mail.state = MailState.UNDONE
        session.add(mail)
    if case.first_answer_at == contact.arrived_at:
        cases.change(session, case, now, user_id=actor.user_id, first_answer_at=None)
    contact.state, contact.ended_at = ContactState.FAILED, now
    session.add(contact)
    text = "\n\n".join(one for one in (contact.text, draft_text(session, actor, case.id, "reply")) if one)
    save_draft(session, actor, case.id, "reply", text, now)
    journal.record(session, EventKind.REPLY_UNDONE, at=now, case=case, contact_id=contact.id, user_id=actor.user_id)
    return text


def _copies(to: list[str], cc: list[str], bcc: list[str]) -> dict[str, list[str]]:
    """Who else gets it: each once, whoever stands in To not again."""
    found: dict[str, list[str]] = {"cc": [], "bcc": []}
    known = set(to)
    for name, wanted in (("cc", cc), ("bcc", bcc)):
        for address in addresses(wanted) if any(one.strip() for one in wanted) else []:
            if address not in known:
                known.add(address)
                found[name].append(address)
    if len(known) > RECIPIENTS:
        raise Refused("recipients", f"give between 1 and {RECIPIENTS} recipients")
    return found


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


def _send(
    session: Session,
    case: Case,
    contact: Contact,
    files: list[tuple[StoredFile, bytes]],
    now: datetime,
    not_before: datetime | None,
) -> None:
    cc, bcc = contact.facts.get("cc", []), contact.facts.get("bcc", [])
    raw = mailout.composer()(
        sender=contact.sender,
        sender_name=contact.sender_name,
        to=contact.recipients,
        cc=cc,
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
    for recipient in [*contact.recipients, *cc, *bcc]:
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
            not_before=not_before,
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
