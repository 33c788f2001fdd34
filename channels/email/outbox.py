"""The outbox: mails claimed one by one before they are handed over, and what became of them.

A claim is written before the attempt. A mail that was handed over when the process was killed goes out once more after
its lease, with the same Message-ID: at most one duplicate, never a loss.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, update
from sqlmodel import Session, col, select

from contactcenter import cases, journal, tokens
from contactcenter.model import Case, Contact, OutgoingMail
from contactcenter.ports import Received
from contactcenter.states import CaseState, ContactState, EventKind, MailState

LEASE = timedelta(minutes=10)
"""Longer than any attempt; then whoever made it is taken to be dead."""


@dataclass(frozen=True, slots=True)
class Claimed:
    id: int
    sender: str
    recipient: str
    raw: bytes
    attempts: int
    created_at: datetime


def pause(attempts: int, first: float, longest: float, roll: float) -> float:
    """Seconds until the next attempt after `attempts` failed ones: doubled each time, `roll` (0..1) of jitter."""
    return float(min(longest, first * 2 ** max(0, min(attempts - 1, 30))) * (0.75 + 0.5 * roll))


def is_due(session: Session, now: datetime) -> bool:
    """Whether there is something to claim."""
    return session.exec(select(OutgoingMail.id).where(_due(now)).limit(1)).first() is not None


def _due(now: datetime) -> ColumnElement[bool]:
    open_states = col(OutgoingMail.state).in_([MailState.QUEUED, MailState.SENDING])
    return and_(open_states, col(OutgoingMail.next_at) <= now)


def claim(session: Session, now: datetime) -> Claimed | None:
    """Reserve the mail that is due first; a claim older than the lease is taken over."""
    mail = session.exec(select(OutgoingMail).where(_due(now)).order_by(col(OutgoingMail.next_at)).limit(1)).first()
    if mail is None:
        return None
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(OutgoingMail)
        .where(col(OutgoingMail.id) == mail.id, col(OutgoingMail.next_at) == mail.next_at)
        .values(state=MailState.SENDING, attempts=OutgoingMail.attempts + 1, next_at=now + LEASE)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:
        return None
    return Claimed(
        mail.id, _envelope_sender(session, mail), mail.recipient, mail.raw, mail.attempts + 1, mail.created_at
    )


def _envelope_sender(session: Session, mail: OutgoingMail) -> str:
    """Bounces come back to the case: the envelope carries its plus-address. Receipts have the null sender."""
    case = session.get(Case, mail.case_id) if mail.case_id else None
    return tokens.plus_address(mail.sender, case.number) if mail.sender and case else mail.sender


def sent(session: Session, mail_id: int, now: datetime) -> None:
    """The smart host took it."""
    mail = session.get_one(OutgoingMail, mail_id)
    mail.state, mail.sent_at, mail.last_error = MailState.SENT, now, ""
    session.add(mail)
    _tell(session, mail, EventKind.MAIL_SENT, ContactState.SENT, now)


def failed(session: Session, mail_id: int, code: str, now: datetime) -> None:
    """It will not be taken, by anybody, ever."""
    mail = session.get_one(OutgoingMail, mail_id)
    mail.state, mail.last_error = MailState.FAILED, code
    session.add(mail)
    _tell(session, mail, EventKind.MAIL_FAILED, ContactState.FAILED, now, code=code)
    _alarm(session, mail, now)


def bounced(session: Session, received: Received, bounce: dict[str, Any], now: datetime) -> None:
    """Tie a delivery report to the mail it speaks of. One that is final fails the mail; the agent is told either way.

    `bounce` is what `bounces.Bounce.facts` found in the report.
    """
    mail = _reported(session, received.case_id, bounce)
    permanent = bool(bounce["permanent"])
    if mail is not None and permanent:
        mail.state, mail.last_error = MailState.FAILED, f"bounced {bounce['status']}".strip()
        session.add(mail)
        _mark(session, mail, ContactState.FAILED, now)
    journal.record(
        session,
        EventKind.MAIL_BOUNCED,
        at=now,
        case=session.get(Case, received.case_id),
        contact_id=mail.contact_id if mail else received.contact_id,
        mail_id=mail.id if mail else None,
        purpose=mail.kind if mail else "",
        status=bounce["status"],
        action=bounce["action"],
        reason=bounce["reason"],
        permanent=permanent,
    )
    if mail is not None and permanent:
        _alarm(session, mail, now)


def _reported(session: Session, case_id: int, bounce: dict[str, Any]) -> OutgoingMail | None:
    """The mail of this case that the report names by Message-ID, else by recipient; the newest of several."""
    named = col(OutgoingMail.message_id).in_(bounce["message_ids"])
    addressed = col(OutgoingMail.recipient).in_(bounce["recipients"])
    for wanted in (and_(named, addressed), named, addressed):
        statement = select(OutgoingMail).where(OutgoingMail.case_id == case_id, wanted)
        if mail := session.exec(statement.order_by(col(OutgoingMail.id).desc())).first():
            return mail
    return None


def _alarm(session: Session, mail: OutgoingMail, now: datetime) -> None:
    """A citizen did not get their answer: somebody has to look, so a closed case waits again."""
    case = session.get(Case, mail.case_id) if mail.case_id else None
    if case is None or mail.kind != "reply":
        return
    case = cases.follow(session, case)
    if case.state is CaseState.CLOSED:
        cases.reopen(session, case, now, contact_id=mail.contact_id)
    else:
        cases.change(session, case, now, unread=True)


def postponed(session: Session, mail_id: int, code: str, until: datetime) -> None:
    """It is tried again at `until`."""
    mail = session.get_one(OutgoingMail, mail_id)
    mail.state, mail.last_error, mail.next_at = MailState.QUEUED, code, until
    session.add(mail)


def _tell(
    session: Session, mail: OutgoingMail, kind: EventKind, state: ContactState, now: datetime, **data: Any
) -> None:
    _mark(session, mail, state, now)
    case = session.get(Case, mail.case_id) if mail.case_id else None
    journal.record(
        session, kind, at=now, case=case, contact_id=mail.contact_id, mail_id=mail.id, purpose=mail.kind, **data
    )


def _mark(session: Session, mail: OutgoingMail, state: ContactState, now: datetime) -> None:
    """One recipient who cannot be reached fails the whole answer, visibly."""
    contact = session.get(Contact, mail.contact_id) if mail.contact_id else None
    if contact and contact.state is not ContactState.FAILED:
        contact.state, contact.ended_at = state, now
        session.add(contact)
