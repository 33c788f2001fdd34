"""The referral through a real Asterisk: a direct number, who is absent, keys, codes, and when we are away."""

import asyncio
import dataclasses
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, col, select

from contactcenter import accounts, menus_prompts
from contactcenter.clock import utc_now
from contactcenter.directory import absence, people
from contactcenter.directory.model import Absence, Person, Reason
from contactcenter.errors import Misconfigured
from contactcenter.model import Contact, Event, Organisation
from contactcenter.states import Channel, EventKind
from contactcenter.store import Store
from pbx.exchange import Exchange
from pbx.plan import Direct
from pbx.sipp import Dialling
from tests.fixtures.exchange import PLAN, Room, settings
from tests.integration.phone_house import PhoneHouse, beside
from tests.support import eventually

pytestmark = [pytest.mark.asterisk]

BERG = "+46850000411"
NOBODY = "+46850000412"
ABSENCE_LINE = "+46850000499"
PIN = "4711"


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    """An Asterisk that knows two direct numbers."""
    folder = Path(tempfile.mkdtemp(prefix="kc-"))
    plan = dataclasses.replace(PLAN, directs=(Direct(BERG, "2006", 1), Direct(NOBODY, "", 1)))
    try:
        made = Exchange.prepare(folder, plan, settings(absence_line_number=ABSENCE_LINE, direct_ring_seconds=3))
    except Misconfigured as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(missing.text)
    asyncio.run(made.start())
    yield made
    asyncio.run(made.stop())
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def made(store: Store, room: Room, tmp_path: Path) -> PhoneHouse:
    sounds = room.exchange.rendered.folder / "data" / "sounds" / "sv" / "kc"
    fast = ("espeak-ng", "-v", "sv", "-s", "450", "-w", "{file}", "{text}")
    house = PhoneHouse(store, tmp_path, beside(room.exchange, sounds=sounds, prompt_command=fast))
    store.sync_run(employ)
    return house


@pytest.fixture
async def house(made: PhoneHouse) -> AsyncIterator[PhoneHouse]:
    async with made.open():
        yield made


def employ(session: Session) -> None:
    town = session.exec(select(Organisation.id).where(Organisation.key == "solvik")).one()
    for name, direct, extension in (("Cilla Berg", BERG, "2006"), ("Dan Skugga", NOBODY, "2007")):
        session.add(
            Person(organisation_id=town, source="csv:1", source_key=name, name=name, direct=direct,
                   extension=extension, protected=name.startswith("Dan"), changed_at=utc_now(),
                   pin_hash=accounts.hashed_slowly(PIN))
        )  # fmt: skip


def absent(house: PhoneHouse, number: str, reason: Reason, until: datetime | None) -> None:
    def put(session: Session) -> None:
        person = people.at_number(session, number)
        assert person
        absence.put(session, person, "hand", reason, utc_now(), until, utc_now(), None)

    house.store.sync_run(put)


def heard(house: PhoneHouse) -> list[tuple[str, str]]:
    wanted = select(Event).where(Event.kind == EventKind.REFERRAL_HEARD).order_by(col(Event.id))
    return [(event.data["told"], event.data["choice"]) for event in house.ask(lambda s: s.exec(wanted).all())]


def absences(house: PhoneHouse) -> list[tuple[str, Reason, datetime | None]]:
    found = house.ask(lambda s: s.exec(select(Absence).order_by(col(Absence.id))).all())
    return [(one.source, one.reason, one.until) for one in found]


async def test_a_direct_number_of_somebody_absent_leads_to_a_case_that_names_them(
    house: PhoneHouse, room: Room
) -> None:
    absent(house, BERG, Reason.MEETING, utc_now() + timedelta(hours=2))
    await room.citizen(BERG, keys="1", key_after=1.0)
    contact = await house.contact("waiting", timeout=30)
    case = house.case(contact)
    assert (case.subject, contact.address_point, contact.sender) == ("Söker Cilla Berg", BERG, "+46701740605")
    assert contact.facts["sought"]["name"] == "Cilla Berg"
    assert heard(house) == [("meeting", "centre")]


def is_made(room: Room, text: str, language: str) -> bool:
    """Whether the exchange can say that, because somebody was to hear it."""
    name = menus_prompts.spoken(text, language).name
    sounds = room.exchange.rendered.folder / "data" / "sounds" / "sv" / "kc"
    return any(sounds.glob(f"**/{name}.*"))


async def test_who_presses_3_hears_it_in_english_and_waits_for_somebody_who_speaks_it(
    house: PhoneHouse, room: Room
) -> None:
    absent(house, BERG, Reason.TRAVEL, None)
    caller = await room.citizen(BERG, keys="3", key_after=2.0)
    await eventually(lambda: is_made(room, "is travelling", "en"), 20, "English is spoken")
    contact = await house.contact("waiting", timeout=60)  # no key after that
    assert (heard(house), house.case(contact).language) == ([("travel", "none")], "en")
    await caller.hang_up()


async def test_who_is_ill_is_only_said_not_to_be_there(house: PhoneHouse, room: Room) -> None:
    absent(house, BERG, Reason.SICK, None)
    caller = await room.citizen(BERG)
    await eventually(lambda: heard(house), 40, "the message was heard")
    assert heard(house) == [("away", "none")]
    await house.contact("waiting")  # nothing pressed: somebody takes the call
    await caller.hang_up()


async def test_a_caller_who_hangs_up_has_heard_it_and_is_no_case(house: PhoneHouse, room: Room) -> None:
    absent(house, BERG, Reason.LUNCH, utc_now() + timedelta(hours=1))
    caller = await room.citizen(BERG)
    await answered(room)
    await caller.hang_up()
    await eventually(lambda: heard(house) == [("lunch", "hung_up")], 15, "hung up")
    assert "case_opened" not in house.events()


async def answered(room: Room) -> None:
    async def up() -> bool:
        return " Up " in await room.exchange.command("core show channels")

    await eventually(up)


async def test_somebody_present_is_rung_and_nothing_is_said(house: PhoneHouse, room: Room) -> None:
    await room.phone("2006", ring=0.3, talk=1)
    caller = await room.citizen("0850000411")
    assert await caller.wait() == 0
    assert heard(house) == []
    assert "case_opened" not in house.events()


async def test_somebody_present_who_does_not_answer(house: PhoneHouse, room: Room) -> None:
    await room.phone("2006", then="decline")
    await room.citizen(BERG, keys="1", key_after=1.5)
    await house.contact("waiting", timeout=30)
    assert heard(house) == [("busy", "centre")]


async def test_of_a_protected_colleague_no_name_is_told(house: PhoneHouse, room: Room) -> None:
    absent(house, NOBODY, Reason.TRAVEL, None)
    await room.citizen(NOBODY, keys="1", key_after=1.0)
    contact = await house.contact("waiting", timeout=30)
    assert house.case(contact).subject == "Söker en medarbetare"
    assert "Skugga" not in str(contact.facts)


async def test_a_message_for_somebody_absent_says_whom_it_is_for(store: Store, room: Room, tmp_path: Path) -> None:
    """Key 2: recorded by the exchange, taken in from its spool, in the queue of the unit."""
    rendered = room.exchange.rendered.folder
    sounds, spool = rendered / "data" / "sounds" / "sv" / "kc", rendered / "spool" / "kc"
    house = PhoneHouse(store, tmp_path, beside(room.exchange, sounds=sounds, spool=spool))
    store.sync_run(employ)
    absent(house, BERG, Reason.LEAVE, utc_now() + timedelta(days=9))
    async with house.open():
        caller = await room.citizen(BERG, keys="2", key_after=1.0)
        await eventually(lambda: any(one.stat().st_size > 60_000 for one in spool.glob("message~*")), 40, "recorded")
        await caller.hang_up()
        left = select(Contact).where(Contact.channel == Channel.CALLBACK)
        contact = await house.until(lambda session: session.exec(left).first(), 30)
    assert (contact.address_point, contact.facts["sought"]["name"]) == (BERG, "Cilla Berg")
    assert house.case(contact).subject == "Söker Cilla Berg"
    assert heard(house) == [("leave", "message")]


async def test_while_we_are_away_the_telephone_rings(made: PhoneHouse, room: Room) -> None:
    await room.phone("2006", ring=0.2, talk=1)
    caller = await room.citizen(BERG)
    assert await caller.wait() == 0


def dialling(room: Room, dialled: str) -> Dialling:
    rendered = room.exchange.rendered
    password = rendered.phone_secrets["2006"]
    return Dialling(rendered.host, rendered.sip_port, extension="2006", password=password, dialled=dialled)


async def test_a_code_from_ones_own_telephone_sets_absence_and_takes_it_away(house: PhoneHouse, room: Room) -> None:
    back = (utc_now().astimezone(ZoneInfo("Europe/Stockholm")) + timedelta(hours=2)).replace(second=0, microsecond=0)
    phone = await dialling(room, f"*21*2*{back:%H%M}#").call()
    assert await phone.wait() == 0, phone.errors
    assert absences(house) == [("phone", Reason.MEETING, back.astimezone(UTC))]
    phone = await dialling(room, "#21#").call()
    assert await phone.wait() == 0
    assert absences(house) == []


async def test_from_any_telephone_with_extension_and_code(house: PhoneHouse, room: Room) -> None:
    """2006# 4711# then 6 (leave) and # (not known until when); the first sound is broken off by the first key."""
    caller = await room.citizen(ABSENCE_LINE, keys=f"2006#{PIN}#6#", key_after=0.7)
    await eventually(lambda: absences(house) == [("phone", Reason.LEAVE, None)], 40, "the absence")
    await caller.hang_up()


async def test_a_wrong_code_sets_nothing(house: PhoneHouse, room: Room) -> None:
    caller = await room.citizen(ABSENCE_LINE, keys="2006#1234#", key_after=0.7)
    failures = select(Person.pin_failures).where(Person.direct == BERG)
    await eventually(lambda: house.ask(lambda s: s.exec(failures).one()) == 1, 30, "counted")
    await caller.hang_up()
    assert absences(house) == []
