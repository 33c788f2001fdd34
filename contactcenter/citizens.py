"""Who it is about. A match is certain only by personal number; a phone or an address may be shared: `maybe`."""

from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from contactcenter import layout
from contactcenter.errors import NotFound
from contactcenter.model import Citizen, CitizenMark

Mark = tuple[str, str]
_KNOWN_BY = (
    select(Citizen)
    .join(CitizenMark, col(CitizenMark.citizen_id) == col(Citizen.id))
    .where(
        col(CitizenMark.kind) == bindparam("of_kind"),
        col(CitizenMark.value) == bindparam("known_as"),
        col(Citizen.organisation_id) == bindparam("municipality"),
    )
    .limit(20)
)


def municipality_of(session: Session, organisation_id: int) -> int:
    """The id of the municipality that an organisation belongs to."""
    found = layout.of(session).municipality(organisation_id)
    if found is None:
        raise NotFound("no_such_organisation")
    return found


def possible(session: Session, municipality_id: int, marks: list[Mark]) -> list[Citizen]:
    """Citizens of this municipality known by any of `marks`."""
    found: dict[int, Citizen] = {}
    for kind, value in marks:
        rows = session.scalars(_KNOWN_BY, {"of_kind": kind, "known_as": value, "municipality": municipality_id})
        found.update({citizen.id: citizen for citizen in rows})
    return list(found.values())


def certain(session: Session, municipality_id: int, marks: list[Mark]) -> Citizen | None:
    """The one citizen with the personal number among `marks`; None without one, or when the marks disagree.

    A personal number read off paper by a machine is not certain: the post channel passes it as `maybe`.
    """
    numbers = [mark for mark in marks if mark[0] == "personal_number"]
    matches = possible(session, municipality_id, numbers)
    return matches[0] if len(matches) == 1 else None


def create(
    session: Session,
    municipality_id: int,
    name: str,
    marks: list[Mark],
    now: datetime,
    *,
    address: str = "",
    protected: bool = False,
) -> Citizen:
    """Save a citizen with what they are known by."""
    citizen = Citizen(
        organisation_id=municipality_id, name=name.strip(), address=address, protected=protected, created_at=now
    )
    session.add(citizen)
    session.flush()
    add_marks(session, citizen, marks)
    return citizen


def add_marks(session: Session, citizen: Citizen, marks: list[Mark]) -> None:
    """Remember further things the citizen is known by; known ones are left alone."""
    known = set(marks_of(session, citizen.id))
    for kind, value in dict.fromkeys(marks):
        if value and (kind, value) not in known:
            session.add(CitizenMark(citizen_id=citizen.id, kind=kind, value=value))
    session.flush()


def marks_of(session: Session, citizen_id: int) -> list[Mark]:
    rows = session.exec(select(CitizenMark.kind, CitizenMark.value).where(CitizenMark.citizen_id == citizen_id)).all()
    return [(kind, value) for kind, value in rows]
