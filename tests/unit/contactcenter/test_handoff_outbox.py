"""The outbox: reserve first, claim once, try again, give up visibly, resend by hand. On both databases."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from contactcenter import cases, desk, handoff, handoff_payload
from contactcenter.errors import Conflict, Misconfigured, NotFound, Refused
from contactcenter.handoff_payload import CasePayload
from contactcenter.model import Delivery
from contactcenter.ports import Actor
from contactcenter.settings import HandoffSettings
from contactcenter.states import CaseState, DeliveryState, Outcome
from contactcenter.store import Store
from tests import handing
from tests import town as solvik
from tests.fixtures.store import NOW
from tests.handing import SETTINGS

MINUTE = timedelta(minutes=1)
LEASE = timedelta(seconds=SETTINGS.lease_seconds)


def anna(session: Session) -> Actor:
    return solvik.actor(session, "anna")


def siv(session: Session) -> Actor:
    return solvik.actor(session, "siv")


def fail(session: Session, claim: handoff.Claim, now: datetime) -> None:
    handoff.fail(session, claim, "http_503", "the case system answered 503", now, SETTINGS, roll=0.5)


def test_handing_off_reserves_a_delivery_with_the_whole_case(town: Store) -> None:
    def act(session: Session) -> Delivery:
        return handing.handed_off(session, NOW)

    delivery = town.sync_run(act)
    case = town.sync_read(cases.get, delivery.case_id)
    assert (case.state, delivery.state) == (CaseState.HANDED_OFF, DeliveryState.PENDING)
    assert delivery.idempotency_key == f"{case.number}:1"
    payload = CasePayload.model_validate(delivery.payload)
    assert payload.case.subject == "Altan utan bygglov?"
    assert payload.contacts[0].text.startswith("Hej!")
    assert payload.contacts[1].text == "Gäller altan."
    assert (payload.handoff.by, payload.handoff.note) == ("Anna Ek", "Gäller altan.")
    assert payload.story[-1].kind.value == "case_handed_off"
    assert town.sync_read(handing.kinds, case.id)[-1] == "case_handed_off"


def test_an_unknown_connector_hands_nothing_off(town: Store) -> None:
    case = town.sync_run(handing.written, NOW)
    town.sync_run(handing.aim, {"connector": "pigeon"})
    with pytest.raises(Misconfigured, match="pigeon"):
        town.sync_run(lambda session: desk.hand_off(session, anna(session), case.id, "", NOW))
    assert town.sync_read(cases.get, case.id).state is CaseState.WORKING


def test_a_protected_identity_is_not_mailed_unless_allowed(town: Store) -> None:
    case = town.sync_run(handing.written, NOW)
    target = {"connector": "mail", "to": "bygg@forvaltning.example"}

    def protect(session: Session) -> None:
        handing.aim(session, target)
        desk.link_citizen(session, anna(session), case.id, NOW, name="Eva Ek", protected=True)

    town.sync_run(protect)
    with pytest.raises(Refused, match="protected identity"):
        town.sync_run(lambda session: desk.hand_off(session, anna(session), case.id, "", NOW))
    town.sync_run(handing.aim, target | {"allow_protected": True})
    delivery_id = town.sync_run(lambda session: desk.hand_off(session, anna(session), case.id, "", NOW))
    payload = CasePayload.model_validate(town.sync_read(handoff.get, delivery_id).payload)
    assert payload.case.protected
    assert payload.citizen is not None
    assert payload.citizen.protected
    assert payload.case.secrecy is not None
    assert payload.case.secrecy.basis == handoff_payload.PROTECTED_BASIS


def test_a_delivery_is_claimed_once(town: Store) -> None:
    town.sync_run(handing.handed_off, NOW)
    first = town.sync_run(handoff.claim, NOW, SETTINGS, {})
    assert len(first) == 1
    assert town.sync_run(handoff.claim, NOW, SETTINGS, {}) == []


def test_after_the_lease_it_is_claimed_again_with_the_same_key(town: Store) -> None:
    town.sync_run(handing.handed_off, NOW)
    first = town.sync_run(handing.claimed, NOW)
    assert town.sync_run(handoff.claim, NOW + LEASE - MINUTE, SETTINGS, {}) == []
    second = town.sync_run(handing.claimed, NOW + LEASE)
    assert (second.key, second.attempt) == (first.key, 2)


def test_the_one_who_lost_the_lease_cannot_put_it_off(town: Store) -> None:
    delivery = town.sync_run(handing.handed_off, NOW)
    first = town.sync_run(handing.claimed, NOW)
    town.sync_run(handing.claimed, NOW + LEASE)
    town.sync_run(fail, first, NOW + LEASE)
    assert town.sync_read(handoff.get, delivery.id).state is DeliveryState.SENDING
    town.sync_run(handoff.succeed, delivery.id, "B-77", NOW + LEASE)
    assert town.sync_read(handoff.get, delivery.id).remote_reference == "B-77"


def test_success_is_told_once(town: Store) -> None:
    delivery = town.sync_run(handing.handed_off, NOW)
    town.sync_run(handing.claimed, NOW)
    for _ in range(2):
        town.sync_run(handoff.succeed, delivery.id, "B-77", NOW)
    assert town.sync_read(handing.kinds, delivery.case_id).count("delivery_succeeded") == 1
    assert town.sync_read(handoff.get, delivery.id).state is DeliveryState.DELIVERED


def test_a_failure_waits_and_is_told(town: Store) -> None:
    delivery = town.sync_run(handing.handed_off, NOW)
    town.sync_run(lambda session: fail(session, handing.claimed(session, NOW), NOW))
    delivery = town.sync_read(handoff.get, delivery.id)
    assert (delivery.state, delivery.next_at) == (DeliveryState.PENDING, NOW + timedelta(seconds=2.5))
    assert delivery.last_error == "the case system answered 503"
    assert town.sync_run(handoff.claim, NOW + timedelta(seconds=2), SETTINGS, {}) == []
    assert town.sync_read(handoff.next_due) == delivery.next_at
    assert town.sync_read(handing.kinds, delivery.case_id)[-1] == "delivery_failed"


def give_up(store: Store) -> Delivery:
    """Eva's case, handed off, tried thrice in vain."""
    delivery = store.sync_run(handing.handed_off, NOW)
    for attempt in range(SETTINGS.attempts):
        at = NOW + attempt * MINUTE
        store.sync_run(lambda session, at=at: fail(session, handing.claimed(session, at), at))  # type: ignore[misc]
    return store.sync_read(handoff.get, delivery.id)


def test_giving_up_brings_the_case_back_to_the_queue(town: Store) -> None:
    delivery = give_up(town)
    case = town.sync_read(cases.get, delivery.case_id)
    assert delivery.state is DeliveryState.GIVEN_UP
    assert (case.state, case.unread, case.agent_id, case.arrived_at) == (CaseState.WAITING, True, None, NOW)
    assert town.sync_read(handing.kinds, case.id)[-2:] == ["delivery_given_up", "case_returned"]
    returned = town.sync_read(handing.last_event, case.id, "case_returned")
    assert (returned.data["reason"], returned.data["code"]) == ("delivery_given_up", "too_many_attempts")
    assert town.sync_read(handoff.figures) == {"waiting": 0, "struggling": 0, "given_up": 1}


def test_a_refusal_gives_up_at_once_with_the_reason(town: Store) -> None:
    delivery = town.sync_run(handing.handed_off, NOW)

    def refuse(session: Session) -> None:
        claim = handing.claimed(session, NOW)
        handoff.give_up(session, claim, "http_422", "the case system refused the case: 422 no such unit", NOW)

    town.sync_run(refuse)
    delivery = town.sync_read(handoff.get, delivery.id)
    assert (delivery.state, delivery.attempts) == (DeliveryState.GIVEN_UP, 1)
    assert "no such unit" in delivery.last_error


def test_resending_by_hand_takes_the_case_out_again_with_the_same_key(town: Store) -> None:
    delivery = give_up(town)
    later = NOW + timedelta(days=2)
    town.sync_run(lambda session: desk.resend(session, anna(session), delivery.id, later))
    claim = town.sync_run(handing.claimed, later)
    assert (claim.key, claim.attempt, claim.round) == (delivery.idempotency_key, 1, 1)
    assert town.sync_read(cases.get, delivery.case_id).state is CaseState.HANDED_OFF
    # A new round of attempts has all its time before it.
    town.sync_run(fail, claim, later)
    assert town.sync_read(handoff.get, delivery.id).state is DeliveryState.PENDING
    assert "delivery_resent" in town.sync_read(handing.kinds, delivery.case_id)


def test_what_is_on_its_way_or_there_is_not_resent(town: Store) -> None:
    delivery = town.sync_run(handing.handed_off, NOW)
    town.sync_run(handing.claimed, NOW)
    with pytest.raises(Conflict):
        town.sync_run(lambda session: desk.resend(session, anna(session), delivery.id, NOW))
    town.sync_run(handoff.succeed, delivery.id, "", NOW)
    with pytest.raises(Conflict):
        town.sync_run(lambda session: desk.resend(session, anna(session), delivery.id, NOW))


def test_what_a_colleague_works_on_is_not_resent(town: Store) -> None:
    delivery = give_up(town)
    town.sync_run(lambda session: desk.pick(session, siv(session), delivery.case_id, NOW))
    with pytest.raises(Conflict, match="colleague"):
        town.sync_run(lambda session: desk.resend(session, anna(session), delivery.id, NOW))


def test_another_municipality_cannot_resend(town: Store) -> None:
    delivery = give_up(town)
    with pytest.raises(NotFound):
        town.sync_run(lambda session: desk.resend(session, solvik.actor(session, "greta"), delivery.id, NOW))


def test_a_case_handed_off_anew_has_a_new_key_and_the_old_one_rests(town: Store) -> None:
    old = give_up(town)

    def again(session: Session) -> int:
        desk.pick(session, siv(session), old.case_id, NOW)
        return desk.hand_off(session, siv(session), old.case_id, "", NOW)

    new = town.sync_read(handoff.get, town.sync_run(again))
    assert new.idempotency_key.endswith(":2")
    with pytest.raises(Conflict, match="anew"):
        town.sync_run(lambda session: desk.resend(session, siv(session), old.id, NOW))
    assert town.sync_read(handoff.get, old.id).state is DeliveryState.GIVEN_UP
    assert town.sync_read(handoff.figures)["given_up"] == 0


def test_a_given_up_case_that_was_answered_otherwise_is_no_worry(town: Store) -> None:
    delivery = give_up(town)

    def answer(session: Session) -> None:
        desk.pick(session, siv(session), delivery.case_id, NOW)
        desk.close(session, siv(session), delivery.case_id, Outcome.ANSWERED, NOW)

    town.sync_run(answer)
    assert town.sync_read(handoff.figures)["given_up"] == 0


def test_no_target_takes_all_places(town: Store) -> None:
    def many(session: Session) -> None:
        for number in range(10):
            handing.handed_off(session, NOW, key=f"<{number}@mail.example>")
        handing.aim(session, {"connector": "webhook", "url": "http://127.0.0.1:10/", "secret": "demo"})
        handing.handed_off(session, NOW + timedelta(microseconds=1), key="<other@mail.example>")

    town.sync_run(many)
    settings = HandoffSettings(in_flight=8)
    claims = town.sync_run(handoff.claim, NOW + MINUTE, settings, {})
    assert [claim.target["url"] for claim in claims] == ["http://127.0.0.1:9/"] * 2 + ["http://127.0.0.1:10/"]
    under_way = {handoff.target_name("webhook", claims[0].target): 2, "mail somebody": 5}
    assert town.sync_run(handoff.claim, NOW + MINUTE, settings, under_way) == []


def test_given_back_it_is_attempted_again_at_once(town: Store) -> None:
    town.sync_run(handing.handed_off, NOW)
    town.sync_run(handoff.give_back, town.sync_run(handing.claimed, NOW), NOW)
    assert town.sync_run(handing.claimed, NOW).attempt == 1
