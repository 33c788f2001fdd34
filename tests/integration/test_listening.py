"""Who hears whom when a supervisor listens, whispers or joins in, and what keys arrive: by the packets on the wire."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from contactcenter import agents
from contactcenter.model import Case, Contact, Event, Topic, User
from contactcenter.ports import Actor
from contactcenter.states import CallPhase, EventKind, Role
from contactcenter.store import Store
from pbx.ami import Packet
from pbx.seen import seen_calls
from pbx.telephony import VARIABLES
from tests.fixtures.ear import Ear, listening
from tests.fixtures.exchange import DIRECT, SWITCHBOARD, Room
from tests.integration.phone_house import PhoneHouse, beside
from tests.support import eventually
from ui import detail, rows

pytestmark = [pytest.mark.asterisk]
AGENT, CITIZEN, SUPERVISOR, COLLEAGUE = 700, 1000, 1510, 1700
"""Hertz; the supervisor's is in no chord of the music, nor an overtone of one."""
NOTES = (AGENT, CITIZEN, SUPERVISOR, COLLEAGUE)
WHY = "Ny medarbetare, första veckan"


@pytest.fixture
def house(migrated_sqlite: Path, room: Room, tmp_path: Path) -> Iterator[Callable[..., PhoneHouse]]:
    shutil.copy(migrated_sqlite, tmp_path / "store.sqlite3")
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    yield lambda **options: PhoneHouse(store, tmp_path, beside(room.exchange), **options)
    store.close()


@dataclass
class Talk:
    """Anna talks with a citizen; Cilla may listen; Bo is a colleague. Each says a note of their own."""

    room: Room
    centre: PhoneHouse
    anna: Ear
    citizen: Ear
    cilla: Ear
    bo: Ear
    contact: Contact

    def actor(self, login: str, role: Role = Role.AGENT) -> Actor:
        def found(session: Session) -> Actor:
            return agents.actor(session, session.exec(select(User).where(User.login == login)).one())

        return replace(self.centre.ask(found), role=role)

    async def listen(self, how: str, why: str = WHY) -> None:
        await self.centre.channel.desk.listen(self.actor("cilla", Role.SUPERVISOR), self.contact.id, how, why)

    def now(self) -> Contact:
        return self.centre.ask(lambda session: session.get_one(Contact, self.contact.id))

    def overheard(self) -> str:
        """What the agent's call bar says."""
        case_id = self.contact.case_id
        (row,) = self.centre.ask(lambda session: rows.live_calls(session, col(Contact.case_id) == case_id))
        return str(rows.of_call(row)["call_overheard"])

    def detail(self, login: str, role: Role = Role.AGENT) -> list[str]:
        """The lines of the case's timeline, as they see it."""
        actor = self.actor(login, role)
        seen = self.centre.ask(lambda session: detail.detail(session, actor, self.contact.case_id))
        return [line.kind.value for line in seen.events]

    def events(self) -> list[Event]:
        wanted = select(Event).where(Event.case_id == self.contact.case_id).order_by(col(Event.id))
        return list(self.centre.ask(lambda session: session.exec(wanted).all()))

    async def status(self) -> list[Packet]:
        telephony = self.centre.channel.exchanges.lines[0].telephony
        assert telephony
        return await telephony._link.rows("Status", {"Variables": ",".join(VARIABLES)})

    async def listener(self) -> str:
        """The channel of the supervisor's telephone."""
        return next(row.get("channel") for row in await self.status() if "PJSIP/2006" in row.get("channel"))

    async def everybody_hears(self, *, anna: Any, citizen: Any, cilla: Any = None) -> None:
        await self.anna.hears(*anna, among=NOTES)
        await self.citizen.hears(*citizen, among=NOTES)
        if cilla is not None:
            await self.cilla.hears(*cilla, among=NOTES)


@pytest.fixture
async def talk(room: Room, house: Callable[..., PhoneHouse]) -> AsyncIterator[Talk]:
    async with AsyncExitStack() as stack:
        anna, citizen, cilla, bo = [await stack.enter_async_context(listening(hz)) for hz in NOTES]
        centre = await stack.enter_async_context(house().open())
        await room.phone("2001", mouth=anna.port)
        await room.phone("2006", mouth=cilla.port)
        centre.sign_in("anna")
        await room.citizen(DIRECT, mouth=citizen.port)
        contact = await centre.contact("talking")
        here = Talk(room, centre, anna, citizen, cilla, bo, contact)
        await here.everybody_hears(anna=[CITIZEN], citizen=[AGENT])
        yield here


async def test_who_listens_hears_both_and_is_heard_by_none(talk: Talk) -> None:
    await talk.listen("listen")
    await talk.everybody_hears(anna=[CITIZEN], citizen=[AGENT], cilla=[AGENT, CITIZEN])
    await talk.anna.never_hears(SUPERVISOR)
    await talk.citizen.never_hears(SUPERVISOR)


async def test_a_whisper_is_heard_by_the_agent_alone(talk: Talk) -> None:
    await talk.listen("whisper")
    await talk.everybody_hears(anna=[CITIZEN, SUPERVISOR], citizen=[AGENT], cilla=[AGENT, CITIZEN])
    await talk.citizen.never_hears(SUPERVISOR)


async def test_who_joins_in_is_heard_by_both(talk: Talk) -> None:
    await talk.listen("barge")
    await talk.everybody_hears(anna=[CITIZEN, SUPERVISOR], citizen=[AGENT, SUPERVISOR], cilla=[AGENT, CITIZEN])


async def test_it_ends_when_the_supervisor_hangs_up_and_the_two_talk_on(talk: Talk) -> None:
    await talk.listen("barge")
    await talk.everybody_hears(anna=[CITIZEN, SUPERVISOR], citizen=[AGENT, SUPERVISOR])
    await eventually(lambda: talk.overheard() == "barge", what="the agent sees it")
    await talk.room.exchange.command(f"channel request hangup {await talk.listener()}")
    await talk.everybody_hears(anna=[CITIZEN], citizen=[AGENT])
    await eventually(lambda: not talk.overheard(), what="the agent sees that it is over")
    told = [event for event in talk.events() if event.kind is EventKind.CALL_OVERHEARD]
    assert [event.data["how"] for event in told] == ["barge", ""]


async def test_a_citizen_on_hold_is_spoken_to_by_nobody(talk: Talk) -> None:
    await talk.listen("barge")
    await talk.everybody_hears(anna=[CITIZEN, SUPERVISOR], citizen=[AGENT, SUPERVISOR])
    desk, anna = talk.centre.channel.desk, talk.actor("anna")
    await desk.hold(anna, talk.contact.id)
    await eventually(lambda: talk.now().phase is CallPhase.HELD, what="held")
    await talk.citizen.hears(among=[SUPERVISOR])
    await talk.citizen.never_hears(SUPERVISOR)
    await desk.resume(anna, talk.contact.id)
    await talk.everybody_hears(anna=[CITIZEN, SUPERVISOR], citizen=[AGENT, SUPERVISOR])


async def test_who_joins_three_is_heard_by_all(talk: Talk) -> None:
    await talk.room.phone("2002", mouth=talk.bo.port)
    desk, anna = talk.centre.channel.desk, talk.actor("anna")
    await desk.consult(anna, talk.contact.id, "2002")
    await eventually(lambda: talk.now().third_talks, what="the colleague talks")
    await desk.confer(anna, talk.contact.id)
    await eventually(lambda: talk.now().phase is CallPhase.CONFERENCE, what="three together")
    await talk.everybody_hears(anna=[CITIZEN, COLLEAGUE], citizen=[AGENT, COLLEAGUE])
    await talk.listen("barge")
    await talk.everybody_hears(anna=[CITIZEN, COLLEAGUE, SUPERVISOR], citizen=[AGENT, COLLEAGUE, SUPERVISOR])
    await talk.bo.hears(AGENT, CITIZEN, SUPERVISOR, among=NOTES)


async def test_who_listens_is_known_after_a_restart(talk: Talk) -> None:
    await talk.listen("whisper")
    await eventually(lambda: talk.overheard() == "whisper", what="the agent sees it")
    calls = seen_calls(await talk.status())
    assert [call.overheard for call in calls] == ["whisper"]


@pytest.mark.parametrize("is_told", [True, False])
async def test_the_agent_is_told_as_the_installation_wants_and_the_journal_always_knows(
    talk: Talk, is_told: bool
) -> None:
    talk.centre.channel.desk._told = is_told
    await talk.listen("listen")
    await eventually(lambda: EventKind.CALL_OVERHEARD in {event.kind for event in talk.events()}, what="heard")
    assert talk.overheard() == ("listen" if is_told else "")
    seen = talk.detail("anna")
    assert ("call_listened" in seen, "call_overheard" in seen) == (is_told, is_told)
    assert {"call_listened", "call_overheard"} <= set(talk.detail("cilla", Role.SUPERVISOR))
    (kept,) = talk.now().facts["listened"]
    assert (kept["reason"], kept["told"]) == (WHY, is_told)


@pytest.mark.parametrize(("key", "topic"), [("1", "bygg.lov"), ("2", "skola")])
async def test_a_key_in_the_speech_is_heard_in_the_menu(
    room: Room, house: Callable[..., PhoneHouse], key: str, topic: str
) -> None:
    async with house().open() as centre, listening(CITIZEN) as citizen:
        await room.citizen(SWITCHBOARD, keys="", mouth=citizen.port)
        await eventually(lambda: citizen.came > 25, what="the menu is heard")
        citizen.press(key)
        contact = await centre.contact("waiting")
        found = centre.ask(lambda s: s.get_one(Topic, s.get_one(Case, contact.case_id).topic_id))
        assert found.key == topic


async def test_keys_in_the_speech_go_from_end_to_end(talk: Talk) -> None:
    talk.anna.press("7#")
    await talk.citizen.is_pressed("7#")
    talk.citizen.press("*0")
    await talk.anna.is_pressed("*0")
    await talk.centre.channel.desk.send_tones(talk.actor("anna"), talk.contact.id, "45")
    await talk.citizen.is_pressed("7#45")  # pressed in the console
    await talk.everybody_hears(anna=[CITIZEN], citizen=[AGENT])
