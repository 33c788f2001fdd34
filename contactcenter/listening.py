"""Listening to a colleague's call: a supervisor's right, for a reason, and never without a trace."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from contactcenter import journal
from contactcenter.errors import NotFound, Refused
from contactcenter.model import Case, Contact
from contactcenter.ports import Actor
from contactcenter.sight import visible
from contactcenter.states import Channel, ContactState, EventKind

SHORTEST_REASON = 5
LONGEST_REASON = 500


class How(StrEnum):
    """The agent alone hears a whisper; everybody hears one who joins in."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


def begin(session: Session, actor: Actor, contact_id: int, how: str, reason: str, now: datetime) -> str:
    """Write down who listens to which call and why; returns Asterisk's name of the call.

    The reason stays with the contact; the journal tells of it without its words. Raises `NotFound`, `Refused`:
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
    kept = {"user_id": actor.user_id, "how": how, "reason": reason.strip()[:LONGEST_REASON], "at": now.isoformat()}
    contact.facts = contact.facts | {"listened": [*contact.facts.get("listened", []), kept]}
    session.add(contact)
    journal.record(
        session, EventKind.CALL_LISTENED, at=now, case=case, contact_id=contact.id,
        user_id=actor.user_id, agent_id=contact.user_id, how=how,
    )  # fmt: skip
    return contact.key
