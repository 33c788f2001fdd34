"""A call back that keeps the caller's place, on both databases."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from contactcenter import calls, cases, desk, dispatch, offers, queueing
from contactcenter.errors import Conflict
from contactcenter.model import Case, Contact, Offer, Organisation
from contactcenter.settings import RoutingSettings
from contactcenter.states import CaseState, Channel, ContactState, OfferState, Outcome
from contactcenter.store import Store
from contactcenter.waiting import promised
from contactcenter.waiting.model import PromisedCall
from contactcenter.waiting.promised import Tries
from tests import town as solvik
from tests.contract.test_calls import CALL
from tests.fixtures.store import NOW
from ui import rows

ROUTING = RoutingSettings()
NUMBER = "+46700000001"
TWICE = Tries(most=2, pause_seconds=600)


def rings(town: Store, n: int, seconds: float = 0) -> int:
    """The n-th citizen calls; gives the case."""
    at = NOW + timedelta(seconds=seconds)
    number = f"+4670000{n:04}"
    inbound = replace(CALL, key=f"call-{n}-{seconds}", arrived_at=at, sender=number, marks=(("phone", number),))
    return town.sync_run(calls.call_waiting, inbound, at).case_id


def hangs_up_with_promise(town: Store, n: int, seconds: float = 0, after: float = 1, tries: Tries = TWICE) -> int:
    case = rings(town, n, seconds)
    at = NOW + timedelta(seconds=seconds + after)
    town.sync_run(promised.promise, f"call-{n}-{seconds}", f"+4670000{n:04}", tries, at)
    return case


def case_of(town: Store, case_id: int) -> Case:
    return town.sync_read(cases.get, case_id)


def promises(town: Store) -> list[PromisedCall]:
    return town.sync_read(lambda session: list(session.exec(select(PromisedCall).order_by(PromisedCall.id)).all()))  # type: ignore[arg-type]


def order(town: Store, now: datetime) -> list[int]:
    found = town.sync_read(queueing.waiting, now)
    return [one.id for one in sorted(found, key=lambda one: one.arrived_at)]


def test_the_place_and_the_arrival_are_kept(town: Store) -> None:
    first = hangs_up_with_promise(town, 1)
    second = rings(town, 2, seconds=5)
    later = NOW + timedelta(seconds=30)
    kept, waits = sorted(town.sync_read(queueing.waiting, later), key=lambda one: one.id)
    assert (kept.id, waits.id) == (first, second)
    assert (kept.arrived_at, kept.work, kept.used) == (NOW.timestamp(), waits.work, 30 / 60)
    assert case_of(town, first).channel is Channel.CALLBACK


def _open_on_mondays(session: Session) -> None:
    for organisation in session.exec(select(Organisation)).all():
        organisation.hours = {"week": {"mon": ["08:00-16:00"]}}


def calendar_of(town: Store, case_id: int) -> int | None:
    return town.sync_read(lambda session: rows.calendar_of_case(session, cases.get(session, case_id)))


def test_the_console_counts_its_wait_by_the_clock_as_the_router_does(town: Store) -> None:
    town.sync_run(_open_on_mondays)
    kept = hangs_up_with_promise(town, 1)
    missed = rings(town, 2, seconds=5)
    contact = town.sync_read(lambda session: session.exec(select(Contact).where(Contact.case_id == missed)).one())
    town.sync_run(calls.call_abandoned, contact.id, NOW + timedelta(seconds=9))
    shown = town.sync_read(lambda session: rows.cases(session, None, NOW, rows.calendar_of(session)))
    assert shown[kept].calendar is None
    assert shown[missed].calendar is not None
    assert (calendar_of(town, kept), calendar_of(town, missed)) == (None, shown[missed].calendar)


def test_hanging_up_afterwards_is_not_a_missed_call(town: Store) -> None:
    case = hangs_up_with_promise(town, 1)
    contact = town.sync_read(lambda session: session.exec(select(Contact)).one())
    town.sync_run(calls.call_ended, contact.id, NOW + timedelta(seconds=2))
    again = town.sync_read(lambda session: session.get_one(Contact, contact.id))
    assert again.state is ContactState.ENDED
    assert case_of(town, case).arrived_at == NOW


def test_it_needs_an_agent_with_a_telephone_and_is_rung_when_accepted(town: Store) -> None:
    case = hangs_up_with_promise(town, 1)
    town.sync_run(solvik.available, "siv", NOW)  # without a telephone
    assert town.sync_run(dispatch.round_, NOW + timedelta(seconds=5), ROUTING) == 0
    anna = town.sync_run(solvik.available, "anna", NOW)
    assert town.sync_run(dispatch.round_, NOW + timedelta(seconds=6), ROUTING) == 1
    accept(town, case)
    out = rung(town, case, anna.id)
    town.sync_run(calls.call_answered, out, anna.id, NOW + timedelta(seconds=20))
    (made,) = promises(town)
    assert (made.ended, made.number) == ("kept", None)


def test_one_who_is_not_reached_waits_in_the_old_place_and_is_let_go_after_the_last_try(town: Store) -> None:
    case = hangs_up_with_promise(town, 1)
    anna = town.sync_run(solvik.available, "anna", NOW)
    at = NOW + timedelta(seconds=5)
    for attempt in (1, 2):
        assert town.sync_run(heard, "anna", at) == 1, attempt
        accept(town, case, at)
        town.sync_run(calls.callback_failed, rung(town, case, anna.id, attempt), at, "noanswer")
        assert town.sync_run(heard, "anna", at + timedelta(seconds=599)) == 0, "there is a pause"
        at += timedelta(seconds=600)
    assert (case_of(town, case).state, case_of(town, case).outcome) == (CaseState.CLOSED, Outcome.UNREACHABLE)
    assert promises(town)[0].ended == "unreachable"


def test_that_the_agent_does_not_lift_is_no_try(town: Store) -> None:
    case = hangs_up_with_promise(town, 1)
    anna = town.sync_run(solvik.available, "anna", NOW)
    at = NOW + timedelta(seconds=5)
    assert town.sync_run(dispatch.round_, at, ROUTING) == 1
    accept(town, case, at)
    town.sync_run(calls.callback_failed, rung(town, case, anna.id), at, promised.AGENT_DID_NOT_LIFT)
    assert promises(town)[0].tries == 0
    assert town.sync_read(solvik.user, "anna").reason == "no_answer"
    assert (case_of(town, case).state, case_of(town, case).arrived_at) == (CaseState.WAITING, NOW)
    assert case in order(town, at + promised.OWN_PAUSE)


def test_ringing_again_cancels_it_even_while_it_is_offered(town: Store) -> None:
    case = hangs_up_with_promise(town, 1)
    town.sync_run(solvik.available, "anna", NOW)
    town.sync_run(dispatch.round_, NOW + timedelta(seconds=5), ROUTING)
    assert case_of(town, case).state is CaseState.OFFERED
    new = rings(town, 1, seconds=60)
    assert (case_of(town, case).state, promises(town)[0].ended) == (CaseState.CLOSED, "cancelled")
    assert order(town, NOW + timedelta(seconds=61)) == [new]


def test_there_is_one_for_each_number_and_the_earlier_place_is_kept(town: Store) -> None:
    first = hangs_up_with_promise(town, 1)
    second = rings(town, 2, seconds=10)
    at = NOW + timedelta(seconds=20)
    town.sync_run(promised.promise, "call-2-10", NUMBER, TWICE, at)
    assert case_of(town, second).state is CaseState.CLOSED
    assert [(one.case_id, one.number) for one in promises(town)] == [(first, NUMBER)]


def test_nobody_is_rung_outside_the_opening_hours(town: Store) -> None:
    case = hangs_up_with_promise(town, 1)

    def hours(session: Session) -> None:
        place = session.get_one(Organisation, session.get_one(Case, case).organisation_id)
        place.hours = {"week": {"mon": ["08:00-16:00"], "tue": ["08:00-16:00"]}}

    town.sync_run(hours)
    evening, morning = NOW + timedelta(hours=8), NOW + timedelta(hours=23)
    assert case not in order(town, evening)
    assert case in order(town, morning)


def test_who_is_being_rung_for_is_not_promised_anything(town: Store) -> None:
    rings(town, 1)
    town.sync_run(solvik.available, "anna", NOW)
    town.sync_run(dispatch.round_, NOW, ROUTING)
    with pytest.raises(Conflict):
        town.sync_run(promised.promise, "call-1-0", NUMBER, TWICE, NOW)


def test_a_missed_call_is_written_work_as_before(town: Store) -> None:
    case = rings(town, 1)
    contact = town.sync_read(lambda session: session.exec(select(Contact)).one())
    town.sync_run(calls.call_abandoned, contact.id, NOW + timedelta(seconds=20))
    (waits,) = town.sync_read(queueing.waiting, NOW + timedelta(seconds=30))
    assert (waits.id, waits.work.value) == (case, "written")


@pytest.mark.parametrize("seed", range(5))
def test_neither_starves_the_other(town: Store, seed: int) -> None:
    """Offers go out in the order of arrival whoever of them has hung up."""
    dice = random.Random(seed)
    arrivals = [(rings if dice.random() < 0.5 else hangs_up_with_promise)(town, n, n * 2.0) for n in range(1, 13)]
    at = NOW + timedelta(seconds=40)
    town.sync_run(solvik.available, "anna", at)
    served = []
    for _ in arrivals:
        assert town.sync_run(heard, "anna", at) == 1
        case = town.sync_read(offered)
        served.append(case)
        town.sync_run(finish, case, at)
    assert served == arrivals


def heard(session: Session, login: str, now: datetime) -> int:
    """One round of dispatch while that agent is there."""
    solvik.user(session, login).heartbeat_at = now
    session.flush()
    return dispatch.round_(session, now, ROUTING)


def offered(session: Session) -> int:
    offer = session.exec(select(Offer).where(Offer.state == OfferState.OPEN)).one()
    return offer.case_id


def finish(session: Session, case_id: int, now: datetime) -> None:
    offers.withdraw(session, cases.get(session, case_id), now, "served")
    cases.close(session, cases.get(session, case_id), Outcome.ANSWERED, now, verb="settle")


def accept(town: Store, case_id: int, now: datetime = NOW) -> None:
    def do(session: Session) -> None:
        offer = offers.open_for_case(session, case_id)
        assert offer
        desk.accept(session, solvik.actor(session, "anna"), offer.id, now)

    town.sync_run(do)


def rung(town: Store, case_id: int, agent_id: int, n: int = 1) -> int:
    return town.sync_run(calls.callback_started, case_id, agent_id, f"out-{n}", NUMBER, NOW)
