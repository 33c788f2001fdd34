"""What callers are told and what became of it, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from contactcenter import calls, cases
from contactcenter.model import Contact
from contactcenter.routing import Rules
from contactcenter.states import ContactState, Outcome
from contactcenter.store import Store
from contactcenter.waiting import promised, told
from contactcenter.waiting.estimate import SILENCE, Limits, Words
from contactcenter.waiting.model import WaitAnnouncement
from contactcenter.waiting.promised import Tries
from tests import town as solvik
from tests.contract.test_promised_calls import rings
from tests.fixtures.store import NOW

FEW = Limits(fewest_agents=2, fewest_handled=2, fewest_outcomes=2)


def tell(town: Store, key: str, seconds: float, limits: Limits = FEW) -> Words:
    return town.sync_run(told.tell, key, limits, Rules(), NOW + timedelta(seconds=seconds))


def rows(town: Store) -> list[WaitAnnouncement]:
    wanted = select(WaitAnnouncement).order_by(WaitAnnouncement.id)  # type: ignore[arg-type]
    return town.sync_read(lambda session: list(session.exec(wanted).all()))


def contact_of(town: Store, case_id: int) -> Contact:
    return town.sync_read(lambda session: session.exec(select(Contact).where(Contact.case_id == case_id)).one())


def answer(town: Store, case_id: int, login: str, seconds: float) -> None:
    agent = town.sync_read(solvik.user, login)
    town.sync_run(calls.call_answered, contact_of(town, case_id).id, agent.id, NOW + timedelta(seconds=seconds))


@pytest.fixture
def staffed(town: Store) -> Store:
    """Two agents, and two calls that took five minutes each with wrap-up, announced and come true before."""
    for login in ("anna", "bo"):
        town.sync_run(solvik.available, login, NOW)

    def history(session: Session) -> None:
        for n in (101, 102):
            contact = session.exec(select(Contact).where(Contact.key == f"call-{n}--900")).one()
            contact.state, contact.answered_at = ContactState.ENDED, NOW - timedelta(seconds=600)
            contact.ended_at = NOW - timedelta(seconds=330)
            case = cases.get(session, contact.case_id)
            past = WaitAnnouncement(case_id=case.id, queue_id=case.queue_id, at=NOW - timedelta(seconds=800))
            past.expected = past.true_seconds = 200.0
            session.add_all((contact, past))
            session.flush()
            cases.close(session, case, Outcome.ANSWERED, NOW, verb="settle")

    for n in (101, 102):
        rings(town, n, -900)
    town.sync_run(history)
    return town


def test_those_who_hung_up_with_a_promise_stand_before_later_callers(town: Store) -> None:
    town.sync_run(solvik.available, "anna", NOW)
    for n in (1, 2, 3):
        rings(town, n, n)
    town.sync_run(promised.promise, "call-1-1", "+46700000001", Tries(), NOW + timedelta(seconds=4))
    assert tell(town, "call-3-3", 10).place == 3
    assert tell(town, "call-2-2", 10).place == 2


def test_place_and_wait_are_said_where_they_can_be_stood_by(staffed: Store) -> None:
    for n in (1, 2, 3, 4):
        rings(staffed, n, n)
    assert tell(staffed, "call-4-4", 10) == Words(4, 10, 10)  # fourth, 300 s a call, two agents
    (one,) = [row for row in rows(staffed) if row.place == 4]
    assert (one.agents, one.expected) == (2, 600.0)


def test_a_worse_wait_than_was_said_is_not_said(staffed: Store) -> None:
    for n in (1, 2):
        rings(staffed, n, n)
    assert tell(staffed, "call-2-2", 10) == Words(2, 5, 5)
    urgent = rings(staffed, 3, 11)

    def first(session: Session) -> None:
        cases.change(session, cases.get(session, urgent), NOW + timedelta(seconds=11), priority=2, arrived_at=NOW)

    staffed.sync_run(first)
    assert tell(staffed, "call-2-2", 13) == SILENCE
    assert rows(staffed)[-1].place == 3, "what was not said is measured too"


def test_every_announcement_gets_its_true_wait_when_an_agent_is_there(staffed: Store) -> None:
    case = rings(staffed, 1, 0)
    tell(staffed, "call-1-0", 10)
    tell(staffed, "call-1-0", 70)
    answer(staffed, case, "anna", 100)
    assert [row.true_seconds for row in rows(staffed)][-2:] == [90.0, 30.0]


def test_who_gave_up_is_no_measure(staffed: Store) -> None:
    case = rings(staffed, 1, 0)
    tell(staffed, "call-1-0", 10)
    staffed.sync_run(calls.call_abandoned, contact_of(staffed, case).id, NOW + timedelta(seconds=20))
    assert rows(staffed)[-1].true_seconds is None
    assert tell(staffed, "call-1-0", 30) == SILENCE


def test_supervisors_see_the_error_of_their_queues_only(staffed: Store) -> None:
    case = rings(staffed, 1, 0)
    tell(staffed, "call-1-0", 10)
    answer(staffed, case, "anna", 40)

    def seen(session: Session, login: str, since: datetime) -> list[dict[str, object]]:
        return [one for one in told.errors(session, solvik.actor(session, login), since) if one["moments"]]

    (own,) = staffed.sync_read(seen, "siv", NOW - timedelta(hours=1))
    assert (own["moments"], own["ranges_said"], own["ranges_kept"], own["outcomes"]) == (3, 1, 1, 3)
    assert own["mean_off_seconds"] == 40  # expected 150 s, took 30, and two that came true
    assert staffed.sync_read(seen, "greta", NOW - timedelta(hours=1)) == []
