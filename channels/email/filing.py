"""From a mail that was read to a contact: pure making, and the one transaction that files it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from channels.email import automatic, outbox, receipts
from channels.email.mailboxes import Mailbox
from channels.email.message import Parsed
from channels.email.settings import EmailSettings
from contactcenter import intake, mail_seal, scanning
from contactcenter.model import Inbox
from contactcenter.ports import InboundContact, Received, StoredFile
from contactcenter.states import Channel, InboxState

UNREADABLE = "Mejl som inte kunde läsas"
PROBLEMS = {
    "took_too_long": "Mejlet tog för lång tid att läsa",
    "reader_died": "Mejlet kunde inte läsas",
    "nested_too_deep": "Mejlet är nästlat för djupt",
    "too_many_parts": "Mejlet har för många delar",
    "too_much_memory": "Mejlet krävde för mycket minne",
}
"""Code -> what the agent reads. Other codes: as `reader_died`."""


def contact(
    parsed: Parsed, mailbox: Mailbox, row: Inbox, files: tuple[StoredFile, ...], found: Mapping[str, Any] | None = None
) -> InboundContact:
    """What is filed for one municipality. `found`: further facts, about its sender."""
    headed = "no_header" not in parsed.notes
    marks = (("email", parsed.sender),) if parsed.sender and not parsed.automatic else ()
    facts: dict[str, Any] = {
        "kind": parsed.kind,
        "answerable": parsed.answerable,
        "visible": parsed.visible,
        "folds": [list(fold) for fold in parsed.folds],
        "reply_to": parsed.reply_to,
        "date": parsed.date,
        "blocked": list(parsed.blocked),
        "notes": list(parsed.notes),
        "envelope": {name: row.envelope.get(name) for name in ("mail_from", "peer", "tls")},
    }
    if parsed.bounce:
        facts["bounce"] = parsed.bounce
    if parsed.mailing_list:
        facts["list"] = parsed.mailing_list
    if parsed.smime:
        facts["smime"] = parsed.smime
    if parsed.invitation:
        facts["invitation"] = parsed.invitation
    return InboundContact(
        channel=Channel.EMAIL,
        key=_key(parsed, mailbox, row),
        arrived_at=row.received_at,
        address_point=mailbox.address,
        sender=parsed.sender,
        sender_name=parsed.sender_name,
        recipients=parsed.recipients,
        subject=parsed.subject if headed else UNREADABLE,
        text=parsed.text,
        html=parsed.html,
        message_id=parsed.message_id,
        references=parsed.references,
        certain_cases=parsed.certain_cases,
        suggested_numbers=parsed.suggested,
        enclosed_cases=parsed.enclosed_cases,
        enclosed_references=parsed.enclosed_references,
        marks=marks,
        automatic=parsed.kind in automatic.QUIET,
        facts=facts | dict(found or {}),
        files=files,
        problem="" if headed else "no_header",
    )


def _key(parsed: Parsed, mailbox: Mailbox, row: Inbox) -> str:
    """A mail without Message-ID is known by all its bytes. Machines send such ones again and mean it: so the same
    bytes are the same mail within the hour (a sender who lost our 250) and another one later."""
    hour = "" if parsed.message_id else f":{row.received_at:%Y%m%d%H}"
    return f"{mailbox.municipality_id}:{parsed.key}{hour}"


def unreadable(row: Inbox, mailbox: Mailbox, code: str, original: StoredFile) -> InboundContact:
    """A mail that could not be read is a case for a human, with the raw original."""
    sender = str(row.envelope.get("mail_from", "")).strip("<>").lower()
    return InboundContact(
        channel=Channel.EMAIL,
        key=f"{mailbox.municipality_id}:unread:{row.sha256}:{row.received_at:%Y%m%d%H}",
        arrived_at=row.received_at,
        address_point=mailbox.address,
        sender=sender,
        subject=UNREADABLE,
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
    if row is None or row.state is not InboxState.NEW:
        return []
    received = [_filed(session, inbound, settings, now) for inbound in inbounds]
    row.state, row.raw = InboxState.DONE, b""  # the original lies in the file store now
    session.add(row)
    return received


def _filed(session: Session, inbound: InboundContact, settings: EmailSettings, now: datetime) -> Received:
    _remember_certificate(session, inbound, now)
    received = intake.receive(session, inbound, now)
    if received.duplicate:
        return received
    if settings.clamd:
        scanning.remember(session, received.contact_id)
    if bounce := inbound.facts.get("bounce"):
        outbox.bounced(session, received, bounce, now)
    elif settings.receipts and received.new_case:
        receipts.send(session, received, inbound, settings, now)
    return received


def _remember_certificate(session: Session, inbound: InboundContact, now: datetime) -> None:
    """Of a mail whose signature holds and is its sender's own; else there is none. The contact does without it."""
    said = inbound.facts.get("smime", {})
    if certificate := said.pop("certificate", ""):
        expires = datetime.fromisoformat(said["expires"])
        mail_seal.remember(session, inbound.sender, bytes.fromhex(certificate), expires, now)


def waiting(session: Session, after: int, most: int, most_bytes: int) -> list[Inbox]:
    """The next mails to be read, in order: at least one when there is one, else none larger together than that."""
    rows = (
        select(Inbox.id, func.length(Inbox.raw))
        .where(Inbox.kind == "email", Inbox.state == InboxState.NEW, Inbox.id > after)
        .order_by(col(Inbox.id))
        .limit(most)
    )
    chosen, total = list[int](), 0
    for number, size in session.exec(rows):
        total += size
        if chosen and total > most_bytes:
            break
        chosen.append(number)
    return list(session.exec(select(Inbox).where(col(Inbox.id).in_(chosen)).order_by(col(Inbox.id)))) if chosen else []


def begin(session: Session, rows: list[int]) -> None:
    """Count an attempt, before it is made."""
    counted = update(Inbox).where(col(Inbox.id).in_(rows)).values(attempts=Inbox.attempts + 1)
    session.execute(counted, execution_options={"synchronize_session": False})
