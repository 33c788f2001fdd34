"""The console's small parts: frames, origins, numbers, uploads, sessions' limits, order, OpenAPI names."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from contactcenter import hours
from contactcenter.errors import Refused
from contactcenter.ports import StoredFile
from contactcenter.routing import Rules, WaitingCase, Work, order_key
from contactcenter.states import CaseState, Channel
from ui import uploads
from ui.answers import Answers
from ui.api_work import version_of
from ui.guard import Origins
from ui.order import OpenTime, Order
from ui.problem import Wrong
from ui.session import Attempts, TooMany
from ui.settings import HttpSettings
from ui.socket import frame
from ui.verbs import e164, normal
from ui.wire import CalendarRow, CaseRow, Ok, Refusal
from ui.work import disposition
from ui.world import World

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECRET = b"a secret for the tests, 32 bytes long"


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 300_000])
def test_frames_are_what_the_library_would_send(size: int) -> None:
    text = b"x" * size
    assert frame(text) == Frame(Opcode.TEXT, text).serialize(mask=False)


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("https://kc.solvik.example", "kc.solvik.example", True),
        ("https://KC.solvik.example", "anything", True),
        ("https://other.solvik.example", "10.0.0.1", True),
        ("http://kc.solvik.example", "10.0.0.1", False),
        ("https://kc.solvik.example.evil.example", "kc.solvik.example", False),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://localhost:8001", "localhost:8000", False),
        ("http://192.0.2.7:8000", "192.0.2.7:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://evil.example", "evil.example", False),
        ("null", "localhost", False),
        ("", "localhost", False),
    ],
)
def test_only_pages_of_ours_may_change_something(origin: str, host: str, allowed: bool) -> None:
    origins = Origins("https://kc.solvik.example", HttpSettings(origins=["https://other.solvik.example"]))
    assert origins.allows(origin, host) is allowed


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("070-174 06 05", "+46701740605"),
        ("0046 70 174 06 05", "+46701740605"),
        ("+46 (70) 174.06/05", "+46701740605"),
        ("08-123 456", "+468123456"),
    ],
)
def test_numbers_become_e164(told: str, expected: str) -> None:
    assert e164(told) == expected


@pytest.mark.parametrize("told", ["", "112", "abc", "070-174x", "+46\r\nAction: x", "+0701740605", "1" * 20])
def test_what_is_no_number_is_refused(told: str) -> None:
    with pytest.raises(Refused):
        e164(told)


@given(st.text(max_size=40))
def test_a_number_never_carries_anything_but_digits(text: str) -> None:
    try:
        number = e164(text)
    except Refused:
        return
    assert number[0] == "+"
    assert number[1:].isascii()
    assert number[1:].isdigit()


def test_marks_are_stored_as_they_are_looked_for() -> None:
    assert normal("email", " Kim@Medborgare.example") == "kim@medborgare.example"
    assert normal("personal_number", "19890102-9286") == "198901029286"
    for kind, wrong in (("email", "kim"), ("personal_number", "890102-9286"), ("phone", "12")):
        with pytest.raises(Refused):
            normal(kind, wrong)


def test_an_upload_is_good_for_two_days_and_for_its_owner() -> None:
    file = StoredFile("0" * 64, 3, "a.pdf", "application/pdf")
    handle = uploads.handle(file, 1, SECRET, NOW)
    assert uploads.opened(handle, 1, SECRET, NOW + timedelta(hours=47)) == file
    for user, secret, at in ((2, SECRET, NOW), (1, b"another", NOW), (1, SECRET, NOW + timedelta(hours=49))):
        with pytest.raises(Refused):
            uploads.opened(handle, user, secret, at)


@given(st.text(st.characters()))
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    header = disposition(name, "attachment")
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert header.count(";") == 2


@pytest.mark.parametrize(("told", "version"), [("", None), ("*", None), ('"7"', 7), ('W/"7"', 7), ("7", 7)])
def test_if_match_is_the_version(told: str, version: int | None) -> None:
    assert version_of(told) == version


def test_an_if_match_that_is_none_of_ours_matches_nothing() -> None:
    with pytest.raises(Wrong, match="changed_meanwhile"):
        version_of('"abc"')


async def test_attempts_count_by_login_and_address_and_by_address_alone() -> None:
    attempts = Attempts(2)
    for number in range(20):
        attempts.add((f"login{number}", "192.0.2.1"))
    with pytest.raises(TooMany):
        attempts.check(("fresh", "192.0.2.1"))
    attempts.check(("login1", "192.0.2.2"))


async def test_those_who_sign_in_rightly_do_not_use_up_their_colleagues_tries() -> None:
    attempts = Attempts(2)
    for number in range(100):
        attempts.check((f"login{number}", "192.0.2.1"))
        attempts.add((f"login{number}", "192.0.2.1"))
        attempts.forget((f"login{number}", "192.0.2.1"))


async def test_an_answer_is_kept_a_refusal_is_not() -> None:
    answers, done = Answers(), []

    async def work() -> Any:
        done.append(1)
        return Refusal(1, "database", "") if len(done) == 1 else Ok(1, 42)

    for _ in range(4):
        await answers.once((1, "a key of ours"), work)
    assert len(done) == 2


async def test_a_verb_goes_on_when_its_console_leaves() -> None:
    answers, started, go_on, done = Answers(), asyncio.Event(), asyncio.Event(), []

    async def work() -> Any:
        started.set()
        await go_on.wait()
        done.append(1)
        return Ok(1, None)

    first = asyncio.create_task(answers.once((1, "a key of ours"), work))
    await started.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    go_on.set()
    assert await answers.once((1, "a key of ours"), work) == Ok(1, None)
    assert done == [1]


WEEK = {"timezone": "Europe/Stockholm", "week": {day: ["08:00-16:30"] for day in ("mon", "tue", "wed", "thu", "fri")}}


@given(st.integers(0, 20 * 86400), st.integers(0, 20 * 86400))
def test_the_console_s_way_to_count_open_time_is_the_router_s(start: int, length: int) -> None:
    opening = hours.Hours.parse(WEEK)
    begin = NOW - timedelta(days=20) + timedelta(seconds=start)
    end = begin + timedelta(seconds=length)
    spans = opening.spans(NOW - timedelta(days=25), NOW + timedelta(days=25))
    counted = OpenTime(spans).between(begin.timestamp(), end.timestamp())
    assert counted == pytest.approx(opening.open_seconds(begin, end), abs=1e-3)


ROWS = st.builds(
    CaseRow,
    id=st.integers(1, 10_000),
    number=st.just(""),
    state=st.sampled_from([CaseState.WAITING, CaseState.OFFERED, CaseState.WORKING]),
    channel=st.sampled_from([Channel.PHONE, Channel.EMAIL]),
    organisation_id=st.just(1),
    queue_id=st.just(1),
    topic_id=st.none(),
    agent_id=st.none(),
    preferred_agent_id=st.none(),
    subject=st.just(""),
    sender=st.just(""),
    priority=st.integers(-1, 2),
    protected=st.booleans(),
    unread=st.booleans(),
    arrived_at=st.integers(0, 20 * 86400).map(lambda seconds: NOW - timedelta(seconds=seconds)),
    opened_at=st.just(NOW),
    promised_seconds=st.sampled_from([60, 3600, 28_800]),
    calendar=st.sampled_from([None, 1]),
    parked_until=st.none(),
    citizen_id=st.none(),
    contact_id=st.none(),
    call_state=st.none(),
    version=st.just(1),
    suggested_case_id=st.none(),
)


@given(st.lists(ROWS, max_size=30, unique_by=lambda row: row.id))
def test_the_order_is_the_router_s(rows: list[CaseRow]) -> None:
    opening = hours.Hours.parse(WEEK)
    spans = list(opening.spans(NOW - timedelta(days=25), NOW + timedelta(days=1)))
    world = World(NOW.date(), NOW, cases={row.id: row for row in rows}, calendars={1: CalendarRow(1, spans)})
    rules = Rules()

    def routed(row: CaseRow) -> WaitingCase:
        open_time = opening.open_seconds(row.arrived_at, NOW)
        waited = open_time if row.calendar else (NOW - row.arrived_at).total_seconds()
        return WaitingCase(
            id=row.id,
            queue_id=1,
            work=Work.WRITTEN,
            used=waited / row.promised_seconds,
            priority=row.priority,
            arrived_at=row.arrived_at.timestamp(),
            needs=(),
            preferred_agent=None,
            preferred_until=0.0,
            passed=frozenset(),
        )

    waits = [routed(row) for row in rows if row.state is not CaseState.WORKING]
    expected = [case.id for case in sorted(waits, key=lambda case: order_key(case, rules))]
    assert [row.id for row, _ in Order(rules).waiting(world, NOW).rows] == expected
