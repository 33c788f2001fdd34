"""Calls back that keep the caller's place. Each verb is one transaction.

The case of such a caller waits on as a wish to be rung (`callback`), but with the arrival and the promised time of
the call, in the same order as everybody. A missed call has no promise: it is written work, as always.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from contactcenter import agents, cases, journal, offers
from contactcenter.errors import Conflict, NotFound
from contactcenter.model import Case, Contact
from contactcenter.states import AgentState, CaseState, Channel, ContactState, EventKind, Outcome
from contactcenter.waiting.model import PromisedCall

KEPT, CANCELLED, UNREACHABLE = "kept", "cancelled", "unreachable"
AGENT_DID_NOT_LIFT = "agent_no_answer"
NO_KEY, HUNG_UP = "nokey", "hung_up"
"""A citizen who was rung first pressed nothing (a machine, perhaps), or was gone before an agent lifted."""
RANG = frozenset({"noanswer", "busy", "congestion", "chanunavail", NO_KEY, HUNG_UP})
"""Asterisk's DIALSTATUS, in small letters, when the citizen's telephone was tried. Anything else is our own doing."""
OWN_PAUSE = timedelta(seconds=30)
"""After a failure of ours the caller is soon due again."""
# Made once: to make a question anew takes longer than to answer it.
_STANDING = select(PromisedCall).where(col(PromisedCall.number) == bindparam("called"))
_OF_CASE = select(PromisedCall).where(col(PromisedCall.case_id) == bindparam("case"), PromisedCall.ended == "")


class Tries(NamedTuple):
    """How often a citizen is rung, and the pause between."""

    most: int = 3
    pause_seconds: int = 900
    first_after: float = 0.0
    """Seconds until the first: the telephone they have just hung up must be free."""


def promise(session: Session, call_id: str, number: str, tries: Tries, now: datetime) -> PromisedCall:
    """The caller of `call_id` (Asterisk's linkedid) hangs up and will be rung at `number` (E.164).

    One for each number: who has a promise already keeps that one, the earlier. Raises NotFound for an unknown call,
    Conflict when the call does not wait any more (an agent is being rung for it).
    """
    contact = session.exec(select(Contact).where(Contact.channel == Channel.PHONE, Contact.key == call_id)).first()
    if contact is None:
        raise NotFound("no_such_call")
    case = cases.get(session, contact.case_id)
    if contact.state is not ContactState.WAITING or case.state is not CaseState.WAITING:
        raise Conflict("call_moved_on", "the call does not wait any more")
    contact.state, contact.ended_at = ContactState.ENDED, now
    session.add(contact)
    known = standing(session, number)
    if known is not None:
        cases.close(session, case, Outcome.NO_ANSWER_NEEDED, now, verb="settle")
        return known
    made = PromisedCall(
        case_id=case.id,
        number=number,
        promised_at=now,
        next_at=now + timedelta(seconds=tries.first_after),
        most_tries=tries.most,
        pause_seconds=tries.pause_seconds,
    )
    session.add(made)
    try:
        session.flush()
    except IntegrityError as cause:
        raise Conflict("promised_already", "that number has been promised a call in the same moment") from cause
    cases.change(session, case, now, kind=EventKind.CALLBACK_PROMISED, channel=Channel.CALLBACK)
    return made


def standing(session: Session, number: str) -> PromisedCall | None:
    """The promise made to that number, if one stands."""
    return session.scalars(_STANDING, {"called": number}).first()


def of_case(session: Session, case_id: int) -> PromisedCall | None:
    """The standing promise of a case."""
    return session.scalars(_OF_CASE, {"case": case_id}).first()


def number_of(session: Session, case_id: int) -> str:
    """The number that a case's caller wants to be rung at; empty without a standing promise."""
    found = of_case(session, case_id)
    return found.number or "" if found else ""


def next_times(session: Session) -> dict[int, datetime]:
    """Case id -> when its promised call may be made, for all that stand."""
    rows = session.exec(select(PromisedCall.case_id, PromisedCall.next_at).where(PromisedCall.ended == "")).all()
    return dict(rows)


def rang_again(session: Session, number: str, now: datetime) -> None:
    """The citizen rings: the promise is off, as they wait themselves. One that an agent is dealing with goes on."""
    made = standing(session, number) if number else None
    if made is None:
        return
    case = cases.get(session, made.case_id)
    if case.state not in (CaseState.WAITING, CaseState.OFFERED):
        return
    _end(session, made, CANCELLED, now)
    offers.withdraw(session, case, now, "rang_again")
    cases.close(session, case, Outcome.NO_ANSWER_NEEDED, now, verb="settle")


def answered(session: Session, case_id: int, now: datetime) -> None:
    """The citizen was reached."""
    made = of_case(session, case_id)
    if made is not None:
        _end(session, made, KEPT, now)


def not_reached(session: Session, case_id: int, cause: str, now: datetime) -> None:
    """It rang without an answer: the case waits again, in its place, and is due after the pause.

    After the last try it is closed as unreachable. What fails on our side is no try; an agent whose own telephone
    does not lift is away, as with any offer.
    """
    made = of_case(session, case_id)
    if made is None:
        return
    case = cases.get(session, case_id)
    offers.withdraw(session, case, now, "not_reached")  # of the agent who was kept for a citizen rung first
    made.tries += cause in RANG
    made.next_at = now + (timedelta(seconds=made.pause_seconds) if cause in RANG else OWN_PAUSE)
    session.add(made)
    if cause == AGENT_DID_NOT_LIFT and case.agent_id is not None:
        _away(session, case.agent_id, now)
    if made.tries >= made.most_tries:
        _end(session, made, UNREACHABLE, now)
        if case.state in (CaseState.WORKING, CaseState.WAITING):
            verb = "close" if case.state is CaseState.WORKING else "settle"
            cases.close(session, case, Outcome.UNREACHABLE, now, verb=verb)
    elif case.state is CaseState.WORKING:
        change = {"agent_id": None, "preferred_agent_id": None, "unread": True}
        cases.move(session, case, "release", EventKind.CASE_RELEASED, now, change=change, reason="not_reached")


def _away(session: Session, agent_id: int, now: datetime) -> None:
    agent = agents.get(session, agent_id)
    if agent.state is AgentState.AVAILABLE:
        agents.set_state(session, agent, AgentState.AWAY, now, "no_answer")


def settle_over(session: Session, now: datetime) -> None:
    """Promises of cases that were closed or merged otherwise are off."""
    open_states = [state.value for state in cases.OPEN]
    over = (
        select(PromisedCall)
        .join(Case, col(Case.id) == col(PromisedCall.case_id))
        .where(PromisedCall.ended == "", col(Case.state).not_in(open_states))
    )
    for made in session.exec(over).all():
        _end(session, made, CANCELLED, now)


def _end(session: Session, made: PromisedCall, how: str, now: datetime) -> None:
    """The number goes with the promise."""
    made.ended, made.ended_at, made.number = how, now, None
    session.add(made)
    session.flush()
    case = cases.get(session, made.case_id)
    journal.record(session, EventKind.CALLBACK_SETTLED, at=now, case=case, how=how, tries=made.tries)
