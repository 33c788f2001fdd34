"""A real call, and the supervisor's replay of it afterwards."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from contactcenter import agents, telephone_journal
from contactcenter.clock import utc_now
from contactcenter.errors import Refused
from contactcenter.model import Organisation
from contactcenter.store import Store
from contactcenter.telephone_journal import TelephoneEvent
from tests.fixtures.exchange import DIRECT, Room
from tests.integration.phone_house import PhoneHouse, beside
from tests.support import eventually
from ui import replay

pytestmark = [pytest.mark.asterisk]
CALLER = "+46701740605"


@pytest.fixture
def house(migrated_sqlite: Path, tmp_path: Path, room: Room) -> Iterator[PhoneHouse]:
    shutil.copy(migrated_sqlite, tmp_path / "store.sqlite3")
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    yield PhoneHouse(store, tmp_path, beside(room.exchange))
    store.close()


async def test_the_room_is_shown_as_it_was(room: Room, house: PhoneHouse) -> None:
    begin = utc_now()
    async with house.open():
        await room.phone("2001", ring=0.3)
        await room.citizen(DIRECT)
        await house.contact("waiting")
        house.sign_in("anna")
        contact = await house.contact("talking")
        await house.channel.hang_up(contact.id)
        await house.contact("ended")
        await eventually(lambda: not house.channel.exchanges.lines[0].holds(contact.key))
        end = utc_now() + timedelta(seconds=1)
        past = await house.channel.replay(begin, end)
    supervisor = house.ask(lambda session: agents.actor(session, house.agent("anna")))
    shown = house.ask(lambda session: replay.seen_by(session, supervisor, past, begin, end))
    (call,) = shown.calls
    assert call.case_number == house.case(contact).number
    told = [(one.state, one.agent) for one in call.stretches]
    assert told[-3:] == [("waiting", ""), ("ringing", "Anna Ek"), ("talking", "Anna Ek")]
    assert all(one.begin <= one.end for one in call.stretches)
    assert len(list(replay._rows(shown))) == len(call.stretches)


async def test_somebody_of_another_place_sees_nothing_of_it(room: Room, house: PhoneHouse) -> None:
    begin = utc_now()
    async with house.open():
        await room.citizen(DIRECT)
        await house.contact("waiting")
        past = await house.channel.replay(begin, utc_now() + timedelta(seconds=1))
    assert past.calls
    elsewhere = house.ask(lambda s: s.exec(select(Organisation.id).where(Organisation.key == "solvik.natt")).one())
    actor = house.ask(lambda session: agents.actor(session, house.agent("anna")))
    other = type(actor)(actor.user_id, actor.name, actor.role, elsewhere, frozenset({elsewhere}))
    assert house.ask(lambda session: replay.seen_by(session, other, past, begin, utc_now())).calls == []


async def test_no_number_of_a_citizen_is_in_the_journal(room: Room, house: PhoneHouse) -> None:
    async with house.open():
        await room.outside(ring=0.1, talk=0.5)
        await room.phone("2001", then="ring")
        await room.citizen(DIRECT)
        contact = await house.contact("waiting")
        await house.channel._journal.write()
    rows = house.ask(lambda s: s.exec(select(TelephoneEvent).order_by(col(TelephoneEvent.id))).all())
    assert {row.kind for row in rows} >= {"snapshot", "Arrived", "Waits"}
    text = json.dumps([row.facts for row in rows])
    assert contact.sender == CALLER
    assert CALLER not in text
    assert CALLER.removeprefix("+46") not in text


def test_old_rows_go_and_a_span_is_bounded(house: PhoneHouse) -> None:
    now = utc_now()
    rows = [{"at": now - timedelta(days=age), "exchange": "kc", "kind": "snapshot", "facts": {}} for age in (40, 31, 2)]
    house.store.sync_run(telephone_journal.keep, rows)
    assert house.store.sync_run(telephone_journal.prune, now - timedelta(days=30)) == 2
    assert house.store.sync_run(telephone_journal.prune, now - timedelta(days=30)) == 0
    for begin in (now, now - timedelta(hours=5)):
        with pytest.raises(Refused):
            house.store.sync_read(telephone_journal.span, begin, now)
