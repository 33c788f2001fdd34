"""Addresses that mail could not be delivered to: told to whoever writes to them, and to administrators.

An address is flagged while the last mail tried to it failed for good, until one gets through or a mail comes from it.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from contactcenter.errors import Refused
from contactcenter.model import Case, Contact, OutgoingMail
from contactcenter.ports import Actor
from contactcenter.states import Channel, Direction, MailState

TRIED = (MailState.SENT, MailState.FAILED)
SINCE = timedelta(days=180)
"""How far back failures are listed."""
MOST_LOOKED_AT = 1_000
MOST_LISTED = 200


class Failing(NamedTuple):
    """An address, why it failed (code of the mail server or status of RFC 3463), when, and in which case."""

    address: str
    reason: str
    at: datetime
    case_id: int
    number: str


def unreachable(session: Session, address: str) -> tuple[str, datetime] | None:
    """(what failed, when it was sent) if the last mail tried to this address could not be delivered."""
    tried = select(OutgoingMail).where(OutgoingMail.recipient == address.lower(), col(OutgoingMail.state).in_(TRIED))
    last = session.exec(tried.order_by(col(OutgoingMail.id).desc()).limit(1)).first()
    if last is None or last.state is not MailState.FAILED:
        return None
    at = last.sent_at or last.created_at
    return None if _wrote_since(session, address, at) else (last.last_error, at)


def _wrote_since(session: Session, address: str, at: datetime) -> bool:
    came = select(Contact.id).where(
        Contact.sender == address.lower(),
        col(Contact.arrived_at) > at,
        Contact.channel == Channel.EMAIL,
        Contact.direction == Direction.IN,
    )
    return session.exec(came.limit(1)).first() is not None


def every(session: Session, actor: Actor, now: datetime) -> list[Failing]:
    """The flagged addresses that the actor may see, the newest first. Raises Refused for agents."""
    if not actor.is_supervisor:
        raise Refused("not_allowed", "supervisors and administrators see failing addresses")
    rows = session.execute(
        select(OutgoingMail.recipient, Case.id, Case.number, Case.protected)
        .join(Case, col(Case.id) == col(OutgoingMail.case_id))
        .where(
            OutgoingMail.state == MailState.FAILED,
            col(OutgoingMail.created_at) > now - SINCE,
            col(Case.organisation_id).in_(actor.scope),
        )
        .order_by(col(OutgoingMail.id).desc())
        .limit(MOST_LOOKED_AT)
    )
    found: dict[str, Failing] = {}
    for address, case_id, number, protected in rows:
        if address in found or (protected and not actor.sees_protected) or len(found) >= MOST_LISTED:
            continue
        if flag := unreachable(session, address):
            found[address] = Failing(address, *flag, case_id, number)
    return list(found.values())


def told(session: Session, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """The same as plain values."""
    return [one._asdict() for one in every(session, actor, now)]
