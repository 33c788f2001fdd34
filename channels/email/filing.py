"""From a mail that was read to a contact: pure making, and the one transaction that files it."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from channels.email import receipts
from channels.email.mailboxes import Mailbox
from channels.email.message import Parsed
from channels.email.settings import EmailSettings
from contactcenter import intake, journal
from contactcenter.model import Case, Contact, Inbox, OutgoingMail
from contactcenter.ports import InboundContact, Received, StoredFile
from contactcenter.states import Channel, ContactState, EventKind, InboxState, MailState

PROBLEMS = {
    "took_too_long": "Mejlet tog för lång tid att läsa",
    "reader_died": "Mejlet kunde inte läsas",
    "nested_too_deep": "Mejlet är nästlat för djupt",
    "too_much_memory": "Mejlet krävde för mycket minne",
}


def contact(parsed: Parsed, mailbox: Mailbox, row: Inbox, files: tuple[StoredFile, ...]) -> InboundContact:
    """What is filed for one municipality."""
    marks = (("email", parsed.sender),) if parsed.sender and not parsed.automatic else ()
    facts: dict[str, Any] = {
        "visible": parsed.visible,
        "reply_to": parsed.reply_to,
        "date": parsed.date,
        "blocked": list(parsed.blocked),
        "notes": list(parsed.notes),
        "envelope": {name: row.envelope.get(name) for name in ("mail_from", "peer", "tls")},
    }
    if parsed.bounce:
        facts["bounce"] = parsed.bounce
    return InboundContact(
        channel=Channel.EMAIL,
        key=f"{mailbox.municipality_id}:{parsed.key}",
        arrived_at=row.received_at,
        address_point=mailbox.address,
        sender=parsed.sender,
        sender_name=parsed.sender_name,
        recipients=parsed.recipients,
        subject=parsed.subject,
        text=parsed.text,
        html=parsed.html,
        message_id=parsed.message_id,
        references=parsed.references,
        certain_cases=parsed.certain_cases,
        suggested_numbers=parsed.suggested,
        marks=marks,
        automatic=parsed.automatic,
        facts=facts,
        files=files,
    )


def unreadable(row: Inbox, mailbox: Mailbox, code: str, original: StoredFile) -> InboundContact:
    """A mail that could not be read is a case for a human, with the raw original."""
    sender = str(row.envelope.get("mail_from", "")).strip("<>").lower()
    return InboundContact(
        channel=Channel.EMAIL,
        key=f"{mailbox.municipality_id}:unread:{row.sha256}",
        arrived_at=row.received_at,
        address_point=mailbox.address,
        sender=sender,
        subject="Mejl som inte kunde läsas",
        text=PROBLEMS.get(code, PROBLEMS["reader_died"]) + ". Originalet är sparat och kan öppnas.",
        automatic=not sender,
        facts={"envelope": {"mail_from": sender}},
        files=(original,),
        problem=code,
    )


def file(
    session: Session, row_id: int, inbounds: list[InboundContact], settings: EmailSettings, now: datetime
) -> list[Received]:
    """File the contacts and end the inbox row, in one transaction. A row that is done changes nothing."""
    row = session.get(Inbox, row_id)
    if row is None or row.state is InboxState.DONE:
        return []
    received = [_filed(session, inbound, settings, now) for inbound in inbounds]
    row.state, row.raw = InboxState.DONE, b""  # the original lies in the file store now
    session.add(row)
    return received


def _filed(session: Session, inbound: InboundContact, settings: EmailSettings, now: datetime) -> Received:
    received = intake.receive(session, inbound, now)
    if received.duplicate:
        return received
    if bounce := inbound.facts.get("bounce"):
        note_bounce(session, received, bounce, now)
    elif settings.receipts and received.new_case:
        receipts.send(session, received, inbound, settings, now)
    return received


def note_bounce(session: Session, received: Received, bounce: dict[str, Any], now: datetime) -> None:
    """Tie a delivery report to the mail it speaks of; a permanent one fails it."""
    case = session.get(Case, received.case_id)
    mail = session.exec(
        select(OutgoingMail)
        .where(col(OutgoingMail.message_id).in_(bounce["message_ids"]), OutgoingMail.case_id == received.case_id)
        .order_by(col(OutgoingMail.id).desc())
    ).first()
    permanent = not str(bounce["status"]).startswith(("2", "4"))
    if mail is not None and permanent:
        mail.state, mail.last_error = MailState.FAILED, f"bounced {bounce['status']}".strip()
        session.add(mail)
        if mail.contact_id and (sent := session.get(Contact, mail.contact_id)):
            sent.state = ContactState.FAILED
            session.add(sent)
    journal.record(
        session,
        EventKind.MAIL_BOUNCED,
        at=now,
        case=case,
        contact_id=mail.contact_id if mail else received.contact_id,
        status=bounce["status"],
        permanent=permanent,
    )


def new_rows(session: Session, after: int, count: int) -> list[int]:
    """Ids of mails that wait to be read, in order."""
    rows = select(Inbox.id).where(Inbox.kind == "email", Inbox.state == InboxState.NEW, Inbox.id > after)
    return list(session.exec(rows.order_by(col(Inbox.id)).limit(count)).all())


def row(session: Session, row_id: int) -> Inbox | None:
    return session.get(Inbox, row_id)


def backlog(session: Session) -> int:
    """How many mails wait to be read."""
    waiting = select(func.count()).where(Inbox.kind == "email", Inbox.state == InboxState.NEW)
    return session.exec(waiting).one()


def begin(session: Session, row_id: int) -> int:
    """Count an attempt; returns how many that makes."""
    found = session.get_one(Inbox, row_id)
    found.attempts += 1
    session.add(found)
    return found.attempts
