"""The automatic receipt (RFC 3834): once per new case, to people only, limited per sender."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from channels.email.settings import EmailSettings
from contactcenter import cases, mailout, tokens
from contactcenter.model import OutgoingMail
from contactcenter.ports import InboundContact, Received

TEXT = """Hej!

Tack för ditt meddelande till {name}. Det har kommit in och fått ärendenummer {number}.
Vi svarar så snart vi kan. Vill du lägga till något kan du svara på det här mejlet.

Det här är ett automatiskt svar.

---
Thank you for your message to {name}. It has been received with case number {number}.
This is an automatic reply.

{name}
"""


def send(session: Session, received: Received, inbound: InboundContact, settings: EmailSettings, now: datetime) -> None:
    """Reserve a receipt, unless a machine wrote, nobody can be answered, or the sender has had enough today."""
    recipient = inbound.sender
    if (
        inbound.automatic
        or inbound.problem
        or "@" not in recipient
        or not inbound.facts.get("envelope", {}).get("mail_from")
    ):
        return
    if sent_since(session, recipient, now - timedelta(days=1)) >= settings.receipts_per_day:
        return
    case = cases.get(session, received.case_id)
    sender, name = mailout.sender_for(session, case, inbound.address_point)
    message_id = mailout.new_message_id(sender)
    raw = mailout.composer()(
        sender=sender,
        sender_name=name,
        to=[recipient],
        subject=f"Vi har tagit emot ditt meddelande {tokens.subject_token(case.number)}",
        text=TEXT.format(name=name, number=case.number),
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
        sender="",
        recipient=recipient,
        message_id=message_id,
        raw=raw,
        kind="receipt",
        case_id=case.id,
        contact_id=None,
        now=now,
    )


def sent_since(session: Session, recipient: str, since: datetime) -> int:
    """How many receipts this address has had since then."""
    counted = select(func.count()).where(
        OutgoingMail.recipient == recipient, OutgoingMail.kind == "receipt", col(OutgoingMail.created_at) > since
    )
    return session.exec(counted).one()
