"""History for supervisors: figures by half-hour, day, topic, channel and agent, and year over year.

Everything is read from the rolled-up tables (`rollups`), which `counting` keeps from the journal. Every function
takes `scope`, the organisations that the one who asks may see. The formulas stand in docs/statistics.md.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, ColumnElement, Table, func, select
from sqlmodel import Session

from contactcenter.context import Context
from contactcenter.counting import BATCH, advance, rebuild
from contactcenter.health import Health
from contactcenter.model import Organisation
from contactcenter.rollups import (
    ADDED,
    EVERYBODY,
    EVERYBODY_BY_TOPIC,
    HALF_HOUR,
    agent_days,
    days,
    half_hours,
    half_hours_of,
    months,
)
from contactcenter.store import Store
from contactcenter.tail import Tail

__all__ = [
    "FORMULA",
    "Figures",
    "Only",
    "Row",
    "Statistician",
    "YearOverYear",
    "advance",
    "build",
    "by_agent",
    "by_channel",
    "by_day",
    "by_half_hour",
    "by_topic",
    "rebuild",
    "year_over_year",
]

K = TypeVar("K")
FORMULA = {
    "sv": "Servicenivå = besvarade inom utlovad tid ÷ (besvarade + tappade). "
    "Den som lägger på inom 5 sekunder räknas inte.",
    "en": "Service level = answered within the promised time ÷ (answered + abandoned). "
    "Who hangs up within 5 seconds is not counted.",
}
"""What the service level is, as shown beside it."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one place and time. Counts, and seconds; each is defined in docs/statistics.md."""

    offered: int = 0
    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    short_abandoned: int = 0
    called_back: int = 0
    wait_seconds: int = 0
    talk_seconds: int = 0
    handle_seconds: int = 0
    closed: int = 0
    first_contact: int = 0
    handed_off: int = 0
    replies: int = 0
    wait_max: int = 0

    @property
    def missed(self) -> int:
        """Calls that were given up before an answer, the short ones too."""
        return self.abandoned + self.short_abandoned

    @property
    def service_level(self) -> float | None:
        """Share answered within the promised time of all answered or abandoned; None when there were none."""
        return _share(self.in_time, self.answered + self.abandoned)

    @property
    def mean_wait(self) -> float | None:
        """Seconds that those answered had waited, on average."""
        return _share(self.wait_seconds, self.answered)

    @property
    def mean_handling(self) -> float | None:
        """Seconds from when an agent took the case till it was closed, on average."""
        return _share(self.handle_seconds, self.closed)

    @property
    def first_contact_share(self) -> float | None:
        """Share of closed cases that were done at first contact."""
        return _share(self.first_contact, self.closed)

    def __add__(self, other: "Figures") -> "Figures":
        added = {name: getattr(self, name) + getattr(other, name) for name in ADDED}
        return Figures(**added, wait_max=max(self.wait_max, other.wait_max))

    def data(self) -> dict[str, Any]:
        """Everything, the derived figures too, ready for JSON or a table."""
        return asdict(self) | {name: getattr(self, name) for name in DERIVED}


DERIVED = ("missed", "service_level", "mean_wait", "mean_handling", "first_contact_share")
COLUMNS = (*(one.name for one in fields(Figures)), *DERIVED)
"""The names in `Figures.data()`, in order."""


@dataclass(frozen=True, slots=True)
class Row(Generic[K]):
    """Figures of a half-hour (its beginning, aware UTC), a day, or the id of a topic or agent, or a channel."""

    key: K
    figures: Figures


@dataclass(frozen=True, slots=True)
class YearOverYear:
    """A month (1..12) of the year asked for, beside the same month the year before."""

    month: int
    this: Figures
    before: Figures


@dataclass(frozen=True, slots=True)
class Only:
    """Narrows what is counted; None: all."""

    queue_id: int | None = None
    topic_id: int | None = None
    channel: str | None = None


EVERYTHING = Only()
_ORGANISATIONS: Any = Organisation.__table__.c  # type: ignore[attr-defined]


def by_half_hour(session: Session, scope: Collection[int], day: date, only: Only = EVERYTHING) -> list[Row[datetime]]:
    """Every half-hour of a local day: 48 rows, 46 or 50 when the clock is changed."""
    wanted = half_hours_of(day)
    found = _sums(session, half_hours, "half_hour", scope, "half_hour", wanted[0], wanted[-1], only)
    return [Row(datetime.fromtimestamp(one * HALF_HOUR, UTC), found.get(one, Figures())) for one in wanted]


def by_day(
    session: Session, scope: Collection[int], first: date, last: date, only: Only = EVERYTHING
) -> list[Row[date]]:
    """Every local day from `first` to `last`, both included."""
    found = _sums(session, days, "day", scope, "day", first.toordinal(), last.toordinal(), only)
    every = range(first.toordinal(), last.toordinal() + 1)
    return [Row(date.fromordinal(one), found.get(one, Figures())) for one in every]


def by_topic(
    session: Session, scope: Collection[int], first: date, last: date, only: Only = EVERYTHING
) -> list[Row[int]]:
    """Topics (0: none chosen) with anything to tell in those days, the most offered first."""
    return _most_first(_sums(session, days, "topic_id", scope, "day", first.toordinal(), last.toordinal(), only))


def by_channel(
    session: Session, scope: Collection[int], first: date, last: date, only: Only = EVERYTHING
) -> list[Row[str]]:
    """Channels with anything to tell in those days, the most offered first."""
    return _most_first(_sums(session, days, "channel", scope, "day", first.toordinal(), last.toordinal(), only))


def by_agent(
    session: Session, scope: Collection[int], first: date, last: date, only: Only = EVERYTHING
) -> list[Row[int]]:
    """Agents who did anything in those days. Not by topic: `only.topic_id` is left aside."""
    narrowed = Only(queue_id=only.queue_id, channel=only.channel)
    found = _sums(session, agent_days, "agent_id", scope, "day", first.toordinal(), last.toordinal(), narrowed)
    return [Row(agent, found[agent]) for agent in sorted(found)]


def year_over_year(session: Session, scope: Collection[int], year: int, only: Only = EVERYTHING) -> list[YearOverYear]:
    """The twelve months of `year`, each beside the same month of the year before."""
    found = _sums(session, months, "month", scope, "month", (year - 1) * 12, year * 12 + 11, only)
    none = Figures()
    return [
        YearOverYear(month + 1, found.get(year * 12 + month, none), found.get((year - 1) * 12 + month, none))
        for month in range(12)
    ]


def total(rows: Iterable[Row[Any]]) -> Figures:
    """All rows as one."""
    return sum((row.figures for row in rows), Figures())


def _sums(
    session: Session,
    table: Table,
    by: str,
    scope: Collection[int],
    period: str,
    first: int,
    last: int,
    only: Only,
) -> dict[Any, Figures]:
    """Figures of `table` for each value of the column `by`."""
    group: Column[Any] = table.c[by]
    wanted: list[ColumnElement[bool]] = [
        table.c.organisation_id.in_(_whose(session, table, by, scope, only)),
        table.c[period].between(first, last),
    ]
    narrowed = {"queue_id": only.queue_id, "topic_id": only.topic_id, "channel": only.channel}
    wanted += [table.c[name] == value for name, value in narrowed.items() if value is not None]
    sums = [func.sum(table.c[name]) for name in ADDED]
    statement = select(group, *sums, func.max(table.c.wait_max)).where(*wanted).group_by(group)
    return {row[0]: Figures(*(int(value) for value in row[1:])) for row in session.execute(statement)}


def _whose(session: Session, table: Table, by: str, scope: Collection[int], only: Only) -> list[int]:
    """The organisations to add up, or what has been added up over all of them where that says enough."""
    every = set(session.execute(select(_ORGANISATIONS.id)).scalars())
    if table is half_hours or every - set(scope) or only.queue_id is not None or only.topic_id is not None:
        return sorted(every & set(scope))
    if by == "topic_id":
        return [EVERYBODY_BY_TOPIC] if only.channel is None else sorted(every)
    return [EVERYBODY]


def _most_first(found: dict[K, Figures]) -> list[Row[K]]:
    rows = [Row(key, figures) for key, figures in found.items()]
    return sorted(rows, key=lambda row: (-row.figures.offered, -row.figures.closed, str(row.key)))


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None


# keeping up with the journal


class Statistician:
    """The adapter that keeps the figures up to date: at most twice a second, at least every ten seconds."""

    name = "statistics"
    pause_seconds = 0.5
    longest_wait_seconds = 10.0

    def __init__(self, store: Store, tail: Tail) -> None:
        self._store = store
        self._subscription = tail.subscribe()

    async def run(self, report: Callable[[Health], None]) -> None:
        report(Health(self.name, ok=True))
        while True:
            while await self._store.run(advance) == BATCH:
                pass
            await asyncio.sleep(self.pause_seconds)
            await self._something_new()

    async def _something_new(self) -> None:
        try:
            async with asyncio.timeout(self.longest_wait_seconds):
                await self._subscription.take()
        except TimeoutError:
            pass


def build(context: Context) -> Statistician:
    """The statistics' part of the process."""
    return Statistician(context.store, context.tail)
