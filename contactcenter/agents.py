"""Presence: who may be offered work. The only writer of an agent's state."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from contactcenter import journal, layout
from contactcenter.errors import NotFound
from contactcenter.layout import Subject
from contactcenter.model import Case, Contact, Topic, User
from contactcenter.ports import Actor
from contactcenter.states import AgentState, CaseState, Channel, ContactState, EventKind

HEARTBEAT_TTL = timedelta(seconds=60)
"""An agent whose console has been silent this long has vanished."""
# Made once: to make a question anew takes longer than to answer it.
_LOAD = (
    select(Case.agent_id, func.count())
    .where(Case.state == CaseState.WORKING, Case.channel != Channel.PHONE, col(Case.agent_id).is_not(None))
    .group_by(col(Case.agent_id))
)
_ON_CALL = select(Contact.user_id, Contact.case_id).where(
    Contact.channel == Channel.PHONE,
    col(Contact.state).in_((ContactState.RINGING, ContactState.TALKING)),
    col(Contact.user_id).is_not(None),
)


def get(session: Session, user_id: int) -> User:
    """The user. Raises NotFound."""
    user = session.get(User, user_id)
    if user is None or not user.active:
        raise NotFound("no_such_user")
    return user


def scope(session: Session, organisation_id: int) -> frozenset[int]:
    """The ids of an organisation and all below it."""
    return layout.of(session).below(organisation_id)


def actor(session: Session, user: User) -> Actor:
    """`user` as somebody who acts."""
    return Actor(
        user_id=user.id,
        name=user.name,
        role=user.role,
        organisation_id=user.organisation_id,
        scope=scope(session, user.organisation_id),
        may_pick=user.may_pick,
        may_record=user.may_record,
        sees_protected=user.sees_protected,
    )


def set_state(session: Session, user: User, state: AgentState, now: datetime, reason: str = "") -> None:
    """Put the agent into `state`; longest-idle counts from when they became available."""
    if user.state == state and user.reason == reason:
        return
    was, since = user.state, user.state_since
    if state is AgentState.AVAILABLE and was is not AgentState.AVAILABLE:
        user.idle_since = now
    user.state, user.reason, user.state_since = state, reason, now
    user.wrap_up_until = None
    session.add(user)
    journal.record(
        session,
        EventKind.AGENT_CHANGED,
        at=now,
        organisation_id=user.organisation_id,
        user_id=user.id,
        agent_id=user.id,
        state=state.value,
        reason=reason,
        was=was.value,
        seconds=int((now - since).total_seconds()) if since else 0,
    )


def wrap_up(session: Session, user: User, topic: Topic | Subject | None, now: datetime) -> None:
    """After a call: time to write down what was said, ended by the agent or by itself."""
    seconds = topic.wrap_up_seconds if topic else 30
    if user.state is AgentState.SIGNED_OUT:
        return
    if seconds <= 0:
        return set_state(session, user, AgentState.AVAILABLE, now)
    set_state(session, user, AgentState.WRAPPING_UP, now)
    user.wrap_up_until = now + timedelta(seconds=seconds)
    session.add(user)


def end_wrap_ups(session: Session, now: datetime) -> None:
    """Make available those whose wrap-up time is over."""
    over = select(User).where(User.state == AgentState.WRAPPING_UP, col(User.wrap_up_until) <= now)
    for user in session.exec(over).all():
        set_state(session, user, AgentState.AVAILABLE, now)


def has_vanished(user: User, now: datetime) -> bool:
    """No heartbeat for too long. Somebody talking on the telephone has not vanished."""
    return user.heartbeat_at is None or now - user.heartbeat_at > HEARTBEAT_TTL


def sign_out_vanished(session: Session, now: datetime) -> list[int]:
    """Sign out those whose console has gone silent; return their ids."""
    present = (AgentState.AVAILABLE, AgentState.WRAPPING_UP, AgentState.AWAY)
    gone = [user for user in session.exec(select(User).where(col(User.state).in_(present))) if has_vanished(user, now)]
    for user in gone:
        set_state(session, user, AgentState.SIGNED_OUT, now, "vanished")
    return [user.id for user in gone]


def written_load(session: Session) -> dict[int, int]:
    """Agent id -> number of written cases in their hands."""
    return {agent: count for agent, count in session.execute(_LOAD) if agent is not None}


def on_call(session: Session) -> dict[int, int]:
    """Agent id -> id of the case whose call they are on or being rung for."""
    return {agent: case for agent, case in session.execute(_ON_CALL) if agent is not None}
