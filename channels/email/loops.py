"""No loop of answering machines, also when the other side says nothing of being one and changes its address each time.

Two machines that answer each other's mails would go on for ever where a mail server between them takes away the fields
of RFC 3834. What ends it then is counting: automatic answers to one sender, and from one mailbox of ours to one sender,
in 24 hours, where addresses that differ in their numbers or extension (`ticket+4711@`, `ticket-4712@`) are one sender.
What is counted are the mails in the outbox: nothing is forgotten by a restart, and nothing grows for it.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from contactcenter.model import Contact, OutgoingMail
from contactcenter.ports import InboundContact
from contactcenter.states import Direction

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
    return _alike(session.exec(_receipts(sender, now)), sender) >= most


def too_many_between(session: Session, sender: str, mailbox: str, most: int, now: datetime) -> bool:
    """The same for what this sender wrote to one mailbox of ours: two machines that have found each other."""
    wrote = col(OutgoingMail.case_id).in_(
        select(Contact.case_id).where(
            Contact.address_point == mailbox,
            Contact.direction == Direction.IN,
            col(Contact.arrived_at) > now - 2 * WITHIN,  # a mail may have waited at the door
        )
    )
    return _alike(session.exec(_receipts(sender, now).where(wrote)), sender) >= most


def _receipts(sender: str, now: datetime) -> SelectOfScalar[str]:
    """Whom receipts went to in this mail domain."""
    domain = sender.rpartition("@")[2].lower()
    return (
        select(OutgoingMail.recipient)
        .where(
            OutgoingMail.kind == "receipt",
            col(OutgoingMail.created_at) > now - WITHIN,
            col(OutgoingMail.recipient).endswith(f"@{domain}", autoescape=True),
        )
        .order_by(col(OutgoingMail.id).desc())
        .limit(MOST_LOOKED_AT)
    )


def _alike(recipients: Iterable[str], sender: str) -> int:
    same = likeness(sender)
    return sum(likeness(one) == same for one in recipients)


def is_echo(session: Session, inbound: InboundContact) -> bool:
    """Whether it answers one of our receipts, by reference: whoever answers a receipt has had one."""
    if not inbound.references:
        return False
    ours = select(OutgoingMail.id).where(
        OutgoingMail.kind == "receipt", col(OutgoingMail.message_id).in_(inbound.references[-50:])
    )
    return session.exec(ours).first() is not None
