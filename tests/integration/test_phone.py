"""The telephone channel from SIP to the database and back: real Asterisk, SIPp, the real store, the real dispatcher."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import select

from contactcenter.calls import live_calls
from contactcenter.errors import Refused, Unavailable
from contactcenter.model import Offer
from contactcenter.states import AgentState, CaseState, Channel, ContactState, Direction
from contactcenter.store import Store
from pbx.exchange import Exchange, running
from pbx.plan import Plan
from pbx.settings import PhoneSettings
from tests.fixtures.exchange import CLOSED, DIRECT, STALE_SECONDS, SWITCHBOARD, Room, settings
from tests.integration.phone_house import PhoneHouse, beside
from tests.support import eventually

pytestmark = [pytest.mark.asterisk]
Opener = Callable[..., PhoneHouse]


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


async def test_a_call_is_a_case_in_the_queue_because_it_entered_it(room: Room, house: Opener) -> None:
    """Causes in order, not how fast (benchmarks.telephone measures that): nobody has to look, answer or ring again."""
    async with house().open() as centre:
        await room.citizen(SWITCHBOARD, keys="1", key_after=0.3)
        contact = await centre.contact("waiting")
        assert [kind for kind in centre.events() if kind.startswith(("call_", "case_", "contact_"))] == [
            "case_opened",
            "contact_received",
        ]
        case = centre.case(contact)
        assert (case.state, case.channel, contact.direction) == (CaseState.WAITING, Channel.PHONE, Direction.IN)
        assert (contact.sender, contact.address_point) == ("+46701740605", SWITCHBOARD)
        assert contact.facts["key"] == "1"


async def test_offered_answered_on_the_telephone_and_ended(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        await room.phone("2001", ring=0.3)
        centre.sign_in("anna")
        caller = await room.citizen(DIRECT)
        contact = await centre.contact("talking")
        assert centre.case(contact).state is CaseState.WORKING
        assert centre.case(contact).agent_id == centre.agent("anna").id == contact.user_id
        assert centre.agent("anna").state is AgentState.BUSY
        await caller.hang_up()
        contact = await centre.contact("ended")
        await centre.until_agent("anna", AgentState.WRAPPING_UP)
        told = [kind for kind in centre.events() if kind.startswith(("call_", "case_"))]
        assert told == [
            "case_opened", "case_offered", "call_ringing", "case_accepted", "call_answered", "call_ended",
        ]  # fmt: skip


async def test_a_silent_agent_is_passed_over_and_away(room: Room, house: Opener) -> None:
    async with house(offer_seconds=3).open() as centre:
        await room.phone("2001", then="ring")
        centre.sign_in("anna")
        await room.citizen(DIRECT)
        first = await centre.contact("ringing")
        await room.phone("2002", ring=0.1)
        centre.sign_in("bo")
        await centre.until_agent("anna", AgentState.AWAY, "no_answer")
        contact = await centre.contact("talking")
        assert contact.user_id == centre.agent("bo").id
        assert contact.arrived_at == first.arrived_at
        assert "call_missed" not in centre.events()


@pytest.mark.parametrize(("then", "reason"), [("decline", "phone_busy"), ("", "phone_unreachable")])
async def test_a_telephone_that_cannot_ring_says_why(room: Room, house: Opener, then: str, reason: str) -> None:
    async with house().open() as centre:
        if then:
            await room.phone("2001", then=then)
        login = "anna" if then else "cilla"
        centre.sign_in(login)
        await room.citizen(DIRECT)
        await centre.until_agent(login, AgentState.AWAY, reason)
        assert (await centre.contact("waiting")).user_id is None


async def test_answered_from_the_console(room: Room, house: Opener) -> None:
    async with house(offer_seconds=8).open() as centre:
        await room.phone("2001", then="ring")
        centre.sign_in("anna")
        await room.citizen(DIRECT)
        contact = await centre.contact("ringing")
        await centre.channel.answer(contact.id, centre.agent("anna").id)
        await centre.contact("talking")
        offer = centre.ask(lambda session: session.exec(select(Offer)).one())
        assert (offer.expires_at - offer.offered_at).total_seconds() > 10, "who pressed Answer is not silent"
        await centre.channel.hang_up(contact.id)
        await centre.contact("ended")
        with pytest.raises(Refused):
            await centre.channel.hang_up(contact.id)


async def test_accepted_before_it_is_answered_the_telephone_lifts_itself(room: Room, house: Opener) -> None:
    """As the API does it, which knows nothing of telephones."""
    async with house().open() as centre:
        await room.phone("2002", then="ring")
        centre.sign_in("bo")
        await room.citizen(DIRECT)
        ringing = await centre.contact("ringing")
        centre.accept("bo")
        talking = await centre.contact("talking")
        assert (talking.id, talking.user_id) == (ringing.id, centre.agent("bo").id)


async def test_accepted_but_not_taken_it_waits_again(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        phone = await room.phone("2002", then="ring")
        centre.sign_in("bo")
        await room.citizen(DIRECT)
        await centre.contact("ringing")
        await phone.stop()
        centre.accept("bo")
        await eventually(lambda: "case_released" in centre.events())
        assert "call_missed" not in centre.events()


async def test_giving_up_makes_a_case_to_call_back_and_click_to_call_does(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        caller = await room.citizen(DIRECT)
        missed = await centre.contact("waiting")
        await caller.hang_up()
        await centre.contact("missed")
        assert (centre.case(missed).channel, centre.case(missed).state) == (Channel.CALLBACK, CaseState.WAITING)
        await room.phone("2001", then="ring")
        await room.outside(ring=0.2, talk=1)
        await centre.channel.call_back(missed.case_id, centre.agent("anna").id, "070-174 06 05")
        talking = await centre.contact("talking")
        assert (talking.direction, talking.recipients, talking.case_id) == (
            Direction.OUT, ["+46701740605"], missed.case_id,
        )  # fmt: skip
        await centre.contact("ended")


async def test_a_call_back_that_is_not_answered_fails_visibly(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        caller = await room.citizen(DIRECT)
        missed = await centre.contact("waiting")
        await caller.hang_up()
        await centre.contact("missed")
        await room.phone("2001", then="ring")
        await room.outside(then="decline")
        await centre.channel.call_back(missed.case_id, centre.agent("anna").id, "+46701740605")
        await centre.contact("failed")
        with pytest.raises(Refused):
            await centre.channel.call_back(missed.case_id, centre.agent("anna").id, "inget nummer")


async def test_restarted_in_the_middle_nobody_loses_their_place_or_their_call(room: Room, house: Opener) -> None:
    centre = house()
    async with centre.open():
        await room.phone("2001", ring=0.1)
        centre.sign_in("anna")
        await room.citizen(DIRECT)
        talking = await centre.contact("talking")
        caller = await room.citizen(DIRECT)
        waiting = await centre.contact("waiting")
        before = centre.events()
    async with centre.open():
        assert centre.events() == before
        await room.phone("2002", ring=0.1)
        centre.sign_in("bo")
        again = await centre.contact("talking")
        assert (again.id, again.arrived_at, again.user_id) == (waiting.id, waiting.arrived_at, centre.agent("bo").id)
        await centre.channel.hang_up(talking.id)
        await centre.until_agent("anna", AgentState.WRAPPING_UP)
        await caller.hang_up()
        await centre.contact("ended")


async def test_who_gave_up_while_we_were_away_is_found_out(room: Room, house: Opener) -> None:
    centre = house()
    async with centre.open():
        caller = await room.citizen(DIRECT)
        await centre.contact("waiting")
    await caller.hang_up()
    async with centre.open():
        await centre.contact("missed")


async def test_answered_on_a_fallback_telephone_the_case_is_dealt_with(room: Room, house: Opener) -> None:
    centre = house()
    await room.phone("2008", ring=0.1)
    async with centre.open():
        await room.citizen(DIRECT)
        await centre.contact("waiting")

    async def answered() -> bool:
        return "2 active channels" in await room.exchange.command("core show channels count")

    await eventually(answered, timeout=STALE_SECONDS + 10)
    async with centre.open():
        contact = await centre.contact("talking")
        assert (contact.user_id, centre.case(contact).state) == (None, CaseState.CLOSED)


async def test_what_the_store_cannot_take_now_it_gets_later(
    room: Room, house: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house().open() as centre:
        tried: list[str] = []

        async def away(function: Any, *_: Any, **__: Any) -> None:
            tried.append(function.__name__)
            raise Unavailable("database")

        with monkeypatch.context() as broken:
            broken.setattr(centre.store, "run", away)
            await room.citizen(DIRECT)
            await eventually(lambda: tried.count("record") > 1)
            assert not centre.channel._stored
        await centre.contact("waiting")
        assert centre.channel._stored


async def test_closed_by_the_municipalitys_hours(room: Room, house: Opener) -> None:
    async with house().open() as centre:
        caller = await room.citizen(CLOSED)
        assert await caller.wait() == 0
        assert "case_opened" not in centre.events()


async def test_a_missing_asterisk_is_said_with_its_remedy(sqlite: Store, tmp_path: Path) -> None:
    centre = PhoneHouse(sqlite, tmp_path, PhoneSettings(asterisk_root=tmp_path / "nowhere"))
    with pytest.raises(AssertionError):
        async with centre.open_briefly():
            pass
    health = centre.board.get("phone")
    assert health
    assert (health.ok, health.code) == (False, "asterisk_missing")
    assert "make setup" in health.hint


async def test_a_wrong_secret_is_said_and_named(sqlite: Store, room: Room, tmp_path: Path) -> None:
    centre = PhoneHouse(sqlite, tmp_path, beside(room.exchange, ami_secret=SecretStr("fel")))
    with pytest.raises(AssertionError):
        async with centre.open_briefly(5):  # Asterisk lets a wrong secret wait
            pass
    health = centre.board.get("phone")
    assert health
    assert (health.ok, health.code) == (False, "ami_login")
    assert "fel" not in health.hint


async def test_our_own_exchange_may_outlive_a_restart(sqlite: Store) -> None:
    folder = Path(tempfile.mkdtemp(prefix="kc-"))
    centre = PhoneHouse(sqlite, folder, settings(outlive=True))
    try:
        async with centre.open():
            assert centre.channel.exchanges.lines[0].exchange
            room = Room(centre.channel.exchanges.lines[0].exchange)
            await room.citizen(DIRECT)
            waiting = await centre.contact("waiting")
        assert running(folder / "pbx")
        async with centre.open():
            assert (await centre.contact("waiting")).id == waiting.id
            await room.close()
            await centre.contact("missed")
    finally:
        await (await asyncio.to_thread(Exchange.prepare, folder / "pbx", Plan(), settings())).stop()
        shutil.rmtree(folder, ignore_errors=True)
    assert not running(folder / "pbx")


async def test_an_exchange_that_dies_is_started_again(sqlite: Store) -> None:
    folder = Path(tempfile.mkdtemp(prefix="kc-"))
    centre = PhoneHouse(sqlite, folder, settings())
    try:
        async with centre.open():
            first = centre.channel.exchanges.lines[0].exchange
            assert first
            assert first.process
            room = Room(first)
            await room.citizen(DIRECT)
            await centre.contact("waiting")
            first.process.kill()
            await room.hang_up_all()
            await eventually(
                lambda: centre.channel.exchanges.lines[0].exchange is not first and centre.connected(), timeout=20
            )
            await centre.contact("missed")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def test_our_own_exchange_takes_a_new_number_while_calls_go_on(sqlite: Store) -> None:
    folder = Path(tempfile.mkdtemp(prefix="kc-"))
    try:
        centre = PhoneHouse(sqlite, folder, settings())
        async with centre.open():
            assert centre.channel.exchanges.lines[0].exchange
            room = Room(centre.channel.exchanges.lines[0].exchange)
            await room.citizen(DIRECT)
            first = await centre.contact("waiting")
            centre.add_number("+46850000400")
            await eventually(lambda: "+46850000400" in numbers(folder), timeout=20)
            await eventually(lambda: dialled(room, "+46850000400"), timeout=20)
            await centre.until(lambda s: [c.address_point for c in live_calls(s)] == [DIRECT, "+46850000400"])
            assert first.state is ContactState.WAITING
            await room.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def numbers(folder: Path) -> str:
    return (folder / "pbx" / "etc" / "kc-numbers.conf").read_text(encoding="utf-8")


async def dialled(room: Room, number: str) -> bool:
    """Known to the running Asterisk, and then called."""
    if number not in await room.exchange.command("dialplan show kc-numbers"):
        return False
    await room.citizen(number)
    return True
