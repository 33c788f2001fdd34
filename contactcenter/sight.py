"""What an actor may see, and what is theirs. Every verb begins here."""

from sqlmodel import Session, col, select

from contactcenter import citizens
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.model import Case, Contact, User
from contactcenter.ports import Actor
from contactcenter.states import Channel, ContactState


def visible(session: Session, actor: Actor, case_id: int) -> Case:
    """The case, when the actor may see it; else NotFound, as if there were none."""
    case = session.get(Case, case_id)
    if case is None or case.organisation_id not in actor.scope:
        raise NotFound("no_such_case")
    return case


def own(session: Session, actor: Actor, case_id: int) -> Case:
    """The case, when it is in the actor's hands."""
    case = visible(session, actor, case_id)
    if case.agent_id != actor.user_id:
        raise Conflict("not_yours", "this case is not in your hands")
    return case


def not_while_talking(session: Session, case: Case) -> None:
    live = (ContactState.RINGING, ContactState.TALKING)
    talking = select(Contact.id).where(
        Contact.case_id == case.id, Contact.channel == Channel.PHONE, col(Contact.state).in_(live)
    )
    if session.exec(talking).first() is not None:
        raise Refused("call_going_on", "end the call first")


def same_municipality(session: Session, case: Case, organisation_id: int) -> bool:
    theirs = citizens.municipality_of(session, organisation_id)
    return citizens.municipality_of(session, case.organisation_id) == theirs


def team(session: Session, actor: Actor) -> list[User]:
    """Colleagues whom the actor may see."""
    return list(
        session.exec(
            select(User).where(col(User.organisation_id).in_(actor.scope), col(User.active)).order_by(User.name)
        )
    )
