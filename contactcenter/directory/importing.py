"""Bringing the directory up to date with a source: what would change, and the change. People are marked gone, not
deleted: cases name them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, select

from contactcenter import agents, citizens, journal
from contactcenter.directory import people
from contactcenter.directory.model import Absence, CalendarState, Person
from contactcenter.directory.records import Fault, Record
from contactcenter.errors import Misconfigured, NotFound, Refused
from contactcenter.model import Organisation, User
from contactcenter.states import EventKind

FEW = 10
"""So many may disappear whatever share that is."""
SECRET = frozenset({"calendar_url"})
"""Fields whose values are not shown in what would change."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an import does to one person. `fields`: field -> (now, then)."""

    action: str
    """`add`, `change`, `gone`, `back`."""
    name: str
    fields: dict[str, tuple[Any, Any]]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. `same`: how many are so already."""

    changes: list[Change]
    faults: list[Fault]
    same: int


def organisation_of(session: Session, key: str) -> Organisation:
    """The municipality that imported people belong to; an empty key: the first one. Raises Misconfigured."""
    wanted = select(Organisation).where(Organisation.key == key if key else col(Organisation.parent_id).is_(None))
    found = session.exec(wanted.order_by(col(Organisation.id))).first()
    if found is None:
        raise Misconfigured(
            "directory_organisation", f"there is no organisation {key!r}; see CC_DIRECTORY__ORGANISATION"
        )
    return found


def plan(session: Session, kind: str, organisation_id: int, records: list[Record], faults: list[Fault]) -> Plan:
    """What `apply` would do with the records of a source (`csv`, `ldap`). What is faulty is left as it is."""
    changes, same, _ = _compared(_Place(session, kind, organisation_id), records, faults)
    return Plan(changes, faults, same)


def apply(
    session: Session,
    kind: str,
    organisation_id: int,
    records: list[Record],
    faults: list[Fault],
    now: datetime,
    *,
    most_gone: float = 1.0,
    user_id: int | None = None,
) -> Plan:
    """Write the records. Raises Refused (`too_many_gone`) when more than the share `most_gone` would disappear."""
    place = _Place(session, kind, organisation_id)
    changes, same, writes = _compared(place, records, faults)
    gone = sum(change.action == "gone" for change in changes)
    if gone > FEW and gone > most_gone * len(place.here):
        raise Refused("too_many_gone", f"{gone} of {len(place.here)} people would disappear; is the source whole?")
    for person, values in writes:
        _write(session, person, values, now)
    if changes:
        people.changed(session)
        count: dict[str, Any] = {
            action: sum(one.action == action for one in changes) for action in ("add", "change", "gone", "back")
        }
        journal.record(
            session, EventKind.DIRECTORY_CHANGED, at=now, organisation_id=place.municipality, user_id=user_id,
            what=kind, faults=len(faults), **count,
        )  # fmt: skip
    return Plan(changes, faults, same)


class _Place:
    """What the database knows before an import."""

    def __init__(self, session: Session, kind: str, organisation_id: int) -> None:
        self.municipality = citizens.municipality_of(session, organisation_id)
        scope = agents.scope(session, self.municipality)
        self.source = f"{kind}:{self.municipality}"
        known = session.exec(select(Person).where(Person.source == self.source)).all()
        self.known = {person.source_key: person for person in known}
        self.here = [person for person in known if person.gone_at is None]
        self.units = _units(session, scope)
        users = session.exec(select(User).where(col(User.organisation_id).in_(scope), col(User.active))).all()
        self.logins = {user.login.casefold(): user.id for user in users}
        self.extensions = {user.extension: user.id for user in users if user.extension}
        others = select(Person.direct).where(Person.source != self.source, Person.direct != "")
        self.taken = set(session.exec(others.where(col(Person.gone_at).is_(None))).all())

    def values(self, record: Record) -> dict[str, Any]:
        """The columns that a record sets."""
        values = {name: value for name, value in record.values.items() if name != "login"}
        if "unit" in values:
            values["organisation_id"] = self.units.get(values["unit"].casefold(), self.municipality)
        login = record.values.get("login", "").casefold()
        user = self.logins.get(login) if login else self.extensions.get(values.get("extension", ""))
        if user is not None:
            values["user_id"] = user
        return values


def _units(session: Session, scope: frozenset[int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in session.exec(select(Organisation).where(col(Organisation.id).in_(scope)).order_by(col(Organisation.id))):
        found.setdefault(one.name.casefold(), one.id)
        found.setdefault(one.key.casefold(), one.id)
    return found


_Writes = list[tuple[Person, dict[str, Any]]]


def _compared(place: _Place, records: Iterable[Record], faults: list[Fault]) -> tuple[list[Change], int, _Writes]:
    changes, writes, same, seen = list[Change](), _Writes(), 0, set[str]()
    for record in records:
        seen.add(record.key)
        if record.values.get("direct") in place.taken:
            faults.append(Fault(record.line, "direct_twice", "direct", record.key))
            continue
        values, person = place.values(record), place.known.get(record.key)
        change = _change(person, values, record)
        if change is None:
            same += 1
            continue
        changes.append(change)
        new = Person(organisation_id=place.municipality, source=place.source, source_key=record.key)
        writes.append((person or new, values | {"gone_at": None}))
    seen |= {fault.key for fault in faults}
    if all(fault.key for fault in faults):  # a row that cannot be read may be anybody's
        for person in place.here:
            if person.source_key not in seen:
                changes.append(Change("gone", person.name, {}, person.source_key))
                writes.append((person, {"gone": True}))
    return changes, same, writes


def _change(person: Person | None, values: dict[str, Any], record: Record) -> Change | None:
    if person is None:
        return Change("add", values["name"], {}, record.key)
    fields = {
        name: ("…", "…") if name in SECRET else (getattr(person, name), value)
        for name, value in values.items()
        if getattr(person, name) != value
    }
    if person.gone_at is not None:
        return Change("back", values["name"], fields, record.key)
    return Change("change", values["name"], fields, record.key) if fields else None


def _write(session: Session, person: Person, values: dict[str, Any], now: datetime) -> None:
    """Somebody who is gone keeps the name that cases tell, and nothing by which they can be reached."""
    if values.pop("gone", False):
        values = {"gone_at": now, "calendar_url": "", "direct": "", "pin_hash": "", "user_id": None}
        session.exec(delete(Absence).where(col(Absence.person_id) == person.id))
        session.exec(delete(CalendarState).where(col(CalendarState.person_id) == person.id))
    for name, value in values.items():
        setattr(person, name, value)
    person.changed_at = now
    session.add(person)
    session.flush()


def set_calendar(session: Session, person: Person, url: str, now: datetime) -> None:
    """Where this person's calendar is read from; empty: nowhere. What was read from another address is forgotten."""
    if person.gone_at is not None:
        raise NotFound("no_such_person")
    person.calendar_url, person.changed_at = url, now
    session.exec(delete(CalendarState).where(col(CalendarState.person_id) == person.id))
    session.add(person)
