"""Reading the directory: who somebody is, where they are, and what the one who asks may know of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as rows_of
from sqlmodel import Session, col, or_, select

from contactcenter import agents, citizens, queueing
from contactcenter.directory.index import Entry, Index
from contactcenter.directory.model import Absence, CalendarState, Person, Reason
from contactcenter.directory.whereabouts import Layers, Span, Status, public, status
from contactcenter.directory.words import digits
from contactcenter.errors import NotFound
from contactcenter.hours import Hours
from contactcenter.model import Counter, User
from contactcenter.ports import Actor
from contactcenter.states import AgentState

COUNTER = "directory"
"""Grows with every change of a person: an index made before is stale."""
MOST = 20
AHEAD = timedelta(days=8)
"""So far ahead are opening hours looked at for when somebody is back."""
_COLUMNS = ("id", "name", "title", "unit", "words", "extension", "work", "mobile", "direct", "protected",
            "mobile_hidden", "organisation_id")  # fmt: skip
_AT_NUMBER = (
    select(Person)
    .where(col(Person.direct) == bindparam("dialled"), col(Person.gone_at).is_(None))
    .order_by(col(Person.id))
)


@dataclass(frozen=True, slots=True)
class Known:
    """A person, where they are, and what else is known now."""

    person: Person
    status: Status
    presence: str
    """`free`, `on_call`, `away`, or `unknown` for those who do not use the contact centre."""
    calendar_stale: datetime | None = None
    """The calendar could not be read since then."""


class Lookup:
    """Search over the whole directory. One for the process; its index is made anew when the directory has changed."""

    def __init__(self) -> None:
        self._version, self._index = -1, Index(())

    def find(self, session: Session, actor: Actor, query: str, most: int = MOST) -> list[int]:
        """Ids of people of the reader's municipality, best first."""
        return self.index(session).find(query, municipality(session, actor), most)

    def index(self, session: Session) -> Index:
        """As the directory is now."""
        version = counted(session)
        if version != self._version:
            self._index, self._version = Index(_entries(session)), version
        return self._index


def counted(session: Session) -> int:
    return session.exec(select(Counter.value).where(Counter.name == COUNTER)).first() or 0


def changed(session: Session) -> None:
    """Call after changing people: everybody's index is made anew before the next search."""
    counter = session.get(Counter, COUNTER) or Counter(name=COUNTER)
    counter.value += 1
    session.add(counter)
    session.flush()


def municipality(session: Session, actor: Actor) -> frozenset[int]:
    """The directory is the whole municipality's: its organisations' ids."""
    return agents.scope(session, citizens.municipality_of(session, actor.organisation_id))


def visible(session: Session, actor: Actor, person_id: int) -> Person:
    """Raises NotFound for somebody of another municipality, and when there is nobody."""
    person = session.get(Person, person_id)
    if person is None or person.organisation_id not in municipality(session, actor):
        raise NotFound("no_such_person")
    return person


def own(session: Session, user_id: int) -> Person | None:
    """The directory's entry of somebody who signs in."""
    found = select(Person).where(Person.user_id == user_id, col(Person.gone_at).is_(None)).order_by(col(Person.id))
    return session.exec(found).first()


def at_number(session: Session, number: str) -> Person | None:
    """Whose direct number that is (E.164)."""
    return session.scalars(_AT_NUMBER, {"dialled": number}).first() if number else None


def at_extension(session: Session, extension: str) -> Person | None:
    """Whose telephone that is: by their entry, else by the user who has it."""
    if not extension:
        return None
    here = col(Person.gone_at).is_(None)
    found = session.exec(select(Person).where(Person.extension == extension, here).order_by(col(Person.id))).first()
    if found:
        return found
    user = session.exec(select(User).where(User.extension == extension, col(User.active))).first()
    return own(session, user.id) if user else None


def at(session: Session, dialled: str) -> Person | None:
    """Whose direct number (E.164) or telephone (extension) that is."""
    return at_number(session, dialled) or at_extension(session, dialled)


def known(session: Session, ids: Sequence[int], now: datetime, stale_after: timedelta) -> list[Known]:
    """These people in this order; those who are gone are left out."""
    people = {one.id: one for one in session.exec(select(Person).where(col(Person.id).in_(ids)))}
    here = [people[id] for id in ids if id in people and people[id].gone_at is None]
    users = _users(session, {one.user_id for one in here if one.user_id})
    absences, calendars = _absences(session, ids, now), _calendars(session, ids)
    closed = _closed(session, {one.organisation_id for one in here}, now)
    found = []
    for one in here:
        calendar = calendars.get(one.id)
        layers = layers_of(absences.get(one.id, ()), calendar, closed[one.organisation_id])
        stale = _stale(one, calendar, now, stale_after)
        said = status(layers, now)
        found.append(Known(one, said, _presence(users.get(one.user_id or 0), said), stale))
    return found


def whereabouts(session: Session, person: Person, now: datetime, stale_after: timedelta) -> Known:
    return known(session, [person.id], now, stale_after)[0]


def layers_of(absences: Collection[Absence], calendar: CalendarState | None, closed: Sequence[Span]) -> Layers:
    """What is known of one person, the strongest first."""
    by_hand = [_span(one) for one in absences if one.source == "hand"]
    by_phone = [_span(one) for one in absences if one.source != "hand"]
    read = [_read(*span) for span in calendar.spans] if calendar else []
    return (("hand", by_hand), ("phone", by_phone), ("calendar", read), ("hours", closed))


def shown_reason(said: Status, person: Person, actor: Actor | None) -> Reason | None:
    """What this reader is told; `actor` None: a citizen."""
    if said.reason is None:
        return None
    may_know = actor is not None and (actor.is_supervisor or actor.user_id == person.user_id)
    return said.reason if may_know else public(said.reason)


def numbers(person: Person, actor: Actor) -> dict[str, str]:
    """The numbers that this reader may dial, by kind. Those of a protected person only with the right."""
    if person.protected and not (actor.sees_protected or actor.user_id == person.user_id):
        return {}
    mobile = "" if person.mobile_hidden else person.mobile
    every = {"extension": person.extension, "work": person.work, "direct": person.direct, "mobile": mobile}
    return {kind: number for kind, number in every.items() if number}


def _entries(session: Session) -> list[Entry]:
    table = Person.__table__.c  # type: ignore[attr-defined]
    wanted = rows_of(*(table[name] for name in _COLUMNS)).where(table.gone_at.is_(None), table.unlisted.is_(False))
    return [_entry(row) for row in session.execute(wanted)]


def _entry(row: Any) -> Entry:
    """A number that not everybody may see finds nobody either."""
    seen = [row.extension, row.work, row.direct, "" if row.mobile_hidden else row.mobile]
    found = () if row.protected else tuple(digits(number) for number in seen if number)
    return Entry(row.id, row.name, row.title, row.unit, tuple(row.words), found, row.organisation_id)


def _users(session: Session, ids: set[int]) -> dict[int, User]:
    return {one.id: one for one in session.exec(select(User).where(col(User.id).in_(ids)))} if ids else {}


def _absences(session: Session, ids: Sequence[int], now: datetime) -> dict[int, list[Absence]]:
    wanted = select(Absence).where(
        col(Absence.person_id).in_(ids), or_(col(Absence.until).is_(None), col(Absence.until) > now)
    )
    found: dict[int, list[Absence]] = {}
    for one in session.exec(wanted.order_by(col(Absence.id))):
        found.setdefault(one.person_id, []).append(one)
    return found


def _calendars(session: Session, ids: Sequence[int]) -> dict[int, CalendarState]:
    wanted = select(CalendarState).where(col(CalendarState.person_id).in_(ids))
    return {one.person_id: one for one in session.exec(wanted)}


def _closed(session: Session, organisations: set[int], now: datetime) -> Mapping[int, list[Span]]:
    """For each organisation when it is closed, from now on."""
    hours = queueing.hours_by_organisation(session)
    return {one: closed_spans(hours[one], now) for one in organisations}


def closed_spans(hours: Hours, now: datetime) -> list[Span]:
    """The times between opening hours, from `now` on; the last has no end when it never opens again."""
    opened = [(begin, end) for begin, end in hours.spans(now, now + AHEAD) if begin < end]
    edges = [now, *(edge for span in opened for edge in span)]
    begins, ends = edges[0::2], [*edges[1::2], None]
    if opened and opened[-1][1] >= now + AHEAD:
        begins, ends = begins[:-1], ends[:-1]
    return [Span(begin, end, Reason.CLOSED) for begin, end in zip(begins, ends, strict=True) if begin != end]


def _stale(person: Person, calendar: CalendarState | None, now: datetime, after: timedelta) -> datetime | None:
    if not person.calendar_url:
        return None
    read = calendar.fetched_at if calendar and calendar.fetched_at else person.changed_at
    return read if now - read > after else None


def _presence(user: User | None, said: Status) -> str:
    if user is not None and user.active and user.state is AgentState.BUSY:
        return "on_call"
    if said.is_absent:
        return "away"
    if user is None or not user.active:
        return "unknown"
    return "free" if user.state in (AgentState.AVAILABLE, AgentState.WRAPPING_UP) else "unknown"


def _span(one: Absence) -> Span:
    return Span(one.begins_at, one.until, one.reason)


def _read(begin: float, end: float, kind: str) -> Span:
    reason = Reason.AWAY if kind == "away" else Reason.BUSY
    return Span(datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC), reason)
