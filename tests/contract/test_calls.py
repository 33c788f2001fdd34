"""What the telephone tells the core, on both databases. Each verb may be told twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from contactcenter import calls, cases, desk, dispatch, offers
from contactcenter.errors import Refused
from contactcenter.model import Case, Contact, Offer
from contactcenter.ports import InboundContact, Received
from contactcenter.settings import RoutingSettings
from contactcenter.states import AgentState, CaseState, Channel, ContactState, OfferState, Outcome
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW

CALL = InboundContact(
    channel=Channel.PHONE,
    key="asterisk-1700000000.1",
    arrived_at=NOW,
    address_point="+46101234500",
    sender="+46700000001",
    topic_key="solvik.ovrigt",
    marks=(("phone", "+46700000001"),),
)
ROUTING = RoutingSettings()
SOON = NOW + timedelta(seconds=8)
LATER = NOW + timedelta(seconds=90)


class Line:
    """A call in the town, and what the tests do with it."""

    def __init__(self, town: Store) -> None:
        self.town = town
        self.received: Received = town.sync_run(calls.call_waiting, CALL, NOW)

    def do(self, verb: Callable[..., Any], *args: Any) -> Any:
        return self.town.sync_run(verb, self.received.contact_id, *args)

    def case(self) -> Case:
        return self.town.sync_read(cases.get, self.received.case_id)

    def contact(self) -> Contact:
        found = self.town.sync_read(lambda session: session.get(Contact, self.received.contact_id))
        assert found is not None
        return found

    def offered_to(self, login: str) -> int:
        agent = self.town.sync_run(solvik.available, login, NOW)
        assert self.town.sync_run(dispatch.round_, NOW, ROUTING) == 1
        return agent.id


@pytest.fixture
def line(town: Store) -> Line:
    return Line(town)


def test_a_waiting_call_is_a_case_in_the_queue(line: Line) -> None:
    assert (line.case().state, line.case().channel) == (CaseState.WAITING, Channel.PHONE)
    assert line.contact().state is ContactState.WAITING
    assert line.case().promised_seconds == 60


def test_an_answered_call_is_the_agents_case_and_the_agent_is_busy(line: Line) -> None:
    anna = line.offered_to("anna")
    line.do(calls.call_ringing, anna, NOW)
    line.do(calls.call_answered, anna, SOON)
    line.do(calls.call_answered, anna, LATER)
    assert (line.case().state, line.case().agent_id) == (CaseState.WORKING, anna)
    assert line.contact().answered_at == SOON
    assert line.town.sync_read(solvik.user, "anna").state is AgentState.BUSY
    assert line.town.sync_read(_open_offers) == 0


def test_after_the_call_the_agent_wraps_up_and_is_then_available(line: Line) -> None:
    anna = line.offered_to("anna")
    line.do(calls.call_answered, anna, SOON)
    line.do(calls.call_ended, LATER)
    line.do(calls.call_ended, LATER)
    agent = line.town.sync_read(solvik.user, "anna")
    assert agent.state is AgentState.WRAPPING_UP
    assert line.case().state is CaseState.WORKING
    line.town.sync_run(lambda session: desk.heartbeat(session, solvik.actor(session, "anna"), LATER))
    line.town.sync_run(dispatch.end_what_is_over, LATER + timedelta(seconds=31), ROUTING)
    assert line.town.sync_read(solvik.user, "anna").state is AgentState.AVAILABLE


def test_a_caller_who_gives_up_becomes_a_wish_to_be_rung(line: Line) -> None:
    anna = line.offered_to("anna")
    line.do(calls.call_ringing, anna, NOW)
    line.do(calls.call_ended, SOON)
    line.do(calls.call_abandoned, LATER)
    assert (line.case().state, line.case().channel) == (CaseState.WAITING, Channel.CALLBACK)
    assert line.contact().state is ContactState.MISSED
    assert line.town.sync_read(_open_offers) == 0
    assert line.town.sync_read(solvik.user, "anna").state is AgentState.AVAILABLE


def _ring_again(line: Line) -> Received:
    again = InboundContact(**{**_fields(CALL), "key": "asterisk-2", "arrived_at": LATER})
    received: Received = line.town.sync_run(calls.call_waiting, again, LATER)
    assert received.case_id != line.received.case_id
    return received


def test_who_rings_again_and_is_answered_is_not_rung_back(line: Line) -> None:
    line.do(calls.call_abandoned, SOON)
    received = _ring_again(line)
    assert line.case().state is CaseState.WAITING, "nobody has spoken with them yet"
    anna = line.town.sync_run(solvik.available, "anna", LATER)
    line.town.sync_run(calls.call_answered, received.contact_id, anna.id, LATER)
    assert (line.case().state, line.case().outcome) == (CaseState.CLOSED, Outcome.NO_ANSWER_NEEDED)


def test_a_missed_call_that_is_being_offered_is_taken_back_when_they_are_answered(line: Line) -> None:
    line.do(calls.call_abandoned, NOW)
    line.offered_to("anna")
    bo = line.town.sync_run(solvik.available, "bo", LATER)
    received = _ring_again(line)
    line.town.sync_run(calls.call_answered, received.contact_id, bo.id, LATER)
    assert line.case().state is CaseState.CLOSED
    assert line.town.sync_read(_open_offers) == 0
    assert line.town.sync_read(solvik.user, "anna").state is AgentState.AVAILABLE


def test_who_is_answered_at_a_fallback_telephone_is_not_rung_back(line: Line) -> None:
    line.do(calls.call_abandoned, SOON)
    received = _ring_again(line)
    line.town.sync_run(calls.call_answered_outside, received.contact_id, LATER)
    assert line.case().state is CaseState.CLOSED


def test_who_is_missed_twice_is_one_wish_with_the_first_ones_place(line: Line) -> None:
    line.do(calls.call_abandoned, SOON)
    received = _ring_again(line)
    line.town.sync_run(calls.call_abandoned, received.contact_id, LATER + timedelta(seconds=20))
    assert line.case().state is CaseState.CLOSED
    left = line.town.sync_read(cases.get, received.case_id)
    assert (left.state, left.channel, left.arrived_at) == (CaseState.WAITING, Channel.CALLBACK, SOON)


def test_a_hidden_number_settles_nothing(line: Line) -> None:
    hidden = {**_fields(CALL), "sender": "", "marks": ()}
    first = line.town.sync_run(calls.call_waiting, InboundContact(**{**hidden, "key": "h1"}), NOW)
    line.town.sync_run(calls.call_abandoned, first.contact_id, SOON)
    line.town.sync_run(calls.call_waiting, InboundContact(**{**hidden, "key": "h2"}), LATER)
    assert line.town.sync_read(cases.get, first.case_id).state is CaseState.WAITING


def test_a_case_cannot_be_closed_or_given_away_while_talking(line: Line) -> None:
    anna = line.offered_to("anna")
    line.do(calls.call_answered, anna, SOON)

    def close(session: Session) -> None:
        desk.close(session, solvik.actor(session, "anna"), line.received.case_id, Outcome.ANSWERED, SOON)

    with pytest.raises(Refused) as caught:
        line.town.sync_run(close)
    assert caught.value.code == "call_going_on"


def test_answered_on_another_telephone_than_the_offered_one(line: Line) -> None:
    line.offered_to("anna")
    bo = line.town.sync_run(solvik.available, "bo", NOW)
    line.do(calls.call_answered, bo.id, SOON)
    assert line.case().agent_id == bo.id
    assert line.town.sync_read(_open_offers) == 0


def test_an_agent_on_a_call_is_offered_nothing_else(line: Line) -> None:
    anna = line.offered_to("anna")
    line.do(calls.call_answered, anna, SOON)
    second = InboundContact(**{**_fields(CALL), "key": "asterisk-3", "sender": "+46700000002"})
    line.town.sync_run(calls.call_waiting, second, SOON)
    assert line.town.sync_run(dispatch.round_, SOON, ROUTING) == 0


def test_a_silent_telephone_makes_the_agent_away_and_keeps_the_callers_place(line: Line) -> None:
    line.offered_to("anna")
    (offer,) = line.town.sync_read(lambda session: list(session.exec(select(Offer)).all()))
    line.town.sync_run(offers.lapse, offer.id, SOON)
    line.do(calls.call_unanswered, SOON)
    assert line.case().arrived_at == NOW
    assert line.case().state is CaseState.WAITING
    assert line.town.sync_read(solvik.user, "anna").reason == "no_answer"


def test_a_call_back_is_a_contact_of_the_case(line: Line) -> None:
    anna = line.offered_to("anna")
    line.do(calls.call_abandoned, SOON)

    def take_and_ring(session: Session) -> int:
        desk.pick(session, solvik.actor(session, "siv"), line.received.case_id, SOON)
        return calls.callback_started(session, line.received.case_id, anna, "out-1", "+46700000001", SOON)

    contact_id = line.town.sync_run(take_and_ring)
    line.town.sync_run(calls.call_answered, contact_id, anna, LATER)
    line.town.sync_run(calls.call_ended, contact_id, LATER)
    live = line.town.sync_read(calls.live_calls)
    assert live == []


def test_a_call_back_that_nobody_answers_leaves_the_case_where_it_is(line: Line) -> None:
    anna = line.offered_to("anna")
    line.do(calls.call_abandoned, SOON)
    start = (line.received.case_id, anna, "out-1", "+46700000001", SOON)
    contact_id = line.town.sync_run(calls.callback_started, *start)
    line.town.sync_run(calls.call_ended, contact_id, LATER, "busy")
    found = line.town.sync_read(lambda session: session.get(Contact, contact_id))
    assert found is not None
    assert found.state is ContactState.FAILED
    assert line.case().channel is Channel.CALLBACK


def _open_offers(session: Session) -> int:
    return len(session.exec(select(Offer).where(Offer.state == OfferState.OPEN)).all())


def _fields(inbound: InboundContact) -> dict[str, Any]:
    return {name: getattr(inbound, name) for name in InboundContact.__slots__}
