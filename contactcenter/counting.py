"""From the journal to the figures: each event is counted once, in the transaction that moves the reader's mark.

What is counted when is written out in docs/statistics.md. Only the journal is read, so that counting everything
anew gives the same figures; the one thing taken from elsewhere is the opening hours that promises are measured in.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, case, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from contactcenter import queueing
from contactcenter.hours import Hours
from contactcenter.model import Event
from contactcenter.rollups import (
    ADDED,
    AGENT,
    ALL,
    EVERYBODY,
    EVERYBODY_BY_TOPIC,
    FIGURES,
    PLACE,
    agent_days,
    cursor,
    day_of,
    days,
    half_hour_of,
    half_hours,
    month_of,
    months,
)
from contactcenter.states import Channel, Direction, EventKind

SHORT_ABANDON_SECONDS = 5
"""Who hangs up before this was hardly waiting: such calls are counted apart, outside the service level."""
BATCH = 2_000
"""Events at a time."""
MARK = "statistics"
_CALLS = frozenset({Channel.PHONE.value, Channel.CALLBACK.value})

Place = tuple[int, int, int, int, str]
"""half-hour, organisation, queue, topic, channel"""
Counts = dict[str, int]


@dataclass(slots=True)
class Tally:
    """Figures of a batch of events, by place and by agent. Pure: no database."""

    hours: Mapping[int, Hours]
    """Organisation -> opening hours."""
    places: dict[Place, Counts] = field(default_factory=dict)
    agents: dict[tuple[int, int, int, str, int], Counts] = field(default_factory=dict)
    """(day, organisation, queue, channel, agent)"""

    def take(self, event: Any) -> None:
        """Count one event (a row with the columns of `Event`)."""
        counted = _COUNTED.get(event.kind)
        if counted is not None and event.organisation_id is not None:
            counted(self, event, event.data)

    def note(self, event: Any, channel: str, at: datetime, *, agent: int | None = None, **figures: int) -> None:
        """Add figures at the place that `event` tells of, in the half-hour of `at`."""
        data, half_hour = event.data, half_hour_of(at)
        organisation, queue = event.organisation_id, data.get("queue_id") or 0
        _add(self.places, (half_hour, organisation, queue, data.get("topic_id") or 0, channel), figures)
        if agent:
            _add(self.agents, (day_of(half_hour), organisation, queue, channel, agent), figures)

    def in_time(self, event: Any, arrived: datetime, promised: int) -> bool:
        """Whether the open time from `arrived` to the event is within the promise."""
        hours = self.hours.get(event.organisation_id)
        used = hours.open_seconds(arrived, event.at) if hours else (event.at - arrived).total_seconds()
        return bool(used <= promised)


def _add(into: dict[Any, Counts], key: Any, figures: Counts) -> None:
    counts = into.setdefault(key, {})
    for name, value in figures.items():
        old = counts.get(name, 0)
        counts[name] = max(old, value) if name == "wait_max" else old + value


# what each kind of event counts


def _opened(tally: Tally, event: Any, data: dict[str, Any]) -> None:
    tally.note(event, str(data.get("channel", "")), event.at, offered=1)


def _reopened(tally: Tally, event: Any, data: dict[str, Any]) -> None:
    """Something came to a closed case: offered again. Reopened by hand, it is the same work as before."""
    if event.contact_id is not None:
        _opened(tally, event, data)


def _call_answered(tally: Tally, event: Any, data: dict[str, Any]) -> None:
    if data.get("direction") == Direction.OUT:
        return tally.note(event, Channel.CALLBACK.value, event.at, agent=event.agent_id, called_back=1)
    waited = int(data.get("waited", 0))
    tally.note(
        event,
        Channel.PHONE.value,
        event.at - timedelta(seconds=waited),
        agent=event.agent_id,
        answered=1,
        in_time=int(waited <= int(data.get("promised", 0))),
        wait_seconds=waited,
        wait_max=waited,
    )


def _call_missed(tally: Tally, event: Any, data: dict[str, Any]) -> None:
    waited = int(data.get("waited", 0))
    short = waited < int(data.get("short", SHORT_ABANDON_SECONDS))
    tally.note(
        event,
        Channel.PHONE.value,
        event.at - timedelta(seconds=waited),
        abandoned=int(not short),
        short_abandoned=int(short),
        wait_max=waited,
    )


def _call_ended(tally: Tally, event: Any, data: dict[str, Any]) -> None:
    out = data.get("direction") == Direction.OUT
    channel = Channel.CALLBACK if out else Channel.PHONE
    tally.note(event, channel.value, event.at, agent=event.agent_id, talk_seconds=int(data.get("talked", 0)))


def _closed(tally: Tally, event: Any, data: dict[str, Any]) -> None:
    agent = event.agent_id or event.user_id
    tally.note(
        event,
        str(data.get("channel", "")),
        event.at,
        agent=agent,
        closed=1,
        first_contact=int(bool(data.get("first_contact"))),
        handle_seconds=int(data.get("handled", 0)),
    )
    _first_answer(tally, event, data, agent)


def _replied(tally: Tally, event: Any, data: dict[str, Any]) -> None:
    tally.note(event, str(data.get("channel", "")), event.at, agent=event.user_id, replies=1)
    _first_answer(tally, event, data, event.user_id)


def _handed_off(tally: Tally, event: Any, data: dict[str, Any]) -> None:
    tally.note(event, str(data.get("channel", "")), event.at, agent=event.user_id, handed_off=1)


def _first_answer(tally: Tally, event: Any, data: dict[str, Any], agent: int | None) -> None:
    """Written work is answered by the first reply, or by being closed without one."""
    channel = str(data.get("channel", ""))
    if not data.get("first") or channel in _CALLS:
        return
    waited = int(data.get("waited", 0))
    in_time = tally.in_time(event, event.at - timedelta(seconds=waited), int(data.get("promised", 0)))
    tally.note(
        event,
        channel,
        event.at,
        agent=agent,
        answered=1,
        in_time=int(in_time),
        wait_seconds=waited,
        wait_max=waited,
    )


_COUNTED: dict[EventKind, Callable[[Tally, Any, dict[str, Any]], None]] = {
    EventKind.CASE_OPENED: _opened,
    EventKind.CASE_REOPENED: _reopened,
    EventKind.CALL_ANSWERED: _call_answered,
    EventKind.CALL_MISSED: _call_missed,
    EventKind.CALL_ENDED: _call_ended,
    EventKind.CASE_CLOSED: _closed,
    EventKind.REPLY_QUEUED: _replied,
    EventKind.CASE_HANDED_OFF: _handed_off,
}


# keeping the tables


def advance(session: Session, limit: int = BATCH) -> int:
    """Count the next events, at most `limit`, and move the mark; return how many were counted.

    In one transaction, and only one writes at a time: an event is counted exactly once, whatever is killed when.
    """
    mark = _mark(session)
    end = session.execute(select(func.max(_E.id))).scalar() or 0
    events = _after(session, mark, limit)
    tally = Tally(queueing.hours_by_organisation(session))
    for event in events:
        tally.take(event)
    _keep(session, tally)
    last = events[-1].id if len(events) == limit else end
    if last > mark:
        session.execute(update(cursor).where(cursor.c.name == MARK).values(last_event_id=last))
    return len(events)


def rebuild(session: Session) -> int:
    """Count the whole journal anew, in the session's transaction; return how many events were counted."""
    for table in ALL:
        session.execute(delete(table))
    session.execute(delete(cursor).where(cursor.c.name == MARK))
    counted = 0
    while batch := advance(session, 20_000):
        counted += batch
    return counted


_E: Any = Event.__table__.c  # type: ignore[attr-defined]


def _mark(session: Session) -> int:
    found = session.execute(select(cursor.c.last_event_id).where(cursor.c.name == MARK)).scalar()
    if found is None:
        session.execute(insert(cursor).values(name=MARK, last_event_id=0))
    return found or 0


def _after(session: Session, mark: int, limit: int) -> list[Row[Any]]:
    """The next events that count."""
    columns = (_E.id, _E.at, _E.kind, _E.organisation_id, _E.contact_id, _E.user_id, _E.agent_id, _E.data)
    wanted = select(*columns).where(_E.id > mark, _E.kind.in_(list(_COUNTED))).order_by(_E.id).limit(limit)
    return list(session.execute(wanted).all())


def _keep(session: Session, tally: Tally) -> None:
    """Add a tally to every table."""
    by_day: dict[Any, Counts] = {}
    by_month: dict[Any, Counts] = {}
    by_agent: dict[Any, Counts] = dict(tally.agents)
    for (half_hour, *place), counts in tally.places.items():
        day = day_of(half_hour)
        for one in (place, (EVERYBODY, 0, 0, place[-1])):
            _add(by_day, (day, *one), counts)
            _add(by_month, (month_of(day), *one), counts)
        _add(by_day, (day, EVERYBODY_BY_TOPIC, 0, place[2], ""), counts)
    for (day, _, _, channel, agent), counts in tally.agents.items():
        _add(by_agent, (day, EVERYBODY, 0, channel, agent), counts)
    _upsert(session, half_hours, ("half_hour", *PLACE), tally.places)
    _upsert(session, days, ("day", *PLACE), by_day)
    _upsert(session, months, ("month", *PLACE), by_month)
    _upsert(session, agent_days, ("day", *AGENT), by_agent)


def _upsert(session: Session, table: Table, key: tuple[str, ...], found: Mapping[Any, Counts]) -> None:
    if not found:
        return
    kind = session.get_bind().dialect.name
    new = (sqlite.insert if kind == "sqlite" else postgresql.insert)(table)
    sums: dict[str, ColumnElement[int]] = {one: table.c[one] + new.excluded[one] for one in ADDED}
    higher = case((new.excluded.wait_max > table.c.wait_max, new.excluded.wait_max), else_=table.c.wait_max)
    statement = new.on_conflict_do_update(index_elements=list(key), set_={**sums, "wait_max": higher})
    session.execute(statement, _rows(key, found.items()))


def _rows(key: tuple[str, ...], found: Iterable[tuple[Any, Counts]]) -> list[dict[str, Any]]:
    """In the order of the keys, so that two writers could never wait for each other crosswise."""
    none = dict.fromkeys(FIGURES, 0)
    return [none | dict(zip(key, place, strict=True)) | counts for place, counts in sorted(found)]
