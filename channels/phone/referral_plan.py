"""The direct numbers of the staff, as the dialplan is rendered from them."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from contactcenter.directory.model import Person
from contactcenter.model import AddressPoint, Organisation, User
from contactcenter.states import AddressKind
from pbx.plan import E164, Direct, Phone


def directs(session: Session, phones: Collection[Phone]) -> tuple[Direct, ...]:
    """One for each number; it rings the person's telephone if that is one of ours."""
    ours = {phone.extension for phone in phones}
    users = {one.id: one.extension for one in session.exec(select(User).where(col(User.active)))}
    points = _points(session)
    wanted = select(Person).where(Person.direct != "", col(Person.gone_at).is_(None)).order_by(col(Person.id).desc())
    found: dict[str, Direct] = {}
    for person in session.exec(wanted):
        extension = person.extension or users.get(person.user_id or 0, "")
        if E164.match(person.direct):
            rings = extension if extension in ours else ""
            found[person.direct] = Direct(person.direct, rings, points.get(person.organisation_id, 0))
    return tuple(sorted(found.values(), key=lambda one: one.address))


def _points(session: Session) -> dict[int, int]:
    """Organisation -> the telephone number whose hours hold there: its own, else that of the nearest one above."""
    parents = dict(session.exec(select(Organisation.id, Organisation.parent_id)).all())
    own: dict[int, int] = {}
    for point in session.exec(select(AddressPoint).where(AddressPoint.kind == AddressKind.PHONE)):
        own[point.organisation_id] = min(point.id, own.get(point.organisation_id, point.id))
    return {one: _nearest(one, parents, own) for one in parents}


def _nearest(one: int | None, parents: dict[int, int | None], own: dict[int, int]) -> int:
    while one is not None:
        if one in own:
            return own[one]
        one = parents.get(one)
    return min(own.values(), default=0)
