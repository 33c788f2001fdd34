"""Numbers outside, keys in the call, parked too long, and a call back that is held: with a real exchange."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contactcenter import calls_desk
from contactcenter.clock import utc_now
from contactcenter.states import AgentState, CallPhase, CaseState, Direction
from contactcenter.store import Store
from tests.fixtures.exchange import DIRECT, Room
from tests.integration.phone_house import PhoneHouse, beside
from tests.integration.test_phone_desk import actor, bridged, live, talking, until_phase, until_with
from tests.support import eventually

pytestmark = [pytest.mark.asterisk]
OUTSIDE_NUMBER = "+46850000999"


@pytest.fixture
def sqlite(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(migrated_sqlite, tmp_path / "store.sqlite3")
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    yield store
    store.close()


@pytest.fixture
async def centre(sqlite: Store, room: Room, tmp_path: Path) -> AsyncIterator[PhoneHouse]:
    async with PhoneHouse(sqlite, tmp_path, beside(room.exchange)).open() as made:
        yield made


async def test_handed_on_to_a_number_outside(room: Room, centre: PhoneHouse) -> None:
    contact = await talking(room, centre)
    await room.outside()
    await centre.channel.desk.hand_outside(actor(centre, "anna"), contact.id, OUTSIDE_NUMBER)
    await until_phase(centre, contact, CallPhase.OUTSIDE, OUTSIDE_NUMBER)
    await eventually(lambda: bool(live(centre, contact).legs), what="the number outside answers")
    await centre.until_agent("anna", AgentState.WRAPPING_UP)
    await centre.channel.hang_up(contact.id)
    await centre.contact("ended")
    assert "call_missed" not in centre.events(), "redirected is not abandoned"
    await room.until_quiet()


async def test_a_number_outside_that_is_busy_leaves_them_in_their_place(room: Room, centre: PhoneHouse) -> None:
    contact = await talking(room, centre)
    await room.outside(then="decline")
    await centre.channel.desk.hand_outside(actor(centre, "anna"), contact.id, OUTSIDE_NUMBER)
    await centre.contact("waiting", 20)
    case = centre.case(contact)
    assert (case.state, case.arrived_at) == (CaseState.WAITING, contact.arrived_at)
    assert "call_missed" not in centre.events()


async def test_somebody_outside_is_consulted_and_left_with_the_citizen(room: Room, centre: PhoneHouse) -> None:
    contact = await talking(room, centre)
    await room.outside()
    anna, desk = actor(centre, "anna"), centre.channel.desk
    await desk.consult(anna, contact.id, OUTSIDE_NUMBER)
    await until_phase(centre, contact, CallPhase.CONSULTING, OUTSIDE_NUMBER)

    async def lifted() -> bool:
        third = live(centre, contact).third_channel
        shown = await room.exchange.command("core show channels concise")
        return bool(third) and any(line.startswith(third + "!") and "!Up!" in line for line in shown.splitlines())

    await eventually(lifted, what="somebody outside lifts")
    await desk.complete(anna, contact.id)
    await centre.until_agent("anna", AgentState.WRAPPING_UP)
    await eventually(lambda: bridged(centre, contact), what="citizen and the one outside talk")
    await centre.channel.hang_up(contact.id)
    await centre.contact("ended")
    assert "call_missed" not in centre.events()
    await room.until_quiet()


async def test_parked_too_long_waits_again_in_its_place(room: Room, centre: PhoneHouse) -> None:
    before = (await room.exchange.command("dialplan show globals")).partition("KC_PARKED=")[2].split()[0]
    await room.exchange.command("dialplan set global KC_PARKED 1")
    try:
        contact = await talking(room, centre)
        await centre.channel.desk.park(actor(centre, "anna"), contact.id)
        await until_phase(centre, contact, CallPhase.PARKED)
        waits = await centre.contact("waiting", 30)
        assert (waits.id, waits.phase) == (contact.id, CallPhase.TALKING)
        assert centre.case(contact).arrived_at == contact.arrived_at
    finally:
        await room.exchange.command(f"dialplan set global KC_PARKED {before}")


async def test_a_call_back_is_held_and_talked_with_again(room: Room, centre: PhoneHouse) -> None:
    await room.citizen(DIRECT)
    waiting = await centre.contact("waiting")
    await centre.channel.hang_up(waiting.id)
    missed = await centre.contact("missed")
    await room.phone("2001", ring=0.2)
    await room.outside()
    centre.sign_in("anna")
    await centre.until(lambda s: s.get_one(type(centre.case(missed)), missed.case_id).state is CaseState.OFFERED, 20)
    centre.accept("anna")
    await centre.channel.call_back(missed.case_id, centre.agent("anna").id, "+46701740605")
    contact = await centre.contact("talking", 20)
    assert contact.direction is Direction.OUT
    anna = actor(centre, "anna")
    await centre.channel.desk.hold(anna, contact.id)
    await until_phase(centre, contact, CallPhase.HELD)
    await centre.channel.desk.resume(anna, contact.id)
    await until_phase(centre, contact, CallPhase.TALKING)
    await eventually(lambda: bridged(centre, contact))
    await centre.channel.hang_up(contact.id)
    await centre.contact("ended")
    await room.until_quiet()


async def test_a_waiting_call_is_picked_out_of_order(room: Room, centre: PhoneHouse) -> None:
    await room.citizen(DIRECT)
    waiting = await centre.contact("waiting")
    await room.phone("2002", ring=0.2)

    bo = replace(actor(centre, "bo"), may_pick=True)
    centre.store.sync_run(calls_desk.pick_waiting, bo, waiting.id, utc_now())
    await until_with(centre, waiting, "bo")
