"""Where an agent wants to be rung, on both databases."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from contactcenter import agents, ring_choice
from contactcenter.errors import Refused
from contactcenter.model import Event, User
from contactcenter.ports import Actor
from contactcenter.ring_choice import RingPlace
from contactcenter.states import EventKind
from contactcenter.store import Store
from tests.fixtures.store import NOW

MOBILE = "+46701740699"


def chooses(town: Store, login: str, place: RingPlace, number: str = "") -> None:
    def choose(session: Session) -> None:
        ring_choice.choose(session, actor_of(session, login), place, number, NOW)

    town.sync_run(choose)


def actor_of(session: Session, login: str) -> Actor:
    return agents.actor(session, user_of(session, login))


def user_of(session: Session, login: str) -> User:
    return session.exec(select(User).where(User.login == login)).one()


def told(town: Store) -> dict[str, str]:
    return town.sync_read(ring_choice.by_extension)


def test_nobody_has_chosen(town: Store) -> None:
    assert told(town) == {"201": "", "202": "", "301": ""}


def test_the_last_choice_counts_and_the_number_is_remembered(town: Store) -> None:
    chooses(town, "anna", RingPlace.NUMBER, MOBILE)
    chooses(town, "bo", RingPlace.PHONE)
    assert told(town) == {"201": MOBILE, "202": "phone", "301": ""}
    chooses(town, "anna", RingPlace.BROWSER, MOBILE)
    assert told(town)["201"] == "browser"
    anna = town.sync_read(lambda session: user_of(session, "anna").id)
    assert town.sync_read(ring_choice.of, anna) == (RingPlace.BROWSER, MOBILE)
    chooses(town, "anna", RingPlace.AUTO)
    assert told(town)["201"] == ""


def test_a_choice_is_in_the_journal_without_the_number(town: Store) -> None:
    chooses(town, "anna", RingPlace.NUMBER, MOBILE)
    kind = EventKind.CONFIGURATION_CHANGED
    events = town.sync_read(lambda session: list(session.exec(select(Event).where(Event.kind == kind)).all()))
    assert events[-1].data["kinds"] == ["ring_choice"]
    assert MOBILE not in str([event.data for event in events])


def test_who_shares_a_telephone_and_was_there_last_decides(town: Store) -> None:
    def share(session: Session) -> None:
        anna, bo = user_of(session, "anna"), user_of(session, "bo")
        bo.extension, bo.heartbeat_at, anna.heartbeat_at = "201", NOW, NOW - timedelta(hours=1)
        session.add_all((anna, bo))

    town.sync_run(share)
    chooses(town, "anna", RingPlace.PHONE)
    chooses(town, "bo", RingPlace.BROWSER)
    assert told(town)["201"] == "browser"


def test_who_has_no_telephone_is_refused(town: Store) -> None:
    with pytest.raises(Refused):
        chooses(town, "siv", RingPlace.BROWSER)


@pytest.mark.parametrize("number", ["", "070", "+46 70", f"{MOBILE};x", "sip:1@evil"])
def test_a_number_that_is_none_is_refused(town: Store, number: str) -> None:
    with pytest.raises(Refused):
        chooses(town, "anna", RingPlace.NUMBER, number)
