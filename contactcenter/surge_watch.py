"""Looks every minute whether unusually many come about the same thing, over all channels, and tells supervisors."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, or_, select

from contactcenter import citizens, journal, queueing, surge
from contactcenter.context import Context
from contactcenter.errors import NotFound, Refused, Unavailable
from contactcenter.hours import Hours
from contactcenter.menus_model import Announcement, Surge
from contactcenter.model import Case, Contact, Organisation, Topic
from contactcenter.ports import Actor, Health
from contactcenter.states import Direction, EventKind
from contactcenter.surge import Counts, Judgement

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
WINDOW = timedelta(minutes=15)
BACK_DAYS = 28
QUIET = timedelta(hours=1)
"""So long a thing that was seen is not put before supervisors as a new one."""
SHOWN = timedelta(minutes=30)
"""So long after it was last seen it is still shown."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A surge as it is put before a supervisor."""

    municipality: int
    kind: str
    key: str
    judgement: Judgement


def windows(now: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The same time of day on the days before that are of the same kind: working days, or weekends."""
    local = now.astimezone(zone)
    days = (local - timedelta(days=back) for back in range(1, BACK_DAYS + 1))
    return [(day - WINDOW, day) for day in days if (day.weekday() >= 5) == (local.weekday() >= 5)]


def look(session: Session, now: datetime, zone: ZoneInfo) -> list[Seen]:
    """What is unusual now, municipality by municipality."""
    first = session.exec(select(Contact.arrived_at).order_by(col(Contact.arrived_at)).limit(1)).first()
    if first is None:
        return []
    place = _municipalities(session)
    hours = queueing.hours_by_organisation(session)
    earlier = [one for one in windows(now, zone) if one[0] >= first]
    topics = dict(session.exec(select(Topic.id, Topic.key)).all())
    then, today = _contacts(session, earlier), _contacts(session, [(now - WINDOW, now)])
    found = []
    for municipality in {place[one[1]] for one in today if one[1] in place}:
        alike = [one for one in earlier if _same_hours(hours.get(municipality), one[1], now)]
        here = [one for one in today if place.get(one[1]) == municipality]
        before = [one for one in then if place.get(one[1]) == municipality and _within(one[3], alike)]
        for kind, key_of in (("topic", _topic(topics)), ("area", _area)):
            counts = Counts(surge.tally(map(key_of, here)), surge.tally(map(key_of, before)), len(alike))
            found += [Seen(municipality, kind, key, one) for key, one in surge.surges(counts).items()]
    return found


_Row = tuple[int | None, int, str, datetime]
"""topic, organisation, sender, arrived"""


def _contacts(session: Session, spans: list[tuple[datetime, datetime]]) -> list[_Row]:
    if not spans:
        return []
    arrived = col(Contact.arrived_at)
    rows = session.exec(
        select(Case.topic_id, Case.organisation_id, Contact.sender, Contact.arrived_at)
        .join(Case, col(Case.id) == col(Contact.case_id))
        .where(Contact.direction == Direction.IN, or_(*((arrived >= a) & (arrived < b) for a, b in spans)))
    )
    return [(topic, organisation, sender, at) for topic, organisation, sender, at in rows.all()]


def _topic(topics: Mapping[int, str]) -> Callable[[_Row], str]:
    return lambda row: topics.get(row[0] or 0, "")


def _area(row: _Row) -> str:
    return surge.area(row[2])


def _within(at: datetime, spans: Iterable[tuple[datetime, datetime]]) -> bool:
    return any(a <= at < b for a, b in spans)


def _same_hours(hours: Hours | None, then: datetime, now: datetime) -> bool:
    """A red day tells nothing about a working day."""
    return hours is None or hours.is_open(then) == hours.is_open(now)


def _municipalities(session: Session) -> dict[int, int]:
    return {id: citizens.municipality_of(session, id) for id in session.exec(select(Organisation.id)).all()}


def propose(session: Session, seen: list[Seen], now: datetime) -> int:
    """Put them before supervisors, each once an hour; returns how many are new. None where a message is on already."""
    return sum(_propose(session, one, now) for one in seen)


def _propose(session: Session, one: Seen, now: datetime) -> bool:
    topic = session.exec(select(Topic).where(Topic.key == one.key)).first() if one.kind == "topic" else None
    known = session.exec(
        select(Surge)
        .where(Surge.organisation_id == one.municipality, Surge.kind == one.kind, Surge.key == one.key)
        .order_by(col(Surge.began_at).desc())
    ).first()
    if known is not None and known.seen_at > now - QUIET:
        known.seen_at, known.counted = now, max(known.counted, one.judgement.counted)
        session.add(known)
        return False
    if topic is not None and _is_told(session, topic.id, now):
        return False
    row = Surge(
        organisation_id=one.municipality, kind=one.kind, key=one.key, topic_id=topic.id if topic else None,
        began_at=now.replace(minute=0, second=0, microsecond=0), seen_at=now, counted=one.judgement.counted,
        minutes=int(WINDOW.total_seconds() // 60), expected=one.judgement.expected, chance=one.judgement.chance,
    )  # fmt: skip
    if known is not None and known.began_at == row.began_at:
        return False
    session.add(row)
    session.flush()
    journal.record(
        session, EventKind.SURGE_SEEN, at=now, organisation_id=one.municipality, surge_id=row.id, of=one.kind,
        topic_id=row.topic_id, counted=row.counted, expected=round(row.expected, 2),
    )  # fmt: skip
    return True


def _is_told(session: Session, topic_id: int, now: datetime) -> bool:
    on = session.exec(
        select(Announcement.id).where(Announcement.topic_id == topic_id, col(Announcement.active_until) > now)
    ).first()
    return on is not None


def shown(session: Session, now: datetime) -> list[Surge]:
    """Those that nobody has decided about yet."""
    wanted = select(Surge).where(col(Surge.settled_at).is_(None), Surge.seen_at > now - SHOWN)
    return list(session.exec(wanted.order_by(col(Surge.id))).all())


def settle(session: Session, actor: Actor, surge_id: int, now: datetime) -> None:
    """A supervisor has seen it, and made a message of it or not."""
    if not actor.is_supervisor:
        raise Refused("not_allowed", "this is for supervisors")
    row = session.get(Surge, surge_id)
    if row is None or row.organisation_id != citizens.municipality_of(session, actor.organisation_id):
        raise NotFound("no_such_surge")
    row.settled_at, row.settled_by_id = now, actor.user_id
    session.add(row)
    journal.record(
        session, EventKind.SURGE_SETTLED, at=now, organisation_id=row.organisation_id, user_id=actor.user_id,
        surge_id=row.id,
    )  # fmt: skip


def build(context: Context) -> "SurgeWatch":
    return SurgeWatch(context)


class SurgeWatch:
    """Adapter: looks once a minute until cancelled."""

    name = "surge"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, report: Callable[[Health], None]) -> None:
        report(Health(self.name, ok=True))
        while True:
            await self.look()
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> int:
        """How many new ones there are. The database being away is told by others."""
        context = self._context
        try:
            now, zone = context.clock(), ZoneInfo(context.settings.time_zone)
            seen = await context.store.read(look, now, zone)
            return int(await context.store.run(propose, seen, now)) if seen else 0
        except Unavailable:
            log.info("action=surge_not_looked")
            return 0
