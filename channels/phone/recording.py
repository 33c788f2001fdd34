"""What became of a call, written to the core: one function, one transaction for each change. Told twice, done once."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from contactcenter import calls, calls_desk, cases, listening, lost_calls, offers, voicemail
from contactcenter.counting import SHORT_ABANDON_SECONDS
from contactcenter.directory.seeking import sought
from contactcenter.model import Contact, Offer, User
from contactcenter.overflow import steps as overflow_steps
from contactcenter.ports import InboundContact
from contactcenter.states import CallPhase, CaseState, Channel, ContactState, EventKind, OfferState
from contactcenter.tapes import taping
from pbx.calls import Call, CallKind, Change, ChangeKind
from pbx.plan import e164

REASONS = {"NOANSWER": "no_answer", "BUSY": "phone_busy", "CHANUNAVAIL": "phone_unreachable"}
"""Asterisk's DIALSTATUS -> why the agent becomes away."""
# Made once: to make a question anew takes longer than to answer it.
_BY_KEY = select(Contact).where(Contact.channel == Channel.PHONE, col(Contact.key) == bindparam("call"))
_AT_PHONE = select(User).where(col(User.extension) == bindparam("telephone"), col(User.active))


def record(
    session: Session, changes: Sequence[Change], country_code: str, now: datetime, short: int = SHORT_ABANDON_SECONDS
) -> None:
    """Write `changes` in order, all in one transaction or none.

    A change of a call that the core never heard of is nothing, unless it waits or talks. `short`: the setting
    `short_abandon_seconds`.
    """
    session.info[calls.SHORT] = short
    for change in changes:
        _WRITERS[change.kind](session, change, country_code, now)


def concerns(change: Change) -> bool:
    """Whether there is anything to write for such a change."""
    return change.kind in _WRITERS


def contact_of(session: Session, call_id: str) -> Contact | None:
    return session.scalars(_BY_KEY, {"call": call_id}).first()


def agent_at(session: Session, extension: str) -> User | None:
    """Whose telephone that is; the one who is signed in, when several share it."""
    if not extension:
        return None
    found = session.scalars(_AT_PHONE, {"telephone": extension}).all()
    return max(found, key=lambda user: user.heartbeat_at.timestamp() if user.heartbeat_at else 0.0, default=None)


def inbound(call: Call, country_code: str, now: datetime) -> InboundContact:
    """A waiting call as intake takes it. A withheld number is no number."""
    sender = "" if call.private else e164(call.caller, country_code)
    return InboundContact(
        channel=Channel.PHONE,
        key=call.id,
        arrived_at=call.queued or now,
        address_point=call.number,
        sender=sender,
        recipients=(call.number,),
        marks=(("phone", sender),) if sender else (),
        topic_key=call.topic,
        facts={"key": call.key, "private": call.private, "language": call.language},
    )


def _going_on(session: Session, change: Change, now: datetime) -> Contact | None:
    """The contact of a call that is going on: also one that was given up for lost with its exchange."""
    known = contact_of(session, change.call.id)
    if known:
        lost_calls.found(session, known, now)
    return known


def _waiting(session: Session, change: Change, country_code: str, now: datetime) -> None:
    known = _going_on(session, change, now)
    if known is None:
        calls.call_waiting(session, sought(session, inbound(change.call, country_code, now)), now, is_new=True)
    elif known.answered_at and known.state in (ContactState.TALKING, ContactState.RINGING):
        calls_desk.back_in_queue(session, known, now)
    else:
        calls.call_unanswered(session, known.id, now)


def _ringing(session: Session, change: Change, _country: str, now: datetime) -> None:
    known, agent = _going_on(session, change, now), agent_at(session, change.call.phone)
    if known and agent:
        calls.call_ringing(session, known.id, agent.id, now)


def _unanswered(session: Session, change: Change, _country: str, now: datetime) -> None:
    """The offer goes on to the next agent; this one is away, with the reason. An accepted call waits again."""
    known = contact_of(session, change.call.id)
    if known is None:
        return
    calls.call_unanswered(session, known.id, now)
    offer = _offer(session, change.call.offer)
    if offer and offer.state is OfferState.OPEN and offer.case_id == known.case_id:
        offers.lapse(session, offer.id, now, REASONS.get(change.detail, "no_answer"))
    else:
        _give_back(session, known.case_id, now)


def _offer(session: Session, token: str) -> Offer | None:
    return session.get(Offer, int(token)) if token.isdigit() and int(token) else None


def _give_back(session: Session, case_id: int, now: datetime) -> None:
    """Accepted on the screen, but the telephone did not lift."""
    case = cases.get(session, case_id)
    if case.state is CaseState.WORKING:
        change = {"agent_id": None, "unread": True}
        cases.move(session, case, "release", EventKind.CASE_RELEASED, now, change=change, reason="phone_unanswered")


def _answered(session: Session, change: Change, country_code: str, now: datetime) -> None:
    call = change.call
    known = _going_on(session, change, now)
    if known is None and call.kind is CallKind.CITIZEN:
        calls.call_waiting(session, sought(session, inbound(call, country_code, now)), now, is_new=True)
        known = contact_of(session, call.id)
    if known is None:
        return
    agent = agent_at(session, call.phone)
    if agent:
        calls.call_answered(session, known.id, agent.id, now)
        if agent.may_record:
            taping.begun(session, known, agent.id, now)
    else:
        calls.call_answered_outside(session, known.id, now)


def _ended(session: Session, change: Change, _country: str, now: datetime) -> None:
    known = contact_of(session, change.call.id)
    if known and change.detail == lost_calls.CAUSE:
        lost_calls.lost(session, known, now)
    elif known:
        calls.call_ended(session, known.id, now, change.detail)


def _phase(session: Session, change: Change, country_code: str, now: datetime) -> None:
    """Held, parked, in a room, outside. A call that we hear of for the first time was answered while we were away."""
    known = _going_on(session, change, now)
    if known is None or known.state in (ContactState.WAITING, ContactState.RINGING):
        _answered(session, change, country_code, now)
        known = contact_of(session, change.call.id)
    if known:
        asks = change.kind is ChangeKind.HELD and bool(change.call.third)
        phase = CallPhase.CONSULTING if asks else CallPhase(change.kind.value)
        talks = phase is CallPhase.CONFERENCE or (asks and known.third_talks)
        calls_desk.changed(session, known, phase, change.call.third, now, talks=talks)


def _consulting(session: Session, change: Change, _country: str, now: datetime) -> None:
    known = contact_of(session, change.call.id)
    if known:
        talks = change.detail == "answered"
        calls_desk.changed(session, known, CallPhase.CONSULTING, change.call.third, now, talks=talks)
        calls_desk.consulted(session, agent_at(session, change.call.third), now, talks=talks)


def _consult_over(session: Session, change: Change, _country: str, now: datetime) -> None:
    known = contact_of(session, change.call.id)
    if known:
        calls_desk.consulted(session, agent_at(session, known.third), now, talks=False)
        phase = CallPhase.HELD if known.phase is CallPhase.CONSULTING else known.phase
        calls_desk.changed(session, known, phase, "", now)


def _joined(session: Session, change: Change, _country: str, now: datetime) -> None:
    known = contact_of(session, change.call.id)
    if known:
        third = change.call.third  # waits while the two talk, after a swap
        if not change.detail and not third:
            calls_desk.consulted(session, agent_at(session, known.third), now, talks=False)
        calls_desk.joined(session, known, agent_at(session, change.call.phone), now, third=third)


def _agent_gone(session: Session, change: Change, _country: str, now: datetime) -> None:
    """The citizen is held and nobody comes back: they wait again, where they were (the telephone follows)."""
    known = contact_of(session, change.call.id)
    if known and known.state is ContactState.TALKING:
        calls_desk.back_in_queue(session, known, now)


def _voicemail(session: Session, change: Change, _country: str, now: datetime) -> None:
    """One who waited leaves a message instead; what they say comes with the spool."""
    known = contact_of(session, change.call.id)
    if known:
        voicemail.chosen(session, known, now)


def _returned(session: Session, change: Change, _country: str, now: datetime) -> None:
    known = contact_of(session, change.call.id)
    if known:
        overflow_steps.returned(session, known.case_id, change.detail, now)


def _not_reached(session: Session, change: Change, _country: str, now: datetime) -> None:
    known = contact_of(session, change.call.id)
    if known and known.state is ContactState.RINGING:
        calls.callback_failed(session, known.id, now, change.detail)


def _overheard(session: Session, change: Change, _country: str, now: datetime) -> None:
    known = contact_of(session, change.call.id)
    if known:
        listening.heard(session, known, change.detail, now)


_WRITERS: dict[ChangeKind, Callable[[Session, Change, str, datetime], None]] = {
    ChangeKind.WAITING: _waiting,
    ChangeKind.FALLBACK: _waiting,
    ChangeKind.RINGING: _ringing,
    ChangeKind.UNANSWERED: _unanswered,
    ChangeKind.ANSWERED: _answered,
    ChangeKind.ENDED: _ended,
    ChangeKind.ABANDONED: _ended,
    ChangeKind.NOT_REACHED: _not_reached,
    ChangeKind.HELD: _phase,
    ChangeKind.PARKED: _phase,
    ChangeKind.CONFERENCE: _phase,
    ChangeKind.OUTSIDE: _phase,
    ChangeKind.CONSULTING: _consulting,
    ChangeKind.CONSULT_OVER: _consult_over,
    ChangeKind.JOINED: _joined,
    ChangeKind.AGENT_GONE: _agent_gone,
    ChangeKind.VOICEMAIL: _voicemail,
    ChangeKind.RETURNED: _returned,
    ChangeKind.OVERHEARD: _overheard,
}
