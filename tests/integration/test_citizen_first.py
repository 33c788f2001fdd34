"""A promised call where the citizen is rung first, over the trunk of a real exchange."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from contactcenter.clock import utc_now
from contactcenter.model import Contact, Offer, Queue
from contactcenter.states import CallbackFirst, CaseState, Direction, OfferState
from contactcenter.store import Store
from contactcenter.waiting.model import PromisedCall
from tests.fixtures.exchange import DIRECT, Room
from tests.integration.phone_house import PhoneHouse, beside
from tests.integration.test_waiting import FAST, NUMBER, open_offer, promised_by_key, promises
from tests.support import eventually

pytestmark = [pytest.mark.asterisk]


@pytest.fixture
async def house(store: Store, room: Room, tmp_path: Path) -> AsyncIterator[PhoneHouse]:
    """The queue rings citizens first."""
    folder = room.exchange.rendered.folder / "data" / "sounds" / "sv" / "kc"
    made = PhoneHouse(store, tmp_path, beside(room.exchange, sounds=folder, prompt_command=FAST))
    store.sync_run(citizens_first)
    async with made.open():
        yield made


def citizens_first(session: Session) -> None:
    queue = session.exec(select(Queue)).one()
    queue.callback_first = CallbackFirst.CITIZEN
    session.add(queue)


def outgoing(session: Session) -> Contact | None:
    newest = select(Contact).where(Contact.direction == Direction.OUT).order_by(col(Contact.id).desc())
    return session.exec(newest).first()


def failed(session: Session) -> Contact | None:
    found = outgoing(session)
    return found if found and found.state.value == "failed" else None


async def test_who_presses_the_key_is_connected_and_is_offered_like_a_call(house: PhoneHouse, room: Room) -> None:
    made = await promised_by_key(house, room)
    await room.outside(key="1")
    await room.phone("2001", ring=0.2)
    house.sign_in("anna")
    offer = await house.until(open_offer, 20)
    talking = await house.contact("talking", 40)
    assert (talking.direction, talking.recipients, talking.case_id) == (Direction.OUT, [NUMBER], made.case_id)
    assert talking.address_point == DIRECT, "they see the number they called"
    assert house.ask(lambda s: s.get_one(Offer, offer.id)).state is OfferState.ACCEPTED
    assert [(one.ended, one.number) for one in promises(house)] == [("kept", None)]
    assert house.events().count("call_answered") == 1
    await house.channel.hang_up(talking.id)
    await house.contact("ended")
    await room.until_quiet()


async def test_a_machine_reaches_no_agent_and_is_tried_again_later(house: PhoneHouse, room: Room) -> None:
    made = await promised_by_key(house, room)
    await room.outside()
    phone = await room.phone("2001", ring=0.2)
    house.sign_in("anna")
    contact = await house.until(failed, 60)
    assert contact.user_id is None
    (standing,) = promises(house)
    assert (standing.ended, standing.tries, standing.number) == ("", 1, NUMBER)
    assert standing.next_at > utc_now()
    assert house.ask(lambda s: s.get_one(type(house.case(contact)), made.case_id)).state is CaseState.WAITING
    assert "call_ringing" not in house.events(), "no telephone of ours has rung"
    assert house.agent("anna").state.value == "available"
    assert phone.is_on()


async def test_busy_is_a_try_and_the_last_one_closes_the_case(house: PhoneHouse, room: Room) -> None:
    made = await promised_by_key(house, room)

    def last(session: Session) -> None:
        standing = session.get_one(PromisedCall, made.id)
        standing.tries, standing.next_at = standing.most_tries - 1, utc_now()
        session.add(standing)

    house.store.sync_run(last)
    await room.outside(then="decline")
    await room.phone("2001")
    house.sign_in("anna")
    contact = await house.until(failed, 30)
    assert [(one.ended, one.number) for one in promises(house)] == [("unreachable", None)]
    assert house.case(contact).state is CaseState.CLOSED


async def test_ringing_again_stops_the_call_that_rings_them(house: PhoneHouse, room: Room) -> None:
    await promised_by_key(house, room)
    await room.outside(then="ring")
    await room.phone("2001", then="ring")
    house.sign_in("anna")
    await house.until(outgoing, 30)
    await room.citizen(DIRECT, caller=NUMBER)
    await house.until(failed, 20)
    assert [one.ended for one in promises(house)] == ["cancelled"]


async def test_who_hangs_up_before_an_agent_lifts_is_tried_again(house: PhoneHouse, room: Room) -> None:
    await promised_by_key(house, room)
    await room.outside(key="1", talk=5)
    await room.phone("2001", then="ring")
    house.sign_in("anna")

    def rings(session: Session) -> bool:
        found = outgoing(session)
        return bool(found and found.user_id)

    await asyncio.wait_for(eventually(lambda: house.ask(rings), 40), 45)
    await house.until(failed, 20)
    (standing,) = promises(house)
    assert (standing.ended, standing.tries) == ("", 1)
