"""Messages before the queue, codes for the telephone, and surges in the database. Once on each database."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, col, select

from contactcenter import accounts, announcements, announcements_code, intake, surge_watch
from contactcenter.announcements import Outcome, Wanted
from contactcenter.errors import NotFound, Refused
from contactcenter.menus_model import Announcement, PhoneCode, Surge
from contactcenter.model import AddressPoint, Event, Topic
from contactcenter.ports import InboundContact
from contactcenter.states import AddressKind, Channel, EventKind, Role
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW

STOCKHOLM = ZoneInfo("Europe/Stockholm")
TWO_HOURS = NOW + timedelta(hours=2)


def do(store: Store, function: Any, *arguments: Any, login: str = "siv") -> Any:
    def done(session: Session) -> Any:
        return function(session, solvik.actor(session, login), *arguments)

    return store.sync_run(done)


def on(store: Store, minutes: int = 120, **wanted: Any) -> int:
    text = wanted.pop("text", {"sv": "Vattnet är avstängt."})
    id = do(store, announcements.save, None, Wanted("Vattenläcka", text, **wanted), NOW)
    do(store, announcements.switch_on, id, minutes, NOW)
    return int(id)


def heard_by(store: Store, topic: str = "", now: datetime = NOW) -> list[int]:
    def read(session: Session) -> list[int]:
        point = session.exec(select(AddressPoint.id).where(AddressPoint.kind == AddressKind.PHONE)).one()
        return [one.id for one in announcements.for_caller(session, point, topic, now)]

    return store.sync_read(read)


def topic_id(store: Store, key: str) -> int:
    return store.sync_read(lambda session: session.exec(select(Topic.id).where(Topic.key == key)).one())


def test_it_is_heard_until_it_expires(town: Store) -> None:
    id = on(town)
    assert heard_by(town) == [id]
    assert heard_by(town, now=TWO_HOURS - timedelta(seconds=1)) == [id]
    assert heard_by(town, now=TWO_HOURS) == []


def test_prolonged_it_is_heard_longer_and_off_not_at_all(town: Store) -> None:
    id = on(town)
    assert do(town, announcements.prolong, id, 240, NOW) == NOW + timedelta(hours=4)
    assert heard_by(town, now=TWO_HOURS) == [id]
    do(town, announcements.switch_off, id, NOW)
    assert heard_by(town) == []
    with pytest.raises(Refused):
        do(town, announcements.prolong, id, 240, NOW)


@pytest.mark.parametrize("minutes", [0, -5, 1441])
def test_it_always_has_an_expiry_within_a_day(town: Store, minutes: int) -> None:
    with pytest.raises(Refused):
        on(town, minutes)


def test_for_a_topic_only_callers_about_it_hear_it(town: Store) -> None:
    id = on(town, topic_id=topic_id(town, "bygg.bygglov"))
    assert heard_by(town, "bygg.bygglov") == [id]
    assert heard_by(town, "solvik.ovrigt") == heard_by(town) == []


def test_another_municipality_neither_hears_nor_sees_nor_switches_it(town: Store) -> None:
    id = on(town)
    text = {"sv": "Granby."}
    town.sync_run(_promote, "greta")
    theirs = do(town, announcements.save, None, Wanted("Granby", text), NOW, login="greta")
    do(town, announcements.switch_on, theirs, 60, NOW, login="greta")
    assert heard_by(town) == [id]
    assert [row.id for row in do(town, announcements.every)] == [id]
    for verb in (announcements.switch_off, announcements.remove):
        with pytest.raises(NotFound):
            do(town, verb, theirs, NOW)
    with pytest.raises(NotFound):
        on(town, topic_id=topic_id(town, "granby.ovrigt"))


def _promote(session: Session, login: str) -> None:
    user = solvik.user(session, login)
    user.role = Role.SUPERVISOR
    session.add(user)


def test_agents_switch_nothing(town: Store) -> None:
    with pytest.raises(Refused):
        do(town, announcements.save, None, Wanted("Nej", {"sv": "Nej."}), NOW, login="anna")
    with pytest.raises(Refused):
        do(town, announcements.every, login="anna")


@pytest.mark.parametrize("wanted", [Wanted("", {"sv": "Hej"}), Wanted("Hej", {}), Wanted("Hej", {"sv": "x" * 601})])
def test_a_message_says_something(town: Store, wanted: Wanted) -> None:
    with pytest.raises(Refused):
        do(town, announcements.save, None, wanted, NOW)


def test_who_was_helped_is_counted_since_it_was_switched_on_and_journalled_for_good(town: Store) -> None:
    id = on(town)
    for outcome in (Outcome.STAYED, Outcome.LEFT, Outcome.ENDED):
        town.sync_run(announcements.heard, id, outcome, 1, NOW)
    row = town.sync_read(lambda session: session.get_one(Announcement, id))
    assert (row.heard, row.helped) == (3, 2)
    do(town, announcements.switch_on, id, 60, NOW)
    row = town.sync_read(lambda session: session.get_one(Announcement, id))
    assert (row.heard, row.helped) == (0, 0)
    wanted = select(Event).where(Event.kind == EventKind.ANNOUNCEMENT_HEARD).order_by(col(Event.id))
    events = town.sync_read(lambda session: list(session.exec(wanted).all()))
    assert [event.data["outcome"] for event in events] == ["stayed", "left", "ended"]


def test_alone_the_exchange_is_told_what_is_for_a_whole_number(town: Store) -> None:
    on(town, topic_id=topic_id(town, "bygg.bygglov"))
    assert town.sync_read(announcements.for_numbers, NOW) == {}
    id = on(town)
    said = town.sync_read(announcements.for_numbers, NOW)
    assert {message.id for message in said.values()} == {id}
    assert all(message.active_until == TWO_HOURS for message in said.values())


def enter(store: Store, code: str, extension: str = "901", now: datetime = NOW) -> bool:
    user_id, kept = store.sync_run(announcements_code.attempt, extension, now)
    if not accounts.is_right(kept, code):
        return False
    return store.sync_run(announcements_code.passed, user_id, now) is not None


@pytest.fixture
def coded(town: Store) -> Store:
    """Siv has a telephone and a code."""

    def give(session: Session) -> None:
        user = solvik.user(session, "siv")
        user.extension = "901"
        session.add(user)

    town.sync_run(give)
    do(town, announcements_code.set_code, "480215", NOW)
    return town


def test_the_right_code_of_the_right_telephone_opens(coded: Store) -> None:
    assert enter(coded, "480215")
    assert not enter(coded, "480216")
    assert not enter(coded, "480215", "902")
    assert not enter(coded, "480215", "")


def test_the_code_is_kept_as_a_slow_hash(coded: Store) -> None:
    row = coded.sync_read(lambda session: session.exec(select(PhoneCode)).one())
    assert row.code_hash.startswith("$argon2id$")


def test_after_five_wrong_ones_the_right_one_is_wrong_for_a_while(coded: Store) -> None:
    for _ in range(announcements_code.ATTEMPTS):
        assert not enter(coded, "111222")
    assert not enter(coded, "480215")
    assert enter(coded, "480215", now=NOW + announcements_code.LOCKED)


def test_a_right_one_forgives_the_wrong_ones_before(coded: Store) -> None:
    for _ in range(3):
        for _ in range(announcements_code.ATTEMPTS - 1):
            assert not enter(coded, "111222")
        assert enter(coded, "480215")


def test_who_is_no_supervisor_any_more_switches_nothing(coded: Store) -> None:
    def demote(session: Session) -> None:
        user = solvik.user(session, "siv")
        user.role = Role.AGENT
        session.add(user)

    coded.sync_run(demote)
    assert not enter(coded, "480215")


@pytest.mark.parametrize("code", ["12345", "1234567890123", "111111", "123456", "654321", "48021a"])
def test_a_code_that_is_easily_guessed_is_refused(town: Store, code: str) -> None:
    with pytest.raises(Refused):
        do(town, announcements_code.set_code, code, NOW)


def arrives(session: Session, at: datetime, number: int, topic: str, channel: Channel) -> None:
    sender = f"+46500{number:06d}" if channel is Channel.PHONE else f"nr{number}@citizen.example"
    address = {Channel.PHONE: "+46101234500", Channel.EMAIL: "kontaktcenter@solvik.example"}.get(channel, "solvik")
    intake.receive(
        session,
        InboundContact(channel, f"{topic}{channel}{number}{at.isoformat()}", at, address, sender, topic_key=topic),
        at,
    )


def usual(session: Session, now: datetime) -> None:
    """Four weeks with one call about each topic in every one of the earlier windows."""
    for place, (start, _) in enumerate(surge_watch.windows(now, STOCKHOLM)):
        for topic in ("solvik.ovrigt", "bygg.bygglov"):
            arrives(session, start + timedelta(minutes=3), 1000 + place, topic, Channel.PHONE)


CHANNELS = (Channel.PHONE, Channel.EMAIL, Channel.POST)


def crowd(session: Session, now: datetime, count: int = 12, topic: str = "bygg.bygglov") -> None:
    for number in range(count):
        arrives(session, now - timedelta(minutes=1 + number % 10), number, topic, CHANNELS[number % 3])


def watch(store: Store, now: datetime = NOW) -> int:
    seen = store.sync_read(surge_watch.look, now, STOCKHOLM)
    return store.sync_run(surge_watch.propose, seen, now)


def test_a_crowd_over_all_channels_is_put_before_supervisors_once(town: Store) -> None:
    town.sync_run(usual, NOW)
    assert watch(town) == 0
    town.sync_run(crowd, NOW)
    assert watch(town) == 1
    assert watch(town, NOW + timedelta(minutes=1)) == 0
    row = town.sync_read(lambda session: surge_watch.shown(session, NOW)[0])
    assert (row.kind, row.key, row.counted, row.topic_id) == ("topic", "bygg.bygglov", 12, topic_id(town, row.key))
    assert row.expected == pytest.approx(1, abs=0.2)
    assert row.chance < 1e-5


def test_the_same_area_is_seen_too(town: Store) -> None:
    town.sync_run(usual, NOW)

    def callers(session: Session) -> None:
        for number in range(20):
            arrives(session, NOW - timedelta(minutes=2), number, ("solvik.ovrigt", "bygg.bygglov")[number % 2],
                    Channel.PHONE)  # fmt: skip

    town.sync_run(callers)
    watch(town)
    found = town.sync_read(lambda session: {(row.kind, row.key) for row in surge_watch.shown(session, NOW)})
    assert ("area", "+46500") in found


def test_without_earlier_days_nothing_is_said(town: Store) -> None:
    town.sync_run(crowd, NOW, 40)
    assert watch(town) == 0


def test_settled_it_is_not_shown_and_not_proposed_again_for_an_hour(town: Store) -> None:
    town.sync_run(usual, NOW)
    town.sync_run(crowd, NOW)
    watch(town)
    id = town.sync_read(lambda session: session.exec(select(Surge.id)).one())
    with pytest.raises(Refused):
        do(town, surge_watch.settle, id, NOW, login="anna")
    do(town, surge_watch.settle, id, NOW)
    assert town.sync_read(surge_watch.shown, NOW) == []
    assert watch(town, NOW + timedelta(minutes=1)) == 0
    assert town.sync_read(surge_watch.shown, NOW + timedelta(minutes=1)) == []


def test_where_a_message_is_on_already_nothing_is_proposed(town: Store) -> None:
    town.sync_run(usual, NOW)
    town.sync_run(crowd, NOW)
    on(town, topic_id=topic_id(town, "bygg.bygglov"))
    assert watch(town) == 0
