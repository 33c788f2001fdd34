"""Menus through a real Asterisk: two levels by key, silence, wrong keys, language, closed, and what happens alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from contactcenter import agents, configuration, menus_versions, queueing
from contactcenter.clock import utc_now
from contactcenter.directory import absence
from contactcenter.directory.model import Person, Reason
from contactcenter.menus_prompts import spoken
from contactcenter.model import AddressPoint, Event, Organisation, Topic, User
from contactcenter.ports import Actor
from contactcenter.states import EventKind
from contactcenter.store import Store
from tests.fixtures.exchange import DIRECT, SWITCHBOARD, Room
from tests.integration.phone_house import TOWN, PhoneHouse, beside
from tests.support import eventually

pytestmark = [pytest.mark.asterisk]

FAST = ("espeak-ng", "-v", "{language}", "-s", "450", "-w", "{file}", "{text}")

ALMA = {"login": "alma", "name": "Alma Rask", "organisation": "solvik", "role": "administrator", "extension": "2007"}
TREE: dict[str, Any] = {
    "start": "welcome",
    "nodes": {
        "welcome": {"kind": "say", "say": {"text": {"sv": "Hej."}}, "next": "language"},
        "language": {"kind": "menu", "say": {"text": {"sv": "Ett, två."}}, "seconds": 2, "tries": 1, "silent": "first",
                     "choices": [{"key": "1", "next": "first"}, {"key": "2", "next": "english"}]},
        "english": {"kind": "language", "language": "en", "next": "first"},
        "first": {"kind": "menu", "say": {"text": {"sv": "Ett eller två.", "en": "One or two."}}, "seconds": 2,
                  "choices": [{"key": key, "next": to} for key, to in
                              (("1", "second"), ("2", "school"), ("4", "second"))],
                  "silent": "other", "wrong": "school"},
        "second": {"kind": "menu", "say": {"text": {"sv": "Tre.", "en": "Three."}}, "seconds": 2, "tries": 1,
                   "choices": [{"key": "3", "next": "permit"}, {"key": "5", "next": "permit"}], "silent": "other"},
        "permit": {"kind": "topic", "topic": "bygg.lov"},
        "school": {"kind": "topic", "topic": "skola"},
        "other": {"kind": "topic", "topic": "ovrigt"},
    },
}  # fmt: skip


def sounds(room: Room) -> Path:
    return room.exchange.rendered.folder / "data" / "sounds" / "sv" / "kc"


@pytest.fixture
async def house(store: Store, room: Room, tmp_path: Path) -> AsyncIterator[PhoneHouse]:
    made = PhoneHouse(store, tmp_path, beside(room.exchange, sounds=sounds(room), prompt_command=FAST))
    more = configuration.parse({"users": [*TOWN["users"], ALMA]})
    store.sync_run(configuration.apply, more, utc_now())
    async with made.open():
        yield made


def as_alma(house: PhoneHouse, function: Callable[..., Any], number: str, *arguments: Any) -> Any:
    def done(session: Session) -> Any:
        actor: Actor = agents.actor(session, session.exec(select(User).where(User.login == "alma")).one())
        point = session.exec(select(AddressPoint.id).where(AddressPoint.address == number)).one()
        return function(session, actor, point, *arguments)

    return house.store.sync_run(done)


def publish(house: PhoneHouse, tree: dict[str, Any], number: str = SWITCHBOARD) -> None:
    as_alma(house, menus_versions.save, number, tree, 0, utc_now())
    as_alma(house, menus_versions.publish, number, utc_now())


async def topic_of(house: PhoneHouse, room: Room, keys: str, number: str = SWITCHBOARD, **options: Any) -> str:
    """Somebody calls and presses keys; the topic that they wait for."""
    before = house.events().count("case_opened")
    caller = await room.citizen(number, keys=keys, **options)
    await eventually(lambda: house.events().count("case_opened") > before, 20, "a case")
    contact = await house.contact("waiting")
    case = house.case(contact)
    await caller.hang_up()
    await house.contact("missed")
    return f"{topic_key(house, case.topic_id)} {contact.facts['key']} {case.language}".strip()


def topic_key(house: PhoneHouse, topic_id: int | None) -> str:
    return house.ask(lambda session: session.get_one(Topic, topic_id).key)


async def test_two_levels_by_keys_as_operators_send_them(house: PhoneHouse, room: Room) -> None:
    """Rising keys: SIPp's recordings of them are from one call, and Asterisk takes no packet from the past."""
    publish(house, TREE)
    assert await topic_of(house, room, "145", in_band=True, key_after=0.6) == "bygg.lov 5"


@pytest.mark.parametrize(
    ("keys", "topic"),
    [("", "ovrigt"), ("1", "ovrigt 1"), ("12", "skola 2"), ("177", "skola 1"), ("11", "ovrigt 1")],
)
async def test_silence_and_wrong_keys_lead_where_the_tree_says(
    house: PhoneHouse, room: Room, keys: str, topic: str
) -> None:
    publish(house, TREE)
    assert await topic_of(house, room, keys, key_after=0.8) == topic


async def test_a_language_is_spoken_and_asked_of_the_agent(house: PhoneHouse, room: Room) -> None:
    publish(house, TREE)
    assert await topic_of(house, room, "213", key_after=0.8) == "bygg.lov 3 en"


async def test_the_language_is_a_skill_that_the_router_looks_for(house: PhoneHouse, room: Room) -> None:
    publish(house, TREE)
    await room.citizen(SWITCHBOARD, keys="212", key_after=0.8)
    contact = await house.contact("waiting")
    waiting = house.ask(lambda session: queueing.waiting(session, utc_now()))
    assert [one.needs for one in waiting if one.id == contact.case_id] == [(("en", 1),)]
    assert "en" in await room.exchange.command("core show channels verbose")


async def test_what_is_published_is_in_force_for_the_next_call_without_a_reload(house: PhoneHouse, room: Room) -> None:
    publish(house, TREE)
    assert await topic_of(house, room, "12", key_after=0.8) == "skola 2"
    reloaded = await last_reload(room)
    nodes = TREE["nodes"] | {"school": {"kind": "topic", "topic": "bygg.lov"}}
    publish(house, TREE | {"nodes": nodes})
    assert await topic_of(house, room, "12", key_after=0.8) == "bygg.lov 2"
    as_alma(house, menus_versions.restore, SWITCHBOARD, 1, utc_now())
    assert await topic_of(house, room, "12", key_after=0.8) == "skola 2"
    assert await last_reload(room) >= reloaded


async def last_reload(room: Room) -> int:
    """Seconds since Asterisk last took up its configuration."""
    told = await room.exchange.command("core show uptime seconds")
    return int(told.split("Last reload:")[1].split()[0])


async def test_closed_on_a_day_of_its_own_says_so_and_ends_the_call(house: PhoneHouse, room: Room) -> None:
    always = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    days: dict[str, list[str]] = {(utc_now() + timedelta(days=n)).date().isoformat(): [] for n in (-1, 0, 1)}
    nodes = TREE["nodes"] | {
        "welcome": {"kind": "hours", "open": "language", "closed": "shut", "hours": {"week": always, "dates": days}},
        "shut": {"kind": "closed", "say": {"text": {"sv": "Vi har stängt."}}},
    }
    publish(house, TREE | {"nodes": nodes})
    caller = await room.citizen(SWITCHBOARD, keys="")
    assert await caller.wait() == 0
    assert "case_opened" not in house.events()
    open_days = nodes | {"welcome": nodes["welcome"] | {"hours": {"week": always}}}
    publish(house, TREE | {"nodes": open_days})
    assert await topic_of(house, room, "12", key_after=0.8) == "skola 2"


async def test_each_number_has_a_menu_of_its_own_and_one_may_lead_to_another(house: PhoneHouse, room: Room) -> None:
    publish(house, TREE)
    onward = {"start": "on", "nodes": {"on": {"kind": "number", "number": SWITCHBOARD}}}
    publish(house, onward, DIRECT)
    assert await topic_of(house, room, "12", DIRECT, key_after=0.8) == "skola 2"


async def test_numbers_that_lead_to_each_other_end_with_a_human(house: PhoneHouse, room: Room) -> None:
    for here, there in ((SWITCHBOARD, DIRECT), (DIRECT, SWITCHBOARD)):
        publish(house, {"start": "on", "nodes": {"on": {"kind": "number", "number": there}}}, here)
    assert await topic_of(house, room, "") in ("ovrigt", "direkt")


async def test_whoever_is_not_reached_leaves_the_caller_in_the_queue(house: PhoneHouse, room: Room) -> None:
    for number, node in (
        (SWITCHBOARD, {"kind": "colleague", "extension": "2006"}),
        (DIRECT, {"kind": "outside", "number": "+46701740699"}),
    ):
        publish(house, {"start": "on", "nodes": {"on": node}}, number)
    assert await topic_of(house, room, "") == "ovrigt"
    await room.outside(then="decline")
    assert await topic_of(house, room, "", DIRECT) == "direkt"


async def test_a_colleague_who_is_absent_is_said_to_be(house: PhoneHouse, room: Room) -> None:
    def away(session: Session) -> None:
        town = session.exec(select(Organisation.id).where(Organisation.key == "solvik")).one()
        person = Person(organisation_id=town, source="csv:1", source_key="c", name="Cilla Berg", extension="2006",
                        changed_at=utc_now())  # fmt: skip
        session.add(person)
        session.flush()
        absence.put(session, person, "hand", Reason.MEETING, utc_now(), None, utc_now(), None)

    house.store.sync_run(away)
    publish(house, {"start": "on", "nodes": {"on": {"kind": "colleague", "extension": "2006"}}})
    caller = await room.citizen(SWITCHBOARD, keys="1", key_after=1.5)
    await house.contact("waiting", timeout=30)
    wanted = select(Event).where(Event.kind == EventKind.REFERRAL_HEARD)
    assert [event.data["told"] for event in house.ask(lambda session: session.exec(wanted).all())] == ["meeting"]
    await caller.hang_up()


async def test_nobody_who_leads_the_rendered_menu_goes_on(house: PhoneHouse, room: Room) -> None:
    """The heartbeat is fresh, but the scripts cannot be reached."""
    publish(house, TREE)
    await house.channel.exchanges.tell("KC_AGI", "agi://127.0.0.1:1/gone")
    assert await topic_of(house, room, "2", key_after=0.8) == "skola 2"
    assert await topic_of(house, room, "", key_after=0.8) == "ovrigt"


async def test_a_script_that_breaks_lets_the_rendered_menu_go_on(
    house: PhoneHouse, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_session: Session, _point: int) -> None:
        raise RuntimeError

    monkeypatch.setattr(menus_versions, "in_force", broken)
    assert await topic_of(house, room, "2", key_after=0.8) == "skola 2"


async def test_the_contact_centre_dies_in_the_middle_of_a_menu(store: Store, room: Room, tmp_path: Path) -> None:
    made = PhoneHouse(store, tmp_path, beside(room.exchange, sounds=sounds(room), prompt_command=FAST))
    store.sync_run(configuration.apply, configuration.parse({"users": [ALMA]}), utc_now())
    slow = TREE["nodes"]["language"] | {"seconds": 30}
    async with made.open():
        publish(made, TREE | {"nodes": TREE["nodes"] | {"language": slow}})
        await room.citizen(SWITCHBOARD, keys="")
        await eventually(lambda: in_script(room), what="the caller is led")
    await eventually(lambda: waits(room), 30, "the caller waits, alone")


async def in_script(room: Room) -> bool:
    return "AGI" in await room.exchange.command("core show channels verbose")


async def waits(room: Room) -> bool:
    shown = await room.exchange.command("core show channels concise")
    return "kc-fallback" in shown or "kc-wait" in shown


async def test_a_hundred_sounds_are_wanted_at_once_and_each_is_made_once(house: PhoneHouse) -> None:
    wanted = [spoken(f"Mening {number % 3}.", "sv") for number in range(100)]
    names = await asyncio.gather(*(house.channel.menus.shelf.have([sound]) for sound in wanted))
    assert len({name for found in names for name in found}) == 3
