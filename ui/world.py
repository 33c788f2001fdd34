"""All that any console may show, in memory: loaded once, then kept true by rereading what events name.

It is the same for everybody; what each may see of it is decided in `ui.audience`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from contactcenter.model import Event
from contactcenter.states import EventKind
from ui import rows, rows_menus
from ui.rows import OwnOffer
from ui.wire import AgentRow, AnnouncementRow, CalendarRow, CaseRow, OrganisationRow, QueueRow, SurgeRow, TopicRow


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is no longer what it was. None: it was not there, or is not any more."""

    collection: str
    id: int
    old: Any
    new: Any


@dataclass(slots=True)
class World:
    """The state of the installation, by collection and id."""

    day: date
    midnight: datetime
    cases: dict[int, CaseRow] = field(default_factory=dict)
    agents: dict[int, AgentRow] = field(default_factory=dict)
    offers: dict[int, OwnOffer] = field(default_factory=dict)
    queues: dict[int, QueueRow] = field(default_factory=dict)
    topics: dict[int, TopicRow] = field(default_factory=dict)
    organisations: dict[int, OrganisationRow] = field(default_factory=dict)
    calendars: dict[int, CalendarRow] = field(default_factory=dict)
    calendar_of: dict[int, int | None] = field(default_factory=dict)
    announcements: dict[int, AnnouncementRow] = field(default_factory=dict)
    surges: dict[int, SurgeRow] = field(default_factory=dict)

    def municipality(self, organisation_id: int) -> frozenset[int]:
        """The ids of every organisation of the same municipality."""
        root = self._root(organisation_id)
        return frozenset(id for id in self.organisations if self._root(id) == root)

    def _root(self, id: int) -> int:
        seen = {id}
        while (row := self.organisations.get(id)) and row.parent_id is not None and row.parent_id not in seen:
            id = row.parent_id
            seen.add(id)
        return id

    def take(self, fresh: "Fresh") -> list[Change]:
        """Put what was read anew in its place; return what is different now."""
        changes = _swap("cases", self.cases, fresh.case_ids, fresh.cases)
        changes += _swap("agents", self.agents, fresh.agent_ids, fresh.agents)
        about = {
            id
            for id, offer in self.offers.items()
            if offer.row.case_id in fresh.case_ids or offer.agent_id in fresh.agent_ids
        }
        return changes + _swap("offers", self.offers, about | fresh.offers.keys(), fresh.offers)


@dataclass(frozen=True, slots=True)
class Fresh:
    """Rows read anew, and the ids that were asked for."""

    case_ids: frozenset[int]
    agent_ids: frozenset[int]
    cases: dict[int, CaseRow]
    agents: dict[int, AgentRow]
    offers: dict[int, OwnOffer]


@dataclass(frozen=True, slots=True)
class Reread:
    """What a batch of events makes it necessary to read again."""

    case_ids: frozenset[int]
    agent_ids: frozenset[int]
    citizens_of: frozenset[int]
    """Cases whose citizen was linked: the citizen's other cases may have become protected."""
    midnight: datetime
    calendar_of: dict[int, int | None]


def day_of(now: datetime, zone: ZoneInfo) -> tuple[date, datetime]:
    """The day that it is in `zone`, and when it began."""
    day = now.astimezone(zone).date()
    return day, datetime.combine(day, time.min, zone)


def load(session: Session, now: datetime, zone: ZoneInfo) -> World:
    """Everything, from the database."""
    day, midnight = day_of(now, zone)
    calendar_of = rows.calendar_of(session)
    return World(
        day=day,
        midnight=midnight,
        cases=rows.cases(session, None, midnight, calendar_of),
        agents=rows.agents(session, None),
        offers=rows.offers(session, None),
        queues=rows.queues(session),
        topics=rows.topics(session),
        organisations=rows.organisations(session),
        calendars=rows.calendars(session, now),
        calendar_of=calendar_of,
        announcements=rows_menus.announcements(session, now),
        surges=rows_menus.surges(session, now),
    )


def needs(world: World, events: Iterable[Event]) -> Reread:
    """What must be read again after `events`."""
    case_ids, agent_ids, linked = set[int](), set[int](), set[int]()
    for event in events:
        case_ids |= {event.case_id} if event.case_id else set()
        agent_ids |= {id for id in (event.user_id, event.agent_id) if id}
        if event.kind is EventKind.CITIZEN_LINKED and event.case_id:
            linked.add(event.case_id)
    agent_ids |= {row.id for row in world.agents.values() if row.on_call_case_id in case_ids}
    agent_ids |= {id for case in case_ids if (row := world.cases.get(case)) and (id := row.agent_id)}
    return Reread(frozenset(case_ids), frozenset(agent_ids), frozenset(linked), world.midnight, world.calendar_of)


def read(session: Session, wanted: Reread) -> Fresh:
    """Read it, in one snapshot. Agents whom the fresh rows name are read too."""
    case_ids = wanted.case_ids | rows.same_citizen(session, wanted.citizens_of)
    cases = rows.cases(session, case_ids, wanted.midnight, wanted.calendar_of)
    callers = {call.agent_id for call in rows.live_calls(session, rows.C.case_id.in_(case_ids)) if call.agent_id}
    agent_ids = wanted.agent_ids | callers | {row.agent_id for row in cases.values() if row.agent_id}
    agents = rows.agents(session, agent_ids)
    return Fresh(case_ids, agent_ids, cases, agents, rows.offers(session, case_ids, agent_ids))


def _swap(name: str, known: dict[int, Any], ids: Iterable[int], fresh: dict[int, Any]) -> list[Change]:
    changes = []
    for id in ids:
        old, new = known.get(id), fresh.get(id)
        if old == new:
            continue
        changes.append(Change(name, id, old, new))
        if new is None:
            del known[id]
        else:
            known[id] = new
    return changes
