"""The queue in its order, from the world in memory: what the API lists without asking the database."""

import time
from collections.abc import Iterable
from datetime import datetime

from contactcenter.routing import Rules, WaitingCase, Work, order_key
from contactcenter.states import CaseState, Channel
from ui.wire import CalendarRow, CaseRow
from ui.world import World

FRESH = 0.5
"""Seconds for which the order holds when nothing happens: shares of promised times grow slowly."""


class Order:
    """The waiting cases of a world, in order. Counted anew when something happened or half a second has passed."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._counted: tuple[object, float, list[tuple[CaseRow, float]]] = (None, 0.0, [])

    def waiting(self, world: World, mark: object, now: datetime) -> list[tuple[CaseRow, float]]:
        """(case, share of its promised time used), the first to be taken first. `mark` changes with the world."""
        known, at, rows = self._counted
        if known == mark and time.monotonic() - at < FRESH:
            return rows
        rows = self._count(world, now)
        self._counted = (mark, time.monotonic(), rows)
        return rows

    def _count(self, world: World, now: datetime) -> list[tuple[CaseRow, float]]:
        waits = [row for row in world.cases.values() if row.state in (CaseState.WAITING, CaseState.OFFERED)]
        used = {row.id: used_share(row, world.calendars, now) for row in waits}
        waits.sort(key=lambda row: order_key(_routed(row, used[row.id]), self._rules))
        return [(row, used[row.id]) for row in waits]


def used_share(row: CaseRow, calendars: dict[int, CalendarRow], now: datetime) -> float:
    """As contactcenter.queueing.used, by the spans that the console is sent."""
    promise = max(1, row.promised_seconds)
    calendar = calendars.get(row.calendar) if row.calendar is not None else None
    if calendar is None:
        return (now - row.arrived_at).total_seconds() / promise
    return open_seconds(calendar.spans, row.arrived_at, now) / promise


def open_seconds(spans: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime) -> float:
    """Seconds of `spans` between two moments."""
    overlaps = ((min(closes, end) - max(opens, start)).total_seconds() for opens, closes in spans)
    return sum(one for one in overlaps if one > 0)


def _routed(row: CaseRow, used: float) -> WaitingCase:
    return WaitingCase(
        id=row.id,
        queue_id=row.queue_id,
        work=Work.CALL if row.channel is Channel.PHONE else Work.WRITTEN,
        used=used,
        priority=row.priority,
        arrived_at=row.arrived_at.timestamp(),
        needs=(),
        preferred_agent=None,
        preferred_until=0.0,
        passed=frozenset(),
    )
