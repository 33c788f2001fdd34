"""Calendars as people have them: what counts as busy, and that nothing else comes out."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.directory.busy import joined, read
from contactcenter.directory.look import Found, Look, Unreadable

STOCKHOLM = ZoneInfo("Europe/Stockholm")
BEGIN = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
LOOK = Look(BEGIN, BEGIN + timedelta(days=7), STOCKHOLM, owner="anna@solvik.example")


def calendar(*events: str, extra: str = "") -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\nUID:{n}@x\r\n{event.strip()}\r\nEND:VEVENT\r\n" for n, event in enumerate(events))
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//\r\n{extra}{body}END:VCALENDAR\r\n"
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def times(found: list[Found]) -> list[str]:
    def said(moment: float) -> str:
        return datetime.fromtimestamp(moment, STOCKHOLM).strftime("%a %H:%M")

    return [f"{said(begin)}-{said(end)} {kind}" for begin, end, kind in found]


MEETING = "DTSTART:20261124T090000Z\nDTEND:20261124T100000Z\nSUMMARY:Uppsägning av Bo"


@pytest.mark.parametrize(
    ("event", "busy"),
    [
        (MEETING, ["Tue 10:00-Tue 11:00 busy"]),
        (MEETING + "\nCLASS:PRIVATE", ["Tue 10:00-Tue 11:00 busy"]),
        (MEETING + "\nSTATUS:CANCELLED", []),
        (MEETING + "\nTRANSP:TRANSPARENT", []),
        (MEETING + "\nSTATUS:TENTATIVE", []),
        (MEETING + "\nX-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", []),
        (MEETING + "\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", []),
        (MEETING + "\nX-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE", []),
        (MEETING + "\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\nTRANSP:TRANSPARENT", ["Tue 10:00-Tue 11:00 away"]),
        (MEETING + "\nATTENDEE;PARTSTAT=DECLINED:mailto:Anna@solvik.example", []),
        (MEETING + "\nATTENDEE;PARTSTAT=DECLINED:mailto:bo@solvik.example", ["Tue 10:00-Tue 11:00 busy"]),
        ("DTSTART;VALUE=DATE:20261125\nDTEND;VALUE=DATE:20261126", ["Wed 00:00-Thu 00:00 away"]),
        ("DTSTART;VALUE=DATE:20261125", ["Wed 00:00-Thu 00:00 away"]),
        ("DTSTART:20261124T090000\nDURATION:PT45M", ["Tue 09:00-Tue 09:45 busy"]),
        ("DTSTART;TZID=W. Europe Standard Time:20261124T090000\nDURATION:PT1H", ["Tue 09:00-Tue 10:00 busy"]),
        ("DTSTART;TZID=America/New_York:20261124T090000\nDURATION:PT1H", ["Tue 15:00-Tue 16:00 busy"]),
        ("DTSTART:20261124T090000Z\nDTEND:20261124T090000Z", []),
        ("DTSTART:20261101T000000Z\nDTEND:20261231T000000Z", ["Mon 01:00-Mon 01:00 busy"]),
    ],
)
def test_what_counts(event: str, busy: list[str]) -> None:
    assert times(read(calendar(event), LOOK)) == busy


def test_tentative_counts_where_that_is_wanted() -> None:
    wanted = Look(LOOK.begin, LOOK.end, LOOK.zone, tentative=True)
    assert times(read(calendar(MEETING + "\nSTATUS:TENTATIVE"), wanted)) == ["Tue 10:00-Tue 11:00 busy"]


def test_every_week_but_once_and_once_at_another_time() -> None:
    series = (
        "DTSTART;TZID=Europe/Stockholm:20261005T130000\nDTEND;TZID=Europe/Stockholm:20261005T140000\n"
        "RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH\nEXDATE;TZID=Europe/Stockholm:20261124T130000\nUID:series"
    )
    moved = (
        "RECURRENCE-ID;TZID=Europe/Stockholm:20261125T130000\nUID:series\n"
        "DTSTART;TZID=Europe/Stockholm:20261125T150000\nDTEND;TZID=Europe/Stockholm:20261125T160000"
    )
    text = calendar(series, moved).replace(b"UID:0@x\r\n", b"").replace(b"UID:1@x\r\n", b"")
    assert times(read(text, LOOK)) == [
        "Mon 13:00-Mon 14:00 busy", "Wed 15:00-Wed 16:00 busy", "Thu 13:00-Thu 14:00 busy",
    ]  # fmt: skip


def test_overlapping_entries_are_one() -> None:
    longer, after = "DTSTART:20261124T093000Z\nDTEND:20261124T113000Z", "DTSTART:20261124T113000Z\nDURATION:PT30M"
    assert times(read(calendar(MEETING, longer, after), LOOK)) == ["Tue 10:00-Tue 13:00 busy"]


def test_free_busy_that_holds_no_entries() -> None:
    extra = (
        "BEGIN:VFREEBUSY\r\nUID:f\r\nDTSTART:20261123T000000Z\r\nDTEND:20261130T000000Z\r\n"
        "FREEBUSY;FBTYPE=BUSY:20261124T090000Z/20261124T100000Z,20261124T120000Z/PT30M\r\n"
        "FREEBUSY;FBTYPE=FREE:20261125T090000Z/PT1H\r\nFREEBUSY;FBTYPE=BUSY-TENTATIVE:20261125T110000Z/PT1H\r\n"
        "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261126T090000Z/PT1H\r\nEND:VFREEBUSY\r\n"
    )
    assert times(read(calendar(extra=extra), LOOK)) == [
        "Tue 10:00-Tue 11:00 busy", "Tue 13:00-Tue 13:30 busy", "Thu 10:00-Thu 11:00 away",
    ]  # fmt: skip


@given(st.text(max_size=40), st.sampled_from(["SUMMARY", "DESCRIPTION", "LOCATION", "ATTENDEE", "CATEGORIES", "X-A"]))
def test_nothing_but_times_comes_out(text: str, name: str) -> None:
    """Whatever stands in an entry, what is kept are two numbers and one of two words."""
    safe = "".join(sign for sign in text if sign.isprintable())
    try:
        found = read(calendar(f"{MEETING}\n{name}:{safe}"), LOOK)
    except Unreadable:
        return
    for begin, end, kind in found:
        assert type(begin) is type(end) is float
        assert kind in ("busy", "away")


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>not here</html>", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"\x00\xff\xfe", b"BEGIN:VEVENT\r\nEND:X"],
)
def test_what_is_no_calendar_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data, LOOK)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.sampled_from(["busy", "away"])), max_size=12))
def test_joining_keeps_every_moment(raw: list[tuple[int, int, str]]) -> None:
    found = [(float(begin), float(end), kind) for begin, end, kind in raw]
    together = joined(found)
    for moment in range(51):
        for kind in ("busy", "away"):
            was = any(begin <= moment < end for begin, end, one in found if one == kind)
            assert any(begin <= moment < end for begin, end, one in together if one == kind) == was
    assert joined(together) == together
