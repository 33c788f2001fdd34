"""Listening to a colleague's call: a supervisor's right, for a reason, and never without a trace."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from contactcenter import journal
from contactcenter.errors import NotFound, Refused
from contactcenter.model import Case, Contact, Event
from contactcenter.ports import Actor
from contactcenter.sight import visible
from contactcenter.states import Channel, ContactState, EventKind

SHORTEST_REASON = 5
LONGEST_REASON = 500
OVERHEARD = "overheard"
"""The fact of a contact that says how its call is listened to now."""
TOLD_OF = frozenset({EventKind.CALL_LISTENED, EventKind.CALL_OVERHEARD})


class How(StrEnum):
    """The agent alone hears a whisper; everybody hears one who joins in."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


def begin(
    session: Session, actor: Actor, contact_id: int, how: str, reason: str, now: datetime, *, told: bool = True
) -> str:
    """Write down who listens to which call and why; returns Asterisk's name of the call.

    The reason stays with the contact; the journal tells of it without its words. `told`: the agent is shown that
    somebody listens, as the installation wants it. Raises `NotFound`, `Refused`:
    not a supervisor, no reason, a protected identity that the supervisor may not see, no call that goes on.
    """
    contact = session.get(Contact, contact_id)
    if contact is None or contact.channel is not Channel.PHONE:
        raise NotFound("no_such_call")
    case: Case = visible(session, actor, contact.case_id)
    if not actor.is_supervisor:
        raise Refused("not_allowed", "only supervisors may listen")
    if how not in list(How):
        raise Refused("arguments", "listen, whisper or barge")
    if case.protected and not actor.sees_protected:
        raise Refused("protected_identity", "this citizen's identity is protected")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("reason", "say why you listen")
    if contact.state is not ContactState.TALKING or contact.user_id in (None, actor.user_id):
        raise Refused("no_such_call", "nobody else talks there")
    kept = {
        "user_id": actor.user_id,
        "how": how,
        "reason": reason.strip()[:LONGEST_REASON],
        "at": now.isoformat(),
        "told": told,
    }
    contact.facts = contact.facts | {"listened": [*contact.facts.get("listened", []), kept]}
    session.add(contact)
    journal.record(
        session, EventKind.CALL_LISTENED, at=now, case=case, contact_id=contact.id,
        user_id=actor.user_id, agent_id=contact.user_id, how=how, told=told,
    )  # fmt: skip
    return contact.key


def heard(session: Session, contact: Contact, how: str, now: datetime) -> None:
    """The exchange says that the call is listened to in this way from now on (empty: no longer). May be told twice."""
    if contact.facts.get(OVERHEARD, "") == how:
        return
    told = is_told(contact.facts)
    rest = {name: value for name, value in contact.facts.items() if name != OVERHEARD}
    contact.facts = rest | ({OVERHEARD: how} if how else {})
    session.add(contact)
    journal.record(
        session, EventKind.CALL_OVERHEARD, at=now, case=session.get(Case, contact.case_id), contact_id=contact.id,
        agent_id=contact.user_id, how=how, told=told,
    )  # fmt: skip


def is_told(facts: dict[str, Any]) -> bool:
    """Whether the agent is to know of who listens now; of a contact's facts."""
    return all(one.get("told", True) for one in facts.get("listened", [])[-1:])


def shown(facts: dict[str, Any]) -> str:
    """How the call is listened to, as the agent may know it; empty: not that they know of."""
    return str(facts.get(OVERHEARD, "")) if is_told(facts) else ""


def may_know(event: Event, actor: Actor) -> bool:
    """Whether somebody may read this line of the journal: what agents are not told is not told by it either."""
    return actor.is_supervisor or event.kind not in TOLD_OF or event.data.get("told", True) is not False
