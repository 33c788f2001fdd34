"""What callers leave when nobody helps them: recorded by a real Asterisk, taken in with its true time, once."""

import math
import shutil
import struct
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from contactcenter.clock import utc_now
from contactcenter.files import FileStore
from contactcenter.model import Case, Contact, FileRecord
from contactcenter.states import CaseState, Channel, ContactState
from contactcenter.store import Store
from pbx.desk import Desk
from tests.fixtures.exchange import DIRECT, Room
from tests.integration.phone_house import PhoneHouse, beside
from tests.support import eventually

pytestmark = [pytest.mark.asterisk]
Opener = Callable[..., PhoneHouse]
TONE = 1000


@pytest.fixture
def sqlite(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(migrated_sqlite, tmp_path / "store.sqlite3")
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    yield store
    store.close()


@pytest.fixture
def spool(room: Room) -> Iterator[Path]:
    folder = room.exchange.rendered.folder / "spool" / "kc"
    yield folder
    for left in folder.iterdir():
        left.unlink()


@pytest.fixture
def house(sqlite: Store, room: Room, tmp_path: Path, spool: Path) -> Opener:
    def make(**options: Any) -> PhoneHouse:
        return PhoneHouse(sqlite, tmp_path, beside(room.exchange, spool=spool), **options)

    return make


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """A second of a tone as raw A-law, which a SIPp citizen says over and over."""
    import subprocess

    file = tmp_path / "tone.al"
    made = ["sox", "-n", "-r", "8000", "-c", "1", "-t", "al", str(file), "synth", "1", "sine", str(TONE)]
    subprocess.run(made, check=True, capture_output=True)
    return file


def loudness(file: Path, frequency: float) -> float:
    """Share of the sound's energy at that frequency (Goertzel's algorithm), 0..1."""
    with wave.open(str(file)) as opened:
        rate, raw = opened.getframerate(), opened.readframes(opened.getnframes())
    samples = struct.unpack(f"<{len(raw) // 2}h", raw)[-4 * rate // 2 :]
    turn = 2 * math.cos(2 * math.pi * frequency / rate)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    power = before * before + last * last - turn * before * last
    return 2 * power / (len(samples) * sum(sample * sample for sample in samples) or 1)


def messages(session: Session) -> list[Contact]:
    return list(session.exec(select(Contact).where(Contact.channel == Channel.CALLBACK).order_by(col(Contact.id))))


async def to_voicemail(centre: PhoneHouse, contact: Contact) -> None:
    await Desk(centre.channel.exchanges.at(contact.key)).send_to_voicemail(contact.key)


async def recording(spool: Path, seconds: float) -> None:
    """So much has been recorded."""

    def long_enough() -> bool:
        return any(file.stat().st_size > 16_000 * seconds for file in spool.glob("message~*"))

    await eventually(long_enough, 25, what="a message is being recorded")


async def test_a_message_is_a_case_with_what_was_said(room: Room, house: Opener, spool: Path, tone: Path) -> None:
    async with house().open() as centre:
        caller = await room.citizen(DIRECT, speech=tone)
        contact = await centre.contact("waiting")
        await to_voicemail(centre, contact)
        await recording(spool, 3)
        await caller.hang_up()
        await centre.until(messages)
        (left,) = centre.ask(messages)
        assert (left.sender, left.address_point, left.facts["left"]) == ("+46701740605", DIRECT, "message")
        assert left.arrived_at == contact.arrived_at
        case = centre.case(left)
        assert (case.id, case.channel, case.state) == (contact.case_id, Channel.CALLBACK, CaseState.WAITING)
        file = centre.ask(lambda s: s.exec(select(FileRecord).where(FileRecord.contact_id == left.id)).one())
        kept = FileStore(centre.folder / "files").path(file.sha256)
        assert loudness(kept, TONE) > 0.8
        assert loudness(kept, 2345) < 0.05
        assert file.facts["seconds"] >= 3
        assert max(file.facts["peaks"]) == 100
        await eventually(lambda: not list(spool.iterdir()), what="the spool is empty")
        told = centre.events()
        assert "voicemail_left" in told
        assert "call_missed" not in told  # nobody was abandoned


async def test_what_was_left_while_we_were_away_comes_with_its_true_time(
    room: Room, house: Opener, spool: Path, tone: Path
) -> None:
    """Nobody is there, no fallback telephone either: one speaks, one wishes to be called, one leaves."""
    before = utc_now()
    speaker = await room.citizen(DIRECT, speech=tone, keys="2", key_after=14, caller="+46701740601")
    await room.citizen(DIRECT, keys="1", key_after=14, caller="+46701740602")
    leaver = await room.citizen(DIRECT, caller="+46701740603")
    await eventually(lambda: list(spool.glob("wish~*")), 60, what="a wish is kept")
    await recording(spool, 3)
    await leaver.hang_up()
    await eventually(lambda: list(spool.glob("left~*")), 20, what="who left has left a trace")
    await speaker.hang_up()
    back = utc_now()
    centre = house()
    for _ in range(2):  # the second time there is nothing to do
        async with centre.open():
            await eventually(lambda: not list(spool.iterdir()), 20, what="all is taken in")
    found = centre.ask(lambda s: s.exec(select(Contact).order_by(col(Contact.sender))).all())
    assert [(c.sender, c.channel, c.state) for c in found] == [
        ("+46701740601", Channel.CALLBACK, ContactState.RECEIVED),
        ("+46701740602", Channel.CALLBACK, ContactState.RECEIVED),
        ("+46701740603", Channel.PHONE, ContactState.MISSED),
    ]
    assert all(before <= contact.arrived_at <= back for contact in found)
    cases = centre.ask(lambda s: s.exec(select(Case)).all())
    assert {(case.channel, case.state) for case in cases} == {(Channel.CALLBACK, CaseState.WAITING)}
    assert len(cases) == 3
