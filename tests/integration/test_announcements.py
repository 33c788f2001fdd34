"""Messages before the queue through a real Asterisk: heard, stayed for, left at, switched by telephone, told alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from contactcenter import agents, announcements, announcements_code, configuration
from contactcenter.announcements import Wanted
from contactcenter.clock import utc_now
from contactcenter.menus_model import Announcement, PhoneCode
from contactcenter.model import AddressPoint, Event, Topic, User
from contactcenter.ports import Actor
from contactcenter.states import EventKind
from contactcenter.store import Store
from tests.fixtures.exchange import DIRECT, MESSAGE_LINE, SWITCHBOARD, Room
from tests.integration.phone_house import TOWN, PhoneHouse, beside
from tests.support import eventually

pytestmark = [pytest.mark.asterisk]

FAST = ("espeak-ng", "-v", "{language}", "-s", "450", "-w", "{file}", "{text}")

CODE = "480215"
SIV = {"login": "siv", "name": "Siv Alm", "organisation": "solvik", "role": "supervisor", "extension": "2007"}


@pytest.fixture
async def house(store: Store, room: Room, tmp_path: Path) -> AsyncIterator[PhoneHouse]:
    folder = room.exchange.rendered.folder / "data" / "sounds" / "sv" / "kc"
    made = PhoneHouse(store, tmp_path, beside(room.exchange, sounds=folder, prompt_command=FAST))
    store.sync_run(configuration.apply, configuration.parse({"users": [*TOWN["users"], SIV]}), utc_now())
    async with made.open():
        yield made


def as_siv(house: PhoneHouse, function: Callable[..., Any], *arguments: Any) -> Any:
    def done(session: Session) -> Any:
        actor: Actor = agents.actor(session, session.exec(select(User).where(User.login == "siv")).one())
        return function(session, actor, *arguments)

    return house.store.sync_run(done)


def on(house: PhoneHouse, **wanted: Any) -> int:
    text = {"sv": "Vattnet är avstängt.", "en": "The water is off."}
    id = as_siv(house, announcements.save, None, Wanted("Vattenläcka", text, **wanted), utc_now())
    as_siv(house, announcements.switch_on, id, 120, utc_now())
    return int(id)


def outcomes(house: PhoneHouse) -> list[str]:
    wanted = select(Event).where(Event.kind == EventKind.ANNOUNCEMENT_HEARD).order_by(col(Event.id))
    return [event.data["outcome"] for event in house.ask(lambda session: session.exec(wanted).all())]


def counted(house: PhoneHouse, id: int) -> tuple[int, int]:
    row = house.ask(lambda session: session.get_one(Announcement, id))
    return row.heard, row.helped


async def test_it_is_heard_before_the_queue_by_every_caller(house: PhoneHouse, room: Room) -> None:
    id = on(house)
    await room.citizen(DIRECT)
    await house.contact("waiting")
    assert outcomes(house) == ["stayed"]
    assert counted(house, id) == (1, 0)
    kinds = house.events()
    assert kinds.index("announcement_heard") < kinds.index("call_waiting" if "call_waiting" in kinds else "case_opened")


async def test_only_callers_about_the_topic_or_to_the_number_hear_it(house: PhoneHouse, room: Room) -> None:
    topic = house.ask(lambda s: s.exec(select(Topic.id).where(Topic.key == "skola")).one())
    point = house.ask(lambda s: s.exec(select(AddressPoint.id).where(AddressPoint.address == DIRECT)).one())
    on(house, topic_id=topic)
    on(house, address_point_id=point)
    await room.citizen(SWITCHBOARD, keys="1", key_after=0.5)
    await house.contact("waiting")
    assert outcomes(house) == []
    await room.citizen(SWITCHBOARD, keys="2", key_after=0.5)
    await eventually(lambda: len(outcomes(house)) == 1)
    await room.citizen(DIRECT)
    await eventually(lambda: len(outcomes(house)) == 2)


async def test_press_one_to_stay(house: PhoneHouse, room: Room) -> None:
    id = on(house, must_stay=True)
    await room.citizen(DIRECT, keys="1", key_after=1.5)
    await house.contact("waiting")
    assert outcomes(house) == ["stayed"]
    assert counted(house, id) == (1, 0)


async def test_who_does_not_press_is_thanked_and_was_helped(house: PhoneHouse, room: Room) -> None:
    id = on(house, must_stay=True)
    caller = await room.citizen(DIRECT)
    async with asyncio.timeout(40):
        assert await caller.wait() == 0
    assert outcomes(house) == ["ended"]
    assert counted(house, id) == (1, 1)
    assert "case_opened" not in house.events()


async def test_who_hangs_up_while_it_is_played_was_helped(house: PhoneHouse, room: Room) -> None:
    id = on(house, must_stay=True)
    caller = await room.citizen(DIRECT)
    await eventually(lambda: in_script(room), what="it is played")
    await caller.hang_up()
    await eventually(lambda: outcomes(house) == ["left"])
    assert counted(house, id) == (1, 1)
    assert "case_opened" not in house.events()


async def in_script(room: Room) -> bool:
    return "/announce" in await room.exchange.command("core show channels concise")


async def test_expired_or_off_nobody_hears_it(house: PhoneHouse, room: Room) -> None:
    id = on(house)
    as_siv(house, announcements.switch_off, id, utc_now())
    await room.citizen(DIRECT)
    await house.contact("waiting")
    assert outcomes(house) == []


async def test_alone_the_exchange_goes_on_telling_it_until_it_expires(store: Store, room: Room, tmp_path: Path) -> None:
    folder = room.exchange.rendered.folder / "data" / "sounds" / "sv" / "kc"
    made = PhoneHouse(store, tmp_path, beside(room.exchange, sounds=folder, prompt_command=FAST))
    store.sync_run(configuration.apply, configuration.parse({"users": [SIV]}), utc_now())
    text = {"sv": "Vattnet är avstängt i hela kommunen just nu. " * 6}
    id = as_siv(made, announcements.save, None, Wanted("Vatten", text), utc_now())
    as_siv(made, announcements.switch_on, id, 120, utc_now())
    async with made.open():
        await eventually(lambda: news(room), what="the exchange knows it")
    await room.citizen(DIRECT)
    await eventually(lambda: plays(room), 20, "it is played")
    await room.exchange.command("dialplan set global KC_NEWS_2 ''")


async def news(room: Room) -> bool:
    return "KC_NEWS_2=kc/p-" in await room.exchange.command("dialplan show globals")


async def plays(room: Room) -> bool:
    shown = await room.exchange.command("core show channels concise")
    return any("kc-announce" in line and "Playback!kc/p-" in line for line in shown.splitlines())


async def test_switched_on_by_telephone_with_a_code(house: PhoneHouse, room: Room) -> None:
    id = on(house)
    as_siv(house, announcements.switch_off, id, utc_now())
    as_siv(house, announcements_code.set_code, CODE, utc_now())
    await room.citizen(MESSAGE_LINE, keys=f"2007#{CODE}#113", key_after=1.0)
    await eventually(lambda: is_on(house, id), 60, "it is on")
    row = house.ask(lambda session: session.get_one(Announcement, id))
    assert row.active_until is not None
    assert row.switched_at is not None
    assert round((row.active_until - row.switched_at).total_seconds() / 3600) == 3
    assert house.ask(lambda s: s.exec(select(PhoneCode)).one()).failures == 0


def is_on(house: PhoneHouse, id: int) -> Announcement | None:
    row = house.ask(lambda session: session.get_one(Announcement, id))
    return row if announcements.is_on(row, utc_now()) else None


async def test_a_wrong_code_switches_nothing_and_locks_after_five(house: PhoneHouse, room: Room) -> None:
    id = on(house)
    as_siv(house, announcements.switch_off, id, utc_now())
    as_siv(house, announcements_code.set_code, CODE, utc_now())
    for _ in range(2):
        caller = await room.citizen(MESSAGE_LINE, keys="2007#111222#" * 3, key_after=0.8)
        async with asyncio.timeout(90):
            await caller.wait()
    code = house.ask(lambda s: s.exec(select(PhoneCode)).one())
    assert code.locked_until is not None
    assert code.locked_until > utc_now()
    assert is_on(house, id) is None


async def test_a_message_spoken_on_the_telephone_is_heard_by_callers(house: PhoneHouse, room: Room) -> None:
    as_siv(house, announcements_code.set_code, CODE, utc_now())
    await room.citizen(MESSAGE_LINE, keys=f"2007#{CODE}#4#12", key_after=2.5)
    await eventually(lambda: recorded(house), 90, "it is recorded and on")
    await room.citizen(DIRECT)
    await house.contact("waiting")
    assert outcomes(house) == ["stayed"]


def recorded(house: PhoneHouse) -> Announcement | None:
    row = house.ask(lambda session: session.exec(select(Announcement)).first())
    return row if row and row.sha256 and announcements.is_on(row, utc_now()) else None
