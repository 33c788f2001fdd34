"""Recordings afterwards: taken in, played by right and never without a trace, erased when their time has come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from contactcenter import journal
from contactcenter.errors import NotFound, Refused
from contactcenter.model import Case, Contact
from contactcenter.ports import Actor
from contactcenter.sight import visible
from contactcenter.states import ContactState, EventKind
from contactcenter.tapes import taping
from contactcenter.tapes.model import Tape, TapeState

GIVE_UP_AFTER = timedelta(hours=1)
"""So long after its end a recording that never came is lost."""
SHORTEST_REASON = 5
AT_ONCE = 200


def by_token(session: Session, token: str) -> Tape | None:
    return session.exec(select(Tape).where(Tape.token == token)).first()


def take_in(session: Session, token: str, seconds: float, peaks: list[int], days: int, now: datetime) -> None:
    """The sound is in its folder. One that was erased in between stays so (the file goes with the next look)."""
    tape = by_token(session, token)
    if tape is None or tape.state in (TapeState.KEPT, TapeState.ERASED):
        return
    if tape.state in (TapeState.ORDERED, TapeState.RUNNING):
        taping.end(session, tape, now)
    tape.state = TapeState.KEPT if seconds else TapeState.EMPTY
    tape.seconds, tape.peaks, tape.erase_at = seconds, peaks, now + timedelta(days=days)
    session.add(tape)
    if seconds:
        _tell(session, tape, EventKind.CALL_RECORDED, now, how="kept")


def any_late(session: Session, now: datetime) -> bool:
    late = select(Tape.id).where(Tape.state == TapeState.OVER, col(Tape.over_at) < now - GIVE_UP_AFTER).limit(1)
    return session.exec(late).first() is not None


def lost(session: Session, now: datetime) -> int:
    """Mark those whose sound never came; how many."""
    late = select(Tape).where(Tape.state == TapeState.OVER, col(Tape.over_at) < now - GIVE_UP_AFTER).limit(AT_ONCE)
    found = session.exec(late).all()
    for tape in found:
        tape.state = TapeState.LOST if tape.begun_at else TapeState.EMPTY
        session.add(tape)
        if tape.begun_at:
            _tell(session, tape, EventKind.CALL_RECORDED, now, how="lost")
    return len(found)


def to_erase(session: Session, now: datetime) -> list[tuple[str, str]]:
    """(token, why) of recordings that must go: their time is over, the identity is protected, or a human said so."""
    live = (TapeState.KEPT, TapeState.OVER)
    due = col(Tape.state).in_(live) & ((col(Tape.erase_at) <= now) | col(Case.protected))
    left = (col(Tape.state) == TapeState.ERASED) & col(Tape.erase_at).is_not(None)
    found = session.exec(
        select(Tape, Case.protected)
        .join(Contact, col(Contact.id) == col(Tape.contact_id))
        .join(Case, col(Case.id) == col(Contact.case_id))
        .where(due | left)
        .limit(AT_ONCE)
    ).all()
    return [(tape.token, "protected" if protected else "retention") for tape, protected in found]


def erased(session: Session, token: str, reason: str, now: datetime) -> None:
    """The sound is gone; that it was there, and why it went, stays."""
    tape = by_token(session, token)
    if tape is None:
        return
    tape.erase_at = None
    session.add(tape)
    if tape.state is not TapeState.ERASED:
        _mark_erased(session, tape, reason, now, None)


def _mark_erased(session: Session, tape: Tape, reason: str, now: datetime, user_id: int | None) -> None:
    tape.state, tape.reason, tape.peaks = TapeState.ERASED, reason, []
    session.add(tape)
    _tell(session, tape, EventKind.RECORDING_ERASED, now, user_id=user_id, reason=reason)


def erase(session: Session, actor: Actor, tape_id: int, reason: str, now: datetime) -> None:
    """A supervisor has a recording erased, and says why. Nobody hears it any more; its file goes at the next look."""
    tape, _ = heard_by(session, actor, tape_id)
    if not actor.is_supervisor:
        raise Refused("not_allowed", "only supervisors may erase a recording")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("reason", "say why")
    if tape.state is not TapeState.KEPT:
        raise NotFound("no_such_recording")
    _mark_erased(session, tape, "by_hand", now, actor.user_id)
    tape.erase_at = now


def play(session: Session, actor: Actor, tape_id: int, now: datetime) -> str:
    """Write down who listens to which recording; returns its token. Raises NotFound for whoever may not."""
    tape, _ = heard_by(session, actor, tape_id)
    if tape.state is not TapeState.KEPT:
        raise NotFound("no_such_recording")
    _tell(session, tape, EventKind.RECORDING_PLAYED, now, user_id=actor.user_id)
    return tape.token


def heard_by(session: Session, actor: Actor, tape_id: int) -> tuple[Tape, Case]:
    """A recording that the actor may hear: by right, of a case they may see, never of a protected identity."""
    tape = session.get(Tape, tape_id)
    contact = session.get(Contact, tape.contact_id) if tape else None
    if tape is None or contact is None or not may_hear(actor):
        raise NotFound("no_such_recording")
    case = visible(session, actor, contact.case_id)
    if case.protected:
        raise NotFound("no_such_recording")
    return tape, case


def may_hear(actor: Actor) -> bool:
    return actor.may_record or actor.is_supervisor


def of_contacts(session: Session, contact_ids: Sequence[int]) -> list[Tape]:
    """Recordings that are kept, were erased or were lost, oldest first."""
    told = (TapeState.KEPT, TapeState.ERASED, TapeState.LOST)
    asked = select(Tape).where(col(Tape.contact_id).in_(contact_ids), col(Tape.state).in_(told))
    return list(session.exec(asked.order_by(col(Tape.id))).all())


def is_going_on(session: Session, tape: Tape) -> bool:
    """Whether more sound may still come."""
    contact = session.get(Contact, tape.contact_id)
    live = tape.state in (TapeState.ORDERED, TapeState.RUNNING)
    return live and contact is not None and contact.state not in (ContactState.ENDED, ContactState.MISSED)


def _tell(
    session: Session, tape: Tape, kind: EventKind, now: datetime, *, user_id: int | None = None, **data: Any
) -> None:
    contact = session.get_one(Contact, tape.contact_id)
    journal.record(
        session, kind, at=now, case=session.get(Case, contact.case_id), contact_id=contact.id, user_id=user_id,
        agent_id=tape.agent_id, tape_id=tape.id, **data,
    )  # fmt: skip
