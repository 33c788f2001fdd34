"""Mail that the filter before us calls spam: kept, and decided by a human.

Mail to an authority is a public document. It makes no case and gets no answer. Released, it goes the ordinary way with
the time that it came; marked as spam, it is kept and out of sight. Each decision stands in the journal.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CursorResult, update
from sqlmodel import Session, SQLModel, col, func, select

from contactcenter import field, intake, journal
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.model import AddressPoint, Inbox
from contactcenter.ports import Actor
from contactcenter.states import AddressKind, EventKind, InboxState

MOST_SHOWN = 200
LONGEST_EXCERPT = 1_000
"""Characters of the text that are shown before anybody decides."""


class HeldState(StrEnum):
    HELD = "held"
    RELEASED = "released"
    SPAM = "spam"


class HeldMail(SQLModel, table=True):
    """One mail in one municipality's quarantine."""

    __tablename__ = "held_mail"

    id: int = field.identity()
    inbox_id: int = field.reference("inbox")
    organisation_id: int = field.reference("organisation")
    """Whose address it came to."""
    address_point: str = field.text()
    state: HeldState = field.state(HeldState, HeldState.HELD, index=True)
    sender: str = field.text()
    sender_name: str = field.text()
    subject: str = field.text()
    excerpt: str = field.text()
    reason: str = field.text()
    """The filter's field, as it stands in the mail."""
    arrived_at: datetime = field.time()
    decided_at: datetime | None = field.maybe_time()
    user_id: int | None = field.reference("staff", null=True, index=False)


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a mail that goes into quarantine."""

    sender: str
    sender_name: str
    subject: str
    text: str
    reason: str
    places: tuple[tuple[str, int], ...]
    """(address of ours, municipality) for each municipality that it came to."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a decision."""

    count: int
    oldest: datetime | None
    mails: list[HeldMail]
    """Oldest first, at most `MOST_SHOWN`."""


def hold(session: Session, inbox_id: int, held: Held, now: datetime) -> None:
    """Put a mail away. One that is done or held already changes nothing."""
    row = session.get(Inbox, inbox_id)
    if row is None or row.state is not InboxState.NEW:
        return
    row.state = InboxState.HELD
    session.add(row)
    for address, municipality in held.places:
        one = HeldMail(
            inbox_id=row.id,
            organisation_id=_owner(session, address) or municipality,
            address_point=address,
            sender=held.sender,
            sender_name=held.sender_name,
            subject=held.subject,
            excerpt=held.text[:LONGEST_EXCERPT],
            reason=held.reason,
            arrived_at=row.received_at,
        )
        session.add(one)
        session.flush()
        _tell(session, EventKind.MAIL_HELD, one, now)


def waiting(session: Session, actor: Actor) -> Waiting:
    """What waits where the actor may decide. Raises Refused for others."""
    _may(actor)
    mine = (HeldMail.state == HeldState.HELD, col(HeldMail.organisation_id).in_(actor.scope))
    count, oldest = session.exec(select(func.count(col(HeldMail.id)), func.min(HeldMail.arrived_at)).where(*mine)).one()
    found = select(HeldMail).where(*mine).order_by(col(HeldMail.arrived_at), col(HeldMail.id)).limit(MOST_SHOWN)
    return Waiting(count, oldest, list(session.exec(found)))


def release(session: Session, actor: Actor, held_id: int, now: datetime) -> None:
    """It is none: let it in, with the time that it came. Raises Refused, NotFound, Conflict."""
    held = _decided(session, actor, held_id, HeldState.RELEASED, now)
    row = session.get_one(Inbox, held.inbox_id)
    envelope = row.envelope | {"recipients": [held.address_point], "released": held.id}
    intake.accept_raw(session, row.raw, envelope, row.sha256, row.received_at, row.kind)
    _end(session, row)
    _tell(session, EventKind.MAIL_RELEASED, held, now, actor)


def mark_spam(session: Session, actor: Actor, held_id: int, now: datetime) -> None:
    """It is spam: kept, out of sight. Raises Refused, NotFound, Conflict."""
    held = _decided(session, actor, held_id, HeldState.SPAM, now)
    _tell(session, EventKind.MAIL_SPAM, held, now, actor)


def _end(session: Session, row: Inbox) -> None:
    """A mail that every municipality has let in lies in their cases."""
    kept = select(HeldMail.id).where(HeldMail.inbox_id == row.id, HeldMail.state != HeldState.RELEASED)
    if session.exec(kept.limit(1)).first() is None:
        row.state, row.raw = InboxState.DONE, b""
        session.add(row)


def _may(actor: Actor) -> None:
    if not actor.is_supervisor:
        raise Refused("not_allowed", "supervisors decide about the quarantine")


def _decided(session: Session, actor: Actor, held_id: int, state: HeldState, now: datetime) -> HeldMail:
    _may(actor)
    held = session.get(HeldMail, held_id)
    if held is None or held.organisation_id not in actor.scope:
        raise NotFound("not_found")
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(HeldMail)
        .where(col(HeldMail.id) == held_id, col(HeldMail.state) == HeldState.HELD)
        .values(state=state, decided_at=now, user_id=actor.user_id)
    )
    if result.rowcount != 1:
        raise Conflict("decided_already", "somebody else has decided about this mail")
    return held


def _owner(session: Session, address: str) -> int | None:
    return session.exec(
        select(AddressPoint.organisation_id).where(
            AddressPoint.kind == AddressKind.EMAIL, AddressPoint.address == address
        )
    ).first()


def _tell(session: Session, kind: EventKind, held: HeldMail, now: datetime, actor: Actor | None = None) -> None:
    user = actor.user_id if actor else None
    journal.record(session, kind, at=now, organisation_id=held.organisation_id, user_id=user, held_id=held.id)
