"""The queue in its order, from the world in memory: what the API lists without asking the database."""

import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any

from contactcenter.routing import Rules
from contactcenter.states import CaseState
from ui.wire import CaseRow
from ui.world import World

FRESH = 0.5
"""Seconds that an order holds: counting it anew for every request and event would keep everything else waiting."""
_WAITS = frozenset({CaseState.WAITING, CaseState.OFFERED})


class OpenTime:
    """The spans of a calendar, summed up so that the open time between two moments is two look-ups."""

    def __init__(self, spans: Sequence[tuple[datetime, datetime]]) -> None:
        self._starts = [start.timestamp() for start, _ in spans]
        self._ends = [end.timestamp() for _, end in spans]
        lengths = (end - start for start, end in zip(self._starts, self._ends, strict=True))
        self._before = [0.0, *accumulate(lengths)]

    def between(self, start: float, end: float) -> float:
        """Open seconds between two moments (seconds since 1970)."""
        return max(0.0, self._until(end) - self._until(start))

    def _until(self, at: float) -> float:
        place = bisect_right(self._starts, at)
        if place == 0:
            return 0.0
        return self._before[place - 1] + min(at, self._ends[place - 1]) - self._starts[place - 1]


@dataclass(slots=True)
class Counted:
    """The waiting cases in order, each with the share of its promised time used; and answers made from it."""

    rows: list[tuple[CaseRow, float]]
    at: float = field(default_factory=time.monotonic)
    answers: dict[Any, bytes] = field(default_factory=dict)


class Order:
    """The waiting cases in order, at most half a second old."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._world: World | None = None
        self._calendars: dict[int, OpenTime] = {}
        self._arrived: dict[int, tuple[CaseRow, float]] = {}
        self._counted = Counted([], at=0.0)

    def waiting(self, world: World, now: datetime) -> Counted:
        """The first to be taken first."""
        if world is not self._world:
            self._calendars = {row.id: OpenTime(row.spans) for row in world.calendars.values()}
            self._arrived, self._world = {}, world
        elif time.monotonic() - self._counted.at < FRESH:
            return self._counted
        self._counted = Counted(self._count(world, now.timestamp()))
        return self._counted

    def _count(self, world: World, now: float) -> list[tuple[CaseRow, float]]:
        rules, keyed = self._rules, []
        top, known = rules.top(), self._arrived
        self._arrived = {}
        for row in world.cases.values():
            if row.state not in _WAITS:
                continue
            seen = known.get(row.id)
            arrived = seen[1] if seen and seen[0] is row else row.arrived_at.timestamp()
            self._arrived[row.id] = (row, arrived)
            used = used_share(row, arrived, self._calendars, now)
            band = rules.band_of(used)
            keyed.append((-band, 0 if band == top else -row.priority, arrived, row.id, used))
        keyed.sort()
        return [(self._arrived[key[3]][0], key[4]) for key in keyed]


def used_share(row: CaseRow, arrived: float, calendars: dict[int, OpenTime], now: float) -> float:
    """As contactcenter.queueing.used, by the spans that the console is sent."""
    calendar = calendars.get(row.calendar) if row.calendar is not None else None
    waited = calendar.between(arrived, now) if calendar else now - arrived
    return waited / max(1, row.promised_seconds)
