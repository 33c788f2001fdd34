"""Statistics on both databases: what the verbs write in the journal is what the supervisor reads, counted once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlmodel import Session

from contactcenter import agents, calls, cases, desk, intake, journal, mailout, offers, replies, rollups, stats
from contactcenter.board import board
from contactcenter.counting import SHORT_ABANDON_SECONDS
from contactcenter.model import Event, Organisation, Topic
from contactcenter.ports import InboundContact
from contactcenter.states import AgentState, Channel, EventKind, Outcome
from contactcenter.stats import Figures, Only
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW

TODAY = date(2026, 11, 23)
OFFICE = {"week": {day: ["08:00-16:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}
CALL = InboundContact(
    channel=Channel.PHONE,
    key="1700000000.1",
    arrived_at=NOW,
    address_point="+46101234500",
    sender="+46701740601",
    topic_key="solvik.ovrigt",
)
MAIL = InboundContact(
    channel=Channel.EMAIL,
    key="<1@citizen.example>",
    arrived_at=NOW,
    address_point="kontaktcenter@solvik.example",
    sender="eva@citizen.example",
    subject="Hej",
)


@pytest.fixture(autouse=True)
def _composer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailout, "_composer", lambda **_: b"From: a@solvik.example\r\n\r\n")


@pytest.fixture
def office(town: Store) -> Store:
    """Solvik with opening hours."""

    def set_hours(session: Session) -> None:
        session.get_one(Organisation, solvik.user(session, "anna").organisation_id).hours = OFFICE

    town.sync_run(set_hours)
    return town


def scope(session: Session) -> frozenset[int]:
    return agents.scope(session, solvik.user(session, "anna").organisation_id)


def figures(town: Store) -> dict[str, Figures]:
    """Today's figures by channel, after everything has been counted."""
    town.sync_run(stats.advance)
    return town.sync_read(
        lambda session: {row.key: row.figures for row in stats.by_channel(session, scope(session), TODAY, TODAY)}
    )


def call(
    town: Store, number: int, *, waits: int, talks: int | None = None, at: datetime = NOW, who: str = "anna"
) -> int:
    """A call that is answered after `waits` seconds (`talks` seconds long) or given up; returns the case's id."""

    def work(session: Session) -> int:
        inbound = replace(CALL, key=f"1700000000.{number}", arrived_at=at, sender=f"+4670174{number:04}")
        received = calls.call_waiting(session, inbound, at)
        later = at + timedelta(seconds=waits)
        if talks is None:
            calls.call_abandoned(session, received.contact_id, later)
        else:
            agent = solvik.available(session, who, at)
            calls.call_ringing(session, received.contact_id, agent.id, later)
            calls.call_answered(session, received.contact_id, agent.id, later)
            calls.call_ended(session, received.contact_id, later + timedelta(seconds=talks))
        return received.case_id

    return town.sync_run(work)


def mail(town: Store, number: int, at: datetime = NOW) -> int:
    inbound = replace(MAIL, key=f"<{number}@citizen.example>", arrived_at=at)
    return town.sync_run(lambda session: intake.receive(session, inbound, at).case_id)


def take(town: Store, case_id: int, at: datetime, who: str = "anna") -> None:
    town.sync_run(
        lambda session: offers.give(session, cases.get(session, case_id), solvik.user(session, who).id, "take", at)
    )


def answer(town: Store, case_id: int, at: datetime, who: str = "anna", key: str = "r1") -> None:
    def work(session: Session) -> None:
        actor = solvik.actor(session, who)
        replies.reply(
            session, actor, case_id, at, key=f"{key}:{case_id}", to=["eva@citizen.example"], subject="", text="Svar"
        )

    town.sync_run(work)


def close(town: Store, case_id: int, at: datetime, who: str = "anna", outcome: Outcome = Outcome.ANSWERED) -> None:
    def work(session: Session) -> None:
        case = cases.get(session, case_id)
        if case.topic_id is None:
            case.topic_id = session.execute(select(Topic.id).where(Topic.key == "solvik.ovrigt")).scalar()  # type: ignore[call-overload]
        desk.close(session, solvik.actor(session, who), case_id, outcome, at)

    town.sync_run(work)


def test_calls_answered_in_time_late_abandoned_and_hardly_waiting(town: Store) -> None:
    call(town, 1, waits=20, talks=100)
    call(town, 2, waits=90, talks=50, at=NOW + timedelta(hours=1))
    call(town, 3, waits=45)
    call(town, 4, waits=4)
    phone = figures(town)["phone"]
    assert (phone.offered, phone.answered, phone.in_time) == (4, 2, 1)
    assert (phone.abandoned, phone.short_abandoned, phone.missed) == (1, 1, 2)
    assert (phone.wait_seconds, phone.wait_max, phone.talk_seconds) == (110, 90, 150)
    assert phone.service_level == pytest.approx(1 / 3)
    assert phone.mean_wait == 55


def test_a_call_belongs_to_the_half_hour_in_which_it_came(town: Store) -> None:
    call(town, 1, waits=30, talks=10, at=datetime(2026, 11, 23, 9, 29, 50, tzinfo=UTC))
    town.sync_run(stats.advance)
    rows = town.sync_read(lambda session: stats.by_half_hour(session, scope(session), TODAY))
    assert len(rows) == 48
    filled = [row for row in rows if row.figures.offered or row.figures.answered]
    assert [(row.key, row.figures.offered, row.figures.answered) for row in filled] == [
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), 1, 1)
    ]


def test_written_work_is_answered_by_its_first_reply_within_open_hours(office: Store) -> None:
    friday = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)  # 15:00, an hour before it shuts
    case = mail(office, 1, friday)
    take(office, case, NOW)
    answer(office, case, NOW)  # Monday at ten: three open hours later
    answer(office, case, NOW + timedelta(hours=1), key="r2")
    late = mail(office, 2, friday - timedelta(days=3))
    take(office, late, NOW)
    answer(office, late, NOW)
    mails = figures(office)["email"]
    assert (mails.answered, mails.in_time, mails.replies) == (2, 1, 3)
    assert mails.wait_max == (NOW - friday + timedelta(days=3)).total_seconds()
    assert mails.service_level == 0.5


def test_closing_without_a_reply_is_the_answer_and_only_once(town: Store) -> None:
    case = mail(town, 1)
    take(town, case, NOW + timedelta(minutes=1))
    close(town, case, NOW + timedelta(minutes=11))
    mails = figures(town)["email"]
    assert (mails.offered, mails.answered, mails.closed, mails.first_contact) == (1, 1, 1, 1)
    assert mails.handle_seconds == 600
    other = mail(town, 2)
    take(town, other, NOW)
    answer(town, other, NOW)
    close(town, other, NOW + timedelta(minutes=1))
    assert figures(town)["email"].answered == 2


def test_what_comes_to_a_closed_case_is_offered_and_answered_again(town: Store) -> None:
    case = mail(town, 1)
    take(town, case, NOW)
    close(town, case, NOW)

    def reopen(session: Session) -> None:
        number = cases.get(session, case).number
        again = replace(MAIL, key="<2@citizen.example>", certain_cases=(number,), arrived_at=NOW + timedelta(hours=1))
        assert intake.receive(session, again, again.arrived_at).case_id == case

    town.sync_run(reopen)
    take(town, case, NOW + timedelta(hours=1))
    answer(town, case, NOW + timedelta(hours=1))
    answer(town, case, NOW + timedelta(hours=2), key="more")
    close(town, case, NOW + timedelta(hours=2))
    mails = figures(town)["email"]
    assert (mails.offered, mails.answered, mails.closed, mails.first_contact) == (2, 2, 2, 1)


def test_a_missed_call_that_is_rung_back(town: Store) -> None:
    case = call(town, 1, waits=40)
    take(town, case, NOW + timedelta(minutes=5))

    def ring(session: Session) -> None:
        agent = solvik.available(session, "anna", NOW)
        at = NOW + timedelta(minutes=6)
        contact = calls.callback_started(session, case, agent.id, "1700000000.9", "+46701740001", at)
        calls.call_answered(session, contact, agent.id, at + timedelta(seconds=8))
        calls.call_ended(session, contact, at + timedelta(seconds=68))

    town.sync_run(ring)
    close(town, case, NOW + timedelta(minutes=8))
    found = figures(town)
    assert (found["phone"].offered, found["phone"].answered, found["phone"].abandoned) == (1, 0, 1)
    assert (found["callback"].called_back, found["callback"].talk_seconds, found["callback"].closed) == (1, 60, 1)
    assert found["callback"].answered == 0


def test_agents_have_what_they_did(town: Store) -> None:
    call(town, 1, waits=10, talks=30, who="anna")
    case = mail(town, 2)
    take(town, case, NOW, "bo")
    answer(town, case, NOW, "bo")
    close(town, case, NOW, "bo")
    town.sync_run(stats.advance)

    def who_did_what(session: Session) -> dict[str, Figures]:
        names = {solvik.user(session, login).id: login for login in ("anna", "bo")}
        return {names[row.key]: row.figures for row in stats.by_agent(session, scope(session), TODAY, TODAY)}

    found = town.sync_read(who_did_what)
    assert (found["anna"].answered, found["anna"].talk_seconds, found["anna"].closed) == (1, 30, 0)
    assert (found["bo"].answered, found["bo"].replies, found["bo"].closed) == (1, 1, 1)


def test_only_ones_own_organisations_are_counted(town: Store) -> None:
    call(town, 1, waits=10, talks=30)
    town.sync_run(stats.advance)

    def seen(session: Session) -> list[int]:
        granby = agents.scope(session, solvik.user(session, "greta").organisation_id)
        month = (TODAY.replace(day=1), TODAY)
        return [
            stats.total(rows).offered
            for who in (scope(session), granby, frozenset[int]())
            for rows in (
                stats.by_half_hour(session, who, TODAY),
                stats.by_day(session, who, *month),
                stats.by_topic(session, who, *month),
                stats.by_channel(session, who, *month),
            )
        ]

    assert town.sync_read(seen) == [1] * 4 + [0] * 8


def test_narrowed_to_a_queue_a_topic_or_a_channel(town: Store) -> None:
    call(town, 1, waits=10, talks=30)
    mail(town, 2)
    town.sync_run(stats.advance)

    def offered(session: Session) -> list[int]:
        topic = session.execute(select(Topic.id).where(Topic.key == "solvik.ovrigt")).scalar_one()  # type: ignore[call-overload]
        who = scope(session)
        narrowed = (Only(channel="email"), Only(topic_id=topic), Only(topic_id=0), Only(queue_id=10_000))
        return [stats.total(stats.by_day(session, who, TODAY, TODAY, only)).offered for only in narrowed]

    assert town.sync_read(offered) == [1, 1, 1, 0]


def test_year_over_year_puts_the_months_side_by_side(town: Store) -> None:
    for year, month, times in ((2025, 3, 1), (2026, 3, 2), (2026, 12, 3), (2024, 3, 5)):
        for number in range(times):
            mail(town, year * 100 + month * 10 + number, datetime(year, month, 31, 22, 30, tzinfo=UTC))
    town.sync_run(stats.advance)
    rows = town.sync_read(lambda session: stats.year_over_year(session, scope(session), 2026))
    assert [row.month for row in rows] == list(range(1, 13))
    counted = {
        row.month: (row.this.offered, row.before.offered) for row in rows if row.this.offered or row.before.offered
    }
    # 22:30 UTC on 31 March is half past midnight on 1 April in Solvik; on 31 December it is still December.
    assert counted == {4: (2, 1), 12: (3, 0)}


def test_days_are_local_and_have_as_many_half_hours_as_they_have() -> None:
    assert len(rollups.half_hours_of(date(2026, 3, 29))) == 46
    assert len(rollups.half_hours_of(date(2026, 10, 25))) == 50
    for day in (date(2026, 3, 29), date(2026, 10, 25), TODAY):
        assert {rollups.day_of(one) for one in rollups.half_hours_of(day)} == {day.toordinal()}


# exactly once

moments = st.integers(0, 40 * 86_400).map(
    lambda seconds: datetime(2026, 10, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
channels = st.sampled_from([Channel.PHONE, Channel.EMAIL, Channel.POST, Channel.CALLBACK])
lines = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(
            [
                EventKind.CASE_OPENED,
                EventKind.CASE_REOPENED,
                EventKind.CALL_ANSWERED,
                EventKind.CALL_MISSED,
                EventKind.CALL_ENDED,
                EventKind.CASE_CLOSED,
                EventKind.REPLY_QUEUED,
                EventKind.CASE_HANDED_OFF,
                EventKind.CASE_VIEWED,
            ]
        ),
        "at": moments,
        "agent_id": st.sampled_from([None, 1, 2]),
        "contact_id": st.sampled_from([None, 5]),
        "channel": channels.map(str),
        "direction": st.sampled_from(["in", "out"]),
        "waited": st.integers(0, 4000),
        "promised": st.sampled_from([60, 3600]),
        "talked": st.integers(0, 500),
        "handled": st.integers(0, 500),
        "first": st.booleans(),
        "first_contact": st.booleans(),
        "queue_id": st.sampled_from([1, 2]),
        "topic_id": st.sampled_from([None, 1, 2]),
    }
)


def everything(session: Session) -> list[list[tuple[object, ...]]]:
    return [sorted(tuple(row) for row in session.execute(select(table))) for table in rollups.ALL]


def wipe(session: Session) -> None:
    for table in (*rollups.ALL, rollups.cursor, Event.__table__):  # type: ignore[attr-defined]
        session.execute(delete(table))


class Killed(Exception):
    """The process ended in the middle."""


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    written=st.lists(lines, max_size=40),
    steps=st.lists(st.integers(1, 7), max_size=12),
    killed=st.sets(st.integers(0, 11)),
)
def test_each_event_is_counted_once_whatever_the_batches_and_failures(
    town: Store, written: list[dict[str, object]], steps: list[int], killed: set[int]
) -> None:
    town.sync_run(wipe)

    def write(session: Session) -> None:
        organisation = solvik.user(session, "anna").organisation_id
        for line in written:
            journal.record(session, organisation_id=organisation, **line)  # type: ignore[arg-type]

    def killed_half_way(session: Session, limit: int) -> None:
        stats.advance(session, limit)
        raise Killed

    town.sync_run(write)
    for number, step in enumerate(steps):
        if number in killed:
            with pytest.raises(Killed):
                town.sync_run(killed_half_way, step)
        else:
            town.sync_run(stats.advance, step)
    while town.sync_run(stats.advance, 5):
        pass
    counted = town.sync_read(everything)
    assert town.sync_run(stats.advance) == 0
    town.sync_run(stats.rebuild)
    assert town.sync_read(everything) == counted
    offered = sum(
        line["kind"] is EventKind.CASE_OPENED or (line["kind"] is EventKind.CASE_REOPENED and line["contact_id"] == 5)
        for line in written
    )
    rows = town.sync_read(lambda session: stats.by_day(session, scope(session), date(2026, 9, 1), date(2026, 12, 1)))
    assert stats.total(rows).offered == offered


def test_half_hours_days_months_and_agents_agree(town: Store) -> None:
    for number in range(8):
        call(
            town, number, waits=number * 20, talks=None if number % 3 == 0 else 30, at=NOW + timedelta(hours=number * 7)
        )
    town.sync_run(stats.advance)

    def sums(session: Session) -> list[Figures]:
        days = [date(2026, 11, day) for day in range(22, 28)]
        halves = [row for day in days for row in stats.by_half_hour(session, scope(session), day)]
        year = [row.this for row in stats.year_over_year(session, scope(session), 2026)]
        span = (days[0], days[-1])
        return [
            stats.total(halves),
            stats.total(stats.by_day(session, scope(session), *span)),
            stats.total(stats.by_topic(session, scope(session), *span)),
            stats.total(stats.by_channel(session, scope(session), *span)),
            sum(year, Figures()),
        ]

    found = town.sync_read(sums)
    assert found[0].offered == 8
    assert all(one == found[0] for one in found)


# the wallboard


def test_the_wallboard(town: Store) -> None:
    call(town, 1, waits=20, talks=100)
    call(town, 2, waits=45)
    waiting = replace(CALL, key="1700000000.77", arrived_at=NOW + timedelta(minutes=10), sender="+46701740699")
    town.sync_run(calls.call_waiting, waiting, waiting.arrived_at)
    mail(town, 1, NOW + timedelta(minutes=2))

    def away(session: Session) -> None:
        agents.set_state(session, solvik.user(session, "bo"), AgentState.AWAY, NOW, "lunch")

    town.sync_run(away)
    town.sync_run(stats.advance)
    now = NOW + timedelta(minutes=12)
    shown = town.sync_read(lambda session: board(session, scope(session), now))
    assert shown["waiting_by_channel"] == {"phone": 1, "callback": 1, "email": 1}
    assert (shown["waiting_total"], shown["callbacks_waiting"]) == (3, 1)
    assert (shown["longest_call_wait"], shown["longest_wait"]) == (120, 675)
    (mails,) = [row for row in shown["waiting"] if row["channel"] == "email"]
    assert mails["queue"] == "Allmänt"
    assert mails["oldest_at"] == (NOW + timedelta(minutes=2)).isoformat()
    assert shown["agents"]["away"] == 1
    assert shown["away"] == {"lunch": 1}
    assert shown["agents"]["wrapping_up"] == 1
    assert shown["service_level"] == 0.5
    assert (shown["answered"], shown["abandoned"]) == (1, 1)
    assert "5 sekunder" in shown["formula"]["sv"]


def test_the_wallboard_of_somebody_else_is_empty(town: Store) -> None:
    call(town, 1, waits=45)
    town.sync_run(stats.advance)
    shown = town.sync_read(
        lambda session: board(session, agents.scope(session, solvik.user(session, "greta").organisation_id), NOW)
    )
    assert shown["waiting"] == []
    assert shown["abandoned"] == 0
    assert shown["service_level"] is None


def test_the_formula_names_the_seconds_that_are_used() -> None:
    assert all(f" {SHORT_ABANDON_SECONDS} " in words for words in stats.FORMULA.values())


def test_every_figure_of_the_tables_is_in_the_answers() -> None:
    figure_names = set(Figures().data())
    assert figure_names == {*rollups.FIGURES, *stats.DERIVED}
    assert tuple(Figures().data()) == stats.COLUMNS
