"""Two real Asterisks as one telephone: rung where the telephone is, one dies, one is emptied."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import Session, col, select

from contactcenter.errors import Refused
from contactcenter.model import Case, Contact
from contactcenter.states import CaseState, Channel, ContactState
from contactcenter.store import Store
from pbx.exchange import Exchange
from pbx.settings import OtherExchange
from tests.fixtures.exchange import DIRECT, PLAN, Room, settings
from tests.integration.phone_house import PhoneHouse, beside
from tests.support import eventually, free_port

pytestmark = [pytest.mark.asterisk]
NORTH, SOUTH = "127.0.0.1", "127.0.0.2"
LOST_AFTER = 2.0


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Exchange, Exchange]]:
    """`norr` and `syd`, each on an address of its own, each with the other as a peer."""
    ports = {NORTH: free_port(host=NORTH), SOUTH: free_port(host=SOUTH)}
    made = []
    folders = []
    for name, host, peer, there in (("norr", NORTH, "syd", SOUTH), ("syd", SOUTH, "norr", NORTH)):
        folder = Path(tempfile.mkdtemp(prefix="kc-"))
        folders.append(folder)
        chosen = settings(
            name=name, host=host, sip_port=ports[host], ami_host=host, peers={peer: f"sip:{there}:{ports[there]}"},
            trunk_addresses=(host,), trunk_uri="",
            rtp_first=20000 if name == "norr" else 22000, rtp_last=20999 if name == "norr" else 22999,
        )  # fmt: skip
        exchange = Exchange.prepare(folder, PLAN, chosen)
        asyncio.run(exchange.start())
        made.append(exchange)
    yield made[0], made[1]
    for exchange, folder in zip(made, folders, strict=True):
        asyncio.run(exchange.stop())
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def rooms(pair: tuple[Exchange, Exchange]) -> AsyncIterator[tuple[Room, Room]]:
    both = Room(pair[0]), Room(pair[1])
    yield both
    for room in both:
        await room.hang_up_all()
        if room.exchange.alive():
            await room.close()


@pytest.fixture
def sqlite(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(migrated_sqlite, tmp_path / "store.sqlite3")
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    yield store
    store.close()


@pytest.fixture
def house(sqlite: Store, pair: tuple[Exchange, Exchange], tmp_path: Path) -> PhoneHouse:
    return PhoneHouse(sqlite, tmp_path, of(pair))


def of(pair: tuple[Exchange, Exchange], **changed: Any) -> Any:
    """Settings for both, run by somebody else."""
    south = pair[1].rendered
    other = OtherExchange(
        name="syd", ami_host=SOUTH, ami_port=south.ami_port, ami_user=south.ami_user,
        ami_secret=SecretStr(south.ami_secret),
    )  # fmt: skip
    return beside(pair[0], name="norr", exchanges=(other,), lost_after_seconds=LOST_AFTER, **changed)


async def both_connected(house: PhoneHouse) -> None:
    await eventually(lambda: all(line.connected for line in house.channel.exchanges.lines))


def code_of(house: PhoneHouse, part: str) -> str | None:
    """What is wrong with a part; empty: nothing."""
    health = house.board.get(part)
    return health.code if health else None


def calls(session: Session) -> list[Contact]:
    return list(session.exec(select(Contact).where(Contact.channel == Channel.PHONE).order_by(col(Contact.id))).all())


async def states(house: PhoneHouse, *wanted: ContactState) -> list[Contact]:
    """The calls in the order in which they came, once they are in these states."""

    def there(session: Session) -> list[Contact] | None:
        found = calls(session)
        return found if tuple(one.state for one in found) == wanted else None

    found: list[Contact] = await house.until(there)
    return found


async def test_calls_of_both_are_one_queue_and_ids_differ(rooms: tuple[Room, Room], house: PhoneHouse) -> None:
    async with house.open():
        await both_connected(house)
        await rooms[0].citizen(DIRECT)
        await states(house, ContactState.WAITING)
        await rooms[1].citizen(DIRECT)
        first, second = await states(house, ContactState.WAITING, ContactState.WAITING)
        assert (first.key.split("-")[0], second.key.split("-")[0]) == ("norr", "syd")


async def test_rung_at_the_other_exchange_where_the_telephone_is(rooms: tuple[Room, Room], house: PhoneHouse) -> None:
    """Anna's telephone is registered in the south; the citizen came in the north."""
    async with house.open():
        await both_connected(house)
        await rooms[1].phone("2001", ring=0.2)
        exchanges = house.channel.exchanges
        await eventually(lambda: exchanges.lines[1].has_phone("2001"))
        assert not exchanges.lines[0].has_phone("2001")
        house.sign_in("anna")
        citizen = await rooms[0].citizen(DIRECT)
        (talking,) = await states(house, ContactState.TALKING)
        assert (talking.key.split("-")[0], talking.user_id) == ("norr", house.agent("anna").id)
        assert exchanges.find(talking.key) is not None
        assert not exchanges.lines[1].holds(talking.key)
        await house.channel.hang_up(talking.id)
        await states(house, ContactState.ENDED)
        assert await citizen.wait() == 0


async def test_answered_from_the_console_it_lifts_at_the_other_exchange(
    rooms: tuple[Room, Room], house: PhoneHouse
) -> None:
    async with house.open():
        await both_connected(house)
        await rooms[1].phone("2002", then="ring")
        await eventually(lambda: house.channel.exchanges.lines[1].has_phone("2002"))
        house.sign_in("bo")
        await rooms[0].citizen(DIRECT)
        (ringing,) = await states(house, ContactState.RINGING)
        await house.channel.answer(ringing.id, house.agent("bo").id)
        await states(house, ContactState.TALKING)


async def test_the_same_exchange_is_preferred(rooms: tuple[Room, Room], house: PhoneHouse) -> None:
    async with house.open():
        await both_connected(house)
        await rooms[1].phone("2001", ring=0.2)
        await rooms[0].phone("2001", ring=0.2)
        lines = house.channel.exchanges.lines
        await eventually(lambda: lines[0].has_phone("2001") and lines[1].has_phone("2001"))
        house.sign_in("anna")
        await rooms[1].citizen(DIRECT)
        await states(house, ContactState.TALKING)
        channels = await rooms[0].exchange.command("core show channels concise")
        assert "PJSIP" not in channels, "nothing of it passes through the north"


async def test_after_a_restart_each_finds_its_own(rooms: tuple[Room, Room], house: PhoneHouse) -> None:
    async with house.open():
        await both_connected(house)
        await rooms[0].citizen(DIRECT)
        await states(house, ContactState.WAITING)
        await rooms[1].citizen(DIRECT)
        before = await states(house, ContactState.WAITING, ContactState.WAITING)
    async with house.open():
        await both_connected(house)
        after = await states(house, ContactState.WAITING, ContactState.WAITING)
        assert [one.arrived_at for one in after] == [one.arrived_at for one in before]
        assert "call_missed" not in house.events()


async def test_emptied_for_maintenance(rooms: tuple[Room, Room], house: PhoneHouse) -> None:
    """New calls are turned away so that the operator tries the other; who is there is served."""
    async with house.open():
        await both_connected(house)
        await rooms[0].citizen(DIRECT)
        await states(house, ContactState.WAITING)
        await house.channel.drain("norr", house.agent("anna").id, on=True)
        turned_away = await rooms[0].citizen(DIRECT)
        assert await turned_away.wait() == 1
        assert len(house.ask(calls)) == 1
        health = house.board.get("phone")
        facts = health.facts if health else {}
        assert (facts["draining"], facts["left"]) == (True, 1)
        await rooms[0].phone("2006", ring=0.1)
        await eventually(lambda: house.channel.exchanges.lines[0].has_phone("2006"))
        with pytest.raises(Refused) as refused:
            house.channel.exchanges.for_new("2006")
        assert refused.value.code == "exchange_draining"
        house.sign_in("cilla")
        await states(house, ContactState.TALKING)
    async with house.open():
        assert house.channel.exchanges.lines[0].draining, "remembered over a restart"
        await house.channel.drain("norr", house.agent("anna").id, on=False)


async def test_an_exchange_with_another_name_is_refused(
    rooms: tuple[Room, Room], sqlite: Store, pair: tuple[Exchange, Exchange], tmp_path: Path
) -> None:
    """Its calls could have the ids of another's."""
    wrong = of(pair).model_copy(update={"exchanges": (of(pair).exchanges[0].model_copy(update={"name": "vast"}),)})
    house = PhoneHouse(sqlite, tmp_path, wrong)
    async with house.open():
        await eventually(lambda: code_of(house, "phone:vast") == "systemname")
        assert code_of(house, "phone") == ""


async def test_one_dies_and_the_other_goes_on(rooms: tuple[Room, Room], house: PhoneHouse) -> None:
    """The last test of the pair: the south is killed in the middle of its calls. (A telephone whose plug was pulled
    stays registered where it was, so each test rings other ones.)"""
    async with house.open():
        await both_connected(house)
        await rooms[0].phone("2002", ring=0.1)
        await eventually(lambda: house.channel.exchanges.lines[0].has_phone("2002"))
        house.sign_in("bo")
        await rooms[0].citizen(DIRECT)
        await states(house, ContactState.TALKING)
        await rooms[1].citizen(DIRECT)
        await states(house, ContactState.TALKING, ContactState.WAITING)
        south = rooms[1].exchange.process
        assert south
        south.kill()
        south.wait()
        (talking, missed) = await states(house, ContactState.TALKING, ContactState.MISSED)
        case = house.ask(lambda session: session.get_one(Case, missed.case_id))
        assert (case.channel, case.state) == (Channel.CALLBACK, CaseState.WAITING)
        assert (code_of(house, "phone"), code_of(house, "phone:syd")) == ("", "link_refused")
        await rooms[0].citizen(DIRECT)
        await states(house, ContactState.TALKING, ContactState.MISSED, ContactState.WAITING)
        await house.channel.hang_up(talking.id)
        await states(house, ContactState.ENDED, ContactState.MISSED, ContactState.WAITING)
