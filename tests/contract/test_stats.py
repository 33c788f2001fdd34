"""Statistics on both databases: what the verbs write in the journal is what the supervisor reads."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session

from contactcenter import agents, calls, cases, intake, mailout, rollups, stats
from contactcenter.counting import SHORT_ABANDON_SECONDS
from contactcenter.model import Organisation, Topic
from contactcenter.stats import Figures, Only
from contactcenter.store import Store
from tests import town as solvik
from tests.contract.contacts import MAIL, OFFICE, TODAY, answer, call, close, mail, scope, take
from tests.fixtures.store import NOW


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


def figures(town: Store) -> dict[str, Figures]:
    """Today's figures by channel, after everything has been counted."""
    town.sync_run(stats.advance)
    return town.sync_read(
        lambda session: {row.key: row.figures for row in stats.by_channel(session, scope(session), TODAY, TODAY)}
    )


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


def test_who_sees_every_organisation_reads_the_sums_over_all_and_they_agree(town: Store) -> None:
    call(town, 1, waits=10, talks=30)
    call(town, 2, waits=50)
    case = mail(town, 3)
    take(town, case, NOW)
    close(town, case, NOW + timedelta(minutes=5))
    there = replace(MAIL, key="<9@citizen.example>", address_point="kommun@granby.example")
    town.sync_run(intake.receive, there, NOW)
    town.sync_run(stats.advance)

    def both(session: Session) -> list[list[object]]:
        here = scope(session)
        granby = agents.scope(session, solvik.user(session, "greta").organisation_id)
        span = (TODAY, TODAY)
        return [
            [
                sorted(stats.by_channel(session, who, *span), key=str),
                stats.by_day(session, who, *span),
                stats.by_agent(session, who, *span),
                [row.this for row in stats.year_over_year(session, who, 2026)],
                stats.total(stats.by_topic(session, who, *span)),
                stats.by_topic(session, who, *span)[0].figures,
                stats.total(stats.by_topic(session, who, *span, Only(channel="phone"))),
                stats.total(stats.by_half_hour(session, who, TODAY)),
            ]
            for who in (here | granby, here | granby | {0}, here, granby)
        ]

    together, with_nobody, here, granby = town.sync_read(both)
    assert together == with_nobody
    assert together[4] == together[7] == here[4] + granby[4]  # type: ignore[operator]
    assert together[6] == here[6]
    assert together[3] == [one + other for one, other in zip(here[3], granby[3], strict=True)]  # type: ignore[call-overload]
    assert together[1][0].figures == together[4]  # type: ignore[index]
    assert sum((row.figures for row in together[0]), Figures()) == together[4]  # type: ignore[attr-defined]
    assert together[2] == here[2]


def test_the_formula_names_the_seconds_that_are_used() -> None:
    assert all(f" {SHORT_ABANDON_SECONDS} " in words for words in stats.FORMULA.values())


def test_every_figure_of_the_tables_is_in_the_answers() -> None:
    figure_names = set(Figures().data())
    assert figure_names == {*rollups.FIGURES, *stats.DERIVED}
    assert tuple(Figures().data()) == stats.COLUMNS
