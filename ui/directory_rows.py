"""The staff directory as its reader may see it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlmodel import Session, col, select

from contactcenter.directory import absence, people
from contactcenter.directory.importing import Plan
from contactcenter.directory.model import Absence, CalendarState
from contactcenter.directory.people import Known, Lookup
from contactcenter.errors import Refused
from contactcenter.ports import Actor
from contactcenter.store import Store
from ui.records_directory import (
    AbsenceRow,
    Directory,
    DirectoryEntry,
    DirectoryRow,
    ImportChange,
    ImportFault,
    ImportResult,
)

LISTED = 500
_lookups: WeakKeyDictionary[Store, Lookup] = WeakKeyDictionary()


def lookup_of(store: Store) -> Lookup:
    """The index of a store's directory, made once for the process."""
    return _lookups.setdefault(store, Lookup())


def search(
    session: Session, actor: Actor, lookup: Lookup, query: str, ids: Sequence[int], most: int, now: datetime,
    stale: timedelta,
) -> Directory:  # fmt: skip
    """People found by `query`, or those with `ids` of the reader's municipality, as they are now."""
    scope = people.municipality(session, actor)
    index = lookup.index(session)
    wanted = index.find(query, scope, most) if query.strip() else list(ids)
    here = [one for one in people.known(session, wanted, now, stale) if one.person.organisation_id in scope]
    return Directory([row(one, actor) for one in here], index.count(scope))


def row(known: Known, actor: Actor) -> DirectoryRow:
    """One person for this reader."""
    person, said = known.person, known.status
    numbers = people.numbers(person, actor)
    hidden = person.protected and not (actor.sees_protected or actor.user_id == person.user_id)
    own = person.user_id is not None and person.user_id == actor.user_id
    return DirectoryRow(
        id=person.id, name=person.name, title=person.title, unit=person.unit, words=person.words, numbers=numbers,
        email="" if hidden else person.email, has_mail=bool(person.email), presence=cast("Any", known.presence),
        reason=people.shown_reason(said, person, actor) or "", back=said.back, layer=said.layer, next=said.next,
        calendar_stale=known.calendar_stale, user_id=person.user_id, protected=person.protected,
        may_set=own or (actor.is_supervisor and person.organisation_id in actor.scope),
    )  # fmt: skip


def entry(
    session: Session, actor: Actor, person_id: int | None, now: datetime, stale: timedelta, code: str
) -> DirectoryEntry:
    """One's own entry, or another's by right. Raises Refused, NotFound."""
    person = absence.may_set(session, actor, person_id)
    state = session.exec(select(CalendarState).where(CalendarState.person_id == person.id)).first()
    wanted = select(Absence).where(Absence.person_id == person.id).order_by(col(Absence.begins_at))
    held = [one for one in session.exec(wanted) if one.until is None or one.until > now]
    return DirectoryEntry(
        row=row(people.whereabouts(session, person, now, stale), actor),
        absences=[AbsenceRow(one.id, one.source, one.reason, one.begins_at, one.until) for one in held],
        has_calendar=bool(person.calendar_url),
        calendar_read_at=state.fetched_at if state else None,
        calendar_failure=state.failure if state else "",
        has_pin=bool(person.pin_hash),
        has_recording=bool(person.recording),
        absence_code=code,
    )


def imported(plan: Plan) -> ImportResult:
    """What an import did, as it is told."""
    changes = [ImportChange(cast("Any", one.action), one.name, one.fields) for one in plan.changes[:LISTED]]
    faults = [ImportFault(one.line, one.what, one.field) for one in plan.faults[:LISTED]]
    counts = {action: sum(one.action == action for one in plan.changes) for action in ("add", "change", "gone", "back")}
    return ImportResult(changes, faults, counts | {"faults": len(plan.faults)}, plan.same)


def check_administrator(actor: Actor) -> None:
    if not actor.is_administrator:
        raise Refused("not_allowed", "this is for administrators")
