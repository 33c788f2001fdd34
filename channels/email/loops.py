"""No loop of answering machines, also when the other side says nothing of being one and changes its address each time.

Two machines that answer each other's mails would go on for ever where a mail server between them takes away the fields
of RFC 3834. What ends it then is counting: automatic answers to one sender in 24 hours, where addresses that differ
in their numbers or extension (`ticket+4711@`, `ticket-4712@`) are one sender.
"""

import re
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from contactcenter.model import OutgoingMail
from contactcenter.ports import InboundContact

WITHIN = timedelta(days=1)
MOST_LOOKED_AT = 2_000
"""Receipts of a day to one mail domain that are compared."""
_EXTENSION = re.compile(r"\+[^@]*(?=@)")
_NUMBERS = re.compile(r"[0-9a-f]*\d[0-9a-f]*(?=[^@]*@)")


def likeness(address: str) -> str:
    """What stays the same when a machine varies its address: no extension, and each number as `0`.

    Names that are nothing but a number are people's telephone numbers, and stay apart."""
    plain = _EXTENSION.sub("", address.lower())
    return plain if plain.partition("@")[0].isdigit() else _NUMBERS.sub("0", plain)


def too_many(session: Session, sender: str, most: int, now: datetime) -> bool:
    """Whether this sender has had `most` automatic answers in 24 hours, under this address or one like it."""
    domain = sender.rpartition("@")[2].lower()
    recent = (
        select(OutgoingMail.recipient)
        .where(
            OutgoingMail.kind == "receipt",
            col(OutgoingMail.created_at) > now - WITHIN,
            col(OutgoingMail.recipient).endswith(f"@{domain}", autoescape=True),
        )
        .order_by(col(OutgoingMail.id).desc())
        .limit(MOST_LOOKED_AT)
    )
    same = likeness(sender)
    return sum(likeness(one) == same for one in session.exec(recent)) >= most


def is_echo(session: Session, inbound: InboundContact) -> bool:
    """Whether it answers one of our receipts, by reference: whoever answers a receipt has had one."""
    if not inbound.references:
        return False
    ours = select(OutgoingMail.id).where(
        OutgoingMail.kind == "receipt", col(OutgoingMail.message_id).in_(inbound.references[-50:])
    )
    return session.exec(ours).first() is not None
