"""Waiting through a real Asterisk: told where one stands, called back by key, never rung for what is off."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from contactcenter import agents
from contactcenter.clock import utc_now
from contactcenter.model import Case, Offer
from contactcenter.states import CaseState, Channel, Direction, OfferState
from contactcenter.store import Store
from contactcenter.waiting.model import PromisedCall, WaitAnnouncement
from pbx.sipp import Citizen
from tests.fixtures.exchange import DIRECT, Room
from tests.integration.phone_house import PhoneHouse, beside
from tests.support import eventually
from ui.verb import Call
from ui.verbs import perform

pytestmark = [pytest.mark.asterisk]

FAST = ("espeak-ng", "-v", "{language}", "-s", "450", "-w", "{file}", "{text}")
NUMBER = "+46701740605"
SOON = "1"


@pytest.fixture
async def house(store: Store, room: Room, tmp_path: Path) -> AsyncIterator[PhoneHouse]:
    folder = room.exchange.rendered.folder / "data" / "sounds" / "sv" / "kc"
    made = PhoneHouse(store, tmp_path, beside(room.exchange, sounds=folder, prompt_command=FAST))
    async with made.open():
        yield made


@pytest.fixture
async def told_soon(room: Room) -> AsyncIterator[None]:
    """Callers are told after a second, not after twenty."""
    await room.exchange.command(f"dialplan set global KC_TELL_FIRST {SOON}")
    yield
    await room.exchange.command("dialplan set global KC_TELL_FIRST 20")


def open_offer(session: Session) -> Offer | None:
    return session.exec(select(Offer).where(Offer.state == OfferState.OPEN)).first()


async def accept_in_the_console(house: PhoneHouse, offer_id: int) -> None:
    """Anna accepts on the screen: she and then the citizen are rung."""
    context = house.channel._context
    context.telephony = house.channel
    actor = house.ask(lambda session: agents.actor(session, house.agent("anna")))
    await perform(Call(context, actor, "1", utc_now()), "accept", {"offer_id": offer_id})


def announcements(house: PhoneHouse) -> list[WaitAnnouncement]:
    wanted = select(WaitAnnouncement).order_by(col(WaitAnnouncement.id))
    return house.ask(lambda session: list(session.exec(wanted).all()))


def promises(house: PhoneHouse) -> list[PromisedCall]:
    wanted = select(PromisedCall).order_by(col(PromisedCall.id))
    return house.ask(lambda session: list(session.exec(wanted).all()))


async def promised_by_key(house: PhoneHouse, room: Room) -> PromisedCall:
    """A citizen presses 1 for a call back and 1 to confirm the number, and is hung up on."""
    caller = await room.citizen(DIRECT, keys="11", key_after=3.0, caller=NUMBER)
    async with asyncio.timeout(40):
        assert await caller.wait() == 0, caller.errors
    (made,) = promises(house)
    return made


async def test_a_call_back_is_chosen_by_key_and_rung_over_the_trunk_by_the_agent(house: PhoneHouse, room: Room) -> None:
    made = await promised_by_key(house, room)
    case = house.ask(lambda session: session.get_one(Case, made.case_id))
    contact = await house.contact("ended")
    assert (made.number, case.state, case.channel) == (NUMBER, CaseState.WAITING, Channel.CALLBACK)
    assert case.arrived_at == contact.arrived_at, "the place is that of the call"
    assert "call_missed" not in house.events()
    await room.phone("2001")
    await room.outside()
    house.sign_in("anna")
    offer = await house.until(open_offer, 20)
    await accept_in_the_console(house, offer.id)
    talking = await house.contact("talking", 20)
    assert (talking.direction, talking.recipients, talking.case_id) == (Direction.OUT, [NUMBER], made.case_id)
    assert [(one.ended, one.number) for one in promises(house)] == [("kept", None)]


async def test_who_hides_the_number_gives_one_by_keys(house: PhoneHouse, room: Room) -> None:
    caller = await room.citizen(DIRECT, keys="10701740605#1", key_after=3.5, hidden=True)
    async with asyncio.timeout(90):
        assert await caller.wait() == 0, caller.errors
    assert [one.number for one in promises(house)] == [NUMBER]


async def test_a_text_message_is_asked_for_by_key(
    house: PhoneHouse, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="contactcenter.sms")
    await room.citizen(DIRECT, keys="22", key_after=3.0, caller=NUMBER)
    contact = await house.contact("waiting")
    await eventually(lambda: "action=sms_not_sent reason=no_connector mobile=True" in caplog.text, 20, "handed over")
    assert NUMBER[-7:] not in caplog.text
    assert house.ask(lambda session: session.get_one(Case, contact.case_id)).state is CaseState.WAITING


async def test_ringing_again_takes_it_off(house: PhoneHouse, room: Room) -> None:
    made = await promised_by_key(house, room)
    await room.citizen(DIRECT, caller=NUMBER)
    await house.contact("waiting")
    assert [one.ended for one in promises(house)] == ["cancelled"]
    assert house.ask(lambda session: session.get_one(Case, made.case_id)).state is CaseState.CLOSED


async def test_places_are_told_kept_and_measured(house: PhoneHouse, room: Room, told_soon: None) -> None:
    await room.citizen(DIRECT, caller="+46701740601")
    await house.contact("waiting")
    await room.phone("2001")
    house.sign_in("anna")
    await house.contact("talking", 20)  # so an agent is there, and is busy
    await room.citizen(DIRECT, caller="+46701740602")
    await eventually(lambda: announcements(house), 20, "the second caller is told")
    (one,) = announcements(house)
    assert (one.place, one.said_place, one.agents) == (1, 1, 1)
    assert (one.said_high, one.true_seconds) == (None, None), "one agent is too few for a wait"


async def test_an_offer_takes_the_caller_out_of_an_announcement(house: PhoneHouse, room: Room, told_soon: None) -> None:
    await room.citizen(DIRECT)
    await eventually(lambda: in_script(room), 20, "it is told")
    await room.phone("2001")
    house.sign_in("anna")
    await house.contact("talking", 20)
    (one,) = announcements(house)
    assert one.true_seconds is not None
    assert one.true_seconds > 0


async def test_alone_the_caller_hears_music_and_keys_do_no_harm(house: PhoneHouse, room: Room) -> None:
    await room.exchange.command("dialplan set global KC_AGI agi://127.0.0.1:9/nobody")
    caller: Citizen = await room.citizen(DIRECT, keys="1", key_after=3.0)
    await house.contact("waiting")
    await asyncio.wait_for(eventually(lambda: pressed(room), 20), 25)
    assert caller.is_on()
    assert promises(house) == []


async def pressed(room: Room) -> bool:
    shown = await room.exchange.command("core show channels concise")
    names = [line.split("!")[0] for line in shown.splitlines() if "!" in line and "kc-wait" in line]
    for name in names:
        if "AGISTATUS=FAILURE" in await room.exchange.command(f"core show channel {name}"):
            return True
    return False


async def in_script(room: Room) -> bool:
    return "/waiting" in await room.exchange.command("core show channels concise")
