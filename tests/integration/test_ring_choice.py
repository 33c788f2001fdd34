"""Where an agent is rung: on the desk, or at a number of their own, where a voice mail box may answer."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from contactcenter import agents, ring_choice
from contactcenter.clock import utc_now
from contactcenter.ring_choice import RingPlace
from contactcenter.states import AgentState
from contactcenter.store import Store
from tests.fixtures.exchange import DIRECT, Room
from tests.integration.phone_house import PhoneHouse, beside
from tests.support import eventually

pytestmark = [pytest.mark.asterisk]
MOBILE = "+46701740699"


@pytest.fixture
def sqlite(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(migrated_sqlite, tmp_path / "store.sqlite3")
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    yield store
    store.close()


@pytest.fixture
def house(sqlite: Store, room: Room, tmp_path: Path) -> PhoneHouse:
    return PhoneHouse(sqlite, tmp_path, beside(room.exchange), offer_seconds=30)


def chooser(centre: PhoneHouse, place: RingPlace, number: str = "") -> Callable[[Session], None]:
    user_id = centre.agent("anna").id

    def choose(session: Session) -> None:
        actor = agents.actor(session, agents.get(session, user_id))
        ring_choice.choose(session, actor, place, number, utc_now())

    return choose


async def chosen(centre: PhoneHouse, place: RingPlace, number: str = "") -> None:
    """The exchange knows it, too."""
    centre.store.sync_run(chooser(centre, place, number))
    wanted = number or place.value
    line = centre.channel.exchanges.lines[0]
    await eventually(lambda: line.told.get("KC_RING_2001") == wanted, what="the exchange is told")


async def test_who_presses_one_on_the_mobile_gets_the_citizen(room: Room, house: PhoneHouse) -> None:
    async with house.open() as centre:
        await chosen(centre, RingPlace.NUMBER, MOBILE)
        await room.outside(key="1")
        centre.sign_in("anna")
        caller = await room.citizen(DIRECT)
        contact = await centre.contact("talking", timeout=25)
        assert contact.user_id == centre.agent("anna").id
        assert "call_answered" in centre.events()
        await caller.hang_up()
        await centre.contact("ended")


async def test_a_voice_mail_box_gets_no_citizen(room: Room, house: PhoneHouse) -> None:
    async with house.open() as centre:
        await chosen(centre, RingPlace.NUMBER, MOBILE)
        await room.outside()
        centre.sign_in("anna")
        await room.citizen(DIRECT)
        await centre.contact("ringing")
        await centre.until_agent("anna", AgentState.AWAY, "no_answer", timeout=40)
        assert (await centre.contact("waiting")).user_id is None
        assert "call_answered" not in centre.events()


async def test_the_browser_only_and_no_browser_is_unreachable(room: Room, house: PhoneHouse) -> None:
    async with house.open() as centre:
        await room.phone("2001")
        await chosen(centre, RingPlace.BROWSER)
        centre.sign_in("anna")
        await room.citizen(DIRECT)
        await centre.until_agent("anna", AgentState.AWAY, "phone_unreachable")
