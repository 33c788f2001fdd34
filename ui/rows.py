"""From tables to the rows of the console's state. Columns only, no objects: there are many rows."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, true
from sqlmodel import Session

from contactcenter import listening
from contactcenter.hours import Hours
from contactcenter.model import Case, Contact, Offer, Organisation, Queue, Topic, User
from contactcenter.states import OPEN_STATES, CallPhase, CaseState, Channel, ContactState, OfferState
from contactcenter.tapes import taping
from contactcenter.waiting import promised
from ui.wire import AgentRow, CalendarRow, CaseRow, OfferRow, OrganisationRow, QueueRow, TopicRow

CHUNK = 500
"""Ids in one `IN (…)`."""
AHEAD = timedelta(days=15)
BACK = timedelta(days=14)
FURTHEST_BACK = timedelta(days=400)
LIVE = (ContactState.WAITING, ContactState.RINGING, ContactState.TALKING)
ON_CALL = (ContactState.RINGING, ContactState.TALKING)


def columns(table: Any) -> Any:
    """The columns of a model's table."""
    return table.__table__.c


K, C, U, F = columns(Case), columns(Contact), columns(User), columns(Offer)
_OPEN = list(OPEN_STATES)
_OF_CASE = [
    K[name] for name in CaseRow.__struct_fields__ if name not in ("calendar", "contact_id") and name[:5] != "call_"
]
_OF_AGENT = [U[name] for name in AgentRow.__struct_fields__ if name not in ("since", "written", "on_call_case_id")]


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that is going on."""

    case_id: int
    contact_id: int
    state: ContactState
    agent_id: int | None
    phase: CallPhase
    third: str
    third_talks: bool
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OwnOffer:
    """An open offer and to whom."""

    agent_id: int
    row: OfferRow


def cases(
    session: Session, ids: Iterable[int] | None, midnight: datetime, calendars: Mapping[int, int | None]
) -> dict[int, CaseRow]:
    """The cases a console shows (open ones, and those handed off since midnight), all or those with `ids`."""
    shown = or_(K.state.in_(_OPEN), and_(K.state == CaseState.HANDED_OFF, K.changed_at >= midnight))
    found: dict[int, CaseRow] = {}
    by_the_clock = promised.next_times(session)
    for condition in _chunks(K.id, ids):
        kept = session.execute(select(*_OF_CASE).where(shown, condition)).all()
        calls = {call.case_id: call for call in live_calls(session, _chunk_of(C.case_id, ids, kept))}
        newest = _newest_contacts(session, _chunk_of(C.case_id, ids, kept))
        found |= {row.id: _case(row, calls.get(row.id), newest, calendars, by_the_clock) for row in kept}
    return found


def live_calls(session: Session, condition: ColumnElement[bool]) -> list[LiveCall]:
    """Calls going on, oldest first."""
    query = select(C.case_id, C.id, C.state, C.user_id, C.phase, C.third, C.third_talks, C.facts)
    query = query.where(C.channel == Channel.PHONE, C.state.in_(LIVE), condition).order_by(C.id)
    return [LiveCall(*row) for row in session.execute(query).all()]


def agents(session: Session, ids: Iterable[int] | None) -> dict[int, AgentRow]:
    """Active users as colleagues see them."""
    found: dict[int, AgentRow] = {}
    for condition in _chunks(U.id, ids):
        query = select(*_OF_AGENT, U.state_since.label("since")).where(U.active.is_(True), condition)
        kept = session.execute(query).all()
        loads, calls = _written(session, ids), _on_call(session, ids)
        found |= {row.id: _agent(row, loads, calls) for row in kept}
    return found


def offers(session: Session, case_ids: Iterable[int] | None, agent_ids: Iterable[int] = ()) -> dict[int, OwnOffer]:
    """Open offers: all, or those of these cases and agents."""
    chosen = _any if case_ids is None else or_(F.case_id.in_(list(case_ids)), F.agent_id.in_(list(agent_ids)))
    names = OfferRow.__struct_fields__
    query = select(F.agent_id, *(F[name] for name in names)).where(F.state == OfferState.OPEN, chosen)
    return {
        row.id: OwnOffer(row.agent_id, OfferRow(**{name: getattr(row, name) for name in names}))
        for row in session.execute(query).all()
    }


def same_citizen(session: Session, case_ids: Iterable[int]) -> frozenset[int]:
    """The open cases about the citizens of these cases."""
    whom = select(K.citizen_id).where(K.id.in_(list(case_ids)), K.citizen_id.is_not(None))
    if not case_ids:
        return frozenset()
    return frozenset(session.execute(select(K.id).where(K.citizen_id.in_(whom), K.state.in_(_OPEN))).scalars())


def queues(session: Session) -> dict[int, QueueRow]:
    return {row.id: row for row in _rows(session, Queue, QueueRow)}


def organisations(session: Session) -> dict[int, OrganisationRow]:
    return {row.id: row for row in _rows(session, Organisation, OrganisationRow)}


def topics(session: Session) -> dict[int, TopicRow]:
    t = columns(Topic)
    query = select(t.id, t.name, t.parent_id, t.queue_id, t.organisation_id, t.handoff)
    return {row.id: _topic(row) for row in session.execute(query).all()}


def calendar_of(session: Session) -> dict[int, int | None]:
    """Organisation id -> id of the one whose opening hours apply; None: always open."""
    t = columns(Organisation)
    known = {row.id: row for row in session.execute(select(t.id, t.parent_id, t.hours)).all()}

    def of(id: int | None) -> int | None:
        seen = set[int]()
        while id is not None and id not in seen:
            seen.add(id)
            if known[id].hours:
                return id
            id = known[id].parent_id
        return None

    return {id: of(id) for id in known}


def calendar_of_case(session: Session, case: Case) -> int | None:
    """The calendar that the case's open hours are counted in; None: the clock, by which callers wait."""
    if case.channel is Channel.PHONE or case.id in promised.next_times(session):
        return None
    return calendar_of(session).get(case.organisation_id)


def calendars(session: Session, now: datetime) -> dict[int, CalendarRow]:
    """The open spans of every calendar in use, from before the oldest case that waits."""
    used = {id for id in calendar_of(session).values() if id is not None}
    oldest = session.execute(select(func.min(K.arrived_at)).where(K.state.in_(_OPEN))).scalar()
    start = max(min(oldest or now, now - BACK), now - FURTHEST_BACK)
    t = columns(Organisation)
    rows = session.execute(select(t.id, t.hours).where(t.id.in_(used))).all()
    return {row.id: CalendarRow(row.id, list(Hours.parse(row.hours).spans(start, now + AHEAD))) for row in rows}


def _rows(session: Session, table: Any, record: Any) -> list[Any]:
    names = record.__struct_fields__
    found = session.execute(select(*(columns(table)[name] for name in names))).all()
    return [record(*row) for row in found]


def _topic(row: Row[Any]) -> TopicRow:
    return TopicRow(row.id, row.name, row.parent_id, row.queue_id, row.organisation_id, handoff=bool(row.handoff))


def _case(
    row: Row[Any],
    call: LiveCall | None,
    newest: Mapping[int, int],
    calendars: Mapping[int, int | None],
    by_the_clock: Container[int],
) -> CaseRow:
    """`by_the_clock`: cases whose callers keep their place for a promised call back, and wait as callers do."""
    clock = row.channel == Channel.PHONE or row.id in by_the_clock
    return CaseRow(
        **row._mapping,
        calendar=None if clock else calendars.get(row.organisation_id),
        contact_id=call.contact_id if call else newest.get(row.id),
        **of_call(call),
    )


def of_call(call: LiveCall | None) -> dict[str, Any]:
    """What a case's row says of its call that is going on."""
    answered = call is not None and call.state is ContactState.TALKING
    return {
        "call_state": call.state if call else None,
        "call_phase": call.phase if call and answered else CallPhase.TALKING,
        "call_agent_id": call.agent_id if call else None,
        "call_third": call.third if call and answered else "",
        "call_third_talks": bool(call and answered and call.third_talks),
        "call_overheard": listening.shown(call.facts) if call and answered else "",
        "call_tape": str(call.facts.get(taping.FACT, "")) if call and answered else "",
    }


def _agent(row: Row[Any], loads: Mapping[int, int], calls: Mapping[int, int]) -> AgentRow:
    return AgentRow(**row._mapping, written=loads.get(row.id, 0), on_call_case_id=calls.get(row.id))


def _newest_contacts(session: Session, condition: ColumnElement[bool]) -> dict[int, int]:
    query = select(C.case_id, func.max(C.id)).where(condition).group_by(C.case_id)
    return {row[0]: row[1] for row in session.execute(query).all()}


def _written(session: Session, ids: Iterable[int] | None) -> dict[int, int]:
    query = select(K.agent_id, func.count()).where(K.state == CaseState.WORKING, K.channel != Channel.PHONE)
    query = query.where(_any if ids is None else K.agent_id.in_(list(ids))).group_by(K.agent_id)
    return {agent: count for agent, count in session.execute(query).all() if agent is not None}


def _on_call(session: Session, ids: Iterable[int] | None) -> dict[int, int]:
    query = select(C.user_id, C.case_id).where(C.channel == Channel.PHONE, C.state.in_(ON_CALL))
    query = query.where(_any if ids is None else C.user_id.in_(list(ids))).order_by(C.id)
    return {agent: case for agent, case in session.execute(query).all() if agent is not None}


_any: ColumnElement[bool] = true()


def _chunks(column: Any, ids: Iterable[int] | None) -> Iterator[ColumnElement[bool]]:
    if ids is None:
        yield _any
        return
    rest = iter(sorted(set(ids)))
    while chunk := list(islice(rest, CHUNK)):
        yield column.in_(chunk)


def _chunk_of(column: Any, ids: Iterable[int] | None, kept: Any) -> ColumnElement[bool]:
    if ids is not None:
        return column.in_([row.id for row in kept])  # type: ignore[no-any-return]
    return column.in_(select(K.id).where(K.state.in_([*_OPEN, CaseState.HANDED_OFF])))  # type: ignore[no-any-return]
