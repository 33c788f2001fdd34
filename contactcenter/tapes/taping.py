"""Recording while the call goes on: who is recorded, paused, stopped. Off unless queue and agent both say so."""

import secrets
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from contactcenter import journal, layout
from contactcenter.calls_desk import own_call
from contactcenter.errors import Refused
from contactcenter.model import Case, Contact, User
from contactcenter.ports import Actor
from contactcenter.states import CallPhase, ContactState, EventKind
from contactcenter.tapes.model import Tape, TapeState

FACT = "tape"
"""The fact of a contact that says whether its call is being recorded now: `on`, `paused`."""
_TALKS = frozenset({CallPhase.TALKING, CallPhase.HELD, CallPhase.CONSULTING})
_LIVE = (TapeState.ORDERED, TapeState.RUNNING)


class Wish(StrEnum):
    """What an agent may want of the recording of their own call."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


def is_taped(session: Session, case_id: int, agent: User) -> bool:
    """Whether a call of that case is recorded when that agent answers it. Never for a protected identity."""
    if not agent.may_record:
        return False
    case = session.get_one(Case, case_id)
    return case.queue_id in layout.of(session).taped and not case.protected


def order(session: Session, contact: Contact, agent: User, now: datetime) -> str:
    """The token under which the call is recorded when that agent lifts; empty: it is not.

    The exchange announces it to both ends before it begins.
    """
    if not is_taped(session, contact.case_id, agent):
        return ""
    token = secrets.token_hex(12)
    session.add(Tape(token=token, contact_id=contact.id, agent_id=agent.id, ordered_at=now))
    return token


def order_for(session: Session, contact_id: int, agent_id: int, now: datetime) -> str:
    """As `order`, when the telephone is rung anew: what was ordered before stays empty."""
    return order(session, session.get_one(Contact, contact_id), session.get_one(User, agent_id), now)


def begun(session: Session, contact: Contact, agent_id: int, now: datetime) -> None:
    """The agent has lifted."""
    case = session.get_one(Case, contact.case_id)
    if case.queue_id not in layout.of(session).taped:
        return
    tape = session.exec(
        select(Tape)
        .where(Tape.contact_id == contact.id, Tape.agent_id == agent_id, Tape.state == TapeState.ORDERED)
        .order_by(col(Tape.id).desc())
    ).first()
    if tape:
        tape.state, tape.begun_at = TapeState.RUNNING, now
        session.add(tape)
        show(session, contact, "on", tape.agent_id, now)


def own(session: Session, actor: Actor, contact_id: int) -> tuple[str, Tape]:
    """(Asterisk's name of the call, its recording). Raises Refused when the actor's call is not being recorded."""
    contact = own_call(session, actor, contact_id)
    tape = session.exec(
        select(Tape).where(
            Tape.contact_id == contact_id, Tape.agent_id == actor.user_id, Tape.state == TapeState.RUNNING
        )
    ).first()
    if tape is None:
        raise Refused("not_recorded", "this call is not being recorded")
    return contact.key, tape


def changed(session: Session, actor: Actor, contact_id: int, wish: Wish, now: datetime) -> None:
    """The exchange has done what the agent wanted."""
    _, tape = own(session, actor, contact_id)
    contact = session.get_one(Contact, contact_id)
    if wish is Wish.STOP:
        end(session, tape, now)
        return
    tape.paused = wish is Wish.PAUSE
    session.add(tape)
    show(session, contact, "paused" if tape.paused else "on", actor.user_id, now)


def end(session: Session, tape: Tape, now: datetime) -> None:
    """Nothing more comes to this recording."""
    tape.state, tape.over_at = TapeState.OVER, now
    session.add(tape)
    if tape.begun_at:
        show(session, session.get_one(Contact, tape.contact_id), "", tape.agent_id, now)


def any_live(session: Session) -> bool:
    """Whether any call is being recorded, or is to be: asked every second."""
    return session.exec(select(Tape.id).where(col(Tape.state).in_(_LIVE)).limit(1)).first() is not None


def catch_up(session: Session, now: datetime) -> None:
    """Calls that were answered while we were away are being recorded, too."""
    answered = session.exec(
        select(Tape, Contact)
        .join(Contact, col(Contact.id) == col(Tape.contact_id))
        .where(Tape.state == TapeState.ORDERED, Contact.state == ContactState.TALKING)
    ).all()
    for tape, contact in answered:
        if contact.user_id == tape.agent_id:
            begun(session, contact, tape.agent_id, now)


def that_must_stop(session: Session) -> list[tuple[str, Tape]]:
    """(call, recording) of those that go on though they must not: the identity is protected, or others talk now."""
    running = session.exec(
        select(Tape, Contact, Case)
        .join(Contact, col(Contact.id) == col(Tape.contact_id))
        .join(Case, col(Case.id) == col(Contact.case_id))
        .where(col(Tape.state).in_(_LIVE))
    ).all()
    return [(contact.key, tape) for tape, contact, case in running if case.protected or _is_past(tape, contact)]


def _is_past(tape: Tape, contact: Contact) -> bool:
    if tape.state is TapeState.ORDERED:
        return contact.state in (ContactState.ENDED, ContactState.MISSED) or (
            contact.state is ContactState.TALKING and contact.user_id != tape.agent_id
        )
    return contact.state is not ContactState.TALKING or contact.user_id != tape.agent_id or contact.phase not in _TALKS


def show(session: Session, contact: Contact, how: str, agent_id: int, now: datetime) -> None:
    """The agent's screen says whether the call is being recorded."""
    rest = {name: value for name, value in contact.facts.items() if name != FACT}
    contact.facts = rest | ({FACT: how} if how else {})
    session.add(contact)
    journal.record(
        session, EventKind.CALL_RECORDED, at=now, case=session.get(Case, contact.case_id), contact_id=contact.id,
        agent_id=agent_id, how=how or "over",
    )  # fmt: skip
