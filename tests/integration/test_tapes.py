"""Recorded calls with a real Asterisk: what is heard in the file, and what must never be in it."""

import math
import shutil
import struct
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from contactcenter import agents, desk
from contactcenter.clock import utc_now
from contactcenter.errors import Refused
from contactcenter.model import Contact, Event, Queue, User
from contactcenter.ports import Actor
from contactcenter.states import CallPhase, EventKind
from contactcenter.store import Store
from contactcenter.tapes.model import Tape, TapeState
from tests.acceptance.listening import goertzel
from tests.fixtures.ear import Ear, listening
from tests.fixtures.exchange import DIRECT, Room
from tests.integration.phone_house import PhoneHouse, beside
from tests.support import eventually

pytestmark = [pytest.mark.asterisk]
AGENT, CITIZEN, COLLEAGUE, ANNOUNCED = 700, 1000, 1700, 2300
NOTES = (AGENT, CITIZEN, COLLEAGUE)
RATE = 8000


@pytest.fixture
def announced(room: Room) -> Iterator[None]:
    """The announcement is a note for once, so that it can be told from speech."""
    spoken = next((room.exchange.rendered.folder / "data" / "sounds" / "sv" / "kc").glob("taped.*"))
    kept = spoken.read_bytes()
    note = [int(12000 * math.sin(2 * math.pi * ANNOUNCED * n / RATE)) for n in range(2 * RATE)]
    others = list(spoken.parent.glob("taped.*"))
    for other in others:
        other.unlink()
    with wave.open(str(spoken.with_suffix(".wav")), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(struct.pack(f"<{len(note)}h", *note))
    yield
    spoken.with_suffix(".wav").unlink()
    spoken.write_bytes(kept)


@dataclass
class Desk:
    """Anna and Bo at their telephones, a citizen who calls; each says a note of their own."""

    room: Room
    centre: PhoneHouse
    anna: Ear
    citizen: Ear
    bo: Ear
    contact: Contact = field(init=False)

    async def call(self) -> None:
        await self.room.citizen(DIRECT, mouth=self.citizen.port)
        self.contact = await self.centre.contact("talking")

    async def talk(self) -> None:
        await self.call()
        await self.anna.hears(CITIZEN, among=NOTES)

    def actor(self, login: str) -> Actor:
        def found(session: Session) -> Actor:
            return agents.actor(session, session.exec(select(User).where(User.login == login)).one())

        return self.centre.ask(found)

    def tapes(self) -> list[Tape]:
        return list(self.centre.ask(lambda session: session.exec(select(Tape).order_by(col(Tape.id))).all()))

    async def wish(self, wish: str) -> None:
        await self.centre.channel.desk.tape(self.actor("anna"), self.contact.id, wish)

    def shown(self) -> str:
        contact = self.centre.ask(lambda session: session.get_one(Contact, self.contact.id))
        return str(contact.facts.get("tape", ""))

    async def phase(self, phase: CallPhase) -> None:
        def there() -> bool:
            return self.centre.ask(lambda session: session.get_one(Contact, self.contact.id)).phase is phase

        await eventually(there, 15, phase.value or "talking")

    async def over(self) -> None:
        await self.centre.channel.hang_up(self.contact.id)
        await self.centre.contact("ended")

    async def kept(self) -> tuple[Tape, list[set[int]]]:
        """The recording, and which notes are heard in each tenth of a second of it."""

        def there() -> Tape | None:
            return next((one for one in self.tapes() if one.state is TapeState.KEPT), None)

        await eventually(there, 20, "the recording is kept")
        tape = there()
        assert tape is not None
        return tape, notes_of(self.shelf / f"{tape.token}.wav")

    @property
    def shelf(self) -> Path:
        return self.centre.folder / "recordings"

    @property
    def spool(self) -> Path:
        return self.room.exchange.rendered.folder / "spool" / "tapes"

    def told(self) -> list[tuple[str, Any]]:
        wanted = select(Event).where(col(Event.kind).in_([EventKind.CALL_RECORDED, EventKind.RECORDING_ERASED]))
        events = self.centre.ask(lambda session: session.exec(wanted.order_by(col(Event.id))).all())
        return [(event.kind.value, event.data.get("how") or event.data.get("reason")) for event in events]


def notes_of(file: Path) -> list[set[int]]:
    with wave.open(str(file), "rb") as opened:
        data = opened.readframes(opened.getnframes())
    samples = struct.unpack(f"<{len(data) // 2}h", data)
    size = RATE // 10
    windows = [samples[n : n + size] for n in range(0, len(samples) - size + 1, size)]
    return [{hz for hz in (*NOTES, ANNOUNCED) if goertzel(one, hz, RATE) > 0.1} for one in windows]


def heard(windows: list[set[int]]) -> set[int]:
    """Notes that sound for half a second at least."""
    return {hz for hz in (*NOTES, ANNOUNCED) if sum(hz in one for one in windows) >= 5}


def recorded(session: Session, *, queue: bool = True, right: bool = True) -> None:
    for one in session.exec(select(Queue)).all():
        one.taped = queue
        session.add(one)
    for user in session.exec(select(User)).all():
        user.may_record = right
        session.add(user)


@pytest.fixture
async def people(room: Room, migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    shutil.copy(migrated_sqlite, tmp_path / "store.sqlite3")
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    async with AsyncExitStack() as stack:

        async def gather(**how: bool) -> Desk:
            anna, citizen, bo = [await stack.enter_async_context(listening(hz)) for hz in NOTES]
            spool = room.exchange.rendered.folder / "spool" / "tapes"
            house = PhoneHouse(store, tmp_path, beside(room.exchange, tapes=spool))
            store.sync_run(recorded, **how)
            centre = await stack.enter_async_context(house.open())
            await room.phone("2001", mouth=anna.port)
            await room.phone("2002", mouth=bo.port)
            centre.sign_in("anna")
            return Desk(room, centre, anna, citizen, bo)

        yield gather
    store.close()


@pytest.mark.usefixtures("announced")
async def test_both_hear_that_it_is_recorded_and_then_all_that_they_say_is(people: Callable[..., Any]) -> None:
    here: Desk = await people()
    await here.call()
    among = (*NOTES, ANNOUNCED)
    await here.citizen.hears(ANNOUNCED, among=among)
    await here.anna.hears(CITIZEN, among=among)
    await here.citizen.hears(AGENT, among=among)
    assert here.shown() == "on"
    await here.over()
    tape, windows = await here.kept()
    assert heard(windows) == {AGENT, CITIZEN}
    assert abs(len(windows) / 10 - tape.seconds) < 0.2
    assert tape.peaks
    assert tape.erase_at is not None
    assert not list(here.spool.glob(f"{tape.token}*"))
    assert here.told() == [("call_recorded", how) for how in ("on", "over", "kept")]


async def test_what_is_said_while_it_is_paused_is_not_in_it(people: Callable[..., Any]) -> None:
    here: Desk = await people()
    await here.talk()
    await eventually(lambda: here.shown() == "on")
    await here.anna.never_hears(COLLEAGUE)  # a while goes by
    await here.wish("pause")
    assert here.shown() == "paused"
    here.anna.hz = COLLEAGUE
    here.anna._note = await _note(COLLEAGUE)
    await here.citizen.hears(COLLEAGUE, among=NOTES)
    await here.wish("resume")
    await here.citizen.never_hears(AGENT)
    here.anna._note = await _note(AGENT)
    await here.over()
    _, windows = await here.kept()
    assert any(not one for one in windows), "there is silence in it"
    first = next(n for n, one in enumerate(windows) if not one)
    assert heard(windows[:first]) == {AGENT, CITIZEN}


async def _note(hz: int) -> bytes:
    async with listening(hz) as other:
        return other._note


async def test_stopped_it_is_stopped_for_good(people: Callable[..., Any]) -> None:
    here: Desk = await people()
    await here.talk()
    await eventually(lambda: here.shown() == "on")
    await here.anna.never_hears(COLLEAGUE)
    await here.wish("stop")
    assert here.shown() == ""
    with pytest.raises(Refused):
        await here.wish("resume")
    tape, windows = await here.kept()  # while the call goes on
    assert heard(windows) == {AGENT, CITIZEN}
    await here.citizen.never_hears(COLLEAGUE)
    await here.over()
    assert here.tapes() == [tape]


@pytest.mark.parametrize("how", [{"queue": False}, {"right": False}])
async def test_nothing_is_recorded_unless_queue_and_agent_say_so(
    people: Callable[..., Any], how: dict[str, bool]
) -> None:
    here: Desk = await people(**how)
    before = set(here.spool.iterdir())
    await here.talk()
    with pytest.raises(Refused):
        await here.wish("pause")
    await here.over()
    assert here.tapes() == []
    assert set(here.spool.iterdir()) == before


async def test_music_and_asides_are_not_in_it(people: Callable[..., Any]) -> None:
    here: Desk = await people()
    await here.talk()
    desk, anna = here.centre.channel.desk, here.actor("anna")
    await desk.hold(anna, here.contact.id)
    await here.phase(CallPhase.HELD)
    await desk.resume(anna, here.contact.id)
    await here.phase(CallPhase.TALKING)
    await here.citizen.hears(AGENT, among=NOTES)
    await here.anna.never_hears(COLLEAGUE)
    await here.over()
    _, windows = await here.kept()
    assert heard(windows) == {AGENT, CITIZEN}
    assert heard(windows[-8:]) >= {CITIZEN}, "it went on when they talked again"


async def test_a_colleague_who_takes_over_is_not_recorded(people: Callable[..., Any]) -> None:
    here: Desk = await people()
    await here.talk()
    desk, anna = here.centre.channel.desk, here.actor("anna")
    await desk.consult(anna, here.contact.id, "2002")
    await here.bo.hears(AGENT, among=NOTES)
    await desk.complete(anna, here.contact.id)
    await here.citizen.hears(COLLEAGUE, among=NOTES)
    await here.citizen.never_hears(AGENT)
    _, windows = await here.kept()
    assert COLLEAGUE not in heard(windows)
    assert heard(windows) == {AGENT, CITIZEN}


async def test_a_citizen_found_to_be_protected_is_recorded_no_longer_and_erased(people: Callable[..., Any]) -> None:
    here: Desk = await people()
    await here.talk()
    await eventually(lambda: here.shown() == "on")
    here.centre.store.sync_run(protect, here.actor("anna"), here.contact.case_id)
    await eventually(lambda: [one.state for one in here.tapes()] == [TapeState.ERASED], 20)
    (tape,) = here.tapes()
    assert tape.reason == "protected"
    assert here.told()[-1] == ("recording_erased", "protected")
    await here.over()
    await eventually(lambda: not list(here.spool.glob("*.wav")), 20, "what came late is thrown away, too")
    assert not here.shelf.exists() or not list(here.shelf.iterdir())


def protect(session: Session, actor: Actor, case_id: int) -> None:
    desk.link_citizen(session, actor, case_id, utc_now(), name="Eva Berg", protected=True)


async def test_a_protected_identity_is_never_recorded(people: Callable[..., Any]) -> None:
    here: Desk = await people()
    await here.talk()
    here.centre.store.sync_run(protect, here.actor("anna"), here.contact.case_id)
    await eventually(lambda: [one.state for one in here.tapes()] == [TapeState.ERASED], 20)
    await here.centre.channel.desk.hand_on(here.actor("anna"), here.contact.id, agent_id=here.actor("anna").user_id)
    here.centre.sign_in("anna")
    await here.citizen.hears(AGENT, among=NOTES)
    assert len(here.tapes()) == 1
