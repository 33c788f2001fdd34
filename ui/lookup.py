"""Finding cases and citizens."""

import contextlib

from sqlalchemy import ColumnElement, and_, false, or_
from sqlmodel import Session, col, select

from contactcenter import citizens, search
from contactcenter.errors import NotFound, Refused
from contactcenter.model import Case, Citizen, CitizenMark
from contactcenter.ports import Actor
from ui import detail, records
from ui.verbs import e164

PAGE = 25
CITIZENS = 20
CASES = 100


def cases(session: Session, actor: Actor, query: str, before: int | None) -> records.Found:
    """A page of cases in which every word stands, newest first."""
    hits = search.find(session, query, actor.scope, limit=PAGE, before=before, sees_protected=actor.sees_protected)
    ids = [hit.case_id for hit in hits]
    known = {case.id: case for case in session.exec(select(Case).where(col(Case.id).in_(ids)))}
    found = [detail.brief(known[hit.case_id], actor, hit.snippet) for hit in hits if hit.case_id in known]
    return records.Found(found, hits[-1].case_id if len(hits) == PAGE else None)


def people(session: Session, actor: Actor, query: str) -> records.Citizens:
    """Citizens of the municipality by name, number, address or personal number."""
    municipality = citizens.municipality_of(session, actor.organisation_id)
    words = query.split()
    named = [col(Citizen.name).icontains(word, autoescape=True) for word in words]
    marked = select(CitizenMark.citizen_id).where(col(CitizenMark.value).in_(_values(query)))
    statement = select(Citizen).where(Citizen.organisation_id == municipality)
    statement = statement.where(or_(_all(named), col(Citizen.id).in_(marked)))
    if not actor.sees_protected:
        statement = statement.where(col(Citizen.protected).is_(False))
    found = session.exec(statement.order_by(Citizen.name).limit(CITIZENS))
    return records.Citizens([detail.citizen_row(session, one, actor) for one in found])


def citizen(session: Session, actor: Actor, citizen_id: int) -> records.CitizenDetail:
    """A citizen of the reader's municipality and their cases. Raises NotFound; also when the identity is protected."""
    found = session.get(Citizen, citizen_id)
    municipality = citizens.municipality_of(session, actor.organisation_id)
    if found is None or found.organisation_id != municipality or (found.protected and not actor.sees_protected):
        raise NotFound("no_such_citizen")
    about = select(Case).where(Case.citizen_id == found.id, col(Case.organisation_id).in_(actor.scope))
    newest = session.exec(about.order_by(col(Case.id).desc()).limit(CASES)).all()
    return records.CitizenDetail(
        detail.citizen_row(session, found, actor), [detail.brief(case, actor) for case in newest]
    )


def _all(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    return and_(*conditions) if conditions else false()


def _values(query: str) -> list[str]:
    """What a mark would have to be for the query to mean it."""
    bare = query.strip().lower()
    values = [bare, bare.replace("-", "").replace(" ", "")]
    with contextlib.suppress(Refused):
        values.append(e164(query))
    return values
