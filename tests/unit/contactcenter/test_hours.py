"""Opening hours: holidays, half days, changes of the clock, and the arithmetic of open time."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.errors import Misconfigured
from contactcenter.hours import Hours

SWEDEN = ZoneInfo("Europe/Stockholm")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE: dict[str, Any] = {
    "timezone": "Europe/Stockholm",
    "week": {day: ["08:00-16:30"] for day in WEEKDAYS},
    "holidays": "SE",
    "half_days": {"day_before_holiday": "12:00", "maundy_thursday": "15:00"},
    "dates": {"2026-12-23": ["08:00-12:00"], "2026-12-28": []},
}
SPLIT: dict[str, Any] = {
    "week": {
        "mon": ["08:00-12:00", "13:00-16:30"],
        "wed": ["00:00-24:00"],
        "thu": ["00:00-01:30", "20:00-24:00"],
        "sun": ["00:30-02:30", "02:45-05:00"],
    }
}
ALL_DAY: dict[str, Any] = {"week": {day: ["00:00-24:00"] for day in (*WEEKDAYS, "sat", "sun")}}
PLANS = [Hours.parse(raw) for raw in ({}, OFFICE, SPLIT, ALL_DAY)]


BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0, fold: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SWEDEN, fold=fold)


def open_hours(raw: dict[str, Any], day: date) -> float:
    """Hours of open time of a local day."""
    start = local(day.year, day.month, day.day)
    after = day + timedelta(days=1)
    return Hours.parse(raw).open_seconds(start, local(after.year, after.month, after.day)) / 3600


plans = st.sampled_from(PLANS)
anywhere = st.integers(0, 6 * 365 * 86_400 * 1000).map(lambda ms: BEGINNING + timedelta(milliseconds=ms))
CHANGES = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
near_a_change = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-300, 300)
)
moments = st.one_of(anywhere, near_a_change)


@given(plans, moments, moments, moments)
def test_open_time_adds_up(hours: Hours, a: datetime, b: datetime, c: datetime) -> None:
    whole = hours.open_seconds(a, c)
    assert hours.open_seconds(a, b) + hours.open_seconds(b, c) == pytest.approx(whole, abs=1e-3)


@given(plans, moments, moments)
def test_open_time_is_never_more_than_time(hours: Hours, a: datetime, b: datetime) -> None:
    a, b = min(a, b), max(a, b)
    assert -1e-6 <= hours.open_seconds(a, b) <= (b - a).total_seconds() + 1e-6
    assert hours.open_seconds(b, a) == pytest.approx(-hours.open_seconds(a, b))


@given(plans, moments, st.floats(0, 90 * 86_400))
def test_add_is_the_inverse_of_open_seconds(hours: Hours, t: datetime, seconds: float) -> None:
    later = hours.add(t, seconds)
    assert later >= t
    assert hours.open_seconds(t, later) == pytest.approx(seconds, abs=1e-3)


@given(plans, moments, st.floats(1, 90 * 86_400))
def test_add_gives_the_first_such_moment(hours: Hours, t: datetime, seconds: float) -> None:
    later = hours.add(t, seconds)
    assert hours.open_seconds(t, later - timedelta(seconds=0.5)) < seconds - 0.4


@given(plans, moments, moments)
def test_spans_are_the_open_time(hours: Hours, a: datetime, b: datetime) -> None:
    spans = hours.spans(a, b)
    assert sum((end - start).total_seconds() for start, end in spans) == pytest.approx(
        max(0.0, hours.open_seconds(a, b)), abs=1e-3
    )
    for (_, end), (start, _) in pairwise(spans):
        assert end < start
    for start, end in spans[:10]:
        assert a <= start < end <= b
        assert hours.is_open(start)
        assert hours.is_open(start + (end - start) / 2)


@given(plans, moments)
def test_the_next_opening_is_the_next(hours: Hours, t: datetime) -> None:
    opens = hours.next_opening(t)
    assert opens >= t
    assert hours.is_open(opens)
    assert hours.open_seconds(t, opens) == 0


@given(plans, moments)
def test_is_open_says_what_open_seconds_counts(hours: Hours, t: datetime) -> None:
    t = t.replace(microsecond=0)
    counted = hours.open_seconds(t, t + timedelta(milliseconds=1))
    assert hours.is_open(t) == (counted > 0)


def test_an_ordinary_day() -> None:
    hours = Hours.parse(OFFICE)
    assert not hours.is_open(local(2026, 11, 23, 7, 59))
    assert hours.is_open(local(2026, 11, 23, 8, 0))
    assert not hours.is_open(local(2026, 11, 23, 16, 30))
    assert hours.open_seconds(local(2026, 11, 20, 16, 0), local(2026, 11, 23, 8, 30)) == 3600


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1),
        date(2026, 1, 6),
        date(2026, 4, 3),  # Good Friday
        date(2026, 4, 6),  # Easter Monday
        date(2026, 5, 1),
        date(2026, 5, 14),  # Ascension Day
        date(2025, 6, 6),  # National Day, a Friday
        date(2026, 6, 19),  # Midsummer Eve
        date(2026, 12, 24),
        date(2026, 12, 25),
        date(2026, 12, 31),
    ],
)
def test_shut_on_swedish_holidays_and_the_three_eves(day: date) -> None:
    assert day.weekday() < 5
    assert open_hours(OFFICE, day) == 0
    assert open_hours(OFFICE | {"holidays": ""}, day) > 0


@pytest.mark.parametrize(
    ("day", "open_for"),
    [
        (date(2026, 1, 5), 4),  # the day before Epiphany
        (date(2026, 4, 2), 7),  # Maundy Thursday, named: later than the day before any holiday
        (date(2026, 4, 30), 4),
        (date(2026, 10, 30), 4),  # the Friday before All Saints' Day
        (date(2026, 12, 23), 4),  # a date of its own
        (date(2026, 12, 28), 0),  # a date of its own, shut
        (date(2026, 12, 30), 4),  # the day before New Year's Eve
        (date(2026, 12, 29), 8.5),
    ],
)
def test_half_days_and_dates(day: date, open_for: float) -> None:
    assert open_hours(OFFICE, day) == open_for


def test_a_half_day_makes_no_closed_day_open() -> None:
    assert open_hours(OFFICE | {"half_days": {"walpurgis_eve": "12:00"}}, date(2028, 4, 30)) == 0  # a Sunday
    assert open_hours(OFFICE | {"half_days": {"walpurgis_eve": "07:00"}}, date(2026, 4, 30)) == 0


def test_days_when_the_clock_is_changed_have_23_and_25_hours() -> None:
    assert open_hours(ALL_DAY, date(2026, 3, 29)) == 23
    assert open_hours(ALL_DAY, date(2026, 10, 25)) == 25
    assert open_hours(ALL_DAY, date(2026, 10, 26)) == 24


def test_a_time_that_is_left_out_is_the_moment_of_the_change() -> None:
    night = {"week": {"sun": ["01:30-02:30"]}}
    assert open_hours(night, date(2026, 3, 29)) == 0.5
    assert open_hours({"week": {"sun": ["02:15-02:45"]}}, date(2026, 3, 29)) == 0
    assert open_hours({"week": {"sun": ["02:30-04:00"]}}, date(2026, 3, 29)) == 1
    change = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert Hours.parse({"week": {"sun": ["02:30-04:00"]}}).next_opening(local(2026, 3, 28, 12)) == change


def test_the_hour_that_comes_twice_is_open_both_times() -> None:
    night = {"week": {"sun": ["02:00-03:00"]}}
    assert open_hours(night, date(2026, 10, 25)) == 2
    assert open_hours({"week": {"sun": ["01:00-02:30", "02:30-04:00"]}}, date(2026, 10, 25)) == 4
    hours = Hours.parse(night)
    assert hours.is_open(local(2026, 10, 25, 2, 30, fold=0))
    assert hours.is_open(local(2026, 10, 25, 2, 30, fold=1))


def test_empty_is_always_open() -> None:
    hours = Hours.parse({})
    t = local(2026, 12, 24, 3)
    assert hours.is_open(t)
    assert hours.next_opening(t) == t
    assert hours.open_seconds(t, t + timedelta(days=3)) == 3 * 86_400
    assert hours.spans(t, t + timedelta(hours=1)) == [(t, t + timedelta(hours=1))]


def test_readings_stay_comparable_when_earlier_years_are_asked_for() -> None:
    hours = Hours.parse(OFFICE | {"dates": {}})
    week = (local(2026, 11, 16), local(2026, 11, 23))
    before = hours.open_seconds(*week)
    assert hours.open_seconds(local(2020, 1, 1), local(2031, 1, 1)) > 0
    assert hours.open_seconds(*week) == before == 5 * 8.5 * 3600


def test_hours_that_never_come_again_say_so() -> None:
    hours = Hours.parse({"dates": {"2026-12-23": ["08:00-12:00"]}})
    assert hours.open_seconds(local(2026, 1, 1), local(2027, 1, 1)) == 4 * 3600
    with pytest.raises(Misconfigured, match="never opens"):
        hours.next_opening(local(2027, 1, 1))
    with pytest.raises(Misconfigured, match="never opens"):
        hours.add(local(2026, 1, 1), 5 * 3600)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"week": {"mon": ["08:00-16:30"]}, "hollidays": "SE"}, "hours.hollidays: unknown"),
        ({"week": {"monday": ["08:00-16:30"]}}, "hours.week.monday: unknown day"),
        ({"week": {"mon": "08:00-16:30"}}, "hours.week.mon: a list such as"),
        ({"week": {"mon": ["8-16"]}}, "hours.week.mon: '8-16' is no opening"),
        ({"week": {"mon": ["08:00-25:00"]}}, "is no opening"),
        ({"week": {"mon": ["22:00-06:00"]}}, "written as two"),
        ({"week": {"mon": ["08:00-12:00", "11:00-13:00"]}}, "two openings overlap"),
        ({"week": {"mon": [8]}}, "is no opening"),
        ({"week": ["mon"]}, "hours.week: a dictionary"),
        ({"week": {"mon": []}}, "never open"),
        ({"timezone": "Europe/Solvik", "week": {"mon": ["08:00-12:00"]}}, "hours.timezone: 'Europe/Solvik'"),
        ({"timezone": 3, "week": {"mon": ["08:00-12:00"]}}, "hours.timezone"),
        ({"week": {"mon": ["08:00-12:00"]}, "holidays": "XX"}, "hours.holidays: 'XX'"),
        ({"week": {"mon": ["08:00-12:00"]}, "holidays": ["SE"]}, "hours.holidays"),
        ({"week": {"mon": ["08:00-12:00"]}, "half_days": {"lucia": "12:00"}}, "hours.half_days.lucia: unknown"),
        ({"week": {"mon": ["08:00-12:00"]}, "half_days": {"walpurgis_eve": 12}}, "hours.half_days.walpurgis_eve"),
        ({"week": {"mon": ["08:00-12:00"]}, "dates": {"23/12": []}}, "hours.dates.23/12: write the date"),
        ({"week": {"mon": ["08:00-12:00"]}, "dates": {"2026-12-23": "12"}}, "hours.dates.2026-12-23: a list"),
        ({"week": {"mon": [object()]}}, "text, numbers, lists"),
    ],
)
def test_wrong_hours_are_refused_with_the_place_and_what_would_be_right(raw: dict[str, Any], words: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        Hours.parse(raw)
    assert refusal.value.code == "hours"
    assert words in refusal.value.text


def test_the_holiday_library_is_loaded_only_when_somebody_asks() -> None:
    code = "import sys, contactcenter.hours; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
