"""What an agent does with a call, from the verb to real telephones and back into the database."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from contactcenter import agents
from contactcenter.errors import Refused
from contactcenter.model import Contact, Event, Queue, User
from contactcenter.ports import Actor
from contactcenter.states import AgentState, CallPhase, CaseState, Channel, ContactState, EventKind, Role
from contactcenter.store import Store
from pbx.call import CallState
from tests.fixtures.exchange import DIRECT, Room
from tests.integration.phone_house import PhoneHouse, beside
from tests.support import eventually

pytestmark = [pytest.mark.asterisk]
Opener = Callable[..., PhoneHouse]
OUTSIDE_NUMBER = "+46850000999"


@pytest.fixture
def sqlite(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(migrated_sqlite, tmp_path / "store.sqlite3")
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    yield store
    store.close()


@pytest.fixture
def house(sqlite: Store, room: Room, tmp_path: Path) -> Opener:
    def make(**options: Any) -> PhoneHouse:
        return PhoneHouse(sqlite, tmp_path, beside(room.exchange), **options)

    return make


def actor(centre: PhoneHouse, login: str) -> Actor:
    def found(session: Session) -> Actor:
        user = session.exec(select(User).where(User.login == login)).one()
        return agents.actor(session, user)

    return centre.ask(found)


async def talking(room: Room, centre: PhoneHouse, *, hold_for: str = "2001") -> Contact:
    """Anna talks with a citizen on a telephone."""
    await room.phone(hold_for, ring=0.2)
    centre.sign_in("anna")
    await room.citizen(DIRECT)
    return await centre.contact("talking")


async def until_phase(centre: PhoneHouse, contact: Contact, phase: CallPhase, third: str | None = None) -> Contact:
    def there(session: Session) -> Contact | None:
        found = session.get_one(Contact, contact.id)
        return found if found.phase is phase and (third is None or found.third == third) else None

    seen: Contact = await centre.until(there)
    return seen


def live(centre: PhoneHouse, contact: Contact) -> Any:
    return centre.channel.exchanges.find(contact.key)


def bridged(centre: PhoneHouse, contact: Contact) -> bool:
    call = live(centre, contact)
    return bool(call) and call.state is CallState.TALKING


async def test_held_and_talked_with_again(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        contact = await talking(room, centre)
        anna = actor(centre, "anna")
        for _ in range(2):
            await centre.channel.desk.hold(anna, contact.id)
            await until_phase(centre, contact, CallPhase.HELD)
            assert live(centre, contact).state is CallState.HELD
            await centre.channel.desk.resume(anna, contact.id)
            await until_phase(centre, contact, CallPhase.TALKING)
            assert "Bridge" in await room.exchange.command("core show channels")
        await centre.channel.hang_up(contact.id)
        await centre.contact("ended")
        await room.until_quiet()
        await centre.until_agent("anna", AgentState.WRAPPING_UP)


async def test_a_citizen_who_is_held_may_hang_up(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        await room.phone("2001", ring=0.2)
        centre.sign_in("anna")
        caller = await room.citizen(DIRECT)
        contact = await centre.contact("talking")
        await centre.channel.desk.hold(actor(centre, "anna"), contact.id)
        await until_phase(centre, contact, CallPhase.HELD)
        await caller.hang_up()
        await centre.contact("ended")
        await room.until_quiet()  # the agent's telephone is let go too
        assert "call_missed" not in centre.events()


async def test_a_citizen_whose_agent_is_cut_off_waits_again_and_is_first(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        contact = await talking(room, centre)
        await centre.channel.desk.hold(actor(centre, "anna"), contact.id)
        await until_phase(centre, contact, CallPhase.HELD)
        await room.exchange.command(f"channel request hangup {live(centre, contact).agent_channel}")
        waits = await centre.contact("waiting")
        assert (waits.id, waits.user_id) == (contact.id, None)
        case = centre.case(contact)
        assert (case.state, case.channel, case.arrived_at) == (CaseState.WAITING, Channel.PHONE, contact.arrived_at)
        await room.phone("2002", ring=0.2)
        centre.sign_in("bo")
        again = await centre.contact("talking")
        assert (again.id, again.user_id) == (contact.id, centre.agent("bo").id)
        assert centre.events().count("call_answered") == 1  # one wait is counted, not two


async def test_consulted_and_left_to_each_other(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        contact = await talking(room, centre)
        await room.phone("2002", ring=0.2)
        anna, desk = actor(centre, "anna"), centre.channel.desk
        await desk.consult(anna, contact.id, "2002")
        await until_phase(centre, contact, CallPhase.CONSULTING, "2002")
        await eventually(lambda: live(centre, contact).third_channel, what="the colleague's telephone")
        await centre.until(lambda s: s.exec(select(Event).where(Event.kind == EventKind.CALL_PHASE)).first())
        await until_answered(centre, contact)
        await desk.complete(anna, contact.id)
        handed = await until_with(centre, contact, "bo")
        assert (handed.phase, handed.third) == (CallPhase.TALKING, "")
        assert centre.case(contact).agent_id == centre.agent("bo").id
        await centre.until_agent("anna", AgentState.WRAPPING_UP)
        await centre.until_agent("bo", AgentState.BUSY)
        await eventually(lambda: bridged(centre, contact))
        await centre.channel.hang_up(contact.id)
        await centre.contact("ended")
        await room.until_quiet()


async def until_answered(centre: PhoneHouse, contact: Contact) -> None:
    """The third one has lifted: both are in a bridge."""

    async def lifted() -> bool:
        shown: str = await centre_room(centre).command("core show channels concise")
        third = live(centre, contact).third_channel
        return any(line.startswith(third + "!") and "!Up!" in line for line in shown.splitlines())

    await eventually(lifted, what="the third one lifts")


async def until_together(centre: PhoneHouse, contact: Contact) -> None:
    """The third one talks with the agent again."""

    async def talks() -> bool:
        shown: str = await centre_room(centre).command("core show channels concise")
        third = live(centre, contact).third_channel
        return any(line.startswith(third + "!") and "!Bridge!" in line for line in shown.splitlines())

    await eventually(talks, what="agent and third one talk")


def centre_room(centre: PhoneHouse) -> Any:
    return _EXCHANGE[0]


_EXCHANGE: list[Any] = []


@pytest.fixture(autouse=True)
def _exchange(room: Room) -> Iterator[None]:
    _EXCHANGE[:] = [room.exchange]
    yield
    _EXCHANGE.clear()


async def until_with(centre: PhoneHouse, contact: Contact, login: str) -> Contact:
    def theirs(session: Session) -> Contact | None:
        found = session.get_one(Contact, contact.id)
        user = session.get(User, found.user_id) if found.user_id else None
        return found if user and user.login == login and found.state is ContactState.TALKING else None

    found: Contact = await centre.until(theirs)
    return found


async def test_consulting_is_called_off_and_the_citizen_taken_back(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        contact = await talking(room, centre)
        await room.phone("2002", then="ring")
        anna, desk = actor(centre, "anna"), centre.channel.desk
        await desk.consult(anna, contact.id, "2002")
        await until_phase(centre, contact, CallPhase.CONSULTING, "2002")
        with pytest.raises(Refused, match="nobody else"):
            await desk.complete(anna, contact.id) if not live(centre, contact).third_channel else _refuse()
        await desk.cancel(anna, contact.id)
        await until_phase(centre, contact, CallPhase.HELD, "")
        await desk.resume(anna, contact.id)
        await until_phase(centre, contact, CallPhase.TALKING)
        assert centre.agent("anna").state is AgentState.BUSY


async def test_the_agent_swaps_between_citizen_and_third_one(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        contact = await talking(room, centre)
        await room.phone("2002", ring=0.2)
        anna, desk = actor(centre, "anna"), centre.channel.desk
        await desk.consult(anna, contact.id, "2002")
        await until_phase(centre, contact, CallPhase.CONSULTING, "2002")
        await until_answered(centre, contact)
        await centre.until(lambda s: s.get_one(Contact, contact.id).third_talks)
        for _ in range(2):
            await desk.swap(anna, contact.id)
            aside = await until_phase(centre, contact, CallPhase.TALKING, "2002")
            assert aside.third_talks
            await eventually(lambda: bridged(centre, contact))
            await desk.swap(anna, contact.id)
            await until_phase(centre, contact, CallPhase.CONSULTING, "2002")
            await until_together(centre, contact)
        await desk.complete(anna, contact.id)
        await until_with(centre, contact, "bo")
        await centre.channel.hang_up(contact.id)
        await centre.contact("ended")
        await room.until_quiet()


def _refuse() -> None:
    raise Refused("nobody_consulted", "nobody else")


async def test_three_talk_until_the_agent_leaves(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        contact = await talking(room, centre)
        await room.phone("2002", ring=0.2)
        anna, desk = actor(centre, "anna"), centre.channel.desk
        await desk.consult(anna, contact.id, "2002")
        await until_phase(centre, contact, CallPhase.CONSULTING, "2002")
        await until_answered(centre, contact)
        await desk.confer(anna, contact.id)
        await until_phase(centre, contact, CallPhase.CONFERENCE)

        async def together() -> bool:
            rooms = (await room.exchange.command("confbridge list")).splitlines()
            return any(line.split()[1:2] == ["3"] for line in rooms)

        await eventually(together, what="three in the room")
        await room.exchange.command(f"channel request hangup {live(centre, contact).agent_channel}")
        await centre.contact("ended")
        await room.until_quiet()


async def test_parked_and_picked_up_by_a_colleague(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        contact = await talking(room, centre)
        await centre.channel.desk.park(actor(centre, "anna"), contact.id)
        await until_phase(centre, contact, CallPhase.PARKED)
        await centre.until_agent("anna", AgentState.WRAPPING_UP)
        await room.phone("2002", ring=0.2)
        await centre.channel.desk.pick_up(actor(centre, "bo"), contact.id)
        taken = await until_with(centre, contact, "bo")
        assert taken.phase is CallPhase.TALKING
        assert centre.case(contact).agent_id == centre.agent("bo").id


async def test_handed_on_to_a_queue_and_to_a_colleague(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        contact = await talking(room, centre)
        await room.phone("2002", ring=0.2)
        bo = centre.agent("bo")
        centre.sign_in("bo")
        await centre.channel.desk.hand_on(actor(centre, "anna"), contact.id, agent_id=bo.id)
        await until_with(centre, contact, "bo")
        queue = centre.ask(lambda s: s.exec(select(Queue)).one())
        await centre.channel.desk.hand_on(actor(centre, "bo"), contact.id, queue_id=queue.id)
        await centre.contact("waiting")
        told = centre.ask(lambda s: s.exec(select(Event).order_by(col(Event.id))).all())
        assert sum(event.kind is EventKind.CASE_TRANSFERRED for event in told) == 2
        assert not any(event.kind is EventKind.CALL_MISSED for event in told)


async def test_held_calls_are_known_after_a_restart(room: Room, house: Opener) -> None:
    centre = house()
    async with centre.open():
        contact = await talking(room, centre)
        await centre.channel.desk.hold(actor(centre, "anna"), contact.id)
        await until_phase(centre, contact, CallPhase.HELD)
    async with centre.open():
        call = live(centre, contact)
        assert (call.state, call.phone) == (CallState.HELD, "2001")
        assert call.agent_channel
        await centre.channel.desk.resume(actor(centre, "anna"), contact.id)
        await until_phase(centre, contact, CallPhase.TALKING)
        assert centre.ask(lambda s: s.get_one(Contact, contact.id)).state is ContactState.TALKING


async def test_nobody_else_meddles_with_a_call(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        contact = await talking(room, centre)
        bo, desk = actor(centre, "bo"), centre.channel.desk
        for meddle in (desk.hold, desk.park, desk.resume, desk.complete, desk.confer, desk.pick_up):
            with pytest.raises(Refused):
                await meddle(bo, contact.id)
        with pytest.raises(Refused, match="telephone number"):
            await desk.consult(actor(centre, "anna"), contact.id, "2001@evil,n")
        assert bridged(centre, contact)


async def test_a_supervisor_listens_for_a_reason_and_leaves_a_trace(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        contact = await talking(room, centre)
        await room.phone("2006", ring=0.2)
        desk, cilla = centre.channel.desk, actor(centre, "cilla")
        with pytest.raises(Refused, match="only supervisors"):
            await desk.listen(cilla, contact.id, "listen", "Kvalitetsuppföljning")
        cilla = replace(cilla, role=Role.SUPERVISOR)
        with pytest.raises(Refused, match="say why"):
            await desk.listen(cilla, contact.id, "listen", " ")
        assert EventKind.CALL_LISTENED.value not in centre.events()
        await desk.listen(cilla, contact.id, "whisper", "Ny medarbetare, första veckan")

        async def listens() -> bool:
            return "ChanSpy" in await room.exchange.command("core show channels")

        await eventually(listens, what="the supervisor's telephone listens")
        assert centre.events().count("call_listened") == 1
        kept = centre.ask(lambda s: s.get_one(Contact, contact.id)).facts["listened"]
        assert [(one["how"], one["reason"]) for one in kept] == [("whisper", "Ny medarbetare, första veckan")]
        await centre.channel.hang_up(contact.id)
        await room.until_quiet()  # it ends with the call
