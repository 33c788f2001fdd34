"""Which calendars are to be read, and what is kept of them: times, and when they were last read well."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from contactcenter.directory.calendar_fetch import Fetched
from contactcenter.directory.look import Found
from contactcenter.directory.model import CalendarState, Person

AT_ONCE = 20
LONGEST_PAUSE = timedelta(hours=4)
WORKED_OUT_FOR = timedelta(hours=12)
"""An unchanged calendar is worked out anew after so long: the days ahead have moved on."""


@dataclass(frozen=True, slots=True)
class Due:
    """A calendar to be read."""

    person_id: int
    url: str
    owner: str
    etag: str
    modified: str


def take_due(session: Session, now: datetime, pause: timedelta) -> list[Due]:
    """Those whose time has come; each is given to one who asks, until `pause` has passed."""
    found = session.exec(
        select(Person, CalendarState)
        .join(CalendarState, col(CalendarState.person_id) == col(Person.id), isouter=True)
        .where(Person.calendar_url != "", col(Person.gone_at).is_(None))
        .where(or_(col(CalendarState.id).is_(None), col(CalendarState.next_at) <= now))
        .order_by(col(CalendarState.next_at), col(Person.id))
        .limit(AT_ONCE)
    )
    return [_due(session, person, state, now, pause) for person, state in found.all()]


def _due(session: Session, person: Person, state: CalendarState | None, now: datetime, pause: timedelta) -> Due:
    state = state or CalendarState(person_id=person.id, next_at=now)
    state.next_at = now + pause
    session.add(state)
    fresh = state.worked_out_at is not None and now - state.worked_out_at < WORKED_OUT_FOR
    same = fresh and state.sha256 == address_hash(person.calendar_url)
    return Due(person.id, person.calendar_url, person.email, state.etag if same else "", state.modified if same else "")


def unchanged(session: Session, due: Due, now: datetime) -> None:
    """What is kept still holds."""
    if state := _state(session, due):
        state.fetched_at, state.failures, state.failure = now, 0, ""
        session.add(state)


def read(session: Session, due: Due, fetched: Fetched, busy: list[Found], now: datetime) -> None:
    """Keep the times. Nothing when the person has another calendar by now."""
    if state := _state(session, due):
        state.etag, state.modified, state.sha256 = fetched.etag, fetched.modified, address_hash(due.url)
        state.fetched_at = state.worked_out_at = now
        state.failures, state.failure = 0, ""
        state.spans = [list(one) for one in busy]
        session.add(state)


def failed(session: Session, due: Due, code: str, now: datetime, pause: timedelta) -> None:
    """What was known is kept; each further failure doubles the pause."""
    if state := _state(session, due):
        state.failures, state.failure = state.failures + 1, code
        state.next_at = now + min(LONGEST_PAUSE, pause * 2 ** min(state.failures, 6))
        session.add(state)


def address_hash(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def _state(session: Session, due: Due) -> CalendarState | None:
    person = session.get(Person, due.person_id)
    if person is None or person.calendar_url != due.url or person.gone_at is not None:
        return None
    return session.exec(select(CalendarState).where(CalendarState.person_id == due.person_id)).first()
