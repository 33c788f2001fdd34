"""When a calendar's owner is busy: iCalendar (RFC 5545) in, times out. What an entry is about never leaves this file.

Counts: what blocks time. Not: what is cancelled, shown as free, declined, worked elsewhere, or only tentative.
Recurrences, exceptions, moved single times and time zones (also Windows' names for them) are worked out by
recurring-ical-events. Run it in a child process (`calendar_child`): a calendar from outside may never end.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import recurring_ical_events
from icalendar import Calendar

from contactcenter.directory.look import Found, Look, Unreadable

MOST = 2_000
"""Entries within the time looked at; a calendar with more is no person's."""
FREE = frozenset({"FREE", "WORKINGELSEWHERE"})


def read(data: bytes, look: Look) -> list[Found]:
    """The busy times, in order, joined where they meet. Raises Unreadable."""
    try:
        calendars = Calendar.from_ical(data, multiple=True)
    except Exception as error:  # the parser raises what it likes; all mean the same
        raise Unreadable("calendar_unreadable") from error
    if not calendars or any(one.name != "VCALENDAR" for one in calendars):
        raise Unreadable("calendar_unreadable")
    found: list[Found] = []
    for calendar in calendars:
        found += _events(calendar, look)
        found += _free_busy(calendar, look)
    return joined(found)


def joined(found: Iterable[Found]) -> list[Found]:
    """Sorted; those of a kind that meet or overlap are one; empty ones are none."""
    result: list[Found] = []
    for kind in ("away", "busy"):
        last: list[Found] = []
        for begin, end, _ in sorted(one for one in found if one[2] == kind and one[0] < one[1]):
            if last and begin <= last[-1][1]:
                last[-1] = (last[-1][0], max(end, last[-1][1]), kind)
            else:
                last.append((begin, end, kind))
        result += last
    return sorted(result)


def _events(calendar: Any, look: Look) -> Iterator[Found]:
    calendar.subcomponents = [one for one in calendar.subcomponents if one.name != "VEVENT" or "DTSTART" in one]
    for count, event in enumerate(_between(calendar, look)):
        if count >= MOST:
            raise Unreadable("calendar_too_full")
        if _blocks(event, look) and (span := _span(event, look)):
            yield span


def _between(calendar: Any, look: Look) -> Iterator[Any]:
    try:
        query = recurring_ical_events.of(calendar, components=["VEVENT"], skip_bad_series=True)
        yield from query.between(look.begin, look.end)
    except Unreadable:
        raise
    except Exception as error:  # as above: a rule of recurrence that is none
        raise Unreadable("calendar_unreadable") from error


def _blocks(event: Any, look: Look) -> bool:
    status, shown = _word(event, "STATUS"), _word(event, "X-MICROSOFT-CDO-BUSYSTATUS")
    if status == "CANCELLED" or _declined(event, look.owner) or shown in FREE:
        return False
    if _word(event, "TRANSP") == "TRANSPARENT" and shown not in ("BUSY", "OOF"):
        return False
    return look.tentative or "TENTATIVE" not in (status, shown)


def _declined(event: Any, owner: str) -> bool:
    asked = event.get("ATTENDEE", [])
    for one in asked if isinstance(asked, list) else [asked]:
        if owner and str(one).lower().removeprefix("mailto:") == owner:
            return str(getattr(one, "params", {}).get("PARTSTAT", "")).upper() == "DECLINED"
    return False


def _span(event: Any, look: Look) -> Found | None:
    begin, end = event.start, event.end
    whole_day = not isinstance(begin, datetime)
    if whole_day and end <= begin:
        end = begin + timedelta(days=1)
    kind = "away" if whole_day or _word(event, "X-MICROSOFT-CDO-BUSYSTATUS") == "OOF" else "busy"
    return _clipped(_moment(begin, look.zone), _moment(end, look.zone), kind, look)


def _free_busy(calendar: Any, look: Look) -> Iterator[Found]:
    for component in calendar.walk("VFREEBUSY"):
        given = component.get("FREEBUSY", [])
        for block in given if isinstance(given, list) else [given]:
            kind = str(getattr(block, "params", {}).get("FBTYPE", "BUSY")).upper()
            if kind == "FREE" or (kind == "BUSY-TENTATIVE" and not look.tentative):
                continue
            for begin, end in _periods(block):
                stop = begin + end if isinstance(end, timedelta) else end
                told = "away" if kind == "BUSY-UNAVAILABLE" else "busy"
                if span := _clipped(_moment(begin, look.zone), _moment(stop, look.zone), told, look):
                    yield span


def _periods(block: Any) -> list[tuple[Any, Any]]:
    value = getattr(block, "dt", block)
    return value if isinstance(value, list) else [value]


def _clipped(begin: datetime, end: datetime, kind: str, look: Look) -> Found | None:
    first, last = max(begin, look.begin), min(end, look.end)
    return (first.timestamp(), last.timestamp(), kind) if first < last else None


def _moment(value: date | datetime, zone: tzinfo) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), zone)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)


def _word(event: Any, name: str) -> str:
    return str(event.get(name, "")).strip().upper()
