"""What the telephone channel writes, on both databases: told twice is done once, and nothing is lost by the order."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from channels.phone import place, recording
from contactcenter import calls, configuration, offers
from contactcenter.model import AddressPoint, Case, Contact, Event, Offer, Topic, User
from contactcenter.states import AddressKind, AgentState, CaseState, Channel, ContactState, OfferState
from contactcenter.store import Store
from pbx.calls import Call, CallKind, CallState, Change, ChangeKind
from tests import town as solvik

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
QUEUED = NOW - timedelta(seconds=40)
NUMBER = "+46101234500"
WAITING = Call(
    "kc-1.0", "PJSIP/trunk-1", CallKind.CITIZEN, CallState.WAITING, NUMBER, "bygg.bygglov", "1", QUEUED, "0701740605"
)


def tell(store: Store, *changes: Change) -> None:
    store.sync_run(recording.record, changes, "46", NOW)


def change(what: ChangeKind, detail: str = "", **values: Any) -> Change:
    return Change(what, dataclasses.replace(WAITING, **values), detail)


def contact(store: Store) -> Contact:
    return store.sync_read(lambda session: session.exec(select(Contact)).one())


def case(store: Store) -> Case:
    return store.sync_read(lambda session: session.exec(select(Case)).one())


def agent(store: Store, login: str = "anna") -> User:
    return store.sync_read(lambda session: solvik.user(session, login))


def offered(store: Store) -> int:
    """Anna is offered the waiting call; the offer's id."""

    def make(session: Session) -> int:
        anna = solvik.available(session, "anna", NOW)
        return offers.make(session, session.exec(select(Case)).one(), anna, {}, NOW, 20).id

    return store.sync_run(make)


def test_a_waiting_call_told_twice_is_one_case(town: Store) -> None:
    tell(town, change(ChangeKind.WAITING), change(ChangeKind.WAITING))
    tell(town, change(ChangeKind.WAITING))
    found = contact(town)
    assert (found.state, found.sender, found.arrived_at) == (ContactState.WAITING, "+46701740605", QUEUED)
    assert found.facts["marks"] == [["phone", "+46701740605"]]
    topic = town.sync_read(lambda session: session.get(Topic, case(town).topic_id))
    assert topic
    assert topic.key == "bygg.bygglov"


@pytest.mark.parametrize(("caller", "private"), [("0701740605", True), ("", False), ("anonymous", False)])
def test_a_withheld_number_is_written_nowhere(town: Store, caller: str, private: bool) -> None:
    tell(town, change(ChangeKind.WAITING, caller=caller, private=private))
    assert contact(town).sender == ""
    assert contact(town).facts["marks"] == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [("NOANSWER", "no_answer"), ("BUSY", "phone_busy"), ("CHANUNAVAIL", "phone_unreachable"), ("X", "no_answer")],
)
def test_a_telephone_that_does_not_take_it_sends_the_agent_away(town: Store, status: str, reason: str) -> None:
    tell(town, change(ChangeKind.WAITING))
    token = str(offered(town))
    tell(town, change(ChangeKind.RINGING, phone="201", offer=token))
    assert (contact(town).state, contact(town).user_id) == (ContactState.RINGING, agent(town).id)
    tell(town, *[change(ChangeKind.UNANSWERED, status, phone="201", offer=token)] * 2)
    assert (contact(town).state, contact(town).user_id) == (ContactState.WAITING, None)
    assert (agent(town).state, agent(town).reason) == (AgentState.AWAY, reason)
    assert case(town).state is CaseState.WAITING


def test_an_old_offers_end_leaves_the_new_one_alone(town: Store) -> None:
    tell(town, change(ChangeKind.WAITING))
    old = offered(town)
    town.sync_run(offers.lapse, old, NOW)
    new = offered(town)
    tell(town, change(ChangeKind.UNANSWERED, "NOANSWER", phone="201", offer=str(old)))
    assert town.sync_read(lambda session: offers.open_for_case(session, case(town).id)).id == new  # type: ignore[union-attr]


@pytest.mark.parametrize("answered_first", [True, False])
def test_answered_then_over(town: Store, answered_first: bool) -> None:
    """Also when we were away while it waited and hear of it only as talking."""
    if not answered_first:
        tell(town, change(ChangeKind.WAITING))
    tell(town, *[change(ChangeKind.ANSWERED, phone="201", state=CallState.TALKING)] * 2)
    assert (contact(town).state, contact(town).user_id) == (ContactState.TALKING, agent(town).id)
    assert (case(town).state, case(town).agent_id) == (CaseState.WORKING, agent(town).id)
    tell(town, *[change(ChangeKind.ENDED, "agent")] * 2)
    assert contact(town).state is ContactState.ENDED
    kinds = town.sync_read(lambda session: [e.kind.value for e in session.exec(select(Event)).all()])
    assert (kinds.count("call_answered"), kinds.count("call_ended")) == (1, 1)


def test_a_telephone_of_nobody_closes_the_case_as_connected(town: Store) -> None:
    tell(town, change(ChangeKind.WAITING))
    offer = offered(town)
    tell(town, change(ChangeKind.ANSWERED, phone="299", state=CallState.TALKING))
    assert (contact(town).state, contact(town).user_id, case(town).state) == (
        ContactState.TALKING, None, CaseState.CLOSED,
    )  # fmt: skip
    assert town.sync_read(lambda s: offers.open_for_case(s, case(town).id)) is None
    assert offer
    tell(town, change(ChangeKind.ENDED, "citizen"))
    assert contact(town).state is ContactState.ENDED


@pytest.mark.parametrize("kind", [ChangeKind.WAITING, ChangeKind.RINGING, ChangeKind.FALLBACK])
def test_giving_up_is_a_missed_call_whatever_rang(town: Store, kind: ChangeKind) -> None:
    tell(town, change(ChangeKind.WAITING), change(kind, phone="201", offer="0"))
    tell(town, *[change(ChangeKind.ABANDONED, "citizen")] * 2)
    assert (contact(town).state, case(town).channel) == (ContactState.MISSED, Channel.CALLBACK)


def test_a_call_back_ends_once(town: Store) -> None:
    tell(town, change(ChangeKind.WAITING), change(ChangeKind.ABANDONED))
    token, anna = "kc-back-1", agent(town)
    town.sync_run(calls.callback_started, case(town).id, anna.id, token, "+46701740605", NOW)
    assert [call.id for call in town.sync_read(place.read_known)] == [token]
    back = change(ChangeKind.NOT_REACHED, "busy", id=token, kind=CallKind.CALLBACK)
    tell(town, back, back)
    newest = town.sync_read(lambda s: s.exec(select(Contact).order_by(col(Contact.id).desc())).first())
    assert newest
    assert newest.state is ContactState.FAILED


def test_a_call_nobody_heard_of_breaks_nothing(town: Store) -> None:
    for kind in set(ChangeKind) - {ChangeKind.WAITING, ChangeKind.FALLBACK}:
        back = change(kind, "x", id="kc-back-9", kind=CallKind.CALLBACK, phone="201", offer="7")
        if recording.concerns(back):
            tell(town, back)
    assert town.sync_read(lambda session: session.exec(select(Contact)).all()) == []


def test_an_offer_that_is_over_is_no_offer_any_more(town: Store) -> None:
    tell(town, change(ChangeKind.WAITING))
    offer = offered(town)
    tell(town, change(ChangeKind.ANSWERED, phone="201", state=CallState.TALKING))
    rows = town.sync_read(lambda s: [o.state for o in s.exec(select(Offer)).all()])
    assert (offer, rows) == (offer, [OfferState.ACCEPTED])


def test_the_mirror_is_seeded_with_what_goes_on(town: Store) -> None:
    tell(town, change(ChangeKind.WAITING), change(ChangeKind.ANSWERED, phone="201", state=CallState.TALKING))
    tell(town, change(ChangeKind.WAITING, id="kc-2.0"), change(ChangeKind.WAITING, id="kc-3.0"))
    tell(town, change(ChangeKind.ABANDONED, id="kc-3.0"))
    known = town.sync_read(place.read_known)
    assert [(call.id, call.state, call.phone) for call in known] == [
        ("kc-1.0", CallState.TALKING, "201"), ("kc-2.0", CallState.WAITING, ""),
    ]  # fmt: skip
    assert known[1].queued == QUEUED


def test_the_plan_is_what_is_configured(town: Store) -> None:
    plan = town.sync_read(place.read_plan)
    number = plan.numbers[0]
    assert (number.address, number.name) == (NUMBER, "Solviks kommun")
    assert [(choice.key, choice.topic, choice.spoken) for choice in number.choices] == [
        ("1", "bygg.bygglov", "bygglov"), ("2", "solvik.ovrigt", "övrigt"),
    ]  # fmt: skip
    assert [phone.extension for phone in plan.phones] == ["201", "202", "301"]


def test_what_cannot_be_used_silences_nothing_else(town: Store, caplog: pytest.LogCaptureFixture) -> None:
    """A number that is none, keys that no telephone has, two people at one telephone."""

    def spoil(session: Session) -> None:
        for point in session.exec(select(AddressPoint).where(AddressPoint.kind == AddressKind.PHONE)).all():
            point.menu = point.menu | {"#": "bygg.bygglov", "²": "bygg.bygglov"}
            session.add(point)
            place_, queue = point.organisation_id, point.queue_id
            session.add(AddressPoint(kind=AddressKind.PHONE, address="08-123", organisation_id=place_, queue_id=queue))
        bo = solvik.user(session, "bo")
        bo.extension = "201"
        session.add(bo)

    town.sync_run(spoil)
    plan = town.sync_read(place.read_plan)
    assert [(number.address, len(number.choices)) for number in plan.numbers] == [(NUMBER, 2)]
    assert [phone.extension for phone in plan.phones] == ["201", "301"]
    assert "action=number_not_usable" in caplog.text


def test_hours_are_those_of_the_nearest_above_and_know_holidays(town: Store) -> None:
    days = {day: ["08:00-16:30"] for day in ("mon", "tue", "wed", "thu", "fri")}
    organisation = {"key": "solvik", "name": "Solviks kommun", "hours": {"week": days, "holidays": "SE"}}
    changed = solvik.SOLVIK | {"organisations": [organisation]}
    town.sync_run(lambda session: configuration.apply(session, configuration.parse(changed), NOW))

    def is_open(day: int, hour: int) -> tuple[bool, str]:
        now = datetime(2026, 12, day, hour, 0, tzinfo=UTC)
        found = town.sync_read(place.read_open, now)[0]
        return found.is_open, found.opens

    assert is_open(23, 9) == (True, "")
    assert is_open(23, 18) == (False, "kc/opens&kc/day-0&kc/clock&kc/hour-08")  # Christmas until Monday the 28th
    assert town.sync_read(place.read_plan).numbers[0].week["mon"] == ("08:00-16:30",)


def test_a_caller_lost_with_the_exchange_is_to_be_called_back_and_waits_on_when_it_is_back(town: Store) -> None:
    tell(town, change(ChangeKind.WAITING))
    tell(town, change(ChangeKind.ABANDONED, "exchange_lost"))
    assert (contact(town).state, case(town).channel) == (ContactState.MISSED, Channel.CALLBACK)
    tell(town, change(ChangeKind.WAITING))
    assert (contact(town).state, contact(town).ended_at) == (ContactState.WAITING, None)
    assert (case(town).channel, case(town).state, case(town).arrived_at) == (Channel.PHONE, CaseState.WAITING, QUEUED)


def test_a_talk_lost_with_the_exchange_goes_on_when_it_is_back(town: Store) -> None:
    tell(town, change(ChangeKind.WAITING), change(ChangeKind.ANSWERED, phone=agent(town).extension))
    tell(town, change(ChangeKind.ENDED, "exchange_lost", phone=agent(town).extension))
    assert contact(town).state is ContactState.ENDED
    tell(town, change(ChangeKind.ANSWERED, phone=agent(town).extension))
    assert contact(town).state is ContactState.TALKING
    tell(town, change(ChangeKind.ENDED, "citizen"))
    assert contact(town).state is ContactState.ENDED
    tell(town, change(ChangeKind.ANSWERED, phone=agent(town).extension))
    assert contact(town).state is ContactState.ENDED, "what ended otherwise stays ended"
