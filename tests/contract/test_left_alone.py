"""What callers leave without anybody's help, and listening to a call, on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from contactcenter import calls, cases, listening, voicemail
from contactcenter.errors import NotFound, Refused
from contactcenter.model import Case, Contact, Event
from contactcenter.ports import Received
from contactcenter.states import CaseState, Channel, ContactState, EventKind
from contactcenter.store import Store
from contactcenter.voicemail import Left, Note
from tests import town as solvik
from tests.contract.test_calls import CALL, LATER, SOON
from tests.fixtures.store import NOW

BACK = NOW + timedelta(hours=3)
"""When the contact centre is there again."""


def _events(session: Session, kind: EventKind) -> int:
    return len(session.exec(select(Event).where(col(Event.kind) == kind)).all())


def _note(kind: Left, call_id: str = "kc-9.9") -> Note:
    return Note(kind, call_id, NOW, SOON, CALL.address_point, CALL.topic_key, CALL.sender)


def _leave(town: Store, note: Note) -> Received | None:
    found: Received | None = town.sync_run(voicemail.take_in, note, BACK)
    return found


def test_who_chooses_the_voicemail_was_not_abandoned(town: Store) -> None:
    received = town.sync_run(calls.call_waiting, CALL, NOW)

    def choose(session: Session) -> None:
        voicemail.chosen(session, session.get_one(Contact, received.contact_id), LATER)
        calls.call_ended(session, received.contact_id, LATER)
        calls.call_abandoned(session, received.contact_id, LATER)

    town.sync_run(choose)
    case = town.sync_read(cases.get, received.case_id)
    assert (case.state, case.channel) == (CaseState.WAITING, Channel.CALLBACK)
    assert town.sync_read(_events, EventKind.CALL_MISSED) == 0


def test_a_caller_who_came_and_went_is_a_missed_call_of_that_time(town: Store) -> None:
    received = _leave(town, _note(Left.LEFT))
    assert received is not None
    assert _leave(town, _note(Left.LEFT)) is None, "once, however often it is told"
    contact = town.sync_read(lambda session: session.get_one(Contact, received.contact_id))
    assert (contact.state, contact.arrived_at, contact.ended_at) == (ContactState.MISSED, NOW, SOON)
    assert town.sync_read(_events, EventKind.CALL_MISSED) == 1


def test_a_wish_is_one_wish_and_came_when_it_came(town: Store) -> None:
    first, again = _leave(town, _note(Left.WISH)), _leave(town, _note(Left.WISH))
    assert first is not None
    assert again is not None
    assert (again.case_id, again.duplicate) == (first.case_id, True)
    assert town.sync_read(cases.get, first.case_id).arrived_at == NOW
    assert town.sync_read(_events, EventKind.CALL_MISSED) == 0


def _talking(town: Store, *, protected: bool = False) -> int:
    received = town.sync_run(calls.call_waiting, CALL, NOW)
    anna = town.sync_run(solvik.available, "anna", NOW)
    town.sync_run(calls.call_answered, received.contact_id, anna.id, SOON)

    def protect(session: Session) -> None:
        case: Case = cases.get(session, received.case_id)
        cases.change(session, case, SOON, protected=protected)

    town.sync_run(protect)
    contact_id: int = received.contact_id
    return contact_id


def _listen(town: Store, login: str, contact_id: int, reason: str = "first week at work", how: str = "listen") -> Any:
    return town.sync_run(
        lambda session: listening.begin(session, solvik.actor(session, login), contact_id, how, reason, LATER)
    )


def test_listening_is_written_down_and_the_reason_stays_with_the_call(town: Store) -> None:
    contact_id = _talking(town)
    assert _listen(town, "siv", contact_id, how="whisper") == CALL.key
    contact = town.sync_read(lambda session: session.get_one(Contact, contact_id))
    (kept,) = contact.facts["listened"]
    assert (kept["how"], kept["reason"]) == ("whisper", "first week at work")
    event = town.sync_read(
        lambda session: session.exec(select(Event).where(col(Event.kind) == EventKind.CALL_LISTENED)).one()
    )
    assert event.agent_id == contact.user_id
    assert "first week" not in str(event.data)


@pytest.mark.parametrize(
    ("login", "how", "reason", "code"),
    [
        ("bo", "listen", "curiosity about it", "not_allowed"),
        ("siv", "record", "first week at work", "arguments"),
        ("siv", "listen", "  x  ", "reason"),
    ],
)
def test_listening_is_refused(town: Store, login: str, how: str, reason: str, code: str) -> None:
    contact_id = _talking(town)
    with pytest.raises(Refused) as caught:
        _listen(town, login, contact_id, reason, how)
    assert caught.value.code == code
    assert town.sync_read(_events, EventKind.CALL_LISTENED) == 0


def test_a_protected_citizen_is_listened_to_only_by_who_may_see_them(town: Store) -> None:
    contact_id = _talking(town, protected=True)
    with pytest.raises((Refused, NotFound)):
        _listen(town, "alma", contact_id)
    assert town.sync_read(_events, EventKind.CALL_LISTENED) == 0
    assert _listen(town, "siv", contact_id) == CALL.key


def test_nobody_is_listened_to_after_the_call(town: Store) -> None:
    contact_id = _talking(town)
    town.sync_run(calls.call_ended, contact_id, LATER)
    with pytest.raises(Refused):
        _listen(town, "siv", contact_id)
