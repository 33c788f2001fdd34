"""Who may join a case by mail, on both databases; and what is one message although it came twice."""

import dataclasses
from datetime import timedelta

import pytest
from sqlmodel import Session, col, func, select

from channels.email import message
from channels.email.compose import compose
from contactcenter import cases, intake, mailout, tokens
from contactcenter.model import Contact, FileRecord
from contactcenter.ports import InboundContact, Received, StoredFile
from contactcenter.states import CaseState
from contactcenter.store import Store
from tests.contract.contacts import answer, take
from tests.contract.test_intake import MAIL, _merge, _work_and_close, case_of, later, receive
from tests.fixtures.store import NOW

EVA, SON, STRANGER = MAIL.sender, "son@citizen.example", "granne@else.example"
BY_REFERENCE = {"references": (MAIL.message_id,)}
LONG = "Behöver jag bygglov för en altan på tolv kvadratmeter?"


def wrote(town: Store, number: int, sender: str, **changes: object) -> Received:
    return receive(town, later(MAIL, number, sender=sender, text=f"Något annat, nummer {number}", **changes))


def joined(town: Store, first: Received, number: int, sender: str, **changes: object) -> bool:
    """Whether it joins; else it has to be a case of its own with the first one suggested."""
    received = wrote(town, number, sender, **changes)
    if received.case_id == first.case_id:
        return True
    assert received.new_case
    assert case_of(town, received).suggested_case_id == first.case_id
    return False


def test_a_strangers_reference_to_a_citizens_mail_only_suggests(town: Store) -> None:
    first = receive(town, MAIL)
    assert joined(town, first, 2, EVA.upper(), **BY_REFERENCE)
    assert not joined(town, first, 3, STRANGER, **BY_REFERENCE)
    assert not joined(town, first, 4, MAIL.address_point, **BY_REFERENCE)


def test_somebody_who_had_a_copy_joins(town: Store) -> None:
    first = receive(town, dataclasses.replace(MAIL, recipients=(MAIL.address_point, SON)))
    assert joined(town, first, 2, SON, **BY_REFERENCE)


def test_whoever_got_our_answer_joins(town: Store) -> None:
    mailout.use_composer(compose)
    first = receive(town, MAIL)
    take(town, first.case_id, NOW)
    answer(town, first.case_id, NOW)
    ours = town.sync_read(
        lambda session: session.exec(select(Contact.message_id).order_by(col(Contact.id).desc())).first()
    )
    assert joined(town, first, 2, STRANGER, references=(ours,)), "a Message-ID of ours is known from our mail alone"


@pytest.mark.parametrize(("sender", "joins"), [(EVA, True), (STRANGER, False)])
@pytest.mark.parametrize("by", ["token", "reference"])
def test_a_mail_passed_on_as_an_attachment(town: Store, sender: str, *, joins: bool, by: str) -> None:
    first = receive(town, MAIL)
    inner = {
        "token": {"enclosed_cases": (first.case_number,)},
        "reference": {"enclosed_references": (MAIL.message_id,)},
    }
    assert joined(town, first, 2, sender, **inner[by]) is joins


def test_what_an_attached_mail_names_is_found(town: Store) -> None:
    number = receive(town, MAIL).case_number
    raw = (
        f"From: {STRANGER}\nSubject: VB\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\nSe bifogat.\n--a\n"
        f"Content-Type: message/rfc822\n\nSubject: Sv: {tokens.subject_token(number)}\nMessage-ID: <9@s.example>\n"
        f"References: {MAIL.message_id}\n\nHej\n--a--\n"
    )
    found = message.parse(raw.encode(), STRANGER, [])
    assert found.enclosed_cases == (number,)
    assert set(found.enclosed_references) == {"<9@s.example>", MAIL.message_id}
    assert found.certain_cases == ()


def test_a_reference_follows_merging_and_moving(town: Store) -> None:
    first, second = receive(town, MAIL), wrote(town, 2, SON)
    town.sync_run(_merge, first.case_id, second.case_id)
    kept = town.sync_read(lambda session: cases.follow(session, cases.get(session, first.case_id)).id)
    assert wrote(town, 3, EVA, **BY_REFERENCE).case_id == kept
    town.sync_run(move, first.contact_id, wrote(town, 4, SON).case_id)
    moved = town.sync_read(lambda session: session.get_one(Contact, first.contact_id).case_id)
    assert wrote(town, 5, EVA, **BY_REFERENCE).case_id == moved


def move(session: Session, contact_id: int, case_id: int) -> None:
    contact = session.get_one(Contact, contact_id)
    contact.case_id = case_id
    session.add(contact)


@pytest.mark.parametrize(("days", "reopens"), [(10, True), (3, False)])
def test_the_window_for_reopening_is_a_setting(town: Store, days: int, *, reopens: bool) -> None:
    first = receive(town, MAIL)
    town.sync_run(_work_and_close, first.case_id)
    intake.use_reopen_days(days)
    try:
        again = wrote(town, 2, EVA, arrived_at=NOW + timedelta(days=5), **BY_REFERENCE)
    finally:
        intake.use_reopen_days(30)
    assert (again.case_id == first.case_id) is reopens
    assert (case_of(town, first).state is CaseState.WAITING) is reopens
    assert reopens or case_of(town, again).suggested_case_id == first.case_id


SENT = dataclasses.replace(MAIL, text=f"{LONG}\n-- \nSkickat 09.00", facts={"visible": len(LONG), "kind": "person"})


def again(minutes: int = 3, **changes: object) -> InboundContact:
    text = f"{LONG}\n-- \nSkickat 09.0{minutes}"
    return later(SENT, 50, text=text, arrived_at=NOW + timedelta(minutes=minutes), **changes)


def test_sent_again_with_another_footer_is_one_message(town: Store) -> None:
    first = receive(town, SENT)
    original = StoredFile("f" * 64, 10, "original.eml", "message/rfc822", "original")
    second = receive(town, again(address_point="skola@solvik.example", files=(original,)))
    assert (second.duplicate, second.contact_id) == (True, first.contact_id)
    assert town.sync_read(lambda session: session.exec(select(func.count()).select_from(Contact)).one()) == 1
    kept = town.sync_read(lambda session: session.exec(select(FileRecord)).one())
    assert (kept.contact_id, kept.sha256) == (first.contact_id, "f" * 64), "and nothing is lost"


@pytest.mark.parametrize("changes", [
    {"minutes": 11}, {"sender": SON}, {"subject": "Staket"}, {"address_point": "kommun@granby.example"},
    {"facts": {"visible": 30, "kind": "person"}}, {"facts": {"visible": len(LONG), "kind": "generated"}},
    {"files": (StoredFile("a" * 64, 10, "plan.pdf", "application/pdf", "attachment"),)},
], ids=str)  # fmt: skip
def test_what_differs_in_more_is_another_message(town: Store, changes: dict[str, object]) -> None:
    receive(town, SENT)
    assert not receive(town, again(**changes)).duplicate  # type: ignore[arg-type]


def test_short_thanks_are_each_meant(town: Store) -> None:
    thanks = dataclasses.replace(SENT, text="Tack!", facts={"visible": 5, "kind": "person"})
    receive(town, thanks)
    assert not receive(town, later(thanks, 51)).duplicate
