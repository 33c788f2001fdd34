"""Saying who a case is about."""

from datetime import datetime

from sqlmodel import Session, select

from contactcenter import cases, citizens, search
from contactcenter.errors import NotFound
from contactcenter.model import Case, Citizen
from contactcenter.ports import Actor
from contactcenter.sight import visible
from contactcenter.states import EventKind


def link_citizen(
    session: Session,
    actor: Actor,
    case_id: int,
    now: datetime,
    *,
    citizen_id: int | None = None,
    name: str = "",
    address: str = "",
    protected: bool | None = None,
    marks: tuple[tuple[str, str], ...] = (),
) -> int:
    """Say who the case is about: somebody known, or somebody new. Returns the citizen's id."""
    case = visible(session, actor, case_id)
    municipality = citizens.municipality_of(session, case.organisation_id)
    if citizen_id is not None:
        citizen = session.get(Citizen, citizen_id)
        if citizen is None or citizen.organisation_id != municipality:
            raise NotFound("no_such_citizen")
        citizens.add_marks(session, citizen, list(marks))
        _rename(session, citizen, name, address, protected)
    else:
        citizen = citizens.create(
            session, municipality, name, list(marks), now, address=address, protected=bool(protected)
        )
    cases.change(
        session,
        case,
        now,
        user_id=actor.user_id,
        kind=EventKind.CITIZEN_LINKED,
        citizen_id=citizen.id,
        protected=case.protected or citizen.protected,
        sender=citizen.name or case.sender,
    )
    words = "\n".join([citizen.name, *(value for _, value in citizens.marks_of(session, citizen.id))])
    search.add(session, case.id, case.organisation_id, words)
    return citizen.id


def unlink_citizen(session: Session, actor: Actor, case_id: int, now: datetime) -> None:
    """It was somebody else. The case stays protected if it was: a human lifts that by name."""
    cases.change(
        session,
        visible(session, actor, case_id),
        now,
        user_id=actor.user_id,
        kind=EventKind.CITIZEN_LINKED,
        citizen_id=None,
    )


def _rename(session: Session, citizen: Citizen, name: str, address: str, protected: bool | None) -> None:
    citizen.name = name.strip() or citizen.name
    citizen.address = address or citizen.address
    if protected is not None:
        citizen.protected = protected
    session.add(citizen)
    if citizen.protected:
        for case in session.exec(select(Case).where(Case.citizen_id == citizen.id)).all():
            case.protected = True
            session.add(case)
