"""Offers and claims on both databases: one case, one agent, whoever is first."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from contactcenter import cases, desk, dispatch, intake, offers
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.model import Case, Offer
from contactcenter.settings import RoutingSettings
from contactcenter.states import AgentState, CaseState, OfferState, Outcome
from contactcenter.store import Store
from tests import town as solvik
from tests.contract.test_intake import MAIL, later
from tests.fixtures.store import NOW

ROUTING = RoutingSettings(offer_seconds=20)


def arrive(session: Session, count: int = 1) -> list[int]:
    return [intake.receive(session, later(MAIL, n), NOW).case_id for n in range(count)]


def offer_of(session: Session, case_id: int) -> Offer:
    return session.exec(select(Offer).where(Offer.case_id == case_id, Offer.state == OfferState.OPEN)).one()


def test_a_waiting_case_is_offered_to_an_available_agent(town: Store) -> None:
    (case_id,) = town.sync_run(arrive)
    town.sync_run(solvik.available, "anna", NOW)
    assert town.sync_run(dispatch.round_, NOW, ROUTING) == 1
    offer = town.sync_read(offer_of, case_id)
    assert offer.expires_at == NOW + timedelta(seconds=20)
    assert town.sync_run(dispatch.round_, NOW, ROUTING) == 0


def test_an_accepted_offer_puts_the_case_in_the_agents_hands(town: Store) -> None:
    (case_id,) = town.sync_run(arrive)
    town.sync_run(solvik.available, "anna", NOW)
    town.sync_run(dispatch.round_, NOW, ROUTING)
    offer = town.sync_read(offer_of, case_id)
    town.sync_run(lambda session: desk.accept(session, solvik.actor(session, "anna"), offer.id, NOW))
    case = town.sync_read(cases.get, case_id)
    assert case.state is CaseState.WORKING
    with pytest.raises(Conflict):
        town.sync_run(lambda session: desk.accept(session, solvik.actor(session, "anna"), offer.id, NOW))


def test_another_agents_offer_is_as_if_it_were_not(town: Store) -> None:
    (case_id,) = town.sync_run(arrive)
    town.sync_run(solvik.available, "anna", NOW)
    town.sync_run(dispatch.round_, NOW, ROUTING)
    offer = town.sync_read(offer_of, case_id)
    with pytest.raises(NotFound):
        town.sync_run(lambda session: desk.accept(session, solvik.actor(session, "bo"), offer.id, NOW))


def test_a_lapsed_offer_goes_on_and_the_silent_agent_is_away(town: Store) -> None:
    (case_id,) = town.sync_run(arrive)
    town.sync_run(solvik.available, "anna", NOW)
    town.sync_run(dispatch.round_, NOW, ROUTING)
    later_ = NOW + timedelta(seconds=21)
    town.sync_run(dispatch.end_what_is_over, later_, ROUTING)
    case, anna = town.sync_read(cases.get, case_id), town.sync_read(solvik.user, "anna")
    assert case.state is CaseState.WAITING
    assert case.arrived_at == NOW
    assert (anna.state, anna.reason) == (AgentState.AWAY, "no_answer")


def test_an_offer_to_a_vanished_agent_is_taken_back(town: Store) -> None:
    (case_id,) = town.sync_run(arrive)
    town.sync_run(solvik.available, "anna", NOW - timedelta(seconds=55))
    town.sync_run(dispatch.round_, NOW, ROUTING)
    town.sync_run(dispatch.end_what_is_over, NOW + timedelta(seconds=10), ROUTING)
    assert town.sync_read(cases.get, case_id).state is CaseState.WAITING
    assert town.sync_read(solvik.user, "anna").state is AgentState.SIGNED_OUT


def test_a_declined_case_goes_to_a_colleague(town: Store) -> None:
    (case_id,) = town.sync_run(arrive)
    town.sync_run(solvik.available, "anna", NOW)
    town.sync_run(dispatch.round_, NOW, ROUTING)
    offer = town.sync_read(offer_of, case_id)
    town.sync_run(lambda session: desk.decline(session, solvik.actor(session, "anna"), offer.id, NOW))
    # Bo lacks the skill that building permits need until the wait has worn it down.
    much_later = NOW + timedelta(days=3)
    town.sync_run(solvik.available, "bo", much_later)
    town.sync_run(solvik.available, "anna", much_later)
    town.sync_run(dispatch.round_, much_later, ROUTING)
    assert town.sync_read(offer_of, case_id).agent_id == town.sync_read(solvik.user, "bo").id


async def test_two_agents_who_pick_the_same_case_at_once(town: Store) -> None:
    (case_id,) = await town.run(arrive)

    def pick(session: Session, login: str) -> str:
        desk.pick(session, solvik.actor(session, login), case_id, NOW)
        return login

    outcomes = await asyncio.gather(*(town.run(pick, who) for who in ("siv", "alma")), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "str"]


async def test_three_hundred_cases_taken_from_two_processes_are_each_taken_once(town: Store, store_url: str) -> None:
    ids = await town.run(arrive, 60)
    other = Store(store_url)

    def take(session: Session, case_id: int, agent: int) -> int:
        offers.give(session, cases.get(session, case_id), agent, "take", NOW)
        return case_id

    agents = [(await town.read(solvik.user, login)).id for login in ("anna", "bo")]
    try:
        jobs = [store.run(take, case, agent) for case in ids for store in (town, other) for agent in agents]
        outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    finally:
        other.close()
    taken = Counter(outcome for outcome in outcomes if isinstance(outcome, int))
    assert taken == Counter(ids)
    assert all(isinstance(outcome, int | Conflict) for outcome in outcomes)


def test_next_takes_the_first_in_the_order(town: Store) -> None:
    first, _ = town.sync_run(arrive, 2)
    taken = town.sync_run(lambda session: desk.next_case(session, solvik.actor(session, "anna"), NOW))
    assert taken == first


def test_next_says_when_nothing_waits(town: Store) -> None:
    with pytest.raises(Refused) as caught:
        town.sync_run(lambda session: desk.next_case(session, solvik.actor(session, "anna"), NOW))
    assert caught.value.code == "nothing_waits"


def test_picking_is_a_right(town: Store) -> None:
    (case_id,) = town.sync_run(arrive)
    with pytest.raises(Refused):
        town.sync_run(lambda session: desk.pick(session, solvik.actor(session, "anna"), case_id, NOW))


def test_a_parked_case_waits_again_at_its_time_for_who_parked_it(town: Store) -> None:
    (case_id,) = town.sync_run(arrive)
    until = NOW + timedelta(hours=2)

    def take_and_park(session: Session) -> int:
        anna = solvik.actor(session, "anna")
        desk.next_case(session, anna, NOW)
        desk.park(session, anna, case_id, until, NOW)
        return anna.user_id

    anna_id = town.sync_run(take_and_park)
    town.sync_run(dispatch.wake_parked, until - timedelta(seconds=1))
    assert town.sync_read(cases.get, case_id).state is CaseState.PARKED
    town.sync_run(dispatch.wake_parked, until)
    case = town.sync_read(cases.get, case_id)
    assert (case.state, case.preferred_agent_id) == (CaseState.WAITING, anna_id)


def test_the_neighbours_cases_cannot_be_seen_or_touched(town: Store) -> None:
    (case_id,) = town.sync_run(arrive)

    def as_greta(session: Session) -> list[str]:
        greta, codes = solvik.actor(session, "greta"), []
        for verb in (
            lambda: desk.view(session, greta, case_id, NOW),
            lambda: desk.note(session, greta, case_id, "hej", NOW),
            lambda: desk.pick(session, greta, case_id, NOW),
            lambda: desk.close(session, greta, case_id, Outcome.ANSWERED, NOW),
            lambda: desk.change(session, greta, case_id, NOW, subject="x"),
            lambda: desk.merge(session, greta, case_id, case_id, NOW),
            lambda: desk.link_citizen(session, greta, case_id, NOW, name="x"),
        ):
            with pytest.raises(NotFound) as caught:
                verb()
            codes.append(caught.value.code)
        return codes

    assert set(town.sync_run(as_greta)) == {"no_such_case"}


def test_two_citizens_are_never_mixed_by_merging(town: Store) -> None:
    one, two = town.sync_run(arrive, 2)

    def link_and_merge(session: Session) -> None:
        siv = solvik.actor(session, "siv")
        desk.link_citizen(session, siv, one, NOW, name="Eva Ek")
        desk.link_citizen(session, siv, two, NOW, name="Per Alm")
        desk.merge(session, siv, one, two, NOW)

    with pytest.raises(Refused) as caught:
        town.sync_run(link_and_merge)
    assert caught.value.code == "two_citizens"
    assert town.sync_read(lambda session: session.get(Case, one)).state is CaseState.WAITING  # type: ignore[union-attr]


def test_the_cases_of_somebody_who_went_home_wait_again_in_their_place(town: Store) -> None:
    (case_id,) = town.sync_run(arrive)

    def take_and_leave(session: Session) -> None:
        anna = solvik.actor(session, "anna")
        solvik.available(session, "anna", NOW)
        desk.next_case(session, anna, NOW)
        desk.set_presence(session, anna, AgentState.SIGNED_OUT, "", NOW)

    town.sync_run(take_and_leave)
    left_after = timedelta(seconds=ROUTING.leave_seconds)
    town.sync_run(dispatch.end_what_is_over, NOW + left_after - timedelta(seconds=1), ROUTING)
    assert town.sync_read(cases.get, case_id).state is CaseState.WORKING
    town.sync_run(dispatch.end_what_is_over, NOW + left_after, ROUTING)
    case = town.sync_read(cases.get, case_id)
    assert (case.state, case.agent_id, case.arrived_at) == (CaseState.WAITING, None, NOW)
