"""The automatic receipt (RFC 3834): once per new case, to people only, limited per sender."""

import re
from datetime import datetime

from sqlmodel import Session, select

from channels.email import loops
from channels.email.mailboxes import bare
from channels.email.settings import EmailSettings
from contactcenter import cases, mailout, tokens
from contactcenter.model import AddressPoint, Case, Organisation
from contactcenter.ports import InboundContact, Received
from contactcenter.states import AddressKind

TEXT = """Hej!

Tack för ditt meddelande till {name}. Det har kommit in och fått ärendenummer {number}.
Vi svarar så snart vi kan. Vill du lägga till något kan du svara på det här mejlet.

Det här är ett automatiskt svar.

---
Thank you for your message to {name}. It has been received with case number {number}.
This is an automatic reply.

{name}
"""


ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,253}")
"""Addresses that are answered. Odder ones exist, in forgeries."""


def send(session: Session, received: Received, inbound: InboundContact, settings: EmailSettings, now: datetime) -> None:
    """Reserve a receipt, if this sender gets one."""
    if not _is_person(session, inbound):
        return
    if loops.too_many(session, inbound.sender, settings.receipts_per_day, now):
        return
    if loops.too_many_between(session, inbound.sender, inbound.address_point, settings.receipts_per_pair, now):
        return
    case = cases.get(session, received.case_id)
    sender, name = mailout.sender_for(session, case, inbound.address_point)
    message_id = mailout.new_message_id(sender)
    raw = mailout.composer()(
        sender=sender,
        sender_name=name,
        to=[inbound.sender],
        subject=f"{settings.receipt_subject} {tokens.subject_token(case.number)}",
        text=_text(session, case, settings).replace("{name}", name).replace("{number}", case.number),
        case_number=case.number,
        message_id=message_id,
        in_reply_to=inbound.message_id,
        references=[one for one in [*inbound.references[-10:], inbound.message_id] if one],
        attachments=[],
        automatic=True,
        now=now,
    )
    mailout.enqueue(
        session,
        sender="",  # the null envelope sender: nobody's machine answers it
        recipient=inbound.sender,
        message_id=message_id,
        raw=raw,
        kind="receipt",
        case_id=case.id,
        contact_id=None,
        now=now,
    )


def _is_person(session: Session, inbound: InboundContact) -> bool:
    """Whether somebody wrote who can be answered: no machine, no null envelope sender, nothing of our own."""
    envelope = inbound.facts.get("envelope", {}).get("mail_from")
    if inbound.automatic or inbound.problem or not envelope or not ADDRESS.fullmatch(inbound.sender):
        return False
    if not inbound.facts.get("answerable", True) or loops.is_echo(session, inbound):
        return False
    ours = select(AddressPoint).where(AddressPoint.kind == AddressKind.EMAIL)
    return session.exec(ours.where(AddressPoint.address == bare(inbound.sender))).first() is None


def _text(session: Session, case: Case, settings: EmailSettings) -> str:
    organisation = session.get(Organisation, case.organisation_id)
    while organisation:
        if text := settings.receipt_texts.get(organisation.key):
            return text
        organisation = session.get(Organisation, organisation.parent_id) if organisation.parent_id else None
    return TEXT
