"""Opening hours: when a place is open, and how much open time lies between two moments.

    {
        "timezone": "Europe/Stockholm",
        "week": {"mon": ["08:00-16:30"], "fri": ["08:00-12:00", "13:00-15:00"]},
        "holidays": "SE",
        "half_days": {"day_before_holiday": "12:00", "maundy_thursday": "15:00"},
        "dates": {"2026-12-23": ["08:00-12:00"], "2026-12-28": []},
    }

Later lines win: the week; shut on public holidays; half days shut early; a date of its own says all about that day.
`SE` means the holidays of lag (1989:253) om allmänna helgdagar, and Midsummer, Christmas and New Year's Eve, which
lag (1930:173) om beräkning av lagstadgad tid 2 § puts beside them. An empty dictionary is always open.

Times of day are local; every moment given or returned is aware. A time that a change to summer time leaves out is
the moment of the change; an opening in the hour that comes twice begins with the first and ends with the second.
"""

import json
from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from contactcenter.hours_plan import Minutes, Plan, half_days_of, holidays_of, read, wrong

FIRST_YEAR, LAST_YEAR = 1971, 2199
"""Years that opening hours are worked out for; beyond them nothing is ever open."""
_DAY = timedelta(days=1)


class _Table(NamedTuple):
    """The open spans of some whole years, in seconds since 1970."""

    first: int
    last: int
    starts: list[float]
    ends: list[float]
    before: list[float]
    """Open seconds before each span, counted from one fixed moment."""


class Hours:
    """Opening hours. Make them with `Hours.parse`; they never change and may be shared between threads."""

    def __init__(self, plan: Plan | None) -> None:
        self._plan = plan
        self._table: _Table | None = None

    @staticmethod
    def parse(raw: Mapping[str, Any]) -> "Hours":
        """Read and check. Raises Misconfigured with code `hours` and a sentence that says what is wrong where."""
        try:
            return _parsed(json.dumps(raw, sort_keys=True))
        except TypeError as error:
            raise wrong("hours", "text, numbers, lists and dictionaries only") from error

    def is_open(self, t: datetime) -> bool:
        """Whether it is open at `t`; the last moment of a span is already closed."""
        if self._plan is None:
            return True
        at = t.timestamp()
        table = self._covering(at, at)
        place = bisect_right(table.starts, at) - 1
        return place >= 0 and at < table.ends[place]

    def open_seconds(self, a: datetime, b: datetime) -> float:
        """Seconds of open time from `a` to `b`; negative when `b` is before `a`."""
        start, end = a.timestamp(), b.timestamp()
        if self._plan is None:
            return end - start
        table = self._covering(min(start, end), max(start, end))
        return _reading(table, end) - _reading(table, start)

    def add(self, t: datetime, seconds: float) -> datetime:
        """The first moment with `seconds` (0 or more) of open time after `t`; `t` itself for 0.

        Raises Misconfigured when it never opens for so long.
        """
        if seconds < 1e-6 or self._plan is None:  # datetimes know no less
            return t + timedelta(seconds=max(0.0, seconds))
        at = t.timestamp()
        table = self._covering(at, at)
        wanted = _reading(table, at) + seconds
        while _total(table) < wanted:
            table = self._one_year_more(table)
        place = bisect_right(table.before, wanted) - 1
        while table.before[place] >= wanted:
            place -= 1
        return datetime.fromtimestamp(table.starts[place] + wanted - table.before[place], UTC).astimezone(t.tzinfo)

    def next_opening(self, t: datetime) -> datetime:
        """`t` when it is open, else the next moment at which it opens. Raises Misconfigured when it never does."""
        if self.is_open(t):
            return t
        at = t.timestamp()
        table = self._covering(at, at)
        while not table.starts or table.starts[-1] < at:
            table = self._one_year_more(table)
        return datetime.fromtimestamp(table.starts[bisect_right(table.starts, at)], UTC).astimezone(t.tzinfo)

    def spans(self, a: datetime, b: datetime) -> list[tuple[datetime, datetime]]:
        """The open times between `a` and `b`, in order, in UTC, clipped to them."""
        start, end = a.timestamp(), b.timestamp()
        if end <= start:
            return []
        if self._plan is None:
            return [(a.astimezone(UTC), b.astimezone(UTC))]
        table = self._covering(start, end)
        found = []
        for place in range(max(0, bisect_right(table.starts, start) - 1), len(table.starts)):
            if table.starts[place] >= end:
                break
            opens, shuts = max(start, table.starts[place]), min(end, table.ends[place])
            if opens < shuts:
                found.append((datetime.fromtimestamp(opens, UTC), datetime.fromtimestamp(shuts, UTC)))
        return found

    def _covering(self, start: float, end: float) -> _Table:
        """A table that has all years from `start` to `end` and the one after; made longer when it must be."""
        table = self._table
        if table is not None and table.starts and table.starts[0] <= start and end <= table.starts[-1]:
            return table
        return self._grown(table, _year(start), _year(end) + 1)

    def _one_year_more(self, table: _Table) -> _Table:
        if table.last >= LAST_YEAR:
            raise wrong("hours", "it never opens (again) for as long as that")
        return self._grown(table, table.first, table.last + 1)

    def _grown(self, table: _Table | None, first: int, last: int) -> _Table:
        """`table` with more years. Made whole before it is put in place, as several threads may be reading."""
        if self._plan is None:
            raise wrong("hours", "always open has no table")
        if table is not None and table.first <= first and last <= table.last:
            return table
        first, last = (min(first, table.first), max(last, table.last)) if table else (first, last)
        # The count is anchored at what the old table began with, so two readings can always be compared.
        later = _spans(self._plan, table.first if table else first, last)
        earlier = _spans(self._plan, first, table.first - 1) if table else []
        shift = -sum(end - start for start, end in earlier)
        both = _joined(earlier + later)
        lengths = accumulate((end - start for start, end in both), initial=shift)
        self._table = _Table(first, last, [one for one, _ in both], [one for _, one in both], list(lengths)[:-1])
        return self._table


def _reading(table: _Table, at: float) -> float:
    """Open seconds up to `at`, counted from the table's fixed moment."""
    place = bisect_right(table.starts, at) - 1
    if place < 0:
        return table.before[0] if table.before else 0.0
    return table.before[place] + min(at, table.ends[place]) - table.starts[place]


def _total(table: _Table) -> float:
    return table.before[-1] + table.ends[-1] - table.starts[-1] if table.starts else 0.0


def _year(at: float) -> int:
    """The year of `at`, within those that are worked out."""
    try:
        return min(max(datetime.fromtimestamp(at, UTC).year, FIRST_YEAR), LAST_YEAR - 1)
    except (OverflowError, ValueError):
        return FIRST_YEAR if at < 0 else LAST_YEAR - 1


def _spans(plan: Plan, first: int, last: int) -> list[tuple[float, float]]:
    """Every open span of the years `first` to `last`, in seconds since 1970, in order and joined."""
    found: list[tuple[float, float]] = []
    for year in range(first, last + 1):
        shut = holidays_of(plan.holidays, year)
        early = half_days_of(plan, year)
        day = date(year, 1, 1)
        while day.year == year:
            found += [_moments(plan.zone, day, span) for span in _openings(plan, day, shut, early)]
            day += _DAY
    return _joined([span for span in found if span[0] < span[1]])


def _openings(plan: Plan, day: date, shut: frozenset[date], early: Mapping[date, int]) -> tuple[Minutes, ...]:
    if day in plan.dates:
        return plan.dates[day]
    if day in shut:
        return ()
    usual = plan.week[day.weekday()]
    if day in early:
        return tuple((start, min(end, early[day])) for start, end in usual if start < early[day])
    return usual


def _joined(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans that meet or overlap (an hour that came twice) as one."""
    found: list[tuple[float, float]] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _moments(zone: ZoneInfo, day: date, span: Minutes) -> tuple[float, float]:
    return _moment(zone, day, span[0], fold=0), _moment(zone, day, span[1], fold=1)


def _moment(zone: ZoneInfo, day: date, minutes: int, *, fold: int) -> float:
    """Seconds since 1970 of a local time of day; for one that is left out, the moment of the change."""
    midnight = datetime.combine(day + _DAY * (minutes // 1440), time(), zone)
    local = midnight.replace(hour=minutes // 60 % 24, minute=minutes % 60, fold=fold)
    at = local.timestamp()
    if datetime.fromtimestamp(at, zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return at
    low, high = sorted((local.replace(fold=0).timestamp(), local.replace(fold=1).timestamp()))
    return _change(zone, low, high)


def _change(zone: ZoneInfo, low: float, high: float) -> float:
    """The second between `low` and `high` at which the zone's distance to UTC changes."""
    old = datetime.fromtimestamp(low, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Hours:
    return Hours(read(json.loads(text)))
