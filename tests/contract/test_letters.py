"""Answering by letter, on both databases: once, never to a protected address, and never lost in silence."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from contactcenter import desk, intake, offers
from contactcenter.errors import Conflict, Refused
from contactcenter.letters import outbox, writing
from contactcenter.letters.model import LetterState, OutgoingLetter, Way
from contactcenter.model import Case, Contact, Event, Topic
from contactcenter.ports import InboundContact, StoredFile
from contactcenter.states import CaseState, Channel, ContactState, EventKind, Outcome
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW

EVA = "Eva Berg\nStorgatan 5\n12345 Solvik"
NUMBER = "189001019802"
PDF = StoredFile("a" * 64, 10, "brev.pdf", "application/pdf", "pdf")
FOUND = [("name", "Eva Berg"), ("street", "Storgatan 5"), ("postcode", "12345"), ("place", "SOLVIK")]


def a_letter_came(session: Session) -> int:
    fields = [
        {"kind": kind, "value": value, "confidence": 0.9, "page": 1, "box": [0, 0, 1, 1]} for kind, value in FOUND
    ]
    inbound = InboundContact(
        Channel.POST, "brev-1", NOW, address_point="solvik", subject="Altan", text="Hej", facts={"fields": fields}
    )
    received = intake.receive(session, inbound, NOW)
    case = session.get_one(Case, received.case_id)
    offers.give(session, case, solvik.user(session, "siv").id, "take", NOW)
    return case.id


def linked(session: Session, case_id: int, protected: bool, *, number: bool = True) -> None:
    marks = (("personal_number", NUMBER),) if number else ()
    desk.link_citizen(
        session, solvik.actor(session, "siv"), case_id, NOW, name="Eva Berg", address="Storgatan 5, 12345 Solvik",
        protected=protected, marks=marks,
    )  # fmt: skip


def write(session: Session, case_id: int, /, **other: Any) -> int:
    given: dict[str, Any] = {"key": "letter:1", "to": EVA, "subject": "Altan", "text": "Hej Eva!"} | other
    return writing.send(session, solvik.actor(session, "siv"), case_id, NOW, **given)


def letter(session: Session, contact_id: int) -> OutgoingLetter:
    return writing.of_contact(session, contact_id)


def kinds(session: Session) -> list[EventKind]:
    return [event.kind for event in session.exec(select(Event).order_by(col(Event.id))).all()]


def state(session: Session, contact_id: int) -> tuple[LetterState, ContactState]:
    return letter(session, contact_id).state, session.get_one(Contact, contact_id).state


@pytest.fixture
def case_id(town: Store) -> int:
    return town.sync_run(a_letter_came)


def test_a_letter_is_an_answer_and_written_once(town: Store, case_id: int) -> None:
    contact_id = town.sync_run(write, case_id)
    assert town.sync_run(write, case_id) == contact_id
    assert town.sync_read(lambda session: len(session.exec(select(OutgoingLetter)).all())) == 1
    assert EventKind.REPLY_QUEUED in town.sync_read(kinds)
    sheet = town.sync_run(outbox.claim, NOW)
    assert sheet is not None
    assert sheet.sheet.recipient == ("Eva Berg", "Storgatan 5", "123 45  SOLVIK")
    assert (sheet.sheet.signed, sheet.sheet.letterhead["municipality"]) == ("Siv Alm", "Solviks kommun")
    assert town.sync_run(outbox.claim, NOW) is None
    town.sync_run(outbox.handed_over, sheet.id, PDF, NOW)
    assert town.sync_read(state, contact_id) == (LetterState.HANDED_OVER, ContactState.SENT)
    assert EventKind.LETTER_HANDED_OVER in town.sync_read(kinds)


def test_the_address_is_what_the_letter_said_or_the_citizens(town: Store, case_id: int) -> None:
    def to(session: Session) -> str:
        return writing.suggested_address(session, session.get_one(Case, case_id))

    assert town.sync_read(to) == "Eva Berg\nStorgatan 5\n12345 SOLVIK"
    town.sync_run(linked, case_id, False)
    assert town.sync_read(to) == "Eva Berg\nStorgatan 5\n12345 Solvik"
    town.sync_run(linked, case_id, True)
    assert town.sync_read(to) == "Eva Berg"


def test_a_protected_identity_is_written_to_through_the_tax_agency(town: Store, case_id: int) -> None:
    town.sync_run(linked, case_id, True)
    contact_id = town.sync_run(write, case_id)  # even when somebody wrote the address
    row, contact = town.sync_read(lambda session: (letter(session, contact_id), session.get_one(Contact, contact_id)))
    assert (row.recipient, row.forwarded, row.personal_number) == (["Eva Berg"], True, NUMBER)
    assert "Storgatan" not in repr(contact.recipients)
    with pytest.raises(Refused) as refused:
        town.sync_run(write, case_id, key="letter:2", digital=True)
    assert refused.value.code == "protected_digital"


def test_without_a_personal_number_the_tax_agency_cannot_forward(town: Store, case_id: int) -> None:
    town.sync_run(linked, case_id, True, number=False)
    with pytest.raises(Refused) as refused:
        town.sync_run(write, case_id)
    assert refused.value.code == "personal_number_wanted"
    assert town.sync_read(lambda session: session.exec(select(OutgoingLetter)).all()) == []


def test_who_has_no_digital_mailbox_gets_it_on_paper(town: Store, case_id: int) -> None:
    town.sync_run(linked, case_id, False)
    contact_id = town.sync_run(write, case_id, digital=True)
    claimed = town.sync_run(outbox.claim, NOW)
    assert claimed is not None
    assert (claimed.way, claimed.sheet.personal_number) == (Way.DIGITAL, NUMBER)
    town.sync_run(outbox.handed_over, claimed.id, PDF, NOW)
    town.sync_run(outbox.refused, contact_id, "no mailbox", NOW)
    again = town.sync_run(outbox.claim, NOW)
    assert again is not None
    assert again.way is Way.PRINT
    town.sync_run(outbox.delivered, contact_id, NOW)  # a late word about what is on paper by now
    assert town.sync_read(state, contact_id)[0] is LetterState.HANDING


def test_what_cannot_be_printed_for_days_is_told_and_the_case_waits_again(town: Store, case_id: int) -> None:
    contact_id = town.sync_run(write, case_id)
    town.sync_run(closed, case_id)
    at, attempts = NOW, 0
    while (claimed := town.sync_run(outbox.claim, at)) is not None:
        attempts += 1
        town.sync_run(outbox.not_taken, claimed.id, "print_folder", at)
        at = town.sync_read(lambda session: letter(session, contact_id).next_at)
    assert timedelta(days=5) <= at - NOW < timedelta(days=6)
    assert 100 < attempts < 140
    assert town.sync_read(state, contact_id) == (LetterState.FAILED, ContactState.FAILED)
    assert town.sync_read(lambda session: session.get_one(Case, case_id).state) is CaseState.WAITING


def test_one_that_is_not_handed_over_yet_can_be_taken_back(town: Store, case_id: int) -> None:
    contact_id = town.sync_run(write, case_id)
    town.sync_run(act, writing.cancel, contact_id, NOW)
    assert town.sync_run(outbox.claim, NOW) is None
    assert town.sync_read(state, contact_id)[0] is LetterState.CANCELLED
    town.sync_run(act, writing.send_again, contact_id, NOW)
    claimed = town.sync_run(outbox.claim, NOW)
    assert claimed is not None
    town.sync_run(outbox.handed_over, claimed.id, PDF, NOW)
    with pytest.raises(Conflict):
        town.sync_run(act, writing.cancel, contact_id, NOW)


def test_a_claim_is_taken_over_when_its_process_died(town: Store, case_id: int) -> None:
    town.sync_run(write, case_id)
    first = town.sync_run(outbox.claim, NOW)
    later = town.sync_run(outbox.claim, NOW + outbox.LEASE)
    assert first is not None
    assert later is not None
    assert (first.id, first.sheet) == (later.id, later.sheet)


def closed(session: Session, case_id: int) -> None:
    siv = solvik.actor(session, "siv")
    desk.change(session, siv, case_id, NOW, topic_id=session.exec(select(Topic.id)).first())
    desk.close(session, siv, case_id, Outcome.ANSWERED, NOW)


def act(session: Session, what: Any, contact_id: int, now: datetime) -> None:
    what(session, solvik.actor(session, "siv"), contact_id, now)
