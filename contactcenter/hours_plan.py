"""What opening hours are made of: the checked configuration, public holidays and half days. See `hours`."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contactcenter.errors import Misconfigured

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAY = timedelta(days=1)

Minutes = tuple[int, int]
"""An opening as minutes after local midnight, from and to (1440: the midnight that ends the day)."""


class Plan(NamedTuple):
    """Opening hours as read and checked."""

    zone: ZoneInfo
    week: tuple[tuple[Minutes, ...], ...]
    holidays: str
    half_days: tuple[tuple[str, int], ...]
    dates: dict[date, tuple[Minutes, ...]]


def read(raw: Any) -> Plan | None:
    """Check the configuration; None: always open. Raises Misconfigured."""
    if not isinstance(raw, dict):
        raise wrong("hours", "a dictionary")
    if not raw:
        return None
    known = {"timezone", "week", "holidays", "half_days", "dates"}
    if unknown := set(raw) - known:
        raise wrong(f"hours.{min(unknown)}", f"unknown; known are {', '.join(sorted(known))}")
    plan = Plan(
        zone=_zone(raw.get("timezone", "Europe/Stockholm")),
        week=_week(raw.get("week", {})),
        holidays=_country(raw.get("holidays", "")),
        half_days=_early(raw.get("half_days", {})),
        dates=dict(_dates(raw.get("dates", {}))),
    )
    if not any(plan.week) and not any(plan.dates.values()):
        raise wrong("hours.week", "it is never open; leave `hours` empty for always open")
    return plan


def wrong(where: str, what: str) -> Misconfigured:
    return Misconfigured("hours", f"{where}: {what}")


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise wrong("hours.timezone", f"{name!r} is no time zone; a right one is 'Europe/Stockholm'") from error


def _week(raw: Any) -> tuple[tuple[Minutes, ...], ...]:
    days = _dictionary("hours.week", raw)
    if unknown := set(days) - set(DAYS):
        raise wrong(f"hours.week.{min(unknown)}", f"unknown day; known are {', '.join(DAYS)}")
    return tuple(_day(f"hours.week.{day}", days.get(day, [])) for day in DAYS)


def _dates(raw: Any) -> Iterator[tuple[date, tuple[Minutes, ...]]]:
    for key, spans in _dictionary("hours.dates", raw).items():
        try:
            day = date.fromisoformat(key)
        except ValueError as error:
            raise wrong(f"hours.dates.{key}", "write the date as 2026-12-23") from error
        yield day, _day(f"hours.dates.{key}", spans)


def _early(raw: Any) -> tuple[tuple[str, int], ...]:
    found = []
    for name, closes in sorted(_dictionary("hours.half_days", raw).items()):
        if name != BEFORE_ANY and name not in HALF_DAYS:
            known = ", ".join([BEFORE_ANY, *HALF_DAYS])
            raise wrong(f"hours.half_days.{name}", f"unknown half day; known are {known}")
        match = _TIME.fullmatch(closes) if isinstance(closes, str) else None
        if match is None:
            raise wrong(f"hours.half_days.{name}", 'write when it shuts as "12:00"')
        found.append((name, int(match[1]) * 60 + int(match[2])))
    return tuple(found)


def _day(where: str, raw: Any) -> tuple[Minutes, ...]:
    if not isinstance(raw, list):
        raise wrong(where, 'a list such as ["08:00-12:00", "13:00-16:30"]; an empty one is closed all day')
    spans = sorted(_span(where, one) for one in raw)
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise wrong(where, "two openings overlap")
    return tuple(spans)


def _span(where: str, raw: Any) -> Minutes:
    match = _SPAN.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        raise wrong(where, f'{raw!r} is no opening; write "08:00-16:30" (24:00 ends the day)')
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3] or match[5]) * 60 + int(match[4] or match[6])
    if start >= end:
        raise wrong(where, f"{raw!r} shuts before it opens; an opening over midnight is written as two")
    return start, end


def _country(raw: Any) -> str:
    if raw in ("", None, False):
        return ""
    if raw is True:
        return "SE"
    if isinstance(raw, str) and re.fullmatch(r"[A-Z]{2}", raw):
        try:
            holidays_of(raw, 2026)
        except NotImplementedError:
            pass
        else:
            return raw
    raise wrong("hours.holidays", f'{raw!r} is no country; "SE" is Sweden, "" takes no holidays')


def _dictionary(where: str, raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
        raise wrong(where, "a dictionary")
    return raw


@lru_cache(maxsize=512)
def holidays_of(country: str, year: int) -> frozenset[date]:
    """Days that are shut. The library is loaded here, when somebody first asks, to start fast."""
    if not country:
        return frozenset()
    from holidays import country_holidays  # noqa: PLC0415

    found = set(country_holidays(country, years=year))
    if country == "SE":
        found = {day for day in found if day.year == year}
        midsummer = next(day for day in found if day.month == 6 and day.weekday() == 5 and 20 <= day.day <= 26)
        found |= {midsummer - _DAY, date(year, 12, 24), date(year, 12, 31)}
    return frozenset(found)


def _easter(year: int) -> date:
    """Easter Sunday (Gregorian computus, Meeus/Jones/Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)


def _all_saints_eve(year: int) -> date:
    """The Friday between 30 October and 5 November."""
    start = date(year, 10, 30)
    return start + _DAY * ((4 - start.weekday()) % 7)


HALF_DAYS: dict[str, Callable[[int], date]] = {
    "epiphany_eve": lambda year: date(year, 1, 5),
    "maundy_thursday": lambda year: _easter(year) - 3 * _DAY,
    "walpurgis_eve": lambda year: date(year, 4, 30),
    "ascension_eve": lambda year: _easter(year) + 38 * _DAY,
    "national_day_eve": lambda year: date(year, 6, 5),
    "all_saints_eve": _all_saints_eve,
    "day_before_christmas_eve": lambda year: date(year, 12, 23),
}
"""Half days by name: trettondagsafton, skärtorsdagen, valborgsmässoafton, dagen före Kristi himmelsfärdsdag, dagen
före nationaldagen, allhelgonaafton, dagen före julafton."""
BEFORE_ANY = "day_before_holiday"
"""The half day that every day before a public holiday is (never a holiday itself)."""


def half_days_of(plan: Plan, year: int) -> dict[date, int]:
    """Day -> minute at which it shuts early."""
    named = dict(plan.half_days)
    found = {}
    if (closes := named.pop(BEFORE_ANY, None)) is not None:
        around = holidays_of(plan.holidays, year) | holidays_of(plan.holidays, year + 1)
        found = {day - _DAY: closes for day in around if (day - _DAY).year == year}
    return found | {HALF_DAYS[name](year): closes for name, closes in named.items()}
