"""Queues that are too long, through a real Asterisk: each target, a number not reached, colleagues who help out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from contactcenter import configuration
from contactcenter.clock import utc_now
from contactcenter.model import Event
from contactcenter.overflow.model import OverflowStep
from contactcenter.states import AgentState, CallPhase, CaseState, Channel, EventKind
from contactcenter.store import Store
from tests.fixtures.exchange import DIRECT, Room
from tests.integration.phone_house import TOWN, PhoneHouse, beside
from tests.support import eventually

pytestmark = [pytest.mark.asterisk]
ELSEWHERE = "+46701740611"
CITIZEN = "+46701740612"
BACK_OFFICE = {"key": "solvik.bakom", "name": "Bakre kontoret", "organisation": "solvik"}
SERVES = {"anna": ["solvik.allmant"], "bo": ["solvik.bakom"], "cilla": ["solvik.bakom"]}


@asynccontextmanager
async def queued(store: Store, room: Room, folder: Path, *steps: dict[str, Any]) -> AsyncIterator[PhoneHouse]:
    """A house whose queue has these steps; Bo serves another queue."""
    rendered = room.exchange.rendered.folder
    sounds, spool = rendered / "data" / "sounds" / "sv" / "kc", rendered / "spool" / "kc"
    house = PhoneHouse(store, folder, beside(room.exchange, sounds=sounds, spool=spool))
    queues = [TOWN["queues"][0] | {"overflow": list(steps)}, BACK_OFFICE]
    users = [user | {"queues": SERVES[user["login"]]} for user in TOWN["users"]]
    wanted = configuration.parse(TOWN | {"queues": queues, "users": users})
    store.sync_run(configuration.apply, wanted, utc_now())
    async with house.open():
        yield house


def taken(house: PhoneHouse) -> list[str]:
    return [one.target for one in house.ask(lambda session: session.exec(select(OverflowStep)).all())]


async def test_who_waits_too_long_leaves_a_message(store: Store, room: Room, tmp_path: Path) -> None:
    async with queued(store, room, tmp_path, {"to": "voicemail", "after_seconds": 1}) as house:
        await room.citizen(DIRECT)
        contact = await house.contact("ended")
        assert house.case(contact).channel is Channel.CALLBACK
        assert taken(house) == ["voicemail"]
        assert EventKind.CALL_MISSED.value not in house.events()


async def test_who_cannot_be_taken_is_told_and_nobody_was_abandoned(store: Store, room: Room, tmp_path: Path) -> None:
    step = {"to": "message", "say": "Ring i morgon.", "agents_below": 1}
    async with queued(store, room, tmp_path, step) as house:
        caller = await room.citizen(DIRECT)
        async with asyncio.timeout(30):
            assert await caller.wait() == 0
        contact = await house.contact("ended")
        assert house.case(contact).state is CaseState.CLOSED
        assert taken(house) == ["message"]
        assert EventKind.CALL_MISSED.value not in house.events()


async def test_a_number_outside_takes_the_call(store: Store, room: Room, tmp_path: Path) -> None:
    await room.outside()
    async with queued(store, room, tmp_path, {"to": "number", "number": ELSEWHERE}) as house:
        caller = await room.citizen(DIRECT)
        contact = await house.contact("talking")
        await eventually(lambda: house.ask(lambda s: s.get_one(type(contact), contact.id)).phase is CallPhase.OUTSIDE)
        assert house.case(contact).state is CaseState.CLOSED
        await caller.hang_up()
        await house.contact("ended")
        assert EventKind.CALL_MISSED.value not in house.events()


@pytest.mark.parametrize("why", ["declined", "silent", "down"])
async def test_a_number_that_is_not_reached_gives_the_place_back(
    store: Store, room: Room, tmp_path: Path, why: str
) -> None:
    if why != "down":  # down: nobody at all at the other end of the trunk
        await room.outside(then="decline" if why == "declined" else "ring")
    async with queued(store, room, tmp_path, {"to": "number", "number": ELSEWHERE}) as house:
        call = await _waits_again(house, room)
        await room.phone("2001", ring=0.2)
        house.sign_in("anna")
        contact = await house.contact("talking")
        assert (contact.arrived_at, contact.key) == (call.arrived_at, call.key)
        assert taken(house) == ["number"]
        assert EventKind.CALL_MISSED.value not in house.events()


async def test_outside_sees_our_number_and_not_the_citizens(store: Store, room: Room, tmp_path: Path) -> None:
    await room.outside(then="ring")
    async with queued(store, room, tmp_path, {"to": "number", "number": ELSEWHERE}) as house:
        await room.citizen(DIRECT, caller=CITIZEN)
        shown = await eventually(lambda: ringing(room), what="the number outside rings")
        seen = {line.split(":")[1].strip() for line in shown.splitlines() if "Connected Line ID:" in line}
        assert seen == {DIRECT}
        assert CITIZEN not in shown
        await eventually(lambda: EventKind.OVERFLOW_RETURNED.value in house.events(), 20, "back in the waiting room")


async def test_an_agent_who_becomes_free_takes_them_before_a_number_outside(
    store: Store, room: Room, tmp_path: Path
) -> None:
    await room.outside(then="ring")
    async with queued(store, room, tmp_path, {"to": "number", "number": ELSEWHERE}) as house:
        await room.phone("2001", ring=0.2)
        await room.citizen(DIRECT)
        await eventually(lambda: ringing(room), what="the number outside rings")
        house.sign_in("anna")
        contact = await house.contact("talking")
        assert (contact.user_id, contact.phase) == (house.agent("anna").id, CallPhase.TALKING)
        assert EventKind.OVERFLOW_RETURNED.value not in house.events()


async def test_the_next_step_follows_when_a_number_is_not_reached(store: Store, room: Room, tmp_path: Path) -> None:
    await room.outside(then="decline")
    async with queued(store, room, tmp_path, {"to": "number", "number": ELSEWHERE}, {"to": "voicemail"}) as house:
        await room.citizen(DIRECT)
        contact = await house.contact("ended")
        assert house.case(contact).channel is Channel.CALLBACK
        assert taken(house) == ["number", "voicemail"]


async def test_who_hangs_up_while_a_number_outside_rings_has_waited_in_vain(
    store: Store, room: Room, tmp_path: Path
) -> None:
    await room.outside(then="ring")
    async with queued(store, room, tmp_path, {"to": "number", "number": ELSEWHERE}) as house:
        caller = await room.citizen(DIRECT)
        await eventually(lambda: ringing(room), what="the number outside rings")
        await caller.hang_up()
        await house.contact("missed")


async def ringing(room: Room) -> str:
    """What Asterisk shows of the leg that rings outside."""
    legs = (await room.exchange.command("core show channels concise")).splitlines()
    found = next((leg.split("!")[0] for leg in legs if leg.split("!")[4:5] == ["Ringing"]), "")
    return await room.exchange.command(f"core show channel {found}") if found else ""


async def _waits_again(house: PhoneHouse, room: Room) -> Any:
    await room.citizen(DIRECT)
    contact = await house.contact("waiting")
    await eventually(lambda: taken(house) == ["number"], what="sent out")

    await eventually(lambda: EventKind.OVERFLOW_RETURNED.value in house.events(), 20, "back in the waiting room")
    return contact


async def test_to_another_queue_with_the_place_kept(store: Store, room: Room, tmp_path: Path) -> None:
    step = {"to": "queue", "queue": "solvik.bakom", "after_seconds": 1}
    async with queued(store, room, tmp_path, step) as house:
        house.sign_in("bo")
        await room.phone("2002", ring=0.2)
        await room.citizen(DIRECT)
        contact = await house.contact("talking")
        case = house.case(contact)
        assert (case.agent_id, case.arrived_at) == (house.agent("bo").id, contact.arrived_at)
        kinds = house.events()
        assert kinds.index("call_overflowed") < kinds.index("case_offered")


async def test_colleagues_help_out_when_it_is_crowded(store: Store, room: Room, tmp_path: Path) -> None:
    step = {"to": "agents", "queue": "solvik.bakom", "callers_per_agent": 2}
    async with queued(store, room, tmp_path, step) as house:
        house.sign_in("anna", "bo")
        await room.phone("2001", ring=0.2)
        await room.phone("2002", ring=0.2)
        await room.citizen(DIRECT)
        await house.until_agent("anna", AgentState.BUSY)
        await room.citizen(DIRECT, caller="+46701740606")
        await eventually(lambda: house.events().count("call_waiting") or house.events().count("case_opened") == 2)
        assert house.agent("bo").state is AgentState.AVAILABLE
        assert taken(house) == []
        await room.citizen(DIRECT, caller="+46701740607")
        await house.until_agent("bo", AgentState.BUSY)
        told = house.ask(lambda s: s.exec(select(Event).where(Event.kind == EventKind.CALL_OVERFLOWED)).first())
        assert told
        assert (told.data["target"], told.data["into"]) == ("agents", "Bakre kontoret")
